"""Strikes runs that are then resumed until they reach their end, and holds them to the same run left alone."""

import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

from onboard.commands import ProductAcknowledged
from sim import api
from sim.journal import read_records
from sim.operator_file import OperatorOrder, read_operator_file
from sim.resolve import resolve
from sim.run import RunOptions, run
from sim.run_directory import ARCHIVE, FORMER_ARCHIVE, JOURNAL, SUMMARY
from sim.scenario import Scenario
from tests.soak import slow_disk
from tests.soak.outcome import EXECUTIVE, SETTINGS, Outcome
from tests.soak.strikes import BROKEN, FAILED, FINISHED, REFUSED, Flight, fill_disk, kill, stop

Strike = Callable[..., int]
STRIKES: dict[str, Strike | None] = {"kill": kill, "stop": stop, "full-disk": fill_disk, "slow-disk": None}
MANY_SHARE = 0.25
"""Of runs whose executive is struck are of many processes: they take much longer."""
SLOWER = 4.0
"""A run of many processes takes so much longer than one in one process: it is struck within that time."""
UNBEGUN = ("died before it began", "holds no run")
_TABLES = ("product", "event", "command", "lost_product", "former_event")


class Struck:
    """One mission, flown over and over."""

    def __init__(self, mission: Path, how: str, outcome: Outcome, rng: Random) -> None:
        self._mission, self._how, self._outcome, self._rng = mission, how, outcome, rng
        self._folder = mission.parent
        self._told = self._folder / "told.jsonl"

    def fly(self, strikes: int) -> None:
        """One run to its end, struck at most so often."""
        counts = self._outcome.counts
        seed = self._outcome.seed + counts["runs"]
        counts["runs"] += 1
        self._told.unlink(missing_ok=True)
        started_s = time.monotonic()
        whole = Flight(lambda: self._whole(seed), self._folder / "line")
        whole.wait()
        assert whole.code == FINISHED, whole.line
        whole_s = time.monotonic() - started_s
        self._told.rename(self._folder / "told-whole.jsonl")
        out, is_begun = self._folder / "run", False
        shutil.rmtree(out, ignore_errors=True)
        while True:
            processes = self._is_many()
            flight = Flight(self._flying(seed, out, is_begun, processes, strikes), self._folder / "line")
            struck = 0
            if strikes and (strike := STRIKES[self._how]):
                longest_s = (SLOWER if processes else 1.2) * whole_s
                struck = strike(flight, self._outcome.target, self._rng, longest_s)
            if flight.wait():
                os.kill(flight.pid, signal.SIGKILL)
                self._fail(seed, "did not end")
                return
            struck = 1 if self._how == "slow-disk" else struck
            strikes -= struck
            counts["strikes"] += struck
            counts["resumed"] += is_begun
            if flight.code == FINISHED or (out / SUMMARY).exists():  # killed after its end
                break
            if flight.code == REFUSED and any(word in flight.line for word in UNBEGUN):
                counts["unbegun"] += 1
                is_begun = False
                continue
            if flight.code in (BROKEN, REFUSED) or (flight.code == FAILED and self._how != "full-disk"):
                self._fail(seed, f"ended with {flight.code}: {flight.line}")
                return
            if flight.code == FAILED:
                counts["full"] += 1
                if "\n" in flight.line or not _tells_of_disk(flight.line):
                    self._fail(seed, f"said {flight.line!r}")
            is_begun = True
            for failure in _lost(out):
                self._fail(seed, failure)
        for failure in self._differences(out):
            self._fail(seed, failure)

    def _is_many(self) -> bool:
        return self._outcome.target != EXECUTIVE or self._rng.random() < MANY_SHARE

    def _whole(self, seed: int) -> None:
        scenario = self._scenario(seed)
        run(scenario, self._folder / "whole", RunOptions(orders=self._orders(scenario)))

    def _flying(self, seed: int, out: Path, is_begun: bool, processes: bool, strikes: int) -> Callable[[], None]:
        def fly() -> None:
            if strikes and self._how == "slow-disk":
                self._slow(f"{self._outcome.target} {seed}")
            # Where one may be started again, satellites keep what they have on the disk.
            options = RunOptions(processes=processes, restarts=processes and self._how == "full-disk")
            if is_begun:
                api.resume(out, options)
                return
            scenario = self._scenario(seed)
            api.run(scenario, out, RunOptions(processes, options.restarts, orders=self._orders(scenario)))

        return fly

    def _slow(self, seed: str) -> None:
        if self._outcome.target == EXECUTIVE:
            slow_disk.install(seed)
            slow_disk.slow_journal(seed)
            return
        os.environ |= {slow_disk.VARIABLE: seed, "PYTHONPATH": slow_disk.HOOK}

    def _scenario(self, seed: int) -> Scenario:
        sink = f"ground.sinks=[{{ name = 'log', kind = 'file', target = '{self._told}' }}]"
        return resolve(self._mission, changes={"seed": seed}, settings=(*SETTINGS, "ground.sightings=1", sink))

    def _orders(self, scenario: Scenario) -> tuple[OperatorOrder, ...]:
        return read_operator_file(self._folder / "orders.jsonl", scenario)

    def _fail(self, seed: int, failure: str) -> None:
        self._outcome.failures.append(f"run {self._outcome.counts['runs']}, seed {seed}: {failure}")

    def _differences(self, out: Path) -> Iterator[str]:
        whole = self._folder / "whole"
        if (out / JOURNAL).read_bytes() != (whole / JOURNAL).read_bytes():
            yield "its journal is not that of the run left alone"
        if not (out / SUMMARY).exists() or (out / FORMER_ARCHIVE).exists():
            yield "its folder is not that of a finished run"
        for table in _TABLES:
            if _rows(out / ARCHIVE, table) != _rows(whole / ARCHIVE, table):
                yield f"its archive has another table {table}"
        told, told_whole = (
            Counter(path.read_bytes().splitlines()) for path in (self._told, self._folder / "told-whole.jsonl")
        )
        if told != told_whole:
            yield f"its sink was told {told.total()} events, and {told_whole.total()} are right"
        self._outcome.counts["products_archived"] += len(_rows(out / ARCHIVE, "product"))
        self._outcome.counts["events_told"] += told.total()


def _lost(out: Path) -> Iterator[str]:
    """What a journal says was acknowledged, and no archive has, when a run breaks off."""
    if not (out / JOURNAL).exists() or not (out / JOURNAL).stat().st_size:
        return
    try:
        acknowledged = {
            (node, answer.product_id)
            for _, node, _, answers in read_records(out / JOURNAL)
            for answer in answers
            if isinstance(answer, ProductAcknowledged)
        }
    except ValueError:
        return  # torn in its header
    if not acknowledged:
        return
    held: set[tuple[object, ...]] = set()
    for name in (ARCHIVE, FORMER_ARCHIVE):
        if (out / name).exists():
            held |= {row[:2] for row in _rows(out / name, "product")}
    if missing := acknowledged - held:
        yield f"acknowledged and not archived when it broke off: {sorted(missing)[:3]}"


def _rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as archive:
        if not archive.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            return []
        return sorted(archive.execute(f"SELECT * FROM {table}").fetchall(), key=repr)


def _tells_of_disk(line: str) -> bool:
    return any(word in line for word in ("File too large", "disk I/O error", "database or disk is full", "full"))
