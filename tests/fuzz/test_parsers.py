import time

from tests.fuzz.parsers import fuzz, parsers


def test_samples_are_understood() -> None:
    """Else the fuzzer would spoil what was refused in the first place. A sealed link has no samples."""
    for subject in parsers():
        if subject.name not in ("sealed data", "TM deframer, secured", "TC frame, secured"):
            assert any(subject.parse(sample) is not None for sample in subject.samples), subject.name


def test_no_parser_fails() -> None:
    """The short version of five minutes of it, see `parsers`."""
    end_s = time.monotonic() + 3.0
    outcome = fuzz(seed=7, goes_on=lambda: time.monotonic() < end_s)
    assert not outcome.failures
    assert all(outcome.tried[subject.name] for subject in parsers())
