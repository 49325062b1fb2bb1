from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.deframer import Deframer
from onboard.comms.downlink import Downlink
from onboard.comms.frames import ChannelAssembler, FrameBuilder, frame_check
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import HOUSEKEEPING_APID, Packet, PacketBuilder, ProductKind, time_code
from onboard.comms.security import Direction, Opener, Sealer
from tests.onboard.comms.sequence_numbers import Numbers

SIZE = 128
DATA = 120


def wire(sizes: list[int], channel: int = 2) -> tuple[list[bytes], list[tuple[int, int]]]:
    """Frames with packets of these data sizes end to end, and the first and last frame of each packet."""
    packets, assembler = PacketBuilder(), ChannelAssembler(FrameBuilder(5, SIZE), channel)
    frames: list[bytes] = []
    places = []
    for number, size in enumerate(sizes):
        first = len(frames)
        assembler.add(packets.housekeeping(time_code(0), bytes([number % 256]) * size))
        while not assembler.room_bytes:
            frames.append(assembler.frame())
        places.append((first, len(frames) if assembler.used_bytes else len(frames) - 1))
    while assembler.used_bytes:
        assembler.add(packets.idle(max(7, assembler.room_bytes)))
        frames.append(assembler.frame())
    return frames, places


def counts_received(deframer: Deframer, frames: list[bytes]) -> list[int]:
    return [packet.sequence_count for frame in frames for packet in deframer.push(frame)]


@given(st.lists(st.integers(0, 400), max_size=30))
def test_a_clean_wire_delivers_every_packet_once(sizes: list[int]) -> None:
    frames, _ = wire(sizes)
    deframer = Deframer(5, SIZE)
    packets = [packet for frame in frames for packet in deframer.push(frame)]
    assert [packet.data for packet in packets] == [bytes([n % 256]) * size for n, size in enumerate(sizes)]
    assert (deframer.counts.gaps, deframer.counts.discarded_packets) == (0, 0)


@given(st.lists(st.integers(0, 400), max_size=30), st.data())
def test_packets_in_frames_that_arrived_survive_the_loss_of_others(sizes: list[int], data: st.DataObject) -> None:
    frames, places = wire(sizes)
    lost = data.draw(st.sets(st.integers(0, max(0, len(frames) - 1))))
    deframer = Deframer(5, SIZE)
    received = counts_received(deframer, [frame for n, frame in enumerate(frames) if n not in lost])
    expected = [n for n, (first, last) in enumerate(places) if lost.isdisjoint(range(first, last + 1))]
    assert received == expected


def test_counters() -> None:
    frames, _ = wire([300] * 4)
    damaged = bytes([frames[3][0], frames[3][1] ^ 1]) + frames[3][2:]
    deframer = Deframer(5, SIZE)
    for frame in (frames[0], frames[0], frames[1], damaged, frames[4]):
        deframer.push(frame)
    counts = deframer.counts
    assert (counts.frames, counts.duplicates, counts.bad_frames) == (3, 1, 1)
    assert (counts.gaps, counts.discarded_packets) == (1, 1)
    assert Deframer(6, SIZE).push(frames[0]) == []


def test_256_lost_frames_do_not_join_two_packets() -> None:
    # The channel count comes round, so only the first header pointer can tell.
    frames, _ = wire([150] + [110] * 300)
    deframer = Deframer(5, SIZE)
    received = [packet for frame in [frames[0], *frames[257:]] for packet in deframer.push(frame)]
    assert deframer.counts.gaps == 0
    assert deframer.counts.discarded_packets == 1
    assert all(len(set(packet.data)) <= 1 for packet in received)


def test_channels_do_not_disturb_each_other() -> None:
    builder, packets = FrameBuilder(5, SIZE), PacketBuilder()
    one, other = ChannelAssembler(builder, 1), ChannelAssembler(builder, 2)
    one.add(packets.housekeeping(time_code(0), bytes(2 * DATA - 13)))
    other.add(packets.housekeeping(time_code(0), bytes(DATA - 13)))
    deframer = Deframer(5, SIZE)
    assert counts_received(deframer, [one.frame(), other.frame(), one.frame(), builder.idle()]) == [1, 0]


