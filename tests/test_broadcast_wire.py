"""A satellite's broadcast and a field terminal, joined by a wire that loses, repeats, damages and is cut."""

import tracemalloc
from dataclasses import dataclass, field
from math import sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.messages import AlertReceived, BroadcastLink, FramesReceived, TerminalConfig
from groundstation.terminal import CAPACITY_BYTES, MAX_TOLD, Terminal
from onboard import broadcast as broadcasts
from onboard.broadcast import Broadcast, broadcast_keys
from onboard.comms.downlink import Downlink
from onboard.comms.frames import FrameBuilder
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import BROADCAST_CHANNEL, PacketBuilder, ProductKind, product_check, time_code
from onboard.comms.security import Direction, Sealer
from onboard.mission_time import NS_PER_S
from onboard.payload.detections import Detection
from onboard.payload.products import DetectionList, encode
from tests.onboard.comms.sequence_numbers import Numbers

SPACECRAFT = 5
FRAME = 160
KEYS = {1: bytes(range(32)), 2: bytes(32)}
SQUARE_DEG = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)


def alert(product_id: int, n_detections: int = 1, created_ns: int = 0) -> Product:
    rng = Random(product_id)
    boxes = [(rng.randrange(1000), rng.randrange(1000)) for _ in range(n_detections)]
    detections = tuple(Detection(x, y, x + 4, y + 4, 0, rng.random(), 3) for x, y in boxes)
    found = DetectionList(
        *(b"hash", "wildfire", product_id, created_ns, 1024, 1024, SQUARE_DEG, 150.0), detections=detections
    )
    return Product(product_id, ProductKind.ALERT, product_id, encode(found), rng.random(), created_ns)


def sealer(keys: dict[int, bytes] | None = None) -> Sealer:
    return Sealer(keys or broadcast_keys(KEYS), SPACECRAFT, Direction.DOWN, Numbers())


def terminal(is_sealed: bool, frame: int = FRAME) -> Terminal:
    keys = tuple(broadcast_keys(KEYS).items()) if is_sealed else ()
    return Terminal(TerminalConfig("crew", (BroadcastLink("sat", SPACECRAFT, frame, keys),)))


@dataclass
class Sky:
    """One satellite over one terminal, and what the terminal told."""

    is_sealed: bool = False
    frame: int = FRAME
    random: Random = field(default_factory=lambda: Random(1))
    loss: float = 0.0
    repeat: float = 0.0
    damage: float = 0.0
    now_ns: int = 0
    told: list[AlertReceived] = field(default_factory=list)

    def __post_init__(self) -> None:
        builder = FrameBuilder(SPACECRAFT, self.frame, sealer() if self.is_sealed else None)
        self.sender = Broadcast(builder, PacketBuilder(), capacity_bytes=10**6)
        self.terminal = terminal(self.is_sealed, self.frame)

    def second(self, granted_bytes: int) -> bytes:
        self.now_ns += NS_PER_S
        frames = self.sender.transmit(self.now_ns, granted_bytes)
        self.hear(b"".join(self.carried(frames)))
        return frames

    def carried(self, frames: bytes) -> list[bytes]:
        arrived = []
        for at in range(0, len(frames), self.frame):
            frame = bytearray(frames[at : at + self.frame])
            if self.random.random() < self.damage:
                frame[self.random.randrange(len(frame))] ^= 1 << self.random.randrange(8)
            if self.random.random() >= self.loss:
                arrived += [bytes(frame)] * (1 + (self.random.random() < self.repeat))
        return arrived

    def hear(self, frames: bytes) -> None:
        for message in self.terminal.advance(self.now_ns, (FramesReceived("sat", (frames,)),)):
            assert isinstance(message, AlertReceived)
            self.told.append(message)


def as_told(product: Product) -> AlertReceived:
    return AlertReceived("sat", product.product_id, product.frame_id, product.payload)


def within(share: float, expected: float, trials: int) -> bool:
    """Five standard deviations of so many independent trials: once in two million tests it is not."""
    return abs(share - expected) <= 5 * sqrt(expected * (1 - expected) / trials)


