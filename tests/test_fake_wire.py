"""Both ends of the downlink, sealed or clear, joined by a wire that loses, damages, repeats, delays and reorders."""

from binascii import crc_hqx
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundstation.deframer import Deframer
from groundstation.reassembly import Reassembly
from groundstation.stretches import segment_of
from onboard.comms.downlink import Downlink, FrameAccount, Transmission
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind
from onboard.comms.reports import MIN_REPORT_BYTES
from onboard.comms.security import Direction, Opener, Sealer
from onboard.mission_time import NS_PER_S
from tests.lossy_wire import Wire
from tests.onboard.comms.sequence_numbers import Numbers

FRAME = 1115
SPACECRAFT = 5
KEYS = {1: bytes(range(32))}


@dataclass
class World:
    """One spacecraft, one mission centre, and the archive that decides what has arrived."""

    down: Wire
    up: Wire
    outbox: Outbox
    is_sealed: bool = False
    report_bytes: int = 500
    numbers: Numbers = field(default_factory=Numbers)
    downlink: Downlink = field(init=False)
    deframer: Deframer = field(init=False)
    reassembly: Reassembly = field(default_factory=Reassembly)
    archive: dict[int, bytes] = field(default_factory=dict)
    account: FrameAccount = field(default_factory=FrameAccount)
    now_ns: int = 0

    def __post_init__(self) -> None:
        self.opener = Opener(KEYS, SPACECRAFT, Direction.DOWN) if self.is_sealed else None
        self.deframer = Deframer(SPACECRAFT, FRAME, self.opener)
        self.reboot()

    def reboot(self) -> None:
        """The spacecraft's memory is gone; the outbox stays, and no sequence number comes twice."""
        sealer = Sealer(KEYS, SPACECRAFT, Direction.DOWN, self.numbers) if self.is_sealed else None
        self.downlink = Downlink(SPACECRAFT, self.outbox, FRAME, sealer=sealer, lane="frames")

    def second(self, granted_bytes: int, has_uplink: bool = True, cut_share: float = 1.0) -> list[bytes]:
        """One grant and what follows; of its frames those behind `cut_share` are not heard: the pass is over."""
        self.now_ns += NS_PER_S
        sent = self.downlink.transmit(self.now_ns, granted_bytes, b"beacon")
        frames = made(sent)
        assert len(frames) <= granted_bytes // FRAME
        assert sent.account.products + sent.account.housekeeping == FRAME * len(frames)
        self.account += sent.account
        for frame in self.down.carry(frames[: round(cut_share * len(frames))]):
            self.receive(frame)
        for report in self.up.carry([self.reassembly.report(self.report_bytes)] if has_uplink else []):
            self.downlink.apply_report(self.now_ns, report)
        return frames

    def receive(self, frame: bytes) -> None:
        for heard in self.deframer.receive([frame]):
            self.reassembly.hear(heard.time_ns, self.now_ns)
            segment = segment_of(heard)
            if segment and (product := self.reassembly.push(segment)):
                assert product.product_id not in self.archive
                self.archive[product.product_id] = product.payload
                self.reassembly.archived(product.product_id)

    def drain(self, granted_bytes: int, limit_s: int) -> None:
        for _ in range(limit_s):
            if not self.downlink.pending_products:
                break
            self.second(granted_bytes)
        assert self.downlink.pending_products == 0

    def restart_ground(self) -> None:
        """Memory is gone, the archive stays."""
        self.deframer, self.reassembly = Deframer(SPACECRAFT, FRAME, self.opener), Reassembly()
        for product_id in self.archive:
            self.reassembly.archived(product_id)


def made(sent: Transmission) -> list[bytes]:
    """The frames of a transmission in which each is made."""
    (stream,) = sent.parts or (b"",)
    assert isinstance(stream, bytes)
    return [stream[at : at + FRAME] for at in range(0, len(stream), FRAME)]


def world(
    seed: int = 1,
    loss: float = 0.0,
    repeat: float = 0.0,
    delay: float = 0.0,
    damage: float = 0.0,
    report_bytes: int = 500,
    capacity_bytes: int = 10**9,
    is_sealed: bool = False,
) -> World:
    down, up = (Wire(Random(f"{seed} {way}"), loss, repeat, delay, damage) for way in ("down", "up"))
    return World(down, up, Outbox(capacity_bytes), is_sealed, report_bytes)


def product(product_id: int, kind: ProductKind, size: int, value: float = 1.0) -> Product:
    return Product(product_id, kind, product_id, Random(product_id).randbytes(size), value, product_id)


