"""A run that broke off, taken up: flown again from its start along its journal, and then on to its end.

The world is not kept, its causes are: scenario, seed and orders. Every record is held against the journal's as it is
made again. The archive is made again too; that of the broken-off run lies beside it until the journal's end is
reached, and what its sinks were told they are not told again.
"""

import itertools
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import tomli_w

from groundstation.archive import Archive
from groundstation.publications import Publications, Settled
from onboard.errors import InputError, MachineError
from onboard.mission_time import to_s
from sim.facts import ProcessRestarted
from sim.journal import Journal, fingerprint, read_header, read_records_from
from sim.operator_file import OperatorOrder, read_operator_file
from sim.resolve import resolve
from sim.run_directory import (
    ARCHIVE,
    DATABASE_ENDS,
    FORMER_ARCHIVE,
    JOURNAL,
    ORDERS,
    SCENARIO,
    SUMMARY,
    prepare_directory,
    write_whole,
)
from sim.scenario import Scenario

ORPHAN_S = 15.0
"""Longest that the mission centre of a killed run, in a process of its own, may take to notice and let go."""
DAMAGED = "resumed, with a damaged archive of what was flown before: web hooks may have been told twice"
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """What is known of a run that did not reach its end: it was flown until `last_ns`."""

    scenario: Scenario
    orders: tuple[OperatorOrder, ...]
    last_ns: int


def read_broken_off(directory: Path) -> BrokenOff:
    """Raises InputError for a folder without a run that could be taken up."""
    if not (directory / JOURNAL).is_file():
        raise InputError(directory, f"holds no run: there is no {JOURNAL}", key="--resume")
    if (directory / SUMMARY).exists():
        raise InputError(directory, "holds a run that is finished: nothing is left to resume", key="--resume")
    if not (directory / SCENARIO).is_file():
        raise InputError(directory, "holds a run that died before it began: fly it anew", key="--resume")
    scenario = resolve(directory / SCENARIO)
    if not _has_header(directory / JOURNAL):
        return BrokenOff(scenario, _orders(directory / ORDERS, scenario), 0)
    last_ns = max((record[0] for _, record in read_records_from(directory / JOURNAL)), default=0)
    filed, flown = _orders(directory / ORDERS, scenario), read_operator_file(directory, scenario)
    return BrokenOff(scenario, _together(filed, flown), last_ns)


def _together(filed: Iterable[OperatorOrder], flown: Iterable[OperatorOrder]) -> tuple[OperatorOrder, ...]:
    """Orders that were known at the start, and those that only the journal tells of: these came while it flew."""
    orders = list(filed)
    known = Counter(order.line for order in orders)
    for order in flown:
        if known[order.line]:
            known[order.line] -= 1
        else:
            orders.append(order)
    return tuple(sorted(orders, key=lambda order: order.at_ns))


def _orders(path: Path, scenario: Scenario) -> tuple[OperatorOrder, ...]:
    return read_operator_file(path, scenario) if path.is_file() else ()


def _has_header(journal: Path) -> bool:
    """Whether a run came so far. Raises InputError where it flew with other libraries than are here."""
    try:
        header = read_header(journal)
    except InputError:
        return False  # torn, or no journal at all: the first record will tell
    then, now = header.get("fingerprint", {}), fingerprint()
    for name in now:
        if then.get(name) != now[name]:
            rule = f"was written with {name} {then.get(name)}, and here is {now[name]}: the same records cannot be made"
            raise InputError(journal, rule)
    return True


def begin_run(directory: Path, scenario: Scenario, orders: Sequence[OperatorOrder]) -> Journal:
    """Make a folder ready, with all in it that a run that dies can be resumed from, and open its journal."""
    prepare_directory(directory)
    _keep_orders(directory, orders)
    write_whole(directory / SCENARIO, tomli_w.dumps(_resolved(scenario)))
    return Journal(directory / JOURNAL, _resolved(scenario))


def resume_run(directory: Path, scenario: Scenario, orders: Sequence[OperatorOrder]) -> Journal:
    """Open the journal that is to be followed, and make the rest of a folder ready for it."""
    journal = ResumedJournal(directory / JOURNAL, _resolved(scenario))
    try:
        _keep_orders(directory, orders)
        if not renew_archive(directory):
            journal.notes = (DAMAGED,)
    except BaseException:
        journal.close()
        raise
    return journal


def _resolved(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude_none=True)


def _keep_orders(directory: Path, orders: Sequence[OperatorOrder]) -> None:
    """Write down what was ordered so far. What comes later is in the journal."""
    if orders:
        write_whole(directory / ORDERS, "".join(f"{order.line}\n" for order in orders if order.line))


