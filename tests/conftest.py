"""What all tests share: the longest files begin first, so that two workers end together; and where bytecode is."""

import os
import sys

import pytest

# Tests start hundreds of processes. Each would compile all our modules again, for a third of a second, where the
# environment keeps nobody's bytecode.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

LONGEST = (
    "tests/test_readme.py",
    "tests/sim/swarm/test_seeds_a.py",
    "tests/sim/swarm/test_seeds_b.py",
    "tests/system/test_strategies.py",
    "tests/system/test_processes.py",
    "tests/sim/experiment/fit/test_fit_prediction.py",
    "tests/system/test_third_party_flight.py",
    "tests/system/test_mission_control.py",
    "tests/system/test_compare.py",
    "tests/test_notebooks.py",
    "tests/system/test_wildfire_watch.py",
    "tests/system/test_elsewhere.py",
)
"""By CPU time; they have few tests, and would come last in xdist's own order, which is by number."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the longest files to the front; all else keeps its order."""
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.nodeid.split("::")[0], len(rank)))
