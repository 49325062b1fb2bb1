from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.reassembly import PARTIAL_BYTES, PIECE_BYTES, Reassembly, ReceivedProduct
from onboard.comms.packets import ProductKind, Segment, product_check
from onboard.comms.reports import MIN_REPORT_BYTES, PartialProduct, Report, decode

KIND = ProductKind.CHIP


def cut(payload: bytes, product_id: int, *bounds: int) -> list[Segment]:
    stream = payload + product_check(payload)
    edges = [0, *sorted(bounds), len(stream)]
    return [
        Segment(product_id, len(stream), start, stream[start:end], KIND)
        for start, end in pairwise(edges)
        if start < end
    ]


def told(ground: Reassembly, max_bytes: int = 1000) -> Report:
    report = decode(ground.report(max_bytes))
    assert report is not None
    return report


@given(st.binary(max_size=60), st.data())
def test_any_order_any_cuts_any_repeats(payload: bytes, data: st.DataObject) -> None:
    bounds = st.lists(st.integers(0, len(payload)), max_size=5)
    segments = cut(payload, 7, *data.draw(bounds)) + cut(payload, 7, *data.draw(bounds))
    ground = Reassembly()
    received = [product for each in data.draw(st.permutations(segments)) if (product := ground.push(each))]
    assert received == [ReceivedProduct(7, KIND, payload)]
    assert ground.held_bytes == 0


def test_report_tells_archived_partial_and_whole() -> None:
    ground = Reassembly()
    ground.hear(500, 600)
    ground.hear(400, 600)
    for product_id in (1, 3, 2, 9):
        ground.archived(product_id)
    ground.push(cut(bytes(96), 5, 10, 20)[1])
    ground.push(cut(bytes(6), 6)[0])
    assert told(ground) == Report(
        500,
        0,
        2**32 - 1,
        ((1, 4), (9, 10)),
        (PartialProduct(5, 100, 100, ((0, 10), (20, 100))), PartialProduct(6, 10, 10, ())),
    )
    ground.archived(6)
    assert told(ground).archived == ((1, 4), (6, 7), (9, 10))


def test_a_packet_from_the_future_is_not_heard() -> None:
    ground = Reassembly()
    ground.hear(900, 600)
    assert told(ground).heard_ns == 0


def test_archived_and_emitted_products_are_not_emitted_again() -> None:
    ground = Reassembly()
    ground.archived(1)
    assert ground.push(cut(b"old", 1)[0]) is None
    assert ground.push(cut(b"new", 2)[0]) == ReceivedProduct(2, KIND, b"new")
    assert ground.push(cut(b"new", 2)[0]) is None
    assert ground.counts.duplicates == 2


@pytest.mark.parametrize(
    "segment",
    [
        Segment(1, 10, 8, b"abc", KIND),
        Segment(1, 10, 0, b"", KIND),
        Segment(1, 3, 0, b"abc", KIND),
        Segment(1, 2000, 0, b"abc", KIND),
    ],
    ids=["out of bounds", "empty", "no room for a check", "beyond capacity"],
)
def test_impossible_segments_are_counted_and_ignored(segment: Segment) -> None:
    ground = Reassembly(capacity_bytes=1000)
    assert ground.push(segment) is None
    assert (ground.counts.conflicts, ground.held_bytes, told(ground).partials) == (1, 0, ())


def test_a_contradiction_heals() -> None:
    ground = Reassembly()
    ground.push(Segment(1, 999, 0, b"false", KIND))
    segments = cut(b"truth", 1, 3)
    ground.push(segments[0])
    assert ground.counts.conflicts == 1
    assert ground.push(segments[1]) == ReceivedProduct(1, KIND, b"truth")


def test_a_damaged_product_is_missing_again() -> None:
    ground = Reassembly()
    good = cut(b"truth", 1)[0]
    assert ground.push(Segment(1, 9, 0, b"trush" + good.data[5:], KIND)) is None
    assert (ground.counts.damaged, told(ground).partials) == (1, ())
    assert ground.push(good) == ReceivedProduct(1, KIND, b"truth")


def test_a_partial_is_put_out_for_room_but_not_the_one_in_reception() -> None:
    room_for_two = 2 * (PARTIAL_BYTES + PIECE_BYTES + 40)
    ground = Reassembly(room_for_two)
    for product_id in range(30, 0, -1):
        ground.push(cut(bytes(96), product_id, 40)[0])
        assert ground.held_bytes <= room_for_two
        assert product_id in [partial.product_id for partial in told(ground).partials]
    assert ground.counts.evicted == 28


def test_crumbs_of_a_product_fill_no_more_than_the_capacity() -> None:
    ground = Reassembly(10_000)
    for offset in range(0, 9_000, 2):
        assert ground.push(Segment(1, 9_000, offset, b"x", KIND)) is None
        assert ground.held_bytes <= 10_000
    assert ground.counts.evicted > 100
    good = cut(bytes(8_996), 1)[0]
    assert ground.push(good) == ReceivedProduct(1, KIND, bytes(8_996))


def test_forgetting_is_idempotent() -> None:
    ground = Reassembly()
    ground.push(cut(bytes(96), 1, 40)[0])
    ground.forget(1)
    ground.forget(1)
    assert (ground.held_bytes, told(ground).partials) == (0, ())


@pytest.mark.parametrize("every", [1, 2, 3, 7])
def test_windows_cover_all_even_where_only_every_nth_report_arrives(every: int) -> None:
    ground = Reassembly()
    for product_id in range(0, 400, 2):
        ground.archived(product_id)
    for segment in cut(bytes(9996), 401, *range(0, 9990, 10))[::2]:
        ground.push(segment)
    acknowledged: set[int] = set()
    spoken_of: set[int] = set()
    for number in range(150 * every):
        data = ground.report(MIN_REPORT_BYTES)
        assert len(data) <= MIN_REPORT_BYTES
        if number % every == 0:
            report = decode(data)
            assert report is not None
            acknowledged |= {product_id for piece in report.archived for product_id in range(*piece)}
            spoken_of |= set(range(report.from_id, min(report.through_id, 500) + 1))
    assert acknowledged == set(range(0, 400, 2))
    assert spoken_of == set(range(501))
