from tests.fuzz.attacks import ATTACKS
from tests.fuzz.forged_frames import run


def test_no_forgery_is_accepted() -> None:
    """The short version of a run over a million, see `forged_frames`."""
    outcome, figures = run(count=20_000, seed=7)
    assert outcome.is_sound, figures
    assert (len(outcome.forgeries), outcome.forgeries.total()) == (2 * len(ATTACKS), 20_000)
    assert outcome.genuine == 1250