@given(st.lists(st.binary(max_size=140) | st.binary(min_size=SIZE, max_size=SIZE), max_size=5))
def test_any_bytes_are_safe(noise: list[bytes]) -> None:
    deframer = Deframer(5, SIZE)
    for frame in noise:
        assert deframer.push(frame) == []


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 0x7FF), st.binary(min_size=DATA, max_size=DATA)), max_size=6))
def test_sealed_noise_is_safe(contents: list[tuple[int, bytes]]) -> None:
    deframer = Deframer(5, SIZE)
    for count, (pointer, data) in enumerate(contents):
        head = bytes([0x00, 0x54, count, count]) + (0x1800 | pointer).to_bytes(2, "big")
        frame = head + data
        deframer.push(frame + frame_check(frame).to_bytes(2, "big"))


KEYS = {1: bytes(range(32))}


def image_link(n_frames: int, seed: int = 1) -> list[bytes]:
    """Sealed frames: a beacon, then an image."""
    sealer = Sealer(KEYS, 5, Direction.DOWN, Numbers())
    downlink = Downlink(5, Outbox(10**6), SIZE, sealer=sealer, lane="frames")
    downlink.store(Product(1, ProductKind.IMAGE, 1, Random(seed).randbytes(SIZE * n_frames), 0.0, 0))
    (part,) = downlink.transmit(0, SIZE * n_frames, b"hk").parts
    assert isinstance(part, bytes)
    return [part[at : at + SIZE] for at in range(0, len(part), SIZE)]


def sealed_deframer() -> Deframer:
    return Deframer(5, SIZE, Opener(KEYS, 5, Direction.DOWN))


def resealed(frame: bytes) -> bytes:
    return frame[:-2] + frame_check(frame[:-2]).to_bytes(2, "big")


def test_of_sealed_frames_none_that_was_forged_altered_or_replayed_is_accepted() -> None:
    frames = image_link(40)
    deframer = sealed_deframer()
    assert deframer.receive([b"".join(frames[:20])])
    altered = [resealed(frame[:90] + bytes([frame[90] ^ 1]) + frame[91:]) for frame in frames[20:]]
    renumbered = [resealed(frame[:3] + bytes([frame[3] ^ 1]) + frame[4:]) for frame in frames[20:]]
    clear = wire([100] * 20, channel=3)[0]
    attack = [*altered, *renumbered, *clear, *frames[:19], *frames[1:18]]
    accepted = deframer.counts.frames
    assert deframer.receive([b"".join(attack)]) == []
    assert [packet for frame in attack for packet in deframer.push(frame)] == []
    assert deframer.counts.frames == accepted
    assert deframer.counts.refused + deframer.counts.duplicates == 2 * len(attack)
    assert (deframer.counts.bad_frames, deframer.counts.gaps) == (0, 0)
    assert deframer.receive([b"".join(frames[20:])])
    assert (deframer.counts.frames, deframer.counts.gaps) == (40, 0)


def test_the_check_goes_before_the_seal() -> None:
    frame = image_link(3)[1]
    deframer = sealed_deframer()
    deframer.receive([bytes([frame[0], frame[1] ^ 1]) + frame[2:]])
    assert (deframer.counts.bad_frames, deframer.counts.refused) == (1, 0)


@given(st.data(), st.booleans())
def test_a_part_counts_like_its_frames(data: st.DataObject, is_sealed: bool) -> None:
    made = image_link(30) if is_sealed else [*wire([300] * 4, 3)[0], *wire([95] * 9, 3)[0], *wire([40] * 9)[0]]
    choice = st.tuples(st.integers(0, len(made) - 1), st.sampled_from(["", "", "", "damaged", "altered", "noise"]))
    frames = []
    for number, fate in data.draw(st.lists(choice, max_size=60)):
        frame = bytearray(made[number])
        frame[50] ^= fate in ("damaged", "altered")
        frames.append(bytes(SIZE) if fate == "noise" else resealed(frame) if fate == "altered" else bytes(frame))
    one_by_one, at_once = (sealed_deframer() if is_sealed else Deframer(5, SIZE) for _ in range(2))
    pushed = [packet for frame in frames for packet in one_by_one.push(frame)]
    received = at_once.receive([b"".join(frames)])
    assert one_by_one.counts == at_once.counts
    assert [item for item in received if isinstance(item, Packet)] == [
        packet for packet in pushed if is_sealed is False or packet.apid == HOUSEKEEPING_APID
    ]


@given(st.lists(st.binary(max_size=3 * SIZE), max_size=5), st.booleans())
def test_any_part_is_safe(noise: list[bytes], is_sealed: bool) -> None:
    deframer = sealed_deframer() if is_sealed else Deframer(5, SIZE)
    assert deframer.receive(noise) == []
    assert deframer.counts.bad_frames == sum(-(-len(part) // SIZE) for part in noise)
