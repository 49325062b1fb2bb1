from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.downlink import Downlink, Lane, Transmission
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import (
    HOUSEKEEPING_APID,
    MAX_PRODUCT_ID,
    SEGMENT_OVERHEAD_BYTES,
    ProductKind,
    Segment,
    packet_bytes,
    parse_packet,
    parse_segment,
)
from onboard.comms.reports import PartialProduct, Range, Report, encode
from onboard.comms.runs import sent_bytes
from onboard.comms.security import OVERHEAD_BYTES, Direction, Sealer
from onboard.comms.transfer import FrameAccount
from onboard.mission_time import NS_PER_S
from tests.onboard.comms.sequence_numbers import Numbers
from tests.tm_link import parse_frame, queued_bytes

S = NS_PER_S
FRAME = 1115
ROOM = 1107 - 25
"""Stream bytes of a packet that fills a frame: 1115 - 8 frame overhead - 25 packet and segment header."""


def product(product_id: int, kind: ProductKind = ProductKind.IMAGE, size: int = 5000, value: float = 1.0) -> Product:
    return Product(product_id, kind, 0, bytes([product_id]) * size, value, 0)


def downlink(*products: Product, capacity_bytes: int = 10**7) -> Downlink:
    link = Downlink(5, Outbox(capacity_bytes))
    for each in products:
        assert link.store(each) == ()
    return link


def made(sent: Transmission) -> list[bytes]:
    """The frames, those of runs too."""
    stream = b"".join(part if isinstance(part, bytes) else part.make_frames() for part in sent.parts)
    assert len(stream) == sent_bytes(sent.parts)
    return [stream[at : at + FRAME] for at in range(0, len(stream), FRAME)]


def segments(sent: Transmission) -> list[Segment]:
    found = []
    for frame in made(sent):
        parsed = parse_frame(frame)
        assert parsed is not None
        # Product packets never span frames, so each frame can be read by itself.
        at = parsed.first_header_pointer
        while (size := packet_bytes(parsed.data, at)) and at + size <= len(parsed.data):
            packet = parse_packet(parsed.data[at : at + size])
            at += size
            if packet and packet.apid != HOUSEKEEPING_APID:
                segment = parse_segment(packet)
                assert segment is not None
                found.append(segment)
    return found


def spans(sent: Transmission) -> list[tuple[int, int, int]]:
    return [(each.product_id, each.offset, each.offset + len(each.data)) for each in segments(sent)]


def report(
    heard_ns: int,
    *partials: PartialProduct,
    archived: tuple[Range, ...] = (),
    through_id: int = MAX_PRODUCT_ID,
) -> bytes:
    return encode(Report(heard_ns, 0, through_id, archived, partials))


def partial(product_id: int, *missing: Range, length: int = 5004) -> PartialProduct:
    return PartialProduct(product_id, length, length, missing)


def test_frames_are_made_for_granted_bytes_only() -> None:
    link = downlink(product(1))
    assert link.transmit(S, FRAME - 1, b"hk").parts == ()
    sent = link.transmit(S, 3 * FRAME + 500, b"hk")
    assert [len(frame) for frame in made(sent)] == [FRAME] * 3
    channels = [frame.virtual_channel for frame in map(parse_frame, made(sent)) if frame]
    assert channels == [4, 3, 3]
    assert spans(sent) == [(1, 0, ROOM), (1, ROOM, 2 * ROOM)]


def test_products_and_beacon_take_turns_on_the_slowest_link() -> None:
    link = downlink(product(1, size=ROOM - 4))
    sent = [link.transmit(n * S, FRAME, b"hk").account.products for n in range(1, 6)]
    assert sent == [0, FRAME, 0, 0, 0]


def test_an_idle_downlink_sends_its_beacon() -> None:
    sent = downlink().transmit(S, 9 * FRAME, b"hk")
    assert len(made(sent)) == 1
    assert (sent.account.housekeeping, sent.account.products) == (FRAME, 0)


def test_bulk_efficiency() -> None:
    account = downlink(product(1, size=2_000_000)).transmit(S, 5000 * FRAME, b"hk").account
    assert account.payload == 2_000_000
    assert account.payload / account.products > 0.96


def test_account_of_one_frame_by_hand() -> None:
    sent = downlink(product(1, size=100)).transmit(S, 9 * FRAME, b"hk")
    account = sent.account
    assert (account.payload, account.headers, account.retransmit) == (100, 8 + 25 + 4, 0)
    assert account.fill == FRAME - 100 - 8 - 25 - 4


