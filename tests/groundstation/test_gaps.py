"""Gaps in the numbers of products tell what was acknowledged and is not in the archive."""

from hypothesis import given
from hypothesis import strategies as st

from groundstation.gaps import MAX_TOLD, ProductGaps


def test_a_gap_is_told_once_when_the_spacecraft_holds_nothing() -> None:
    gaps = ProductGaps(archived=(1, 2, 4))
    assert gaps.missing(held=1, given_up=0) == ()
    assert gaps.missing(held=0, given_up=0) == (3,)
    assert gaps.missing(held=0, given_up=0) == ()


def test_what_was_given_up_is_no_gap_told_or_not() -> None:
    gaps = ProductGaps(archived=(1, 5), lost=(2,))
    assert gaps.missing(held=0, given_up=3) == (), "two more were given up, of which no report told"
    gaps.heard(6)
    assert gaps.missing(held=0, given_up=2) == (3, 4, 6), "one of them may be a report"


def test_forged_numbers_do_not_make_the_list_long() -> None:
    gaps = ProductGaps(archived=(1, 4_000_000_000))
    assert len(gaps.missing(held=0, given_up=0)) == MAX_TOLD


@given(made=st.integers(0, 60), data=st.data())
def test_every_number_is_archived_lost_or_told(made: int, data: st.DataObject) -> None:
    numbers = list(range(1, made + 1))
    fates = {number: data.draw(st.sampled_from(("archived", "lost", "forgotten"))) for number in numbers}
    gaps = ProductGaps()
    for number, fate in fates.items():
        gaps.heard(number)
        if fate != "forgotten":
            getattr(gaps, fate)(number)
    given_up = sum(fate == "lost" for fate in fates.values())
    assert gaps.missing(held=0, given_up=given_up) == tuple(n for n in numbers if fates[n] == "forgotten")
