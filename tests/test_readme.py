"""What the README and docs/ show is true: each command runs as written, and the measured figures are those of the run.

A fenced `sh` block runs line by line in a folder of its own, which holds `sample_data`, `examples` and every file that
the page shows; `tests/documents.py` tells the marks that change that. Lines with `make` only have to name a target: the
tests are one of them. A `python` block that imports `sim` runs as a script in a folder like that.
"""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from typer.main import get_command

from onboard.strategy import STRATEGIES
from sim.cli import app
from tests.command_server import CommandServer
from tests.documents import PAGES, ROOT, Block, blocks_of, is_in_order, make_desk, put_into

UNITS = {"": 1.0, "B": 1.0, "kB": 1e3, "MB": 1e6, "x": 1.0, "%": 0.01, "s": 1.0}
TOLERANCE = 0.05
"""Relative: libraries of another host round otherwise and move a detection or two."""
COMMAND_S = 1800
"""Longest that a command may take: a machine that does much else is slow."""
AT_ONCE = 2
PROGRAMS = ("skysift", "python", "make")

BLOCKS = {block.place: block for page in PAGES for block in blocks_of(page)}
SHELL = {place: block for place, block in BLOCKS.items() if block.kind == "sh"}
PARSED = {place: block for place, block in SHELL.items() if block.mark == "parsed"}
MADE = {place: block for place, block in SHELL.items() if block.commands[0][0] == "make"}
ALONE = {
    block.place: [block]
    for block in BLOCKS.values()
    if not is_in_order(block.page) and (block.is_script or block.place in SHELL.keys() - PARSED.keys() - MADE.keys())
}
TOGETHER = {page.name: blocks_of(page) for page in PAGES if is_in_order(page)}
FLOWN = ALONE | TOGETHER
"""Blocks that run one after another in a folder, by what the test is called."""
DEMO = next(place for place, (block, *_) in ALONE.items() if "skysift demo\n" in block.text)
"""Whose summary the README's table is held to."""


class _Desk:
    """A folder in which blocks run, and what still runs in the background."""

    def __init__(self, folder: Path, commands: CommandServer) -> None:
        self._folder = folder
        self._commands = commands
        self._started: list[subprocess.Popen[str]] = []

    def run(self, block: Block) -> Iterator[str]:
        """What is wrong with those of its commands that fail."""
        if block.mark.startswith("put into "):
            put_into(self._folder / block.mark.removeprefix("put into "), block.text)
        elif block.is_script and not block.file:
            yield from self._told(["python", "-c", block.text])
        elif block.kind == "sh" and block.mark == "in the background":
            self._started += [self._start(words) for words in block.commands]
        elif block.kind == "sh" and block.mark != "parsed":
            for words in block.commands:
                yield from self._told(words)

    def close(self) -> None:
        """End what still runs."""
        for process in self._started:
            process.send_signal(signal.SIGTERM)
            process.communicate()

    def _told(self, words: list[str]) -> Iterator[str]:
        program, *arguments = words
        code, err = self._commands.run(arguments, self._folder, COMMAND_S) if program == "skysift" else self._ran(words)
        if code:
            yield f"{shlex.join(words)}: exit code {code}: {err}"

    def _ran(self, words: list[str]) -> tuple[int, str]:
        process = self._start(words)
        try:
            _, err = process.communicate(timeout=COMMAND_S)
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate()
        return process.returncode, err

    def _start(self, words: list[str]) -> subprocess.Popen[str]:
        assert words[0] == "python"
        return subprocess.Popen(
            [sys.executable, *words[1:]],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def _fly(blocks: list[Block], folder: Path, idle: SimpleQueue[CommandServer]) -> list[str]:
    commands = idle.get()
    try:
        with contextlib.closing(_Desk(make_desk(folder, blocks[0].page), commands)) as desk:
            return [complaint for block in blocks for complaint in desk.run(block)]
    finally:
        idle.put(commands)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


@pytest.fixture(scope="module")
def flown(request: pytest.FixtureRequest, root: Path) -> Iterator[dict[str, Future[list[str]]]]:
    """Those that are asked for, two at a time: a run keeps one core busy, sometimes two."""
    chosen = [item.name for item in request.session.items]
    asked = {name for name in FLOWN if any(one.endswith(f"[{name}]") for one in chosen)}
    if "test_strategies_measure_as_the_readme_says" in chosen:
        asked.add(DEMO)
    idle: SimpleQueue[CommandServer] = SimpleQueue()
    with contextlib.ExitStack() as closing:
        for _ in range(AT_ONCE):
            idle.put(closing.enter_context(contextlib.closing(CommandServer())))
        pool = closing.enter_context(ThreadPoolExecutor(AT_ONCE))
        yield {name: pool.submit(_fly, FLOWN[name], root / name, idle) for name in FLOWN if name in asked}


def test_blocks_hold_only_commands_that_are_checked() -> None:
    assert FLOWN
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for place, block in SHELL.items():
        assert {words[0] for words in block.commands} <= set(PROGRAMS), place
        assert block.mark in ("", "parsed", "in the background") or block.mark.startswith("with "), place
        if place in MADE:
            assert [words for words in block.commands if words[0] != "make" or words[1] not in targets] == [], place


@pytest.mark.parametrize("name", FLOWN)
def test_commands_run_as_written(name: str, flown: dict[str, Future[list[str]]]) -> None:
    assert flown[name].result() == []


def test_what_is_only_parsed_runs_elsewhere_or_does_not_end() -> None:
    places = {block.place for blocks in FLOWN.values() for block in blocks} & SHELL.keys() - PARSED.keys()
    run = [words for place in places for words in SHELL[place].commands]
    for place, block in PARSED.items():
        for words in block.commands:
            is_held = words[1] in ("demo", "replay") or "--hold" in words
            needs_a_killed_run = "--resume" in words  # tests/system/test_resume.py has one
            assert words in run or is_held or needs_a_killed_run, place


@pytest.mark.parametrize("place", PARSED)
def test_commands_are_taken_by_the_command_line(place: str) -> None:
    """Those that do not end by themselves: the command is there, and takes these arguments."""
    for _, name, *arguments in PARSED[place].commands:
        command: Any = get_command(app)
        command = command.commands[name]
        if hasattr(command, "commands"):
            command, arguments = command.commands[arguments[0]], arguments[1:]
        command.make_context(name, arguments)


def test_strategies_measure_as_the_readme_says(root: Path, flown: dict[str, Future[list[str]]]) -> None:
    """All ten take minutes: the row of detections is held to the demo, which is the same run."""
    rows = _strategy_rows()
    assert list(rows) == list(STRATEGIES)
    assert flown[DEMO].result() == []
    summary = (root / DEMO / "runs" / "wildfire-watch-detections-seed1" / "summary.json").read_text(encoding="utf-8")
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
