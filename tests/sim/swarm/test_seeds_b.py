"""The other half of the seeds that every run of the tests flies: none breaks what the checkers hold."""

import pytest

from tests.sim.swarm.seeds import CHUNK, SEEDS, fly_chunk


@pytest.mark.parametrize("first", range(SEEDS // 2, SEEDS, CHUNK))
def test_no_seed_breaks_an_account(first: int) -> None:
    assert fly_chunk(first) == {}
