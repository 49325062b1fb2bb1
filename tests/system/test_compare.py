"""Strategies side by side: what the command answers, and that no starved spacecraft looks better than a healthy one."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.experiment.compare import comparison_of
from sim.experiment.comparison import Flown
from sim.experiment.flight_log import FlightLog
from sim.journal import read_records
from sim.resolve import resolve
from sim.run import RunOptions, run
from sim.scratch import PREFIX
from tests.system.host_processes import await_end, children_of
from tests.system.small_mission import Refused, check_ledger, start_skysift, write_small_mission
from tests.system.test_brown_out import STARVED

STRATEGIES = ("raw", "lossless", "detections")
WEAKER = ("satellite.0.bus.battery.initial_state_of_charge=0.305", STARVED[-1])
ROW_KEYS = {
    *("frames", "bytes", "savings", "fewer_bytes", "equal_recall", "recall", "precision", "false_alerts_per_day"),
    *("false_alerts_per_1000_km2", "alert_s", "energy_j", "soc_min", "hottest"),
}


def skysift(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["skysift", *arguments])
    assert main() == 0
    return capsys.readouterr().out


def flown(folder: Path) -> Flown:
    """A finished run of a comparison, from its folder alone: its journal and its summary."""
    log = FlightLog(("lark-1", "lark-2"))
    for record in read_records(folder / "journal.msgpack"):
        log.record(*record)
    return Flown.of(json.loads((folder / "summary.json").read_text("utf-8")), log)


def test_a_comparison_is_what_its_runs_left(
    mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, plot = tmp_path / "out", tmp_path / "pareto.svg"
    names = ",".join((*STRATEGIES, "cloudfilter"))
    options = ("--seeds", "2", "--plot", str(plot), "--out", str(out), "--json")
    told = json.loads(skysift(monkeypatch, capsys, "compare", str(mission), "--strategies", names, *options))
    assert told.keys() == {"strategies", "comparison", "skipped", "seeds"}
    assert told == json.loads((out / "comparison.json").read_text("utf-8"))
    assert list(told["strategies"]) == list(told["comparison"]) == list(told["seeds"]) == list(STRATEGIES)
    assert "cloud mask" in told["skipped"]["cloudfilter"]
    for summary, row in zip(told["strategies"].values(), told["comparison"].values(), strict=True):
        check_ledger(summary)
        assert row.keys() == ROW_KEYS
    again = comparison_of([{name: flown(out / f"{name}{seed}") for name in STRATEGIES} for seed in ("", "-seed2")])
    assert json.loads(json.dumps(again.as_table())) == {**told, "skipped": {}}
    assert {one["n"] for one in told["seeds"]["raw"].values() if one["mean"] is not None} == {2}
    assert "<svg" in plot.read_text("utf-8")


def test_candidates_that_no_model_can_judge_are_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mission = write_small_mission(tmp_path)
    card = tmp_path / "threshold" / "card.toml"
    card.write_text(card.read_text("utf-8").replace("[output]", "least_side_px = 33\n\n[output]"), "utf-8")
    options = ("--strategies", "detections,cascade", "--out", str(tmp_path / "out"), "--json")
    told = json.loads(skysift(monkeypatch, capsys, "compare", str(mission), *options))
    assert list(told["strategies"]) == ["detections"]
    assert "input.least_side_px = 33: is more than the 32 pixels" in told["skipped"]["cascade"]


def test_a_run_in_a_comparison_is_the_run_by_itself(
    mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--strategies", "detections", "--cache", str(tmp_path / "cache"), "--out", str(tmp_path / "out"))
    text = skysift(monkeypatch, capsys, "compare", str(mission), *options)
    assert "detections" in text
    alone = run(resolve(mission), tmp_path / "alone").summary
    compared = json.loads((tmp_path / "out" / "detections" / "summary.json").read_text("utf-8"))
    assert compared["digest"] == alone["digest"]
    assert list((tmp_path / "cache" / "frames").iterdir())


@pytest.fixture(scope="module")
def rows(mission: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The comparison's rows by spacecraft and strategy: as it is, and with a battery too small."""
    folder = tmp_path_factory.mktemp("compared")
    found: dict[str, dict[str, Any]] = {}
    for state, settings in (("healthy", ()), ("weaker", WEAKER), ("starved", STARVED)):
        flights = {}
        for name in STRATEGIES:
            scenario = resolve(mission, settings=(*settings, f"strategy={name}"))
            result = run(scenario, folder / state / name, RunOptions(cache=folder / "cache"))
            flights[name] = Flown.of(result.summary, result.log)
        found[state] = dict(comparison_of([flights]).comparison)
    return found


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("state", ["weaker", "starved"])
def test_a_starved_spacecraft_never_looks_better(rows: dict[str, dict[str, Any]], state: str, strategy: str) -> None:
    healthy, starved = rows["healthy"][strategy], rows[state][strategy]
    assert starved["frames"]["planned"] == healthy["frames"]["planned"]
    assert starved["bytes"]["captured"] == healthy["bytes"]["captured"]
    assert starved["frames"]["coverage"] < healthy["frames"]["coverage"]
    assert starved["recall"] < healthy["recall"]
    for key in ("savings", "equal_recall"):
        for against in ("vs_raw", "vs_lossless"):
            assert starved[key][against] <= healthy[key][against]


BAD_OPTIONS = {
    "no such strategy": ("--strategies raw,detection", "no such strategy; did you mean detections?"),
    "no seeds": ("--seeds 0", "--seeds = 0: must be 1 to 1000"),
    "a plot of no kind": ("--plot pareto.pdf", "--plot = 'pareto.pdf': must end in .svg or .png"),
    "a sweep of seeds": ("--sweep --seeds 2", "--seeds = 2: a sweep flies the scenario's own seed"),
    "a sweep of tiny targets": ("--sweep", "scene.source = 'targets': a sweep draws its scenes"),
    "only what cannot fly": ("--strategies cloudfilter", "none of these can be flown"),
}


@pytest.mark.parametrize("what", BAD_OPTIONS)
def test_bad_options_are_told_in_one_line(refused: Refused, what: str) -> None:
    options, said = BAD_OPTIONS[what]
    assert said in refused("compare", "small.toml", *options.split())


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_ends_its_workers(mission: Path, tmp_path: Path, ending: signal.Signals) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    arguments = ("compare", str(mission), "--strategies", "raw,detections", "--seeds", "50")
    comparing = start_skysift(*arguments, "--out", str(tmp_path / "out"), env={"TMPDIR": str(scratch)})
    try:
        while not (tmp_path / "out" / "raw" / "archive.sqlite").exists():
            assert comparing.poll() is None
            time.sleep(0.05)
        workers = children_of(comparing.pid, b"multiprocessing.spawn")
        comparing.send_signal(ending)
        out, err = comparing.communicate(timeout=30.0)
    finally:
        comparing.kill()
    assert workers
    assert (comparing.returncode, out, err) == (130, "", "skysift: interrupted\n")
    await_end(workers)
    assert not list(scratch.glob(f"{PREFIX}*"))
