"""A run that is watched and steered: it tells the page's server what happened, and does what people want.

Watching and pace change nothing of the run. An order or a fault is an input of it: it gets an instant between the last
one and the next, the world carries it out, and the journal has it line by line.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundstation.archive import Archive, FlownModel
from groundstation.publishing import rule_of
from groundstation.web.view import Control, Pace, Status
from onboard.errors import InputError
from onboard.mission_time import to_ns, to_s
from sim.executive import WORLD, Delivery
from sim.facts import FaultCleared, FaultInjected, OperatorOrdered
from sim.faults.orders import FAIL_ACCELERATOR, FAULT, FAULT_WORDS
from sim.mission_control.mission import ACCELERATOR, FAULTS, LIVE_CONTROLS, mission_table, models_for, pass_rows
from sim.mission_control.observer import Observer
from sim.mission_control.process import PageServer
from sim.mission_control.sky import Sky
from sim.operations import delivered, upload_of
from sim.operator_file import UPLOAD_MODEL, UploadModel, order_of
from sim.pace import LONGEST_NAP_S, SteeredClock
from sim.run import Begun, RunResult
from sim.scenario import Scenario
from sim.world.world import World

UPDATE_S = 0.1
"""Wall-clock time between two snapshots."""
OVERDUE_S = 0.02
"""While the server is busy with the last one, a run that waits looks this often whether the next may go."""
REGROUP_S = 1.0
"""And between two messages of alerts: grouping them anew takes some milliseconds for thousands."""
LARGEST_SHARE = 0.02
"""Of the run's processor time at full speed, for snapshots: on a machine that others use too, a tenth of a second of
the wall clock may be little of that."""
LISTEN_S = 0.1
"""How often a run at full speed looks for controls."""
ENDED = "the run has ended"
FASTEST = 1e6
CARRIED_OUT = (OperatorOrdered, FaultInjected, FaultCleared)


class Steering:
    """The pace of a run, the source of its inputs, and one of its observers."""

    def __init__(
        self, scenario: Scenario, server: PageServer, factor: float | None, warn: Callable[[str], None]
    ) -> None:
        self._scenario = scenario
        self._server = server
        self._warn = warn
        self._clock = SteeredClock(factor)
        self._begun: Begun | None = None
        self._observer: Observer | None = None
        self._wanted: list[tuple[int, Control]] = []
        self._awaited: dict[str, list[int]] = {}
        self._told_s = self._listened_s = self._regrouped_s = 0.0
        self._spent_s = self._cost_s = 0.0
        self._now_ns = self._next_ns = 0
        self._status: Status = "running"
        self._is_lost = False

    # Before and after

    def begin(self, begun: Begun) -> None:
        """The run is about to fly."""
        self._begun = begun
        archive = Archive(begun.archive_path, read_only=True)
        begun.at_end(archive.database.close)  # before its writer: SQLite's last connection tidies up, if it may write
        sky = Sky(self._scenario, begun.flight_plan.orbits)
        sky.add_passes(pass_rows(self._scenario, begun.flight_plan.orbits, begun.flight_plan.contacts))
        card = begun.card
        model = FlownModel(card.task, card.name, card.sha256, card.classes)
        self._observer = Observer(self._scenario, begun.log, sky, archive, rule_of(archive), card.sha256)
        table = mission_table(self._scenario, sky, model, card.threshold, LIVE_CONTROLS)
        self._server.begin(table, begun.archive_path)
        self._tell(whole=True)

    def finish(self, result: RunResult) -> None:
        """The run is over, and what was found on the ground since is known."""
        assert self._observer is not None
        self._now_ns, self._status = to_ns(self._scenario.duration_s), "ended"
        models = {(bytes.fromhex(one.sha256[:8]), one.task): one for one in _models(result.directory)}
        self._observer.find(result.findings.alerts, models)
        self._regrouped_s = 0.0
        self._tell()

    def hold(self) -> None:
        """Keep the page of a finished run until an interrupt."""
        while not self._server.is_gone:
            for number, _ in self._server.asked(LONGEST_NAP_S):
                self._server.answer(number, ENDED)

    def close(self) -> None:
        """The run ends, however it does. The server is closed by whoever made it."""
        for number, _ in self._wanted:
            self._server.answer(number, ENDED)
        for number in (number for numbers in self._awaited.values() for number in numbers):
            self._server.answer(number, ENDED)

    # The run's pace

    def wait_until(self, now_ns: int, look: Callable[[], None]) -> None:
        """Return when virtual time may become `now_ns`, or when an order has come."""
        self._next_ns = now_ns
        while True:
            wall_s = time.monotonic()
            self._serve(wall_s)
            if self._wanted:
                return
            ahead_s = self._clock.ahead_s(now_ns, wall_s)
            if ahead_s <= 0.0:
                self._clock.reach(now_ns, wall_s)
                self._now_ns = now_ns
                return
            look()
            left_s = self._told_s + UPDATE_S - time.monotonic()
            self._listen(min(ahead_s, left_s if left_s > 0.0 else OVERDUE_S, LONGEST_NAP_S))

    def inputs(self, last_ns: int, next_ns: int) -> tuple[Delivery, ...] | None:
        """What was ordered since the last call, as late as it can be before the next instant."""
        if not self._wanted:
            return None
        wanted, self._wanted = self._wanted, []
        wall_s = time.monotonic()
        at_ns = max(last_ns + 1, min(self._clock.now_ns(wall_s), next_ns))
        deliveries = []
        for number, control in wanted:
            try:
                deliveries.append(self._ordered(number, control, at_ns))
            except InputError as error:
                self._server.answer(number, " ".join(error.told.split()))
        if deliveries and self._clock.is_held:
            self._clock.stop_at(at_ns, wall_s)
        return tuple(deliveries)

    def record(
        self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...], _world: World
    ) -> None:
        """Take one record."""
        assert self._observer is not None
        self._observer.record(now_ns, node, granted, answers)
        if node == WORLD and self._awaited:
            for fact in answers:
                if isinstance(fact, CARRIED_OUT) and (numbers := self._awaited.get(fact.line)):
                    refused = fact.refused_because if isinstance(fact, OperatorOrdered) else ""
                    self._server.answer(numbers.pop(0), refused or None)
                    if not numbers:
                        del self._awaited[fact.line]

    # People

    def _serve(self, wall_s: float) -> None:
        """Tell the page where the run is, and hear what it wants, now and then."""
        if wall_s - self._listened_s >= LISTEN_S:
            self._listen(0.0)
        if wall_s - self._told_s >= UPDATE_S and self._server.is_idle and self._may_spend():
            self._told_s = wall_s
            started_s = time.thread_time()
            self._tell_now(wall_s)
            self._spent_s = time.thread_time()
            self._cost_s = self._spent_s - started_s

    def _may_spend(self) -> bool:
        """Whether the run at full speed has had its share of this process since the last snapshot; one that waits has
        time to give."""
        is_free = self._clock.factor is not None or self._clock.is_held
        return is_free or time.thread_time() - self._spent_s >= self._cost_s / LARGEST_SHARE

    def _listen(self, wait_s: float) -> None:
        for number, control in self._server.asked(wait_s):
            self._take(number, control)
        self._listened_s = time.monotonic()
        if self._server.is_gone:
            if not self._is_lost:
                self._is_lost = True
                self._clock.let_go(self._listened_s)  # nobody else can
                self._warn(f"the page's server ended: {self._server.last_words()}; the run goes on without it")
            if wait_s:
                time.sleep(wait_s)

    def _take(self, number: int, control: Control) -> None:
        wall_s = time.monotonic()
        match control.get("do"):
            case "pause":
                self._clock.hold(wall_s, self._next_ns)
                self._status = "paused"
            case "resume":
                self._clock.let_go(wall_s)
                self._status = "running"
            case "pace":
                try:
                    self._clock.set_factor(pace_factor(control.get("factor")), wall_s, self._next_ns)
                except ValueError as error:
                    self._server.answer(number, str(error))
                    return
            case "order" | "fault":
                self._wanted.append((number, control))
                return
            case word:
                self._server.answer(number, f"{word!r} is not for a run that flies")
                return
        self._tell_now(wall_s)  # who gets the answer and then looks sees what it changed
        self._server.answer(number, None)

    def _ordered(self, number: int, control: Control, at_ns: int) -> Delivery:
        assert self._begun is not None
        operations = self._begun.operations
        text = json.dumps(self._line(control, at_ns))
        order = order_of(text, self._scenario, "order", Path(), operations.next_upload_id)
        if isinstance(order.wish, UploadModel):
            if operations.has_upload(order.satellite, order.wish.upload_id):
                rule = f"{order.satellite} has an upload of this number already"
                raise InputError("order", rule, key="upload_id", value=order.wish.upload_id)
            operations.add_upload(order, upload_of(self._scenario, order.satellite, order.wish, self._begun.scratch))
        self._awaited.setdefault(order.line, []).append(number)
        return delivered(order)

    def _line(self, control: Control, at_ns: int) -> dict[str, Any]:
        """A control as a line of an operator's file."""
        line = {"at_s": to_s(at_ns), **{key: value for key, value in control.items() if key not in ("do", "at_s")}}
        if control["do"] == "fault":
            if line.get("command") in FAULT_WORDS:
                return line
            if (name := line.pop("name", None)) not in FAULTS:
                raise InputError("fault", f"must be one of: {', '.join(FAULTS)}", key="name", value=name)
            if name == ACCELERATOR:
                return {**line, "command": FAIL_ACCELERATOR}
            return {**line, "command": FAULT, "kind": name}
        if line.get("command") in FAULT_WORDS:
            raise InputError("order", "is a fault, and no order", key="command", value=line["command"])
        if line.get("command") == UPLOAD_MODEL and line.get("model") not in (names := models_for(self._scenario)):
            raise InputError("order", f"must be one of: {', '.join(names)}", key="model", value=line.get("model"))
        return line

    def _tell_now(self, wall_s: float) -> None:
        self._now_ns = max(self._now_ns, min(self._clock.now_ns(wall_s), self._next_ns))
        self._tell()

    def _tell(self, *, whole: bool = False) -> None:
        if self._observer is None or self._is_lost:
            return
        pace: Pace = "max" if self._clock.factor is None else self._clock.factor
        wall_s = time.monotonic()
        if self._observer.knowledge.has_news and wall_s - self._regrouped_s >= REGROUP_S:
            self._regrouped_s = wall_s
            self._server.tell({"alerts": self._observer.changed_alerts()})
        self._server.tell({"snapshot": self._observer.snapshot(self._now_ns, self._status, pace, whole=whole)})


def pace_factor(value: object) -> float | None:
    """A control's factor; ValueError that says the rule."""
    if value == "max":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= FASTEST:
        raise ValueError(f'factor must be "max" or a number above 0, at most {FASTEST:g}')
    return float(value)


def _models(directory: Path) -> list[FlownModel]:
    archive = Archive(directory / "archive.sqlite", read_only=True)
    try:
        return list(archive.models().values())
    finally:
        archive.close()