class ResumedJournal(Journal):
    """Holds what is recorded against what the file has, to the byte, and goes on where that ends.

    A last record that was torn is cut off. So is all from the death of a process on that was started again: nobody
    can make that anew, and the run is flown without it; `notes` say so. Any other difference raises MachineError.
    """

    def __init__(self, path: Path, scenario: dict[str, Any]) -> None:
        self._path = path
        self._followed = 0
        self._is_following = True
        self._has_died = False
        super().__init__(path, scenario)

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Keep one grant, or find it kept."""
        self._has_died = _has_restarted(answers)
        super().record(now_ns, node, granted, answers)

    def end(self) -> None:
        """Raises MachineError where the file goes on: all that it held must have been made."""
        if self._is_following and (rest := self._file.read(1)):
            self._differ(self._file.tell() - len(rest))

    def _opened(self, path: Path) -> BinaryIO:
        return path.open("r+b")

    def _write(self, data: bytes) -> None:
        if self._is_following:
            place = self._file.tell()
            held = self._file.read(len(data))
            if held == data:
                self._hash.update(data)
                self._followed += 1
                return
            if data.startswith(held):
                self._go_on(place)
            else:
                self._differ(place)
        super()._write(data)

    def _differ(self, place: int) -> None:
        if not self._followed:
            raise InputError(self._path, "is of another scenario than the one beside it, or no journal")
        held = next((record for _, record in read_records_from(self._path, place)), None)
        if held is None:  # torn, and of a death at that
            self._go_on(place)
            return
        now_ns, node, _, answers = held
        if not (self._has_died or _has_restarted(answers)):
            where = f"record {self._followed}, of {node} at {to_s(now_ns):g} s"
            rule = "is not what is made of it now: did the model, the pictures or skysift change?"
            raise MachineError(f"{self._path}: {where}, {rule}")
        self.notes += (f"resumed, and flown anew from {to_s(now_ns):g} s on, when {node}'s process had died",)
        self._go_on(place)

    def _go_on(self, place: int) -> None:
        """Cut off what follows, and write from here on."""
        self._is_following = False
        self._file.seek(place)
        self._file.truncate()


def _has_restarted(answers: tuple[object, ...]) -> bool:
    return any(isinstance(answer, ProcessRestarted) for answer in answers)


def renew_archive(directory: Path, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Put an archive in place that knows nothing but what sinks were told, and keep the former one beside it.

    Whether the former could be read. Whenever this dies it can be begun again. Raises MachineError where somebody does
    not let go of the archive.
    """
    archive, former, part = directory / ARCHIVE, directory / FORMER_ARCHIVE, directory / f"{ARCHIVE}.part"
    for end in DATABASE_ENDS:
        part.with_name(part.name + end).unlink(missing_ok=True)
    known = {path: _read_former(path, sleep) for path in (former, archive) if path.exists()}
    with closing(Archive(part)) as new:
        Publications(new).adopt(delivery for one in known.values() if one for delivery in one.settled)
        new.commit()
    # Of an attempt to resume that broke off itself, what came further is kept.
    if archive in known and (former not in known or _products(known[archive]) >= _products(known[former])):
        archive.replace(former)
    for end in DATABASE_ENDS[1:]:  # of a damaged one
        archive.with_name(archive.name + end).unlink(missing_ok=True)
    part.replace(archive)
    return None not in known.values()


@dataclass(frozen=True, slots=True)
class _Former:
    products: int
    settled: list[Settled]


def _products(known: _Former | None) -> int:
    return known.products if known else -1


def _read_former(path: Path, sleep: Callable[[float], None]) -> _Former | None:
    """None for an archive that is damaged: a disk that is full may leave one that was never finished."""
    try:
        _await_free(path, sleep)
        with closing(Archive(path)) as archive:
            return _Former(sum(1 for _ in archive.product_list()), Publications(archive).settled())
    except MachineError as error:
        cause = error.__cause__
        if isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode in (
            sqlite3.SQLITE_CORRUPT,
            sqlite3.SQLITE_NOTADB,
        ):
            return None
        raise


def _await_free(path: Path, sleep: Callable[[float], None]) -> None:
    """Return when no other process has the archive open, with all of it in one file."""
    for wait in itertools.count():
        try:
            with closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA journal_mode = DELETE")
            return
        except sqlite3.Error as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or wait * _LOOK_S > ORPHAN_S:
                raise MachineError(f"archive {path}: {error}") from error
        sleep(_LOOK_S)
