"""A finished run, seen again: the same fold over its journal, with checkpoints so that any instant is near one."""

import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundstation.alerts import Alert, ground_alerts
from groundstation.archive import Archive, FlownModel
from groundstation.publishing import rule_of
from groundstation.web.view import Control, Pace, Status
from onboard.errors import InputError
from onboard.mission_time import to_ns
from onboard.payload.models import ModelCard, load_card
from sim.experiment.flight_log import FlightLog
from sim.journal import Record, read_header, read_records, read_records_from
from sim.mission_control.mission import REPLAY_CONTROLS, mission_table, pass_rows
from sim.mission_control.observer import Observer
from sim.mission_control.process import PageServer
from sim.mission_control.sky import Sky
from sim.mission_control.steering import REGROUP_S, UPDATE_S, pace_factor
from sim.pace import LONGEST_NAP_S, SteeredClock
from sim.planning import contacts_of, orbits_of
from sim.resolve import model_folder, resolve
from sim.run_directory import ARCHIVE, JOURNAL, SUMMARY
from sim.scenario import Scenario

FIRST_SPACING = 2_000
"""Records between two checkpoints; twice as many each time that they take too much memory."""
MOST_CHECKPOINT_BYTES = 256 * 2**20
SLICE_S = 0.05
"""How long records are folded without a look at the page."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The fold after `records` records, the last of them at `now_ns`, and where the journal goes on."""

    now_ns: int
    records: int
    place: int
    state: bytes


class Recording:
    """A run's folder as a fold that can be brought to any instant up to `end_ns`. A run that was broken off, and is not
    `is_whole`, ends where its journal does.

    Raises InputError for a folder that holds no run.
    """

    def __init__(self, directory: Path) -> None:
        for name in (JOURNAL, ARCHIVE, "scenario.toml"):
            if not (directory / name).is_file():
                raise InputError(directory, f"holds no run: there is no {name}")
        self.scenario = resolve(directory / "scenario.toml")
        self._journal = directory / JOURNAL
        if _names_in(read_header(self._journal)) != [satellite.name for satellite in self.scenario.satellite]:
            raise InputError(directory, "holds a scenario.toml of other satellites than its journal's")
        self.is_whole = (directory / SUMMARY).is_file()
        self.end_ns = to_ns(self.scenario.duration_s) if self.is_whole else _last_ns(self._journal)
        if not self.end_ns:
            raise InputError(directory, "holds a run that was broken off before it began")
        self.archive_path = directory / ARCHIVE
        self._archive = Archive(self.archive_path, read_only=True)
        orbits = orbits_of(self.scenario)
        self.sky = Sky(self.scenario, orbits)
        self.sky.add_passes(pass_rows(self.scenario, orbits, contacts_of(self.scenario, orbits)))
        self.card = _card(self.scenario)
        self.model = _first_model(self.scenario, self.card, self._archive)
        log = FlightLog(tuple(satellite.name for satellite in self.scenario.satellite))
        rule = rule_of(self._archive)
        self.observer = Observer(self.scenario, log, self.sky, self._archive, rule, self.model.sha256)
        self._checkpoints = [Checkpoint(0, 0, 0, self.observer.checkpoint())]
        self._spacing = FIRST_SPACING
        self._records = self._place = self._n_found = 0
        self._coming: Iterator[tuple[int, Record]] = iter(())
        self._next: tuple[int, Record] | None = None
        self._found = sorted(ground_alerts(self._archive), key=_arrival)
        self._open(self._checkpoints[0])

    @property
    def next_ns(self) -> int | None:
        """The next record's instant, None after the last."""
        return None if self._next is None else self._next[1][0]

    def play(self, until_ns: int, until_wall_s: float | None = None) -> None:
        """Take records up to an instant, inclusive, or until the wall clock says so."""
        while self._next is not None and self._next[1][0] <= until_ns:
            place, (now_ns, node, granted, answers) = self._next
            self.observer.log.record(now_ns, node, granted, answers)
            self.observer.record(now_ns, node, granted, answers)
            self._find(now_ns)
            self._records += 1
            self._place = place
            self._next = next(self._coming, None)
            if self._records % self._spacing == 0:
                self._keep(now_ns)
            if until_wall_s is not None and time.monotonic() > until_wall_s:
                return

    def seek(self, to_ns: int) -> None:
        """Come to an instant, whatever was before."""
        place = bisect_right(self._checkpoints, to_ns, key=lambda one: one.now_ns) - 1
        near = self._checkpoints[max(place, 0)]
        # Records of the checkpoint's own instant may follow it: they are taken now, as those before it were.
        if self.next_ns is None or to_ns < self._now_ns() or near.records > self._records:
            self.observer.restore(near.state)
            self._open(near)
        self.play(to_ns)

    def close(self) -> None:
        """Let go of the archive."""
        self._archive.database.close()

    def _find(self, now_ns: int) -> None:
        """What a model on the ground found in pixels is known when these arrive: in a replay nobody has to wait."""
        first, self._n_found = self._n_found, bisect_right(self._found, now_ns, key=_arrival)
        if self._n_found > first:
            self.observer.find(self._found[first : self._n_found], self._archive.models())

    def _now_ns(self) -> int:
        return self.next_ns if self.next_ns is not None else self.end_ns

    def _open(self, near: Checkpoint) -> None:
        self._records, self._place = near.records, near.place
        self._n_found = bisect_right(self._found, near.now_ns, key=_arrival) if near.records else 0
        self._coming = read_records_from(self._journal, near.place)
        self._next = next(self._coming, None)

    def _keep(self, now_ns: int) -> None:
        if self._records <= self._checkpoints[-1].records:
            return
        self._checkpoints.append(Checkpoint(now_ns, self._records, self._place, self.observer.checkpoint()))
        if sum(len(one.state) for one in self._checkpoints) > MOST_CHECKPOINT_BYTES:
            self._spacing *= 2
            self._checkpoints = [one for one in self._checkpoints if one.records % self._spacing == 0]


