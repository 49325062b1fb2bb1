import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.frames import frame_check
from onboard.comms.packets import MAX_PRODUCT_ID
from onboard.comms.reports import (
    MIN_REPORT_BYTES,
    PartialProduct,
    Range,
    RangeSet,
    Report,
    decode,
    encode,
    fit,
)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(1, 12))), st.integers(0, 50))
def test_range_set_is_a_set(steps: list[tuple[bool, int, int]], cut: int) -> None:
    ranges, numbers = RangeSet(), set[int]()
    for is_added, start, length in steps:
        if is_added:
            ranges.add(start, start + length)
            numbers |= set(range(start, start + length))
        else:
            ranges.remove(start, start + length)
            numbers -= set(range(start, start + length))
    assert [number for start, end in ranges for number in range(start, end)] == sorted(numbers)
    assert {number for number in range(60) if number in ranges} == numbers
    assert (ranges.size, bool(ranges)) == (len(numbers), bool(numbers))
    inside = [number for start, end in ranges.within(cut, cut + 9) for number in range(start, end)]
    assert inside == sorted(numbers & set(range(cut, cut + 9)))
    assert ranges.within(cut, cut - 9) == ranges.within(cut, cut) == []
    bounds = [bound for piece in ranges for bound in piece]
    assert bounds == sorted(set(bounds))


@st.composite
def ranges_below(draw: st.DrawFn, end: int, max_size: int = 30) -> tuple[Range, ...]:
    bounds = draw(st.lists(st.integers(0, end), unique=True, max_size=2 * max_size).map(sorted))
    return tuple(zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def full_reports(draw: st.DrawFn) -> Report:
    heard_ns = draw(st.integers(0, 2**62))
    archived = draw(ranges_below(draw(st.sampled_from([100, MAX_PRODUCT_ID + 1]))))
    ids = draw(st.sets(st.integers(0, 200) | st.integers(0, MAX_PRODUCT_ID), max_size=8))
    partials = []
    for product_id in sorted(ids):
        if product_id not in RangeSet(archived):
            length = draw(st.integers(1, 2**32 - 1))
            partials.append(PartialProduct(product_id, length, length, draw(ranges_below(length))))
    return Report(heard_ns, 0, MAX_PRODUCT_ID, archived, tuple(partials))


@given(full_reports())
def test_round_trip(report: Report) -> None:
    assert decode(encode(report)) == report


@given(full_reports(), st.integers(MIN_REPORT_BYTES, 300))
def test_a_cut_report_fits_says_something_and_only_the_truth(report: Report, max_bytes: int) -> None:
    fitted = fit(report, max_bytes)
    encoded = encode(fitted)
    assert len(encoded) <= max_bytes
    assert decode(encoded) == fitted
    assert fitted is report or fitted.archived or fitted.partials
    assert fitted.archived == tuple(piece for piece in report.archived if piece[0] <= fitted.through_id)
    covered = [partial for partial in report.partials if partial.product_id <= fitted.through_id]
    assert len(fitted.partials) == len(covered)
    for told, full in zip(fitted.partials, covered, strict=True):
        assert told.missing == tuple(piece for piece in full.missing if piece[0] < told.known_through)
        assert told.known_through == full.known_through or len(told.missing) < len(full.missing)


def test_a_product_of_many_holes_does_not_hide_those_behind_it() -> None:
    holes = tuple((start, start + 1) for start in range(0, 2000, 2))
    full = Report(1, 0, MAX_PRODUCT_ID, ((9, 10),), (PartialProduct(5, 2000, 2000, holes),))
    fitted = fit(full, 200)
    assert (fitted.through_id, fitted.archived) == (MAX_PRODUCT_ID, ((9, 10),))
    assert 30 < len(fitted.partials[0].missing) < 60
    assert fitted.partials[0].known_through == holes[len(fitted.partials[0].missing)][0]


@given(st.binary(max_size=200))
def test_noise_is_no_report(noise: bytes) -> None:
    """Unless its last two bytes happen to check it, one time in 65,536."""
    assert decode(noise) is None or frame_check(noise) == 0


@given(st.binary(max_size=60).map(lambda body: b"\x01" + body))
def test_sealed_noise_is_safe(body: bytes) -> None:
    report = decode(body + frame_check(body).to_bytes(2, "big"))
    if report is not None:
        again = decode(encode(report))
        assert again == report
        for partial in report.partials:
            assert all(0 <= start < end <= partial.known_through for start, end in partial.missing)


@given(full_reports(), st.data())
def test_damage_is_seen(report: Report, data: st.DataObject) -> None:
    encoded = bytearray(encode(report))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    assert decode(bytes(encoded)) is None


def test_another_version_is_refused() -> None:
    body = b"\x02" + encode(Report(0, 0, 9, (), ()))[1:-2]
    assert decode(body + frame_check(body).to_bytes(2, "big")) is None


def test_golden_bytes() -> None:
    # By hand from the layout: heard 300, window 0 to 9, archived [1, 4), product 6 of 20 bytes lacks [5, 8).
    report = Report(300, 0, 9, ((1, 4),), (PartialProduct(6, 20, 20, ((5, 8),)),))
    assert encode(report)[:-2].hex(" ") == "01 ac 02 00 09 02 02 05 14 00 01 05 02"


def test_too_small_a_limit_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        fit(Report(0, 0, 9, (), ()), MIN_REPORT_BYTES - 1)
