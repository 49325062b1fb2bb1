"""A stage for mission control's page: the real server in its process, and at the run's end of its pipe a mission of
three satellites that moves only as far as a test says. Orbits are circles, and every figure is invented.
"""

import json
import math
import os
import socket
import subprocess
import sys
import threading
import time
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from tests.page_browser import wait_until_ready

ROOT = Path(__file__).resolve().parents[1]
NS = 1_000_000_000
PERIOD_S = 5700.0
DURATION_S = 5700
STEP_S = 30
CONTROLS = ["pause", "resume", "pace", "order", "fault"]
REPLAY_CONTROLS = ["pause", "resume", "pace", "seek"]
STATIONS = {"Svalbard": (15.4, 78.2), "Troll": (2.5, -72.0), "Punta Arenas": (-70.9, -52.9), "Awarua": (168.4, -46.5)}
PLACES = [(22.6, 39.2), (-8.2, 38.5), (-120.4, 38.1), (-55.1, -12.0), (147.0, -37.2), (31.2, -14.8), (101.5, 14.3)]


def subpoint(number: int, at_s: float) -> tuple[float, float, float]:
    """Longitude, latitude and heading in degrees of a satellite: on circles inclined 97.6°, one of three 53°."""
    inclination = math.radians(53.0 if number % 3 == 2 else 97.6)
    angle = 2 * math.pi * (at_s / PERIOD_S + number / 3.3)
    latitude = math.asin(math.sin(inclination) * math.sin(angle))
    turned = math.atan2(math.cos(inclination) * math.sin(angle), math.cos(angle))
    longitude = (math.degrees(turned) + 30 + 70 * number - at_s / 240 + 540) % 360 - 180
    heading = math.degrees(math.atan2(math.cos(inclination) / max(math.cos(latitude), 0.15), math.cos(angle)))
    return longitude, math.degrees(latitude), heading


