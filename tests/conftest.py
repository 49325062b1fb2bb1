"""The order of the tests: files that take longest begin first, so that two workers end together."""

import pytest

LONGEST = (
    "tests/test_readme.py",
    "tests/system/test_strategies.py",
    "tests/sim/swarm/test_seeds_a.py",
    "tests/sim/swarm/test_seeds_b.py",
    "tests/system/test_mission_control.py",
    "tests/sim/experiment/fit/test_fit_prediction.py",
    "tests/test_notebooks.py",
    "tests/system/test_wildfire_watch.py",
    "tests/system/test_processes.py",
    "tests/system/test_kills.py",
)
"""By CPU time; they have few tests, and would come last in xdist's own order, which is by number."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the longest files to the front; all else keeps its order."""
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.nodeid.split("::")[0], len(rank)))