sizes = st.integers(1, 3000) | st.integers(1, 200_000)
products = st.lists(st.tuples(st.sampled_from(ProductKind), sizes, st.integers(0, 3)), min_size=1, max_size=12)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    products,
    st.integers(0, 2**32),
    st.floats(0, 0.4),
    st.floats(0, 0.2),
    st.sampled_from([0.0, 0.0, 0.1, 0.5]),
    st.sampled_from([0.0, 0.0, 0.1]),
    st.lists(st.tuples(st.integers(0, 120 * FRAME), st.sampled_from("pppdbg"), st.floats(0, 1)), max_size=25),
    st.sampled_from([MIN_REPORT_BYTES, 200, 500]),
    st.booleans(),
)
def test_every_product_arrives_bit_exact_once_or_is_pending(
    stored: list[tuple[ProductKind, int, int]],
    seed: int,
    loss: float,
    repeat: float,
    delay: float,
    damage: float,
    seconds: list[tuple[int, str, float]],
    report_bytes: int,
    is_sealed: bool,
) -> None:
    sky = world(seed, loss, repeat, delay, damage, report_bytes, is_sealed=is_sealed)
    waiting = [product(n, kind, size, value) for n, (kind, size, value) in enumerate(stored)]
    expected = {each.product_id: each.payload for each in waiting}
    for granted_bytes, event, cut_share in seconds:
        if waiting:
            assert sky.downlink.store(waiting.pop()) == ()
        if event == "b":
            sky.reboot()
        elif event == "g":
            sky.restart_ground()
        sky.second(granted_bytes, event != "d", max(0.2, cut_share))
        held = {each.product_id for each in sky.outbox} | {each.product_id for each in waiting}
        assert held | set(sky.archive) == set(expected)
        assert all(payload == expected[product_id] for product_id, payload in sky.archive.items())
    for each in waiting:
        sky.downlink.store(each)
    sky.down.clean()
    sky.up.clean()
    sky.drain(300 * FRAME, 100 + 20 * len(stored))
    assert sky.archive == expected
    assert len(sky.second(300 * FRAME)) == 1


@pytest.mark.parametrize("is_sealed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_cost_of_ten_percent_loss(seed: int, is_sealed: bool) -> None:
    clean, lossy = world(is_sealed=is_sealed), world(seed, loss=0.1, is_sealed=is_sealed)
    for sky in (clean, lossy):
        sky.downlink.store(product(1, ProductKind.IMAGE, 1_000_000))
        sky.drain(100 * FRAME, 60)
    assert clean.account.payload == lossy.account.payload == 1_000_000
    assert clean.account.retransmit == 0
    assert lossy.account.products <= 1.3 * clean.account.products


def test_passes_without_uplink_then_one_with() -> None:
    sky = world(loss=0.2)
    sky.downlink.store(product(1, ProductKind.IMAGE, 300_000))
    for _ in range(20):
        sky.second(20 * FRAME, has_uplink=False)
    assert sky.account.retransmit == 0
    sky.now_ns += 5400 * NS_PER_S
    sky.drain(20 * FRAME, 40)
    assert sky.archive[1] == product(1, ProductKind.IMAGE, 300_000).payload
    assert sky.account.products < 1.4 * 300_000


def test_a_link_of_one_frame_a_second_still_delivers() -> None:
    sky = world(loss=0.1)
    sky.downlink.store(product(1, ProductKind.CHIP, 20_000))
    sky.drain(FRAME, 100)
    assert sky.account.products >= 20_000
    assert sky.account.housekeeping >= sky.account.products


@pytest.mark.parametrize("seed", [3, 4])
def test_a_small_ground_memory_costs_repeats_but_no_product(seed: int) -> None:
    sky = world(seed, loss=0.3)
    sky.reassembly = Reassembly(capacity_bytes=250_000)
    stored = [product(n, ProductKind(n % 4), 100_000 + 10_000 * n) for n in range(10)]
    for each in stored:
        sky.downlink.store(each)
    for _ in range(10):
        sky.second(100 * FRAME)
    sky.down.loss = 0.0
    sky.drain(300 * FRAME, 150)
    assert sky.reassembly.counts.evicted
    assert sky.archive == {each.product_id: each.payload for each in stored}


def test_dropped_products_do_not_hold_up_the_others() -> None:
    sky = world(loss=0.2, report_bytes=MIN_REPORT_BYTES, capacity_bytes=20_000)
    stored = [product(n, ProductKind.CHIP, 3_000, value=n % 7) for n in range(60)]
    dropped: set[int] = set()
    for each in stored:
        dropped |= {gone.product_id for gone in sky.downlink.store(each)}
        sky.second(3 * FRAME)
    sky.drain(20 * FRAME, 400)
    assert dropped
    assert dropped | set(sky.archive) == set(range(60))
    assert all(sky.archive[n] == stored[n].payload for n in sky.archive)


def test_an_undetected_damaged_frame_costs_a_repeat_and_no_wrong_product() -> None:
    sky = world()
    sky.downlink.store(product(1, ProductKind.CHIP, 4000))
    sky.now_ns = NS_PER_S
    for number, frame in enumerate(made(sky.downlink.transmit(sky.now_ns, 9 * FRAME, b"beacon"))):
        body = frame[:500] + bytes([frame[500] ^ (number == 2)]) + frame[501:-2]
        sky.receive(body + crc_hqx(body, 0xFFFF).to_bytes(2, "big"))
    assert sky.reassembly.counts.damaged == 1
    assert sky.archive == {}
    sky.drain(9 * FRAME, 5)
    assert sky.archive == {1: product(1, ProductKind.CHIP, 4000).payload}


def test_two_runs_are_equal() -> None:
    runs = []
    for _ in range(2):
        sky = world(7, 0.3, 0.1, 0.1)
        for n in range(5):
            sky.downlink.store(product(n, ProductKind(n % 4), 20_000))
        runs.append([sky.second(30 * FRAME) for _ in range(10)])
    assert runs[0] == runs[1]