def test_strict_priority_then_value_then_id() -> None:
    kinds = (ProductKind.IMAGE, ProductKind.THUMBNAIL, ProductKind.CHIP, ProductKind.ALERT, ProductKind.REPORT)
    link = downlink(*(product(n, kind, 10) for n, kind in enumerate(kinds)))
    link.store(product(9, ProductKind.CHIP, 10, value=2.0))
    link.store(product(8, ProductKind.CHIP, 10, value=1.0))
    sent = link.transmit(S, 99 * FRAME, b"hk")
    assert [segment.product_id for segment in segments(sent)] == [3, 4, 9, 2, 8, 1, 0]
    assert sent.first_sent == (3, 4, 9, 2, 8, 1, 0)
    assert channels(sent) == [0, 4, 1, 2, 3]


@pytest.mark.parametrize("lane", ["runs", "frames"])
def test_the_last_byte_of_a_product_is_told_once(lane: Lane) -> None:
    link = Downlink(5, Outbox(10**7), lane=lane)
    link.store(product(1, ProductKind.IMAGE, 5 * ROOM))
    first, second, third = (link.transmit(n * S, 4 * FRAME, b"hk") for n in (1, 2, 3))
    assert (first.first_sent, first.sent_whole) == ((1,), ())
    assert (second.first_sent, second.sent_whole) == ((), (1,))
    assert (third.first_sent, third.sent_whole) == ((), ())
    missing = PartialProduct(1, 5 * ROOM + 4, 5 * ROOM + 4, ((4 * ROOM, 5 * ROOM + 4),))
    link.apply_report(4 * S, encode(Report(3 * S, 0, 9, (), (missing,))))
    again = link.transmit(4 * S, 9 * FRAME, b"hk")
    assert again.account.retransmit > 0
    assert (again.first_sent, again.sent_whole) == ((), ())


def channels(sent: Transmission) -> list[int]:
    return [frame.virtual_channel for frame in map(parse_frame, made(sent)) if frame]


@pytest.mark.parametrize("lane", ["runs", "frames"])
def test_an_alert_overtakes_a_half_sent_image_at_the_next_frame(lane: Lane) -> None:
    link = Downlink(5, Outbox(10**7), lane=lane)
    link.store(product(1))
    link.transmit(S, 3 * FRAME, b"hk")
    link.store(product(2, ProductKind.ALERT, 300))
    sent = link.transmit(2 * S, 3 * FRAME, b"hk")
    assert channels(sent) == [0, 4, 3]
    assert spans(sent) == [(2, 0, 304), (1, 2 * ROOM, 3 * ROOM)]


def test_alerts_leave_the_beacon_its_frame() -> None:
    link = downlink(*(product(n, ProductKind.ALERT, 3 * ROOM) for n in range(2)))
    assert channels(link.transmit(S, 4 * FRAME, b"hk")) == [0, 0, 0, 4]
    assert channels(link.transmit(2 * S, FRAME, b"hk")) == [4]
    assert channels(link.transmit(3 * S, FRAME, b"hk")) == [0]


def test_an_alert_waits_for_one_beacon_at_most_on_the_slowest_link() -> None:
    link = downlink(product(1, ProductKind.IMAGE, 10 * ROOM))
    assert channels(link.transmit(S, FRAME, b"hk")) == [4]
    assert channels(link.transmit(2 * S, FRAME, b"hk")) == [3]
    link.store(product(2, ProductKind.ALERT))
    assert [channels(link.transmit(n * S, FRAME, b"hk")) for n in (3, 4)] == [[4], [0]]


def test_reports_share_the_beacons_frame_and_count_as_housekeeping() -> None:
    link = downlink(product(1, ProductKind.REPORT, 200), product(2, ProductKind.REPORT, 3000))
    link.store(product(3, ProductKind.CHIP, 100))
    sent = link.transmit(S, 99 * FRAME, b"hk")
    assert channels(sent) == [4, 4, 4, 4, 1]
    assert spans(sent)[0] == (1, 0, 204)
    assert sent.account == FrameAccount(100, 8 + 25 + 4, FRAME - 100 - 8 - 25 - 4, 0, 4 * FRAME)
    assert sent.first_sent == (1, 2, 3)


def test_a_sealed_frame_counts_what_security_takes_as_headers() -> None:
    sealer = Sealer({1: bytes(32)}, 5, Direction.DOWN, Numbers())
    link = Downlink(5, Outbox(10**7), sealer=sealer)
    link.store(product(1, size=100))
    account = link.transmit(S, 9 * FRAME, b"hk").account
    assert (account.payload, account.headers) == (100, 8 + OVERHEAD_BYTES + 25 + 4)
    assert (account.products, account.housekeeping) == (FRAME, FRAME)


