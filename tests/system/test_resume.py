"""A run that broke off is taken up: the same digest as if it never had, and nobody is told anything twice."""

import json
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from onboard.errors import InputError, MachineError
from sim import api, resume
from sim.executive import Delivery
from sim.facts import ProcessRestarted
from sim.journal import Journal, fingerprint, read_records, read_records_from
from sim.operations import delivered
from sim.operator_file import order_of, read_operator_file
from sim.resolve import resolve
from sim.run import RunOptions, RunResult, run
from sim.run_directory import ARCHIVE, FORMER_ARCHIVE, JOURNAL, ORDERS, RUN_FILES, SUMMARY
from sim.world.world import World
from tests.models_for_tests import write_model
from tests.system.host_processes import await_end, children_of
from tests.system.small_mission import COST, Refused, check_ledger, fly, start_skysift, write_small_mission

ORDERS_FILE = """
{"at_s": 30, "satellite": "lark-1", "command": "set_threshold", "task": "wildfire", "threshold": 0.4}
{"at_s": 350, "satellite": "lark-2", "command": "set_strategy", "name": "raw"}
"""
LIVE = '{"at_s": 125.5, "satellite": "lark-1", "command": "set_strategy", "name": "lossless"}'


class BrokeOffError(Exception):
    """Ends a run from within, where a kill would."""


