"""What the system tests share."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.cli import main
from tests.system.small_mission import Refused, the_line, write_small_mission


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small mission's scenario, in a folder of its own that no test changes."""
    return write_small_mission(tmp_path_factory.mktemp("mission"))


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """A command that flies in this process takes signals over."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good scenario, as `small.toml`."""
    folder = tmp_path_factory.mktemp("desk")
    write_small_mission(folder)
    return folder


@pytest.fixture
def refused(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Refused]:
    """Runs a command at the desk that must fail; returns its one line without the program's name."""
    monkeypatch.chdir(desk)

    def run(*arguments: str, code: int = 2) -> str:
        monkeypatch.setattr(sys, "argv", ["skysift", *arguments])
        assert main() == code
        out, err = capsys.readouterr()
        assert out == ""
        return the_line(err)

    yield run
    assert not (desk / "runs").exists()