def test_what_expires_is_given_up_even_when_half_sent() -> None:
    mortal = replace(product(1), expires_ns=5 * S)
    link = downlink(mortal, product(2, value=0.5))
    link.transmit(S, 3 * FRAME, b"hk")
    assert link.expire(5 * S - 1) == ()
    assert link.expire(5 * S) == (mortal,)
    assert link.expire(9 * S) == ()
    link.apply_report(9 * S, report(8 * S, partial(1, (0, 9))))
    assert {segment.product_id for segment in segments(link.transmit(9 * S, 99 * FRAME, b"hk"))} == {2}
    assert (link.pending_products, queued_bytes(link, ProductKind.IMAGE)) == (1, 0)


def test_lost_ranges_are_repeated_before_new_data_of_the_channel() -> None:
    two_frames = 2 * ROOM - 4
    link = downlink(product(1, size=two_frames), product(2, size=two_frames, value=0.5))
    link.store(product(3, size=two_frames, value=9.0))
    link.transmit(S, 3 * FRAME, b"hk")
    link.transmit(2 * S, 2 * FRAME, b"hk")
    lost = partial(3, (ROOM, 2 * ROOM), length=2 * ROOM)
    link.apply_report(3 * S, report(2 * S, lost))
    sent = link.transmit(3 * S, 3 * FRAME, b"hk")
    assert spans(sent) == [(3, ROOM, 2 * ROOM), (1, ROOM, 2 * ROOM)]
    assert (sent.account.retransmit, sent.account.payload) == (ROOM + 25, ROOM - 4)


def test_what_may_still_come_is_not_repeated() -> None:
    link = downlink(product(1))
    link.transmit(S, 9 * FRAME, b"hk")
    link.apply_report(2 * S, report(S))
    assert queued_bytes(link, ProductKind.IMAGE) == 0
    link.apply_report(2 * S, report(S + 1))
    assert queued_bytes(link, ProductKind.IMAGE) == 5004


def test_repeated_and_older_reports_change_nothing() -> None:
    link = downlink(product(1))
    link.transmit(S, 9 * FRAME, b"hk")
    lost = report(2 * S, partial(1, (0, ROOM)))
    link.apply_report(3 * S, lost)
    assert spans(link.transmit(3 * S, 9 * FRAME, b"hk")) == [(1, 0, ROOM)]
    link.apply_report(4 * S, lost)
    link.apply_report(4 * S, report(2 * S - 1))
    assert queued_bytes(link, ProductKind.IMAGE) == 0
    link.apply_report(5 * S, report(4 * S, partial(1)))
    link.apply_report(5 * S, lost)
    assert spans(link.transmit(5 * S, 9 * FRAME, b"hk")) == []
    assert link.pending_products == 1


def test_acknowledged_products_leave_for_good() -> None:
    link = downlink(product(1), product(2), product(3))
    link.transmit(S, 3 * FRAME, b"hk")
    acknowledgement = report(S, archived=((1, 3),))
    assert link.apply_report(2 * S, acknowledgement) == (1, 2)
    assert link.apply_report(2 * S, acknowledgement) == ()
    link.apply_report(9 * S, report(8 * S))
    assert {segment.product_id for segment in segments(link.transmit(9 * S, 99 * FRAME, b"hk"))} == {3}
    assert (link.pending_products, link.pending_bytes) == (1, 5000)


def test_an_old_report_still_acknowledges() -> None:
    link = downlink(product(1))
    link.transmit(S, 9 * FRAME, b"hk")
    link.apply_report(9 * S, report(8 * S, partial(1)))
    assert link.apply_report(9 * S, report(2 * S, archived=((1, 2),))) == (1,)


def test_a_cut_report_is_believed_only_where_it_speaks() -> None:
    link = downlink(product(1), product(2))
    link.transmit(S, 99 * FRAME, b"hk")
    told = PartialProduct(1, 5004, 2000, ((0, 1000),))
    link.apply_report(3 * S, report(2 * S, told, through_id=1))
    assert spans(link.transmit(3 * S, 99 * FRAME, b"hk")) == [(1, 0, 1000)]


def test_a_cut_report_lands_no_flight_above_it() -> None:
    link = downlink(product(1))
    link.transmit(5 * S, 9 * FRAME, b"hk")
    link.apply_report(6 * S, report(3 * S, PartialProduct(1, 5004, 2000, ((0, 2000),))))
    link.apply_report(6 * S, report(4 * S))
    assert queued_bytes(link, ProductKind.IMAGE) == 0