class BreaksOff:
    """An observer that ends the run at a virtual instant."""

    def __init__(self, at_s: float) -> None:
        self._at_ns = at_s * 1e9

    def record(self, now_ns: int, _node: str, _granted: object, _answers: object, _world: World) -> None:
        if now_ns >= self._at_ns:
            raise BrokeOffError

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture(scope="module")
def flown(mission: Path, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A whole run whose published events go to a file."""
    return fly(mission, tmp_path_factory.mktemp("flown") / "out", *told_to(tmp_path_factory.mktemp("told")))


def told_to(folder: Path) -> tuple[str, ...]:
    sink = f"{{ name = 'log', kind = 'file', target = '{folder / 'events.jsonl'}' }}"
    return ("ground.sightings=1", f"ground.sinks=[{sink}]")


def broken_off(flown: RunResult, out: Path, keep_bytes: int) -> Path:
    """The folder of a run whose journal reached the disk so far."""
    shutil.copytree(flown.directory, out)
    for name in (SUMMARY, "report.html", "telemetry.npz"):
        (out / name).unlink(missing_ok=True)
    os.truncate(out / JOURNAL, keep_bytes)
    return out


def ends_of_records(flown: RunResult) -> list[int]:
    return [place for place, _ in read_records_from(flown.directory / JOURNAL)]


def test_from_any_byte_of_its_journal_it_ends_with_the_same_digest(flown: RunResult, tmp_path: Path) -> None:
    """Cut in the header, at a record's end, within one, and at the end of all."""
    ends = ends_of_records(flown)
    rng = Random(1)
    middle = rng.choice(ends[len(ends) // 3 : -1])
    lines = told_lines(flown)
    for number, keep_bytes in enumerate((0, 100, middle, rng.randrange(middle, ends[-1]), ends[-1])):
        result = api.resume(broken_off(flown, tmp_path / str(number), keep_bytes))
        check_ledger(result.summary)
        assert result.summary["digest"] == flown.summary["digest"]
        assert (result.directory / JOURNAL).read_bytes() == (flown.directory / JOURNAL).read_bytes()
        assert {path.name for path in result.directory.iterdir()} <= RUN_FILES - {FORMER_ARCHIVE}
        assert products(result.directory) == products(flown.directory)
        assert result.summary["notes"] == flown.summary["notes"]
        assert told_lines(flown) == lines, "a sink was told again"
        assert result.summary["deliveries"] == flown.summary["deliveries"]


def told_lines(flown: RunResult) -> list[str]:
    scenario = resolve(flown.directory / "scenario.toml")
    return Path(scenario.ground.sinks[0].target).read_text("utf-8").splitlines()


def products(directory: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(directory / ARCHIVE)) as archive:
        return archive.execute("SELECT * FROM product ORDER BY spacecraft, product_id").fetchall()


def test_a_killed_run_of_many_processes_goes_on_in_one_and_tells_nothing_twice(mission: Path, tmp_path: Path) -> None:
    """The executive dies by SIGKILL, and again while it is resumed; its processes end by themselves."""
    settings = (argument for setting in told_to(tmp_path) for argument in ("--set", setting))
    arguments = ("run", str(mission), *settings, "--out", str(tmp_path / "out"), "--processes", "--pace", "150")
    for command in (arguments, ("run", "--resume", str(tmp_path / "out"), "--pace", "100")):
        flight = start_skysift(*command)
        await_records(flight.pid, tmp_path / "out" / JOURNAL)
        orphans = children_of(flight.pid, b"--name=")
        flight.kill()
        flight.communicate()
        await_end(orphans)
        assert not (tmp_path / "out" / SUMMARY).exists()
    before = sum(1 for _ in read_records(tmp_path / "out" / JOURNAL))
    result = api.resume(tmp_path / "out", RunOptions(processes=True))
    (tmp_path / "whole").mkdir()
    whole = fly(mission, tmp_path / "whole" / "out", *told_to(tmp_path))
    assert result.summary["digest"] == whole.summary["digest"]
    assert 100 < before < sum(1 for _ in read_records(tmp_path / "out" / JOURNAL))
    told = Counter(json.loads(line)["id"] for line in (tmp_path / "events.jsonl").read_text("utf-8").splitlines())
    assert len(told) == result.summary["events_published"] > 0
    assert set(told.values()) == {1}


def await_records(pid: int, journal: Path) -> None:
    """Return when a run has flown so far that something was archived."""
    give_up_s = time.monotonic() + 20.0
    known = journal.stat().st_size if journal.exists() else 0
    while not journal.exists() or journal.stat().st_size < known + 60_000:
        assert time.monotonic() < give_up_s, f"{pid} does not fly"
        time.sleep(0.02)


def test_orders_from_a_file_and_by_hand_are_given_again(mission: Path, tmp_path: Path) -> None:
    """Those of the file that had not come yet, too."""
    scenario = resolve(mission)
    (tmp_path / "orders.jsonl").write_text(ORDERS_FILE.lstrip(), "utf-8")
    orders = read_operator_file(tmp_path / "orders.jsonl", scenario)
    live = [order_of(LIVE, scenario, "page", tmp_path, 1)]

    def inputs(_last_ns: int, next_ns: int) -> tuple[Delivery, ...] | None:
        return (delivered(live.pop()),) if live and live[0].at_ns <= next_ns else None

    whole = run(scenario, tmp_path / "whole", RunOptions(orders=orders, inputs=inputs))
    live = [order_of(LIVE, scenario, "page", tmp_path, 1)]
    with pytest.raises(BrokeOffError):
        run(scenario, tmp_path / "out", RunOptions(orders=orders, inputs=inputs, observers=[BreaksOff(200)]))
    result = api.resume(tmp_path / "out")
    assert result.summary["digest"] == whole.summary["digest"]
    assert (tmp_path / "out" / ORDERS).read_text("utf-8").count("\n") == 3


def test_a_run_whose_process_was_started_again_is_flown_anew_from_there(mission: Path, tmp_path: Path) -> None:
    """Nobody can make a death again. Until then all is verified."""

    def kill_one(processes: dict[str, int]) -> None:
        os.kill(processes["Punta Arenas"], signal.SIGKILL)

    plain = fly(mission, tmp_path / "plain")
    with pytest.raises(BrokeOffError):
        fly(
            mission,
            tmp_path / "out",
            processes=True,
            restarts=True,
            on_launch=kill_one,
            observers=[BreaksOff(150)],
        )
    torn = tmp_path / "torn"
    shutil.copytree(tmp_path / "out", torn)
    places = [
        place
        for _, (place, record) in pairwise(read_records_from(torn / JOURNAL))
        if any(isinstance(answer, ProcessRestarted) for answer in record[3])
    ]
    os.truncate(torn / JOURNAL, places[0] - 1)
    assert api.resume(torn).summary["digest"] == plain.summary["digest"]
    result = api.resume(tmp_path / "out")
    assert result.summary["digest"] == plain.summary["digest"]
    assert any(note.endswith("s on, when Punta Arenas's process had died") for note in result.summary["notes"])


def test_a_record_that_differs_is_named(tmp_path: Path) -> None:
    """The model was made again meanwhile. What was archived is kept beside the attempt."""
    mission = tmp_path / "desk"
    mission.mkdir()
    scenario = resolve(write_small_mission(mission))
    with pytest.raises(BrokeOffError):
        run(scenario, tmp_path / "out", RunOptions(observers=[BreaksOff(200)]))
    held = products(tmp_path / "out")
    card = write_model(mission / "threshold", level=0.9) / "card.toml"
    card.write_text(card.read_text("utf-8") + COST, "utf-8")
    rule = r"journal.msgpack: record \d+, of \S+ at [\d.]+ s, is not what is made of it now: did the model, "
    for _ in range(2):
        with pytest.raises(MachineError, match=rule):
            api.resume(tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "out" / FORMER_ARCHIVE)) as archive:
        assert archive.execute("SELECT count(*) FROM product").fetchone() == (len(held),) != (0,)


def test_what_cannot_be_resumed_is_told(
    flown: RunResult, desk: Path, tmp_path: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = broken_off(flown, tmp_path / "out", ends_of_records(flown)[500])
    rule = "cannot be given with --resume: the run's folder says what flew"
    for word, *value in (("--seed", "0"), ("--out", "x"), ("--commands", "x"), ("--model", "a=b"), ("--web",)):
        assert refused("run", "--resume", str(out), word, *value) == f"command line: {word}: {rule}"
    assert refused("run", "small.toml", "--resume", str(out)) == f"command line: SCENARIO: {rule}"
    assert refused("run").startswith("command line: SCENARIO: is missing: ")
    finished = refused("run", "--resume", str(flown.directory))
    assert finished.endswith("out: --resume: holds a run that is finished: nothing is left to resume")
    assert refused("run", "--resume", str(desk)).endswith("holds no run: there is no journal.msgpack")
    journal = resume.ResumedJournal(
        out / JOURNAL, resolve(out / "scenario.toml").model_dump(mode="json", exclude_none=True)
    )
    assert refused("run", "--resume", str(out)).endswith("is written to by a run that is still flying")
    journal.close()
    (out / "scenario.toml").rename(out / "other.toml")
    assert refused("run", "--resume", str(out)).endswith("holds a run that died before it began: fly it anew")
    (out / "other.toml").rename(out / "scenario.toml")
    monkeypatch.setattr(resume, "fingerprint", lambda: {**fingerprint(), "numpy": "9.0"})
    assert "was written with numpy " in refused("run", "--resume", str(out))


def test_a_journal_of_another_scenario_is_refused(flown: RunResult, tmp_path: Path) -> None:
    out = broken_off(flown, tmp_path / "out", 0)
    journal = Journal(out / JOURNAL, {"name": "another"})
    journal.close()
    with pytest.raises(InputError, match="is of another scenario than the one beside it"):
        api.resume(out)


def test_a_damaged_archive_is_made_anew(flown: RunResult, tmp_path: Path) -> None:
    """A disk that was full as it was made may leave such."""
    out = broken_off(flown, tmp_path / "out", 0)
    (out / ARCHIVE).write_bytes((out / ARCHIVE).read_bytes()[:5000].replace(b"SQLite", b"sqlite"))
    (out / f"{ARCHIVE}-journal").touch()
    result = api.resume(out)
    assert result.summary["digest"] == flown.summary["digest"]
    assert resume.DAMAGED in result.summary["notes"]


def test_an_archive_that_somebody_holds_is_awaited(flown: RunResult, tmp_path: Path) -> None:
    """The mission centre of a killed run, in its own process, may still be telling."""
    out = broken_off(flown, tmp_path / "out", 0)
    with closing(sqlite3.connect(out / ARCHIVE)) as orphan:
        orphan.execute("PRAGMA journal_mode = WAL")
        naps: list[float] = []

        def nap(nap_s: float) -> None:
            naps.append(nap_s)
            if len(naps) == 3:
                orphan.close()

        resume.renew_archive(out, nap)
    assert len(naps) == 3
    with closing(sqlite3.connect(out / ARCHIVE)) as orphan:
        orphan.execute("PRAGMA journal_mode = WAL")
        with pytest.raises(MachineError, match=r"archive .*: database is locked"):
            resume.renew_archive(out, lambda _nap_s: None)
