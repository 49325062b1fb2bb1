"""The source of the server's own process: what comes down a pipe from whoever flies or replays, kept for who asks.

Down the pipe come bytes: a letter, and JSON. `M` is the mission and where its archive lies, `L` a message of the live
channel, passed on as it is, `R` the answer to a control, `X` the end. Up go controls, numbered. Nobody waits for the
page: what is sent down is read at once, whatever the page does.
"""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import lru_cache
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import orjson

from groundstation.archive import Archive
from groundstation.chips import chips_of
from groundstation.exports.cap import message
from groundstation.exports.chips import picture
from groundstation.exports.mission import Mission
from groundstation.publishing import reported_events, rule_of
from groundstation.web.source import Listener
from groundstation.web.view import AlertRow, Control, MissionTable, Snapshot

MISSION, LIVE, ANSWER, END = b"M", b"L", b"R", b"X"
ANSWER_S = 30.0
"""How long a control may take: preparing a model for its upload takes seconds."""
MAX_CONTROL_BYTES = 40_000
NO_CONTROL = f"not a control: it must be a JSON object of at most {MAX_CONTROL_BYTES} bytes, in Unicode"
SLOW = "the run has not answered yet"
GONE = "the run has ended"


class PipedSource:
    """Keeps the latest snapshot, with all bars and targets so far, and all alerts."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._ready = threading.Event()
        self._mission: MissionTable | None = None
        self._archive_path = Path()
        self._latest: dict[str, Any] | None = None
        self._bars: dict[tuple[str, str, int], Any] = {}
        self._targets: dict[tuple[float, float, int], Any] = {}
        self._alerts: dict[int, AlertRow] = {}
        self._listeners: dict[int, Listener] = {}
        self._waiting: dict[int, tuple[threading.Event, list[str | None]]] = {}
        self._numbers = count(1)
        self._picture = lru_cache(512)(self._drawn)

    def read(self, at_end: Callable[[], None]) -> None:
        """Take what comes until the end: in a thread of its own."""
        try:
            while (data := self._pipe.recv_bytes())[:1] != END:
                self._take(data[:1], data[1:])
        except (EOFError, OSError):
            pass  # who was at the other end is gone
        finally:
            self._ready.set()
            for event, _ in list(self._waiting.values()):
                event.set()
            at_end()

    # What the page asks for

    @property
    def is_ready(self) -> bool:
        """Whether there is anything to show; nothing waits then."""
        return self._mission is not None and self._latest is not None

    @property
    def controls(self) -> frozenset[str]:
        """The words that `do` may have."""
        return frozenset(self.mission()["controls"])

    def mission(self) -> MissionTable:
        """What does not change; waits until it is known."""
        self._ready.wait()
        assert self._mission is not None, "the run ended before it began"
        return self._mission

    def snapshot(self) -> Snapshot:
        """The latest, whole."""
        self._ready.wait()
        with self._lock:
            assert self._latest is not None, "the run ended before it began"
            whole = {
                **self._latest,
                "reset": True,
                "bars": list(self._bars.values()),
                "targets": list(self._targets.values()),
            }
        return cast(Snapshot, whole)

    def alerts(self, after: int) -> list[AlertRow]:
        """Alerts with a greater id."""
        with self._lock:
            return [row for number, row in self._alerts.items() if number > after]

    def chip(self, alert_id: int) -> bytes | None:
        """A picture of an alert."""
        row = self._alert(alert_id)
        if row is None or not row["has_chip"]:
            return None
        return self._picture(row["satellite"], row["product_id"], tuple(row["box_px"]))

    def cap(self, alert_id: int) -> bytes | None:
        """The message of an alert's event, from the archive as it is now."""
        row = self._alert(alert_id)
        if row is None or not row["published"]:
            return None
        table = self.mission()
        with closing(Archive(self._archive_path, read_only=True)) as archive:
            epoch = datetime.fromisoformat(table["start_utc"])
            mission = Mission(table["name"], "", epoch, table["duration_ns"], models=archive.models())
            for reported in reported_events(archive, rule_of(archive)):
                names = (reported.event.event_id, *reported.former_ids)
                if row["event_id"] in names and reported.published_ns is not None:
                    return message(reported, mission, reported.published_ns)
        return None

    def send(self, control: Control) -> str | None:
        """Bring a control to the run; None, or why it is refused."""
        word = control.get("do")
        if not isinstance(word, str) or word not in self.controls:
            return f"do must be one of: {', '.join(sorted(self.controls))}"
        number, answered, answer = next(self._numbers), threading.Event(), list[str | None]()
        try:
            data = orjson.dumps({"number": number, "control": control})
        except TypeError:  # half a character, or a number that nothing holds
            return NO_CONTROL
        if len(data) > MAX_CONTROL_BYTES:
            return NO_CONTROL
        self._waiting[number] = answered, answer
        try:
            with self._sending:
                self._pipe.send_bytes(data)
            if not answered.wait(ANSWER_S):
                return SLOW
        except OSError:
            return GONE
        finally:
            del self._waiting[number]
        return answer[0] if answer else GONE

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell every later message of the live channel."""
        number = next(self._numbers)
        self._listeners[number] = listener

        def leave() -> None:
            self._listeners.pop(number, None)

        return leave

    # What comes down

    def _take(self, letter: bytes, data: bytes) -> None:
        if letter == MISSION:
            table = orjson.loads(data)
            self._mission, self._archive_path = table["mission"], Path(table["archive"])
        elif letter == ANSWER:
            table = orjson.loads(data)
            if waiting := self._waiting.get(table["number"]):
                waiting[1].append(table["refused"])
                waiting[0].set()
        elif letter == LIVE:
            text = data.decode()
            self._keep(orjson.loads(text))
            for listener in list(self._listeners.values()):
                listener(text)

    def _keep(self, table: dict[str, Any]) -> None:
        with self._lock:
            if snapshot := table.get("snapshot"):
                if snapshot["reset"]:
                    self._bars.clear()
                    self._targets.clear()
                for bar in snapshot["bars"]:
                    self._bars[bar["satellite"], bar["kind"], bar["start_ns"]] = bar
                for target in snapshot["targets"]:
                    self._targets[target["longitude_deg"], target["latitude_deg"], target["at_ns"]] = target
                self._latest = snapshot
            if table.get("reset"):
                self._alerts.clear()
                self._picture.cache_clear()
            for row in table.get("alerts", ()):
                self._alerts[row["id"]] = row
        if self._mission is not None and self._latest is not None:
            self._ready.set()

    def _alert(self, alert_id: int) -> AlertRow | None:
        with self._lock:
            return self._alerts.get(alert_id)

    def _drawn(self, satellite: str, product_id: int, box_px: tuple[int, ...]) -> bytes | None:
        with closing(Archive(self._archive_path, read_only=True)) as archive:
            product = archive.product(satellite, product_id)
        if product is None:
            return None
        for chip in chips_of(satellite, product.payload, product.archived_ns, product.clock_offset_ns):
            box = chip.chip.detection
            if (box.x0, box.y0, box.x1, box.y1) == box_px:
                return picture(chip)
        return None