def test_what_the_ground_forgot_is_sent_again() -> None:
    link = downlink(product(1))
    link.transmit(S, 9 * FRAME, b"hk")
    link.apply_report(3 * S, report(2 * S, partial(1)))
    assert queued_bytes(link, ProductKind.IMAGE) == 0
    link.apply_report(4 * S, report(3 * S))
    assert queued_bytes(link, ProductKind.IMAGE) == 5004


def test_after_a_reboot_only_the_missing_is_sent() -> None:
    outbox = Outbox(10**6)
    outbox.store(product(1))
    link = Downlink(5, outbox)
    link.apply_report(3 * S, report(2 * S, partial(1, (1000, 1200))))
    assert spans(link.transmit(3 * S, 9 * FRAME, b"hk")) == [(1, 1000, 1200)]


def test_after_a_reboot_what_the_ground_then_forgot_is_sent() -> None:
    link = downlink(product(1))
    link.apply_report(3 * S, report(2 * S, partial(1)))
    assert queued_bytes(link, ProductKind.IMAGE) == 0
    link.apply_report(4 * S, report(3 * S))
    assert queued_bytes(link, ProductKind.IMAGE) == 5004


def test_a_dropped_product_stops_being_sent() -> None:
    link = downlink(product(1, size=5000, value=0.1), capacity_bytes=6000)
    link.transmit(S, 2 * FRAME, b"hk")
    assert link.store(product(2, size=5000)) == (product(1, size=5000, value=0.1),)
    link.apply_report(3 * S, report(2 * S, partial(1, (0, 9))))
    assert {segment.product_id for segment in segments(link.transmit(3 * S, 99 * FRAME, b"hk"))} == {2}


def test_a_newcomer_that_finds_no_room_is_not_sent() -> None:
    link = downlink(product(1, value=9.0), capacity_bytes=6000)
    assert [each.product_id for each in link.store(product(2))] == [2]
    assert {segment.product_id for segment in segments(link.transmit(S, 99 * FRAME, b"hk"))} == {1}


@pytest.mark.parametrize("data", [b"", b"noise", report(100 * S, archived=((1, 2),))], ids=["empty", "noise", "future"])
def test_reports_that_cannot_be_are_ignored(data: bytes) -> None:
    link = downlink(product(1))
    link.transmit(S, 9 * FRAME, b"hk")
    assert link.apply_report(2 * S, data) == ()
    assert (link.pending_products, queued_bytes(link, ProductKind.IMAGE)) == (1, 0)


missing_ranges = st.lists(st.integers(0, 5004), unique=True, max_size=8).map(
    lambda bounds: tuple(zip(*[iter(sorted(bounds))] * 2, strict=False))
)


@given(st.lists(st.tuples(st.integers(0, 4), missing_ranges, st.integers(0, 5004), st.integers(0, 3)), max_size=8))
def test_any_well_formed_report_is_safe(told: list[tuple[int, tuple[Range, ...], int, int]]) -> None:
    link = downlink(product(1), product(2))
    for now_s, (heard_s, missing, known, product_id) in enumerate(told, start=1):
        sent = link.transmit(now_s * S, 4 * FRAME, b"hk")
        assert sent.account.products + sent.account.housekeeping == len(made(sent)) * FRAME
        known = max([known, *(end for _, end in missing)])
        one = PartialProduct(product_id, 5004, known, missing)
        link.apply_report(now_s * S, report(heard_s * S, one))
    end_s = len(told) + 9
    link.apply_report(end_s * S, report(end_s * S))
    assert queued_bytes(link, ProductKind.IMAGE) == 2 * 5004


@pytest.mark.parametrize("room", range(1, 7))
def test_rooms_too_small_for_an_idle_packet(room: int) -> None:
    link = downlink(product(1, ProductKind.ALERT, ROOM - 4 - room))
    first = link.transmit(S, 9 * FRAME, bytes(1107 - 13 - room))
    link.store(product(2, ProductKind.ALERT, 50))
    second = link.transmit(2 * S, 9 * FRAME, b"hk")
    pointers = [frame.first_header_pointer for frame in map(parse_frame, made(second)) if frame]
    assert pointers == [7 - room, 7 - room]
    assert (first.account.fill, first.account.products) == (room, FRAME)
    assert second.account.products == FRAME
    assert spans(second) == [(2, 0, 54)]


def test_after_a_restart_what_the_ground_tells_of_counts_as_repeated() -> None:
    outbox = Outbox(10**7)
    Downlink(5, outbox).store(product(1))
    link = Downlink(5, outbox)
    link.apply_report(2 * S, report(S, partial(1, (1000, 1500), (3000, 5004))))
    account = link.transmit(3 * S, 99 * FRAME, b"hk").account
    assert account.retransmit == 500 + SEGMENT_OVERHEAD_BYTES
    assert account.payload == 5000 - 3000
