"""Runs beside the frames they stand for: every number that leaves and every count that follows is the same."""

from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation import messages
from groundstation.deframer import Deframer
from groundstation.reassembly import Reassembly, ReceivedProduct
from groundstation.stretches import ImageStretch, segment_of
from onboard.comms import downlink, runs
from onboard.comms.downlink import Downlink, Lane
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import HOUSEKEEPING_APID, Packet, ProductKind
from onboard.comms.runs import FrameRun, Part, frames_in, sent_bytes
from onboard.comms.security import OVERHEAD_BYTES, Direction, Opener, Sealer
from onboard.mission_time import NS_PER_S
from onboard.wire import Codec, message_types
from sim.scenario import LinkQuality
from sim.streams import Streams
from sim.world.link import Channel
from tests.onboard.comms.sequence_numbers import Numbers
from tests.tm_link import queued_bytes

SPACECRAFT = 5
KEYS = {1: bytes(range(32))}


class Flight:
    """Both ends, a lossy channel between them, and everything anybody could count."""

    def __init__(self, lane: Lane, frame_bytes: int, loss: float, seed: int, is_sealed: bool) -> None:
        sealer = Sealer(KEYS, SPACECRAFT, Direction.DOWN, Numbers()) if is_sealed else None
        self.opener = Opener(KEYS, SPACECRAFT, Direction.DOWN) if is_sealed else None
        self.frame_bytes = frame_bytes
        self.downlink = Downlink(SPACECRAFT, Outbox(10**9), frame_bytes, sealer=sealer, lane=lane)
        self.channel = Channel(LinkQuality(frame_loss=loss), Streams(seed))
        self.deframer, self.reassembly = Deframer(SPACECRAFT, frame_bytes, self.opener), Reassembly()
        self.now_ns = 0
        self.runs = 0
        self.archive: list[ReceivedProduct] = []

    def second(self, granted_bytes: int, has_uplink: bool) -> tuple[object, ...]:
        self.now_ns += NS_PER_S
        sent = self.downlink.transmit(self.now_ns, granted_bytes, b"beacon")
        self.runs += sum(isinstance(part, FrameRun) for part in sent.parts)
        arrived = self.channel.surviving(self.now_ns, "ember-1", sent.parts, self.frame_bytes)
        heard = self.deframer.receive(arrived)
        for item in heard:
            self.reassembly.hear(item.time_ns, self.now_ns)
            segment = segment_of(item)
            if segment and (product := self.reassembly.push(segment)):
                self.archive.append(product)
                self.reassembly.archived(product.product_id)
        report = self.reassembly.report(300)
        acknowledged = self.downlink.apply_report(self.now_ns, report) if has_uplink else ()
        n_arrived = sum(frames_in(part, self.frame_bytes) for part in arrived)
        counted = (
            sent.account,
            sent.first_sent,
            sent.sent_whole,
            sent_bytes(sent.parts),
            n_arrived,
            report,
            acknowledged,
        )
        queued = [queued_bytes(self.downlink, kind) for kind in ProductKind]
        return (*counted, queued, heard, str(self.deframer.counts), str(self.reassembly.counts))


def product(product_id: int, kind: ProductKind, size: int, value: float) -> Product:
    return Product(product_id, kind, product_id, Random(product_id).randbytes(size), value, product_id)


kinds = st.sampled_from([ProductKind.IMAGE, ProductKind.IMAGE, ProductKind.IMAGE, *ProductKind])
products = st.lists(st.tuples(kinds, st.integers(1, 60_000), st.integers(0, 2)), min_size=1, max_size=8)
seconds = st.lists(st.tuples(st.integers(0, 90_000), st.booleans()), min_size=1, max_size=12)


@settings(max_examples=120, deadline=None)
@given(products, seconds, st.floats(0, 0.4), st.integers(128, 1300), st.integers(0, 2**32), st.booleans())
def test_the_run_lane_is_the_frame_lane(
    made: list[tuple[ProductKind, int, int]],
    granted: list[tuple[int, bool]],
    loss: float,
    frame_bytes: int,
    seed: int,
    is_sealed: bool,
) -> None:
    with patch.object(downlink, "SHORTEST_RUN_FRAMES", 10**9):
        one_by_one = flown("frames", made, granted, loss, frame_bytes, seed, is_sealed)
    frames = flown("frames", made, granted, loss, frame_bytes, seed, is_sealed)
    assert frames == one_by_one
    assert flown("runs", made, granted, loss, frame_bytes, seed, is_sealed) == one_by_one


def flown(
    lane: Lane,
    made: list[tuple[ProductKind, int, int]],
    granted: list[tuple[int, bool]],
    loss: float,
    frame_bytes: int,
    seed: int,
    is_sealed: bool,
) -> list[object]:
    flight = Flight(lane, frame_bytes, loss, seed, is_sealed)
    waiting = [product(number, *each) for number, each in enumerate(made)]
    told: list[object] = []
    for granted_bytes, has_uplink in granted:
        if waiting:
            flight.downlink.store(waiting.pop())
        told.append(flight.second(granted_bytes, has_uplink))
    assert lane == "runs" or not flight.runs
    opened = flight.opener.state if flight.opener else None
    return [*told, flight.archive, opened]


