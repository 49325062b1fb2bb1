"""How many transfer frames a second go from the outbox to a whole product, every one of them made; in one process."""

import time
from pathlib import Path
from random import Random

from groundstation.deframer import Deframer
from groundstation.reassembly import Reassembly
from groundstation.stretches import segment_of
from onboard.comms.downlink import Downlink
from onboard.comms.frames import DEFAULT_FRAME_BYTES
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind
from onboard.comms.security import Direction, Opener, Sealer
from onboard.comms.transfer import FrameAccount
from onboard.mission_time import NS_PER_S
from onboard.sequences import DurableCounter
from onboard.storage import MemoryStore
from sim.experiment.bench.figure import Benchmark, Figure

SPACECRAFT = 1
KEYS = {1: bytes(range(32))}
PRODUCT_BYTES = 6_000_000
"""A frame of 1024x1024 pixels in four 12-bit bands, packed."""
GRANT_BYTES = 25_000_000 // 8
"""A second of X-band."""
FIGURES = (
    Figure("frame_lane", "frames/s", "CPU time, clear; X-band at 25 Mb/s is 2,803 frames/s"),
    Figure("frame_lane_sealed", "frames/s", "CPU time, every frame sealed and opened by AES-256-GCM", 50_000.0),
    Figure("payload_sealed", "%", "payload in all that this run sends", 90.0),
    Figure("frame_lane_chip", "frames/s", "CPU time, clear, a product that is no image"),
)


def measure(_scratch: Path) -> tuple[float, ...]:
    """One product each, sent without loss."""
    clear, _ = _flown(ProductKind.IMAGE, is_sealed=False)
    sealed, account = _flown(ProductKind.IMAGE, is_sealed=True)
    chip, _ = _flown(ProductKind.CHIP, is_sealed=False)
    return clear, sealed, 100.0 * account.payload / (account.products + account.housekeeping), chip


BENCHMARK = Benchmark(FIGURES, measure, is_quick=True)


def _flown(kind: ProductKind, *, is_sealed: bool) -> tuple[float, FrameAccount]:
    """Frames per second of CPU time, and what their bytes were for."""
    payload = Random(1).randbytes(PRODUCT_BYTES)
    counter = DurableCounter(MemoryStore(), "downlink")
    sealer = Sealer(KEYS, SPACECRAFT, Direction.DOWN, counter) if is_sealed else None
    opener = Opener(KEYS, SPACECRAFT, Direction.DOWN) if is_sealed else None
    downlink = Downlink(SPACECRAFT, Outbox(2 * PRODUCT_BYTES), sealer=sealer, lane="frames")
    downlink.store(Product(1, kind, 1, payload, 0.0, 0))
    deframer, reassembly = Deframer(SPACECRAFT, opener=opener), Reassembly()
    received, account, now_ns = None, FrameAccount(), 0
    started_s = time.process_time()
    while received is None:
        now_ns += NS_PER_S
        sent = downlink.transmit(now_ns, GRANT_BYTES, b"housekeeping")
        account += sent.account
        for heard in deframer.receive(sent.parts):
            reassembly.hear(heard.time_ns, now_ns)
            segment = segment_of(heard)
            if segment:
                received = reassembly.push(segment) or received
    spent_s = time.process_time() - started_s
    assert received.payload == payload
    frames = (account.products + account.housekeeping) // DEFAULT_FRAME_BYTES
    assert frames == deframer.counts.frames
    return frames / spent_s, account