@pytest.mark.parametrize("is_sealed", [False, True])
@pytest.mark.parametrize(("repeats", "loss"), [(1, 0.1), (1, 0.4), (2, 0.4), (3, 0.4), (4, 0.2)])
def test_k_repeats_at_a_loss_of_p_arrive_as_often_as_they_should(repeats: int, loss: float, is_sealed: bool) -> None:
    # A frame has room for one of these alerts: each has its own luck.
    frame = 160 if is_sealed else 130
    sky = Sky(is_sealed, frame, loss=loss, repeat=0.2)
    made = [alert(number) for number in range(1500)]
    for each in made:
        sky.sender.add(0, each)
    for _ in range(repeats):
        assert len(sky.second(10**9)) == 1500 * frame
    expected = 1 - loss**repeats
    share = len(sky.told) / 1500
    print(f"{repeats} repeats at a loss of {loss}: {share:.4f} arrived, {expected:.4f} expected")
    assert within(share, expected, 1500)
    assert len({each.product_id for each in sky.told}) == len(sky.told)
    assert all(each == as_told(made[each.product_id]) for each in sky.told)


def test_an_alert_in_pieces_arrives_when_each_of_them_did() -> None:
    loss, repeats = 0.3, 3
    arrived, expected, n_alerts = 0, 0.0, 0
    for seed in range(8):
        sky = Sky(loss=loss, random=Random(seed))
        for number in range(100):
            each = alert(number, n_detections=40)
            sky.sender.add(0, each)
            pieces = -(-(len(each.payload) + 4) // (FRAME - 8 - 25 - 6))
            assert pieces > 1
            expected += (1 - loss**repeats) ** pieces
        for _ in range(repeats):
            sky.second(10**9)
        arrived += len(sky.told)
        n_alerts += 100
    print(f"{arrived} of {n_alerts} arrived, {expected:.1f} expected")
    assert within(arrived / n_alerts, expected / n_alerts, n_alerts)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=12),
    st.lists(st.integers(0, 6 * FRAME), max_size=12),
    st.integers(0, 2**32),
    st.floats(0, 0.5),
    st.booleans(),
)
def test_cut_passes_tell_each_alert_once_and_all_of_them_in_the_end(
    sizes: list[int], grants: list[int], seed: int, loss: float, is_sealed: bool
) -> None:
    sky = Sky(is_sealed, random=Random(seed), loss=loss, repeat=0.3, damage=0.1)
    made = [alert(number, size) for number, size in enumerate(sizes)]
    waiting = list(made)
    for granted_bytes in grants:
        if waiting:
            sky.sender.add(sky.now_ns, waiting.pop())
        sky.second(granted_bytes)
    for each in waiting:
        sky.sender.add(sky.now_ns, each)
    sky.loss = sky.damage = 0.0
    sky.second(10**6)
    assert sorted(sky.told, key=lambda each: each.product_id) == [as_told(each) for each in made]
    sky.second(10**6)
    assert len(sky.told) == len(made)


def test_a_terminal_hears_several_satellites_apart() -> None:
    links = (BroadcastLink("a", 1, FRAME), BroadcastLink("b", 2, FRAME))
    crew = Terminal(TerminalConfig("crew", links))
    events = []
    for name, number in (("a", 1), ("b", 2), ("nobody's", 3)):
        sender = Broadcast(FrameBuilder(number, FRAME), PacketBuilder())
        sender.add(0, alert(7))
        events.append(FramesReceived(name, (sender.transmit(0, FRAME),)))
    told = crew.advance(1, (*events, *events))
    assert [(each.spacecraft, each.product_id) for each in told if isinstance(each, AlertReceived)] == [
        ("a", 7),
        ("b", 7),
    ]


def test_the_rest_of_the_downlink_is_not_a_terminals() -> None:
    downlink = Downlink(SPACECRAFT, Outbox(10**6), FRAME)
    for number, kind in enumerate(ProductKind):
        downlink.store(Product(number, kind, number, alert(number).payload * 40, 0.5, 0))
    crew = terminal(is_sealed=False)
    for second in range(40):
        parts = downlink.transmit(second * NS_PER_S, 40 * FRAME, b"beacon").parts
        assert crew.advance(10**12, (FramesReceived("sat", parts),)) == ()