class Replay:
    """Plays a recording to the page, as the page wants."""

    def __init__(self, recording: Recording, server: PageServer, factor: float | None) -> None:
        self._recording = recording
        self._server = server
        self._clock = SteeredClock(factor)
        self._now_ns = 0
        self._regrouped_s = 0.0

    def run(self) -> None:
        """Until an interrupt, or until the server is gone."""
        recording = self._recording
        threshold = None if recording.card is None else recording.card.threshold
        table = mission_table(recording.scenario, recording.sky, recording.model, threshold, REPLAY_CONTROLS)
        table["duration_ns"] = recording.end_ns
        self._server.begin(table, recording.archive_path)
        self._seek(0)
        self._clock.reach(1, time.monotonic())
        while not self._server.is_gone:
            started_s = time.monotonic()
            self._advance(started_s)
            if self._server.is_idle:
                self._tell(whole=False)
            is_busy = self._clock.factor is None and not self._clock.is_held and self._now_ns < recording.end_ns
            self._listen(0.0 if is_busy else max(0.0, started_s + UPDATE_S - time.monotonic()))

    def _advance(self, wall_s: float) -> None:
        recording = self._recording
        if self._clock.is_held or self._now_ns >= recording.end_ns:
            return
        if self._clock.factor is None:
            recording.play(recording.end_ns, wall_s + SLICE_S)
            reached_ns = recording.next_ns
            self._now_ns = recording.end_ns if reached_ns is None else max(self._now_ns, reached_ns - 1)
            self._clock.stop_at(self._now_ns, wall_s)
        else:
            self._now_ns = min(recording.end_ns, max(self._now_ns, self._clock.now_ns(wall_s)))
            recording.play(self._now_ns)

    def _listen(self, wait_s: float) -> None:
        until_s = time.monotonic() + wait_s
        while True:
            left_s = min(LONGEST_NAP_S, max(0.0, until_s - time.monotonic()))
            for number, control in self._server.asked(left_s):
                refused = self._take(control)
                self._tell(whole=False)  # who gets the answer and then looks sees what it changed
                self._server.answer(number, refused)
                until_s = 0.0
            if self._server.is_gone or time.monotonic() >= until_s:
                return

    def _take(self, control: Control) -> str | None:
        wall_s, end_ns = time.monotonic(), self._recording.end_ns
        match control.get("do"):
            case "pause":
                self._clock.hold(wall_s, end_ns)
            case "resume":
                if self._now_ns >= end_ns:
                    self._seek(0)
                self._clock.let_go(wall_s)
            case "pace":
                try:
                    self._clock.set_factor(pace_factor(control.get("factor")), wall_s, end_ns)
                except ValueError as error:
                    return str(error)
            case "seek":
                to_ns = control.get("to_ns")
                if isinstance(to_ns, bool) or not isinstance(to_ns, int | float) or not 0 <= to_ns <= end_ns:
                    return f"to_ns must be 0 to {end_ns}"
                self._seek(int(to_ns))
            case word:
                return f"{word!r} is not for a replay"
        return None

    def _seek(self, now_ns: int) -> None:
        self._recording.seek(now_ns)
        self._now_ns = now_ns
        self._clock.stop_at(now_ns, time.monotonic())
        self._tell(whole=True)

    def _tell(self, *, whole: bool) -> None:
        observer, wall_s = self._recording.observer, time.monotonic()
        if whole or (observer.knowledge.has_news and wall_s - self._regrouped_s >= REGROUP_S):
            self._regrouped_s = wall_s
            self._server.tell({"alerts": observer.changed_alerts(whole=whole), "reset": whole})
        status: Status = "running"
        if self._now_ns >= self._recording.end_ns:
            status = "ended"
        elif self._clock.is_held:
            status = "paused"
        pace: Pace = "max" if self._clock.factor is None else self._clock.factor
        self._server.tell({"snapshot": observer.snapshot(self._now_ns, status, pace, whole=whole)})


def _arrival(alert: Alert) -> int:
    return alert.archived_ns


def _names_in(header: dict[str, Any]) -> list[str] | None:
    try:
        return [satellite["name"] for satellite in header["scenario"]["satellite"]]
    except (LookupError, TypeError):
        return None


def _last_ns(journal: Path) -> int:
    return max((record[0] for record in read_records(journal)), default=0)


def _card(scenario: Scenario) -> ModelCard | None:
    """The scenario's model, unless its folder is gone or it has no card of its own."""
    try:
        return load_card(model_folder(scenario))
    except InputError:
        return None


def _first_model(scenario: Scenario, card: ModelCard | None, archive: Archive) -> FlownModel:
    """What flew first, as far as anybody knows."""
    if card is not None:
        return FlownModel(card.task, card.name, card.sha256, card.classes)
    known = [model for model in archive.models().values() if model.task == scenario.task]
    return known[0] if known else FlownModel(scenario.task, scenario.model, "", ())
