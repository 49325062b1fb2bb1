"""Our own speed: the verdict over samples, what is skipped, and the table of the docs."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.cli import main
from sim.experiment.bench import every, page
from sim.experiment.bench.figure import Benchmark, Figure

ROOT = Path(__file__).resolve().parents[3]
CAPTION = re.compile(
    r"Measured (\S+) on (\d+) cores of a processor that calls itself (.+), Python (\S+), "
    r"at a load of (\S+) to (\S+)\."
)


@pytest.mark.parametrize(
    ("bar", "is_ceiling", "ok", "asked"),
    [
        (None, False, True, ""),
        (2.0, False, True, "at least 2"),
        (2.1, False, False, "at least 2.1"),
        (2.0, True, True, "at most 2"),
        (1.9, True, False, "at most 1.9"),
    ],
)
def test_the_median_is_held_against_the_bar(bar: float | None, is_ceiling: bool, ok: bool, asked: str) -> None:
    figure = Figure("lane", "1/s", "frames", bar, is_ceiling)
    row = figure.row([1.0, 9.0, 2.0])
    assert (row["value"], row["bar"], row["ok"], row["range"]) == (2.0, bar, ok, [1.0, 9.0])
    assert row["note"] == "frames; 3 repeats, 1 to 9"
    assert figure.asked == asked


def test_names_are_told_once() -> None:
    assert len({figure.name for figure in every.FIGURES}) == len(every.FIGURES)


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A quick benchmark that gives what is put here, beside one that takes long and one whose peer is nowhere."""
    given = [1.0, 9.0, 2.0]
    figures = [Figure(name, "1/s", "frames", 2.0) for name in ("lane", "long", "peer")]
    benchmarks = (
        Benchmark(tuple(figures[:1]), lambda _: (given.pop(0),), is_quick=True),
        Benchmark(tuple(figures[1:2]), lambda _: pytest.fail("takes long")),
        Benchmark(tuple(figures[2:]), lambda _: pytest.fail("is not there"), is_quick=True, peer="no_such_peer"),
    )
    monkeypatch.setattr(every, "BENCHMARKS", benchmarks)
    monkeypatch.setattr(every, "FIGURES", tuple(figures))
    monkeypatch.setattr(page, "FIGURES", tuple(figures))
    return given


def _call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["skysift", "bench", *arguments])
    return main()


def test_a_quick_look(lane: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(monkeypatch, "--quick", "--json") == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert [row["name"] for row in answer["benchmarks"]] == ["lane"]
    assert answer["benchmarks"][0]["value"] == 2.0
    assert answer["skipped"]["long"] == "takes long"
    assert "no_such_peer is not installed" in answer["skipped"]["peer"]
    assert answer["machine"]["processor"]
    assert "round 3 of 3" in err
    assert not lane


def test_for_people(lane: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lane[:] = [1.0, 1.0, 1.0]
    assert _call(monkeypatch, "--quick") == 0
    out, err = capsys.readouterr()
    assert "MISSED" in out
    assert "peer was skipped: no_such_peer is not installed" in " ".join(err.split())


def test_a_missed_bar_is_a_failure(lane: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"benchmarks": [Figure("lane", "1/s", "frames", 2.0).row([1.0])], "skipped": {}, "machine": {}}
    monkeypatch.setattr(every, "measure", lambda **_: answer)
    assert lane
    assert _call(monkeypatch, "--json") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--markdown", "bench.json"), "--date"),
        (("--date", "2026-11-23"), "--markdown"),
        (("--markdown", "bad.json", "--date", "today"), "YYYY-MM-DD"),
        (("--markdown", "nowhere.json", "--date", "2026-11-23"), "cannot be read"),
        (("--markdown", "bad.json", "--date", "2026-11-23"), "is not what skysift bench --json prints"),
    ],
)
def test_refusals(
    arguments: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text("{}", "utf-8")
    assert _call(monkeypatch, *arguments) == 2
    assert told in capsys.readouterr().err


def test_the_docs_table_is_the_generators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Its figures read back and printed again give the same text, whatever they are."""
    text = (ROOT / "docs" / "performance.md").read_text("utf-8")
    table = text[text.index(page.BEGIN) : text.index(page.END) + len(page.END) + 1]
    answer, date = _read(table)
    Path(tmp_path / "bench.json").write_text(json.dumps(answer), "utf-8")
    assert _call(monkeypatch, "--markdown", str(tmp_path / "bench.json"), "--date", date) == 0
    assert capsys.readouterr().out == table
    without_peers = {figure.name for each in every.BENCHMARKS if not each.peer for figure in each.figures}
    assert without_peers <= {row["name"] for row in answer["benchmarks"]}


def _read(table: str) -> tuple[dict[str, Any], str]:
    said = CAPTION.search(table)
    assert said
    date, cpus, processor, python, low, high = said.groups()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| `")]
    rows = [
        {
            "name": name.strip("`"),
            "value": _number(value),
            "range": [_number(end) for end in ends.split(" to ")],
            "ok": "(missed)" not in bar,
        }
        for name, value, _, ends, bar, _ in cells
    ]
    machine = {"cpus": int(cpus), "processor": processor, "python": python, "load": [float(low), float(high)]}
    return {"benchmarks": rows, "machine": machine}, date


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def test_no_tool_of_the_tests_is_loaded() -> None:
    script = "import sys, sim.experiment.bench.every; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"pytest", "hypothesis", "unittest.mock", "skyfield"} & set(done.stdout.split())
