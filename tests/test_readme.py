"""What the README and docs/ show is true: each command runs as written, and the measured figures are those of the run.

A fenced `sh` block runs line by line in a folder of its own, which holds `sample_data`, every `toml` block whose first
line names a file, and every `json` block below a line with nothing but its file's name. Lines with `make` only have to
name a target: the tests are one of them. A `python` block that imports `sim` runs as a script
in a folder like that.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from onboard.strategy import STRATEGIES

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED_JSON = re.compile(r"^`([\w-]+\.jsonl?)`:\n\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
UNITS = {"": 1.0, "B": 1.0, "kB": 1e3, "MB": 1e6, "x": 1.0, "%": 0.01, "s": 1.0}
TOLERANCE = 0.05
"""Relative: libraries of another host round otherwise and move a detection or two."""


def _fenced(kind: str) -> dict[str, str]:
    """The text of every fenced block of a kind, by page and number on it."""
    return {
        f"{page.name}-{number}": match[2]
        for page in PAGES
        for number, match in enumerate(FENCED.finditer(page.read_text(encoding="utf-8")), 1)
        if match[1] == kind
    }


BLOCKS = {
    place: [words for line in text.splitlines() if (words := shlex.split(line, comments=True))]
    for place, text in _fenced("sh").items()
}
FLOWN = {place: commands for place, commands in BLOCKS.items() if commands[0][0] == "skysift"}
SCRIPTS = {place: text for place, text in _fenced("python").items() if "from sim import" in text}
"""Those that are whole: others show a line or two of another tool."""


def _desk(folder: Path) -> Path:
    folder.mkdir()
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    for text in _fenced("toml").values():
        if name := re.match(r"# ([\w-]+\.toml)\n", text):
            (folder / name[1]).write_text(text, encoding="utf-8")
    for page in PAGES:
        for name, text in NAMED_JSON.findall(page.read_text(encoding="utf-8")):
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def _run(commands: list[list[str]], folder: Path) -> list[str]:
    """Run them in order; what is wrong with those that fail."""
    complaints = []
    for _, *arguments in commands:
        done = _python(["-m", "sim", *arguments], folder)
        if done.returncode:
            complaints.append(f"skysift {shlex.join(arguments)}: exit code {done.returncode}: {done.stderr}")
    return complaints


def _python(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("readme")
    return {place: _desk(root / place) for place in FLOWN}


@pytest.fixture(scope="module")
def flown(desks: dict[str, Path]) -> Iterator[dict[str, Future[list[str]]]]:
    """Every block, two at a time: a run keeps one core busy, sometimes two."""
    with ThreadPoolExecutor(2) as pool:
        yield {place: pool.submit(_run, commands, desks[place]) for place, commands in FLOWN.items()}


def test_blocks_hold_only_commands_that_are_checked() -> None:
    assert FLOWN
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for place, commands in BLOCKS.items():
        if place in FLOWN:
            assert {words[0] for words in commands} == {"skysift"}
        else:
            assert [words for words in commands if words[0] != "make" or words[1] not in targets] == [], place


@pytest.mark.parametrize("place", FLOWN)
def test_commands_run_as_written(place: str, flown: dict[str, Future[list[str]]]) -> None:
    assert flown[place].result() == []


@pytest.mark.parametrize("place", SCRIPTS)
def test_scripts_run_as_written(place: str, tmp_path: Path) -> None:
    desk = _desk(tmp_path / "desk")
    (desk / "script.py").write_text(SCRIPTS[place], encoding="utf-8")
    done = _python(["script.py"], desk)
    assert (done.returncode, done.stderr) == (0, "")


def test_strategies_measure_as_the_readme_says(desks: dict[str, Path], flown: dict[str, Future[list[str]]]) -> None:
    """All nine take minutes: the row of detections is held to the demo, which is the same run."""
    rows = _strategy_rows()
    assert list(rows) == list(STRATEGIES)
    place = next(place for place, commands in FLOWN.items() if ["skysift", "demo"] in commands)
    flown[place].result()
    summary = (desks[place] / "runs" / "wildfire-watch-detections-seed1" / "summary.json").read_text(encoding="utf-8")
    measured = _measured(json.loads(summary))
    assert {name: _number(rows["detections"][name]) for name in measured} == pytest.approx(measured, rel=TOLERANCE)


def _strategy_rows() -> dict[str, dict[str, str]]:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| strategy |"))
    _, *columns = _cells(lines[start])
    rows = {}
    for line in lines[start + 2 : lines.index("", start)]:
        name, *values = _cells(line)
        rows[name.strip("`")] = dict(zip(columns, values, strict=True))
    return rows


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _number(text: str) -> float:
    found = re.fullmatch(r"([\d.,]+) ?(\S*)", text)
    assert found, text
    return float(found[1].replace(",", "")) * UNITS[found[2]]


def _measured(summary: dict[str, Any]) -> dict[str, float]:
    return {
        "sent down": summary["bytes"]["downlink"]["total"],
        "saved against lossless": summary["savings"]["vs_lossless"],
        "recall": summary["score"]["wildfire"]["recall"],
        "precision": summary["score"]["wildfire"]["precision"],
        "capture to alert, median": summary["latency_s"]["capture_to_alert"]["p50"],
    }
