"""What the system tests share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.small_mission import write_small_mission


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