class Stage:
    """Serves the page of a staged mission. `sent` holds every control that came from it."""

    def __init__(self, mode: str = "live", satellites: int = 3) -> None:
        self.names = [f"ember-{number + 1}" for number in range(satellites)]
        self.mode = mode
        self._lock = threading.Lock()
        self._set_up()

    def _set_up(self) -> None:
        self.now_s, self.status, self.pace = 0.0, "running", 60.0
        self.model = "a1b2c3d4e5f6"
        self.refusal: str | None = None
        self.sent: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self.commands: list[dict[str, Any]] = []
        self._bars_told_s = 0.0

    def begin_again(self) -> None:
        """As at the start: a server is shared by tests, its mission is not."""
        self._set_up()
        self.show(reset=True)

    def __enter__(self) -> "Stage":
        self._pipe, theirs = Pipe()
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        command = [sys.executable, "-m", "groundstation.web", "--loopback"]
        ends = ["--pipe", str(theirs.fileno()), "--listening", str(listening.fileno())]
        self._server = subprocess.Popen(
            [*command, *ends],
            pass_fds=(theirs.fileno(), listening.fileno()),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        theirs.close()
        listening.close()
        self._tell(b"M", {"mission": self.mission(), "archive": ""})
        self.show(reset=True)
        threading.Thread(target=self._hear, daemon=True).start()
        wait_until_ready(self.address)
        return self

    def __exit__(self, *_: object) -> None:
        if not self._pipe.closed:
            self._tell(b"X", {})
            self._server.wait(30)
            self._pipe.close()

    def go_to(self, now_s: float) -> None:
        """Move the mission to an instant, and tell the page."""
        with self._lock:
            is_back = now_s < self.now_s
            self.now_s = now_s
        self.show(reset=is_back)

    def detect(self, **changes: Any) -> dict[str, Any]:
        """An alert arrives."""
        row = {**self._alert(len(self.alerts)), **changes}
        self.alerts.append(row)
        self._tell(b"L", {"alerts": [row]})
        self.show()
        return row

    def show(self, *, reset: bool = False) -> None:
        """Send a snapshot, and after a seek the alerts up to it."""
        self._tell(b"L", {"snapshot": self.snapshot(reset=reset)})
        if reset:
            now = [row for row in self.alerts if row["archived_ns"] <= self.now_s * NS]
            self._tell(b"L", {"alerts": now, "reset": True})

    def wait_for(self, word: str, within_s: float = 5.0) -> dict[str, Any]:
        """The latest control of a kind."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if found := [one for one in self.sent if one["do"] == word]:
                return found[-1]
            time.sleep(0.02)
        raise AssertionError(f"no control {word} among {self.sent}")

    def mission(self) -> dict[str, Any]:
        """The MissionTable."""
        kinds = {"network": "ground"}
        return {
            "name": "wildfire-watch",
            "seed": 1,
            "strategy": "detections",
            "task": "wildfire",
            "class_names": ["wildfire"],
            "start_utc": "2026-06-01T10:00:00Z",
            "duration_ns": DURATION_S * NS,
            "imagery": "synthetic",
            "satellites": [self._satellite_row(number, name) for number, name in enumerate(self.names)],
            "stations": [
                {"name": name, "kind": kinds["network"], "longitude_deg": place[0], "latitude_deg": place[1]}
                for name, place in STATIONS.items()
            ],
            "passes": [row for number in range(len(self.names)) for row in self._passes(number)],
            "tracks": {name: self._track(number) for number, name in enumerate(self.names)},
            "eclipses": {name: self._eclipses(number) for number, name in enumerate(self.names)},
            "strategies": ["raw", "lossless", "thumbnails", "chips", "detections"],
            "models": ["wildfire-swir", "wildfire-swir-int8", "/home/me/my-fires"],
            "model": "wildfire-swir",
            "threshold": 0.5,
            "faults": ["accelerator"] if self.mode == "live" else [],
            "mode": self.mode,
            "controls": CONTROLS if self.mode == "live" else REPLAY_CONTROLS,
        }

    def snapshot(self, *, reset: bool = False) -> dict[str, Any]:
        """The Snapshot of the present instant."""
        captured = round(2.2e6 * self.now_s)
        sent = round(6.8 * self.now_s)
        arrived = sum(row["archived_ns"] <= self.now_s * NS for row in self.alerts)
        return {
            "now_ns": round(self.now_s * NS),
            "status": self.status,
            "pace": self.pace,
            "reset": reset,
            "headline": {
                "captured_bytes": captured,
                "lossless_bytes": captured * 2 // 5,
                "sent_bytes": sent,
                "ratio": captured / sent if sent else None,
                "recall": 0.93 if self.now_s else None,
                "coverage": 0.98 if self.now_s else None,
                "latency_p50_s": 348.0 if arrived else None,
                "alerts": arrived,
                "events_published": arrived // 2,
                "frames_exposed": int(self.now_s / 6),
                "frames_done": int(self.now_s / 6.2),
            },
            "sun": {"longitude_deg": 30 - self.now_s / 240, "latitude_deg": 22.0},
            "satellites": [self._satellite_now(number, name) for number, name in enumerate(self.names)],
            "links": [
                {"satellite": row["satellite"], "station": row["station"], "rate_bps": 4.2e6}
                for number in range(len(self.names))
                for row in self._passes(number)
                if row["aos_ns"] <= self.now_s * NS < row["los_ns"]
            ],
            "footprints": [],
            "bars": self._bars(reset=reset),
            "targets": [
                {"longitude_deg": x, "latitude_deg": y, "class": "wildfire", "found": bool(number % 3), "at_ns": number}
                for number, (x, y) in enumerate(PLACES)
            ]
            if reset
            else [],
            "alert_count": arrived,
            "commands": self.commands,
            "link_counts": [],
        }

    def _satellite_row(self, number: int, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "colour_index": number,
            "task": "wildfire",
            "charge_floor": 0.3,
            "temperature_limit_c": 45.0,
            "battery_wh": 84.0,
            "device": "jetson-orin-nx",
            "radio": "x-band-small",
            "accelerators": 1,
        }

    def _satellite_now(self, number: int, name: str) -> dict[str, Any]:
        longitude, latitude, heading = subpoint(number, self.now_s)
        true = {
            "state_of_charge": 0.81 - 0.13 * (number % 5),
            "computer_c": 29.0 + 8 * (number % 3),
            "mode": ("nominal", "hot", "power_saving")[number % 3],
            "sunlit": number % 3 != 2,
            "activity": ("inference", "waiting to cool", "idle")[number % 3],
            "outbox_bytes": 1200 * (number % 2),
            "monitors": {},
            "units_off": [],
            "frames_deferred": 2 * (number % 2),
            "strategy": "detections",
            "model_sha256": self.model,
            "as_of_ns": round(self.now_s * NS),
        }
        heard_s = max(0.0, self.now_s - 240 * (number % 3))
        known = {**true, "activity": "", "state_of_charge": 0.7 - 0.1 * (number % 5), "as_of_ns": round(heard_s * NS)}
        event = {"kind": "sunlight" if number % 3 == 2 else "eclipse", "at_ns": round((self.now_s + 700) * NS)}
        return {
            "name": name,
            "longitude_deg": longitude,
            "latitude_deg": latitude,
            "heading_deg": heading,
            "known": known,
            "true": true,
            "next_event": event,
        }

    def _passes(self, number: int) -> list[dict[str, Any]]:
        stations = list(STATIONS)
        starts = [200 + 170 * number + 1100 * turn for turn in range(5)]
        return [
            {
                "satellite": self.names[number],
                "station": stations[(number + turn) % len(stations)],
                "aos_ns": start * NS,
                "los_ns": (start + 480) * NS,
                "max_rate_bps": 5e6,
            }
            for turn, start in enumerate(starts)
        ]

    def _eclipses(self, number: int) -> list[list[int]]:
        start = (900 + 1300 * number) % 3600
        return [[start * NS, (start + 2100) * NS]]

    def _track(self, number: int) -> dict[str, Any]:
        points = [subpoint(number, at_s) for at_s in range(0, DURATION_S + STEP_S, STEP_S)]
        return {
            "step_ns": STEP_S * NS,
            "longitude_deg": [point[0] for point in points],
            "latitude_deg": [point[1] for point in points],
        }

    def _bars(self, *, reset: bool) -> list[dict[str, Any]]:
        from_s = 0.0 if reset else self._bars_told_s
        self._bars_told_s = self.now_s
        work = [
            self._bar(name, "inference", start, 25 + 9 * number % 40)
            for number, name in enumerate(self.names)
            for start in range(60 + 35 * number, DURATION_S, 190 + 60 * (number % 4))
        ]
        sent = [
            self._bar(row["satellite"], "transmit", row["aos_ns"] // NS, 90)
            for number in range(len(self.names))
            for row in self._passes(number)
        ]
        return [bar for bar in work + sent if from_s <= bar["start_ns"] / NS < self.now_s]

    def _bar(self, satellite: str, kind: str, start_s: int, long_s: int) -> dict[str, Any]:
        return {"satellite": satellite, "kind": kind, "start_ns": start_s * NS, "end_ns": (start_s + long_s) * NS}

    def _alert(self, number: int) -> dict[str, Any]:
        longitude, latitude = PLACES[number % len(PLACES)]
        now_ns = round(self.now_s * NS)
        return {
            "id": number,
            "task": "wildfire",
            "class": "wildfire",
            "confidence": round(0.99 - 0.07 * (number % 4), 2),
            "size_class": "ABC"[number % 3],
            "longitude_deg": longitude + 2.0 * (number // len(PLACES)),
            "latitude_deg": latitude,
            "satellite": self.names[number % len(self.names)],
            "captured_ns": max(0, now_ns - 362 * NS),
            "archived_ns": now_ns,
            "latency": {
                "queue_s": 14.0,
                "compute_s": 21.0,
                "contact_wait_s": 322.0,
                "transmit_s": 5.0,
                "retransmit_s": 0.0,
            },
            "frame_id": 40 + number,
            "product_id": number,
            "box_px": [10, 10, 20, 20],
            "model_sha256": self.model,
            "event_id": "",
            "published": number % 3 != 1,
            "has_chip": False,
            "is_true": number % 4 != 3,
        }

    def _tell(self, letter: bytes, table: dict[str, Any]) -> None:
        with self._lock:
            self._pipe.send_bytes(letter + json.dumps(table).encode())

    def _hear(self) -> None:
        try:
            while True:
                asked = json.loads(self._pipe.recv_bytes())
                self._tell(b"R", {"number": asked["number"], "refused": self._act(asked["control"])})
                self.show(reset=asked["control"]["do"] == "seek")
        except (EOFError, OSError):
            pass

    def _act(self, control: dict[str, Any]) -> str | None:
        self.sent.append(control)
        if self.refusal:
            return self.refusal
        if control["do"] in ("pause", "resume"):
            self.status = "paused" if control["do"] == "pause" else "running"
        elif control["do"] == "pace":
            self.pace = control["factor"]
        elif control["do"] == "seek":
            self.now_s = control["to_ns"] / NS
        elif control.get("command") == "upload_model":
            self.model = "0f9e8d7c6b5a"
        return None
