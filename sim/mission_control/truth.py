"""What is true of a run so far, as only the emulator knows it: satellites' states, their work, frames, targets.

Everything is folded from the journal's records, one after another, so that a run that goes on and one that is replayed
look the same.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from groundstation.web.view import Bar, Footprint, SatelliteState, TargetRow
from onboard import commands, events
from onboard.comms.dictionary import MONITORS, UNITS
from onboard.mission_time import NS_PER_S
from onboard.modes import Mode
from onboard.payload.footprints import locate
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey
from sim.facts import ComputerThrottled, OperatorOrdered, SlotSent

MOST_FOOTPRINTS, LEAST_FOOTPRINTS = 30, 1
"""How many of the latest are shown, of all satellites together, and of each."""
SET_STRATEGY = "set_strategy"
ZERO_CELSIUS_K = 273.15
SENDING_NS = 2 * NS_PER_S
"""For so long after a slot with products a satellite is said to send."""


@dataclass(slots=True)
class Stretches:
    """Bars of one kind of one satellite, in order; those less than `join_ns` apart are one."""

    join_ns: int
    edges: list[list[int]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    open_since: int | None = None

    def extend(self, start_ns: int, end_ns: int) -> None:
        """Add a stretch that begins no earlier than the last one."""
        if self.edges and start_ns - self.edges[-1][1] <= self.join_ns:
            self.edges[-1][1] = max(self.edges[-1][1], end_ns)
        else:
            self.edges.append([start_ns, end_ns])
        self.changed.add(len(self.edges) - 1)

    def begin(self, now_ns: int) -> None:
        """Something goes on from now."""
        if self.open_since is None:
            self.extend(now_ns, now_ns)
            self.open_since = now_ns

    def end(self, now_ns: int) -> None:
        """It is over."""
        if self.open_since is not None:
            self.extend(self.open_since, now_ns)
            self.open_since = None

    def told(self, now_ns: int, *, whole: bool) -> list[list[int]]:
        """Stretches that changed since the last call, or all."""
        if self.open_since is not None:
            self.extend(self.open_since, now_ns)
        chosen: Iterable[int] = range(len(self.edges)) if whole else sorted(self.changed)
        self.changed = set()
        return [self.edges[place] for place in chosen]


@dataclass(slots=True)
class Craft:
    """One satellite."""

    inference: Stretches
    transmit: Stretches
    strategy: str
    model_sha256: str
    state_of_charge: float = 0.0
    computer_k: float = 0.0
    sunlit: bool = False
    mode: str = Mode.NOMINAL.value
    raised: set[str] = field(default_factory=set)
    units_off: set[str] = field(default_factory=set)
    throttle_steps: int = 0
    outbox_bytes: int = 0
    frames_waiting: int = 0
    sampled_ns: int | None = None
    jobs: dict[int, commands.StartJob] = field(default_factory=dict)
    slot_ns: int = 0
    slot_bytes: int = 0
    station: str = ""
    products_ns: int = -SENDING_NS
    ordered_strategies: deque[str] = field(default_factory=deque)
    footprints: deque[Footprint] = field(default_factory=deque)


class Truth:
    """Takes messages by `HANDLERS`, after `log` has."""

    def __init__(self, satellites: Iterable[str], log: FlightLog, strategy: str, join_ns: int) -> None:
        self.log = log
        self.craft = {
            name: Craft(Stretches(join_ns), Stretches(join_ns), strategy, model_sha256="") for name in satellites
        }
        for craft in self.craft.values():
            craft.footprints = deque(maxlen=max(LEAST_FOOTPRINTS, MOST_FOOTPRINTS // len(self.craft)))
        self.targets: dict[FrameKey, list[TargetRow]] = {}
        self.changed_targets: set[FrameKey] = set()
        self.found = 0

    def state(self, name: str, now_ns: int) -> SatelliteState:
        """A satellite as it is."""
        craft = self.craft[name]
        is_sampled = craft.sampled_ns is not None
        return {
            "state_of_charge": craft.state_of_charge if is_sampled else None,
            "computer_c": round(craft.computer_k - ZERO_CELSIUS_K, 1) if is_sampled else None,
            "mode": craft.mode,
            "monitors": {name: str(severity) for name, severity in MONITORS if name in craft.raised},
            "units_off": [unit for unit in UNITS if unit in craft.units_off],
            "sunlit": craft.sunlit if is_sampled else None,
            "activity": _activity(craft, now_ns),
            "outbox_bytes": craft.outbox_bytes,
            "frames_deferred": craft.frames_waiting,
            "strategy": craft.strategy,
            "model_sha256": craft.model_sha256,
            "as_of_ns": now_ns,
        }

    def bars(self, now_ns: int, *, whole: bool) -> list[Bar]:
        """Stretches of the timeline, those that changed since the last call, or all."""
        bars: list[Bar] = []
        for name, craft in self.craft.items():
            for start_ns, end_ns in craft.inference.told(now_ns, whole=whole):
                bars.append({"satellite": name, "kind": "inference", "start_ns": start_ns, "end_ns": end_ns})
            for start_ns, end_ns in craft.transmit.told(now_ns, whole=whole):
                bars.append({"satellite": name, "kind": "transmit", "start_ns": start_ns, "end_ns": end_ns})
        return bars

    def told_targets(self, *, whole: bool) -> list[TargetRow]:
        """Targets that are new or found since the last call, or all."""
        chosen = self.targets if whole else sorted(self.changed_targets)
        self.changed_targets = set()
        return [row for key in chosen for row in self.targets[key]]

    def find(self, key: FrameKey, found: Iterable[int]) -> None:
        """Targets of a frame, by their place in it, of which the ground has been told."""
        for place in found:
            if not self.targets[key][place]["found"]:
                self.targets[key][place]["found"] = True
                self.found += 1
                self.changed_targets.add(key)

    def footprints(self) -> list[Footprint]:
        """The latest few of every satellite."""
        return [footprint for craft in self.craft.values() for footprint in craft.footprints]

    def _sample(self, now_ns: int, node: str, event: events.HousekeepingSampled) -> None:
        craft = self.craft[node]
        craft.state_of_charge, craft.computer_k = event.state_of_charge, event.computer_temperature_k
        craft.sunlit, craft.sampled_ns = event.sunlit, now_ns

    def _capture(self, now_ns: int, node: str, event: events.FrameCaptured) -> None:
        frame = event.frame
        corners = frame.footprint_deg
        polygon = [[round(corners[n + 1], 4), round(corners[n], 4)] for n in (0, 2, 4, 6)]
        self.craft[node].footprints.append({"satellite": node, "polygon": polygon, "at_ns": now_ns})
        key = node, frame.frame_id
        targets = self.log.frames[key].exposure.targets if key in self.log.frames else None
        if targets:
            x, y = ([(a + b) / 2 for a, b in sides] for sides in _sides(targets))
            latitudes, longitudes = locate(corners, frame.width_px, frame.height_px, x, y)
            self.targets[key] = [
                {
                    "longitude_deg": round(longitude, 4),
                    "latitude_deg": round(latitude, 4),
                    "class": target.kind or "target",
                    "found": False,
                    "at_ns": now_ns,
                }
                for target, latitude, longitude in zip(targets, latitudes.tolist(), longitudes.tolist(), strict=True)
            ]
            self.changed_targets.add(key)

    def _start(self, now_ns: int, node: str, job: commands.StartJob) -> None:
        self.craft[node].jobs[job.job_id] = job
        self.craft[node].inference.begin(now_ns)

    def _end(self, now_ns: int, node: str, event: events.JobFinished | events.JobLost | events.JobFailed) -> None:
        craft = self.craft[node]
        craft.jobs.pop(event.job_id, None)
        if not craft.jobs:
            craft.inference.end(now_ns)

    def _boot(self, now_ns: int, node: str, _booted: commands.Booted) -> None:
        self.craft[node].jobs.clear()
        self.craft[node].inference.end(now_ns)

    def _monitor(self, _now_ns: int, node: str, changed: commands.MonitorChanged) -> None:
        raised = self.craft[node].raised
        (raised.add if changed.is_raised else raised.discard)(changed.monitor)

    def _switch(self, _now_ns: int, node: str, wish: commands.SwitchUnit) -> None:
        off = self.craft[node].units_off
        (off.discard if wish.is_on else off.add)(wish.unit)

    def _enter(self, _now_ns: int, node: str, entered: commands.ModeEntered) -> None:
        self.craft[node].mode = str(entered.mode)

    def _outbox(self, _now_ns: int, node: str, sample: commands.OutboxSampled) -> None:
        self.craft[node].outbox_bytes, self.craft[node].frames_waiting = sample.pending_bytes, sample.frames_waiting

    def _swap(self, _now_ns: int, node: str, swapped: commands.ModelSwapped) -> None:
        self.craft[node].model_sha256 = swapped.sha256

    def _order(self, _now_ns: int, _node: str, ordered: OperatorOrdered) -> None:
        order = json.loads(ordered.line) if ordered.line and ordered.telecommands else {}
        if order.get("command") == SET_STRATEGY:
            self.craft[ordered.satellite].ordered_strategies.append(order["name"])

    def _execute(self, _now_ns: int, node: str, ended: commands.CommandEnded) -> None:
        waiting = self.craft[node].ordered_strategies
        if ended.word == SET_STRATEGY and waiting:  # telecommands are executed in order, each once
            name = waiting.popleft()
            if not ended.failed_because:
                self.craft[node].strategy = name

    def _transmit(self, now_ns: int, node: str, sent: commands.Transmit) -> None:
        if sent.payload_bytes or sent.retransmit_bytes:
            self.craft[node].products_ns = now_ns
            self.craft[node].transmit.extend(now_ns, now_ns + NS_PER_S)

    def _slot(self, now_ns: int, _node: str, slot: SlotSent) -> None:
        craft = self.craft[slot.satellite]
        if now_ns - craft.slot_ns >= NS_PER_S or slot.station != craft.station:
            craft.slot_ns, craft.slot_bytes, craft.station = now_ns, 0, slot.station
        craft.slot_bytes += slot.sent_bytes

    def _throttle(self, _now_ns: int, _node: str, throttled: ComputerThrottled) -> None:
        self.craft[throttled.satellite].throttle_steps = throttled.steps


def _sides(targets: Iterable[Any]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    targets = tuple(targets)
    return [(one.x0, one.x1) for one in targets], [(one.y0, one.y1) for one in targets]


def _activity(craft: Craft, now_ns: int) -> str:
    """What a satellite does, in a few words."""
    if craft.jobs:
        job = next(iter(craft.jobs.values()))
        word = str(job.kind) if job.purpose is commands.Purpose.PROCESS else f"{job.purpose}: {job.kind}"
        told = f"{word}, frame {job.frame_id}" if job.frame_id >= 0 else word
        return f"{told}, throttled" if craft.throttle_steps else told
    if now_ns - craft.products_ns < SENDING_NS:
        return f"sends to {craft.station}"
    if craft.frames_waiting:
        return f"{craft.frames_waiting} frames wait" if craft.frames_waiting > 1 else "a frame waits"
    return "idle"


HANDLERS: dict[type, Callable[[Truth, int, str, Any], None]] = {
    events.HousekeepingSampled: Truth._sample,
    events.FrameCaptured: Truth._capture,
    events.JobFinished: Truth._end,
    events.JobLost: Truth._end,
    events.JobFailed: Truth._end,
    commands.StartJob: Truth._start,
    commands.Booted: Truth._boot,
    commands.ModeEntered: Truth._enter,
    commands.MonitorChanged: Truth._monitor,
    commands.SwitchUnit: Truth._switch,
    commands.OutboxSampled: Truth._outbox,
    commands.ModelSwapped: Truth._swap,
    commands.Transmit: Truth._transmit,
    commands.CommandEnded: Truth._execute,
    OperatorOrdered: Truth._order,
    SlotSent: Truth._slot,
    ComputerThrottled: Truth._throttle,
}
