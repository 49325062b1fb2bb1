"""What `fit` foretells is what flies: some of the seeds of `tests.soak.fit_check`, which checks twenty."""

from pathlib import Path

import pytest

from tests.soak.fit_check import STARVED, check, line


@pytest.mark.parametrize("seed", [*range(len(STARVED)), 8])
def test_a_run_completes_the_frames_that_were_foretold(seed: int, tmp_path: Path) -> None:
    outcome = check(seed, tmp_path)
    assert outcome.ok, line(outcome)
    assert outcome.starved == outcome.binds
    assert outcome.starved is None or outcome.flown < 0.85 * outcome.asked, "it was not starved"