def test_who_has_other_keys_or_none_is_not_believed() -> None:
    product = alert(1)
    for keys in (None, KEYS, {1: bytes(31) + b"\1"}):
        sender = Broadcast(FrameBuilder(SPACECRAFT, FRAME, sealer(keys) if keys else None), PacketBuilder())
        sender.add(0, product)
        crew = terminal(is_sealed=True)
        assert crew.advance(1, (FramesReceived("sat", (sender.transmit(0, 9 * FRAME),)),)) == ()


def test_a_rotation_needs_no_word_to_the_terminal() -> None:
    seal = sealer()
    sender = Broadcast(FrameBuilder(SPACECRAFT, FRAME, seal), PacketBuilder())
    crew = terminal(is_sealed=True)
    for number in (1, 2):
        sender.add(0, alert(number))
        assert len(crew.advance(1, (FramesReceived("sat", (sender.transmit(0, 9 * FRAME),)),))) == 1
        seal.rotate(2, 0)


def test_what_is_no_list_or_of_the_future_is_not_told() -> None:
    sky = Sky()
    sky.sender.add(0, Product(1, ProductKind.ALERT, 1, b"not a list", 0.5, 0))
    sky.sender.add(0, alert(2, created_ns=10**15))
    sky.sender.add(0, alert(3))
    for _ in range(3):
        sky.second(10**6)
    assert [each.product_id for each in sky.told] == [3]


def forged(builder: FrameBuilder, packets: PacketBuilder, product_id: int, length: int, data: bytes) -> bytes:
    packet = packets.segment(time_code(0), ProductKind.ALERT, product_id, length, 0, data)
    room = builder.data_bytes - len(packet)
    return builder.build(BROADCAST_CHANNEL, 0, packet + packets.idle(room))


def test_memory_is_bounded_on_a_clear_link_that_anyone_may_speak_on() -> None:
    crew, builder, packets = terminal(is_sealed=False), FrameBuilder(SPACECRAFT, FRAME), PacketBuilder()
    payload = alert(1).payload
    whole = payload + product_check(payload)

    def flood(first: int, count: int, length: int, data: bytes) -> int:
        frames = b"".join(forged(builder, packets, first + n, length, data) for n in range(count))
        return len(crew.advance(10**12, (FramesReceived("sat", (frames, b"", b"\0" * 999)),)))

    assert flood(0, MAX_TOLD, len(whole), whole) == MAX_TOLD
    tracemalloc.start()
    assert flood(MAX_TOLD, MAX_TOLD, len(whole), whole) == MAX_TOLD
    flood(2**31, 2000, CAPACITY_BYTES, b"x" * 50)
    flood(2**31, 500, CAPACITY_BYTES + 1, b"x" * 50)
    flood(2**31 + 9999, 4000, CAPACITY_BYTES, b"x")
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{held_bytes} bytes held after the flood")
    assert held_bytes < 6_000_000
    assert flood(2**30, 1, len(whole), whole) == 1
    assert flood(2**30, 1, len(whole), whole) == 0


def test_any_bytes_are_safe() -> None:
    random, crew = Random(3), terminal(is_sealed=False)
    sender = Broadcast(FrameBuilder(SPACECRAFT, FRAME), PacketBuilder())
    for number in range(9):
        sender.add(0, alert(number, 30))
    for _ in range(300):
        frames = bytearray(sender.transmit(0, 9 * FRAME))
        for _ in range(random.randrange(6)):
            frames[random.randrange(len(frames))] = random.randrange(256)
        crew.advance(
            1, (FramesReceived("sat", (bytes(frames[: random.randrange(len(frames))]), random.randbytes(200))),)
        )
    newcomer = Broadcast(FrameBuilder(SPACECRAFT, FRAME), PacketBuilder())
    newcomer.add(0, alert(99, 3))
    told = crew.advance(2, (FramesReceived("sat", (newcomer.transmit(0, FRAME),)),))
    assert [one.product_id for one in told] == [99], "it goes on hearing"


def test_a_terminal_has_room_for_all_that_is_repeated() -> None:
    assert CAPACITY_BYTES >= broadcasts.DEFAULT_CAPACITY_BYTES >= broadcasts.MAX_ALERT_BYTES