def test_an_image_pass_is_a_run_and_the_numbers_go_on_behind_it() -> None:
    flight = Flight("runs", 1115, 0.0, 1, is_sealed=True)
    flight.downlink.store(product(1, ProductKind.IMAGE, 1_000_000, 0.0))
    sent = flight.downlink.transmit(NS_PER_S, 700 * 1115, b"beacon")
    beacon, run = sent.parts
    assert isinstance(beacon, bytes)
    assert isinstance(run, FrameRun)
    assert (run.frames, run.master_channel_count, run.virtual_channel_count, run.sequence_count) == (699, 1, 0, 0)
    assert (run.security_sequence, run.offset) == (1, 0)
    assert run.segment_bytes == 1115 - 8 - OVERHEAD_BYTES - 25
    assert run.segment_bytes / 1115 > 0.9
    rest = flight.downlink.transmit(2 * NS_PER_S, 700 * 1115, b"beacon").parts[1]
    assert isinstance(rest, FrameRun)
    assert (rest.master_channel_count, rest.virtual_channel_count) == (701 % 256, 699 % 256)
    assert (rest.sequence_count, rest.security_sequence, rest.offset) == (699, 701, 699 * run.segment_bytes)


def run_of(frames: int, payload: bytes) -> FrameRun:
    size = len(payload) // frames
    return FrameRun(
        SPACECRAFT, size + 33, frames, 250, 250, 16_380, -1, bytes(7), 9, len(payload) + 4, 0, size, payload
    )


def test_loss_takes_the_bytes_of_lost_frames_out_of_a_run() -> None:
    run = run_of(5, b"aabbccddee")
    lossy = run.without(((0, 1), (2, 4)))
    assert (lossy.data, lossy.n_arrived, list(lossy.arrived)) == (b"bbee", 2, [(1, 2), (4, 5)])
    assert lossy.sent_bytes == run.sent_bytes == 5 * 35
    assert list(run.arrived) == [(0, 5)]


def test_a_run_counts_like_its_frames_through_every_rollover() -> None:
    run = run_of(600, bytes(600 * 95))
    lost = ((0, 2), (5, 6), (7, 263), (598, 600))
    frames = run.make_frames()
    kept = [number for start, end in run.without(lost).arrived for number in range(start, end)]
    by_run, by_frame = Deframer(SPACECRAFT, 128), Deframer(SPACECRAFT, 128)
    heard = by_run.receive([run.without(lost)])
    assert heard == by_frame.receive([b"".join(frames[128 * n : 128 * n + 128] for n in kept)])
    assert by_run.counts == by_frame.counts
    # Nothing was heard before the first hole and nothing after the last; 256 frames no count of 8 bits tells.
    assert (by_run.counts.frames, by_run.counts.gaps) == (600 - 2 - 1 - 256 - 2, 1)


@pytest.mark.parametrize("change", ["spacecraft", "length", "clear"])
def test_another_links_run_is_refused(change: str) -> None:
    run = run_of(4, bytes(4 * 95))
    opener = Opener(KEYS, SPACECRAFT, Direction.DOWN) if change == "clear" else None
    deframer = Deframer(SPACECRAFT + (change == "spacecraft"), 128 + (change == "length"), opener)
    assert deframer.receive([run.without(((0, 1),))]) == []
    assert (deframer.counts.bad_frames, deframer.counts.frames) == (3, 0)


def test_frames_pushed_one_by_one_and_received_as_a_part_are_the_same_packets() -> None:
    flight = Flight("frames", 1115, 0.0, 1, is_sealed=False)
    for number, kind in enumerate((ProductKind.IMAGE, ProductKind.CHIP, ProductKind.REPORT)):
        flight.downlink.store(product(number, kind, 5000, 0.0))
    (part,) = flight.downlink.transmit(NS_PER_S, 99 * 1115, b"beacon").parts
    assert isinstance(part, bytes)
    one_by_one, at_once = Deframer(SPACECRAFT), Deframer(SPACECRAFT)
    pushed = [packet for at in range(0, len(part), 1115) for packet in one_by_one.push(part[at : at + 1115])]
    received = at_once.receive([part])
    assert one_by_one.counts == at_once.counts
    assert streams(received) == streams(pushed)


def streams(heard: list[Packet] | list[Packet | ImageStretch]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for item in heard:
        if isinstance(item, Packet) and item.apid == HOUSEKEEPING_APID:
            continue
        segment = segment_of(item)
        assert segment is not None
        found[segment.product_id] = found.get(segment.product_id, b"") + segment.data
    return found


def test_parts_are_counted() -> None:
    parts: tuple[Part, ...] = (bytes(256), run_of(4, bytes(4 * 95)))
    assert sent_bytes(parts) == 256 + 4 * 128
    assert [frames_in(part, 128) for part in parts] == [2, 4]


def test_a_run_crosses_between_processes() -> None:
    codec = Codec(*message_types(messages, runs))
    received = messages.FramesReceived("ember-1", (b"frames", run_of(5, b"aabbccddee").without(((0, 1), (2, 4)))))
    assert codec.decode(codec.encode(received)) == received
