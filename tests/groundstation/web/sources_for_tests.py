"""A source that needs no run: one satellite, one alert, and what was sent to it."""

from collections.abc import Callable
from typing import cast

from groundstation.web.source import Listener
from groundstation.web.view import AlertRow, Control, MissionTable, SatelliteState, Snapshot

STATE: SatelliteState = {
    "state_of_charge": 0.5,
    "computer_c": 21.5,
    "mode": "nominal",
    "sunlit": True,
    "activity": "idle",
    "outbox_bytes": 12,
    "monitors": {"battery_cold": "low"},
    "units_off": [],
    "frames_deferred": 0,
    "strategy": "detections",
    "model_sha256": "00",
    "as_of_ns": 5,
}
UNHEARD = cast(SatelliteState, {**dict.fromkeys(STATE), "activity": "not heard yet"})
MISSION = cast(
    MissionTable,
    {
        "name": "small",
        "seed": 1,
        "strategy": "detections",
        "start_utc": "2026-06-01T10:00:00+00:00",
        "duration_ns": 10,
        "controls": ["pause", "resume"],
    },
)
SNAPSHOT = cast(
    Snapshot,
    {
        "now_ns": 1_500_000_000,
        "status": "running",
        "pace": 60.0,
        "reset": True,
        "headline": {
            "captured_bytes": 1000,
            "lossless_bytes": None,
            "sent_bytes": 10,
            "ratio": 100.0,
            "recall": None,
            "coverage": 0.25,
            "latency_p50_s": None,
            "alerts": 1,
            "events_published": 0,
            "frames_exposed": 4,
            "frames_done": 1,
        },
        "satellites": [{"name": 'la"rk', "known": UNHEARD, "true": STATE}],
        "links": [{"satellite": 'la"rk', "station": "North", "rate_bps": 1e6}],
        "link_counts": [{"satellite": 'la"rk', "frames_accepted": 3, "frames_damaged": 1, "gaps": 0, "frames_lost": 2}],
        "bars": [],
        "targets": [],
    },
)
ALERT = cast(
    AlertRow,
    {
        "id": 0,
        "task": "wildfire",
        "class": "fire",
        "confidence": 0.9,
        "size_class": "C",
        "longitude_deg": 10.25,
        "latitude_deg": -3.5,
        "satellite": 'la"rk',
        "captured_ns": 0,
        "archived_ns": 2_500_000_000,
        "latency": None,
        "frame_id": 1,
        "product_id": 1,
        "box_px": [0, 1, 2, 3],
        "model_sha256": "00",
        "event_id": "",
        "published": False,
        "has_chip": True,
        "is_true": True,
    },
)


class StillSource:
    """Nothing moves but what `tell` says."""

    def __init__(self) -> None:
        self.sent: list[Control] = []
        self.listeners: list[Listener] = []
        self.controls = frozenset({"pause", "resume"})

    def mission(self) -> MissionTable:
        return MISSION

    def snapshot(self) -> Snapshot:
        return SNAPSHOT

    def alerts(self, after: int) -> list[AlertRow]:
        return [ALERT] if after < 0 else []

    def chip(self, alert_id: int) -> bytes | None:
        return b"\x89PNG" if alert_id == 0 else None

    def cap(self, _alert_id: int) -> bytes | None:
        return None

    def send(self, control: Control) -> str | None:
        self.sent.append(control)
        return None if control.get("do") in self.controls else "no"

    def listen(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, text: str) -> None:
        for listener in list(self.listeners):
            listener(text)
