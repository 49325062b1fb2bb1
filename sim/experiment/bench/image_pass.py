"""How long a pass of 4.8 million image frames takes in the run lane: all that both ends and the channel do."""

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
from sim.scenario import LinkQuality
from sim.streams import Streams
from sim.world.link import Channel

SPACECRAFT = 1
KEYS = {1: bytes(range(32))}
PASS_S, LOWEST_MBPS, HIGHEST_MBPS, MEAN_MBPS = 438, 71.8, 119.5, 97.78
"""cote's pass (Denby and Lucia, ASPLOS 2020; its example, built and run): 5.37 GB."""
PRODUCT_BYTES = 3_039_881
"""24,319,041 bits, a frame of its camera."""
PRODUCTS = 1767
"""What fills the pass."""
LOSS, LOSSY_S = 0.01, 150.0
REPORT_BYTES = 1000
FIGURES = (
    Figure("image_pass", "s", "cote's pass, 5.4 GB, sealed, 1 % loss for 150 s of 438", 20.0, is_ceiling=True),
    Figure("image_pass_frames", "frames", "frames of 1,115 bytes in it, nearly all of them in runs", 4.7e6),
)


def measure(_scratch: Path) -> tuple[float, ...]:
    """Wall time from a full outbox to the end of the pass."""
    payload = Random(1).randbytes(PRODUCT_BYTES)
    products = [Product(n, ProductKind.IMAGE, n, payload, 0.0, n) for n in range(PRODUCTS)]
    started_s = time.perf_counter()
    frames = _fly(products)
    return time.perf_counter() - started_s, float(frames)


BENCHMARK = Benchmark(FIGURES, measure)


def _fly(products: list[Product]) -> int:
    sealer = Sealer(KEYS, SPACECRAFT, Direction.DOWN, DurableCounter(MemoryStore(), "downlink"))
    downlink = Downlink(SPACECRAFT, Outbox(2 * PRODUCTS * PRODUCT_BYTES), sealer=sealer)
    for product in products:
        downlink.store(product)
    channel = Channel(LinkQuality(frame_loss=LOSS, frame_loss_until_s=LOSSY_S), Streams(1))
    deframer, reassembly = Deframer(SPACECRAFT, opener=Opener(KEYS, SPACECRAFT, Direction.DOWN)), Reassembly()
    account, acknowledged = FrameAccount(), 0
    for second in range(1, PASS_S + 1):
        now_ns = second * NS_PER_S
        sent = downlink.transmit(now_ns, _granted_bytes(second), b"housekeeping")
        account += sent.account
        for heard in deframer.receive(channel.surviving(now_ns, "flock", sent.parts, DEFAULT_FRAME_BYTES)):
            reassembly.hear(heard.time_ns, now_ns)
            segment = segment_of(heard)
            if segment and (whole := reassembly.push(segment)):
                assert whole.payload == products[0].payload
                reassembly.archived(whole.product_id)
        acknowledged += len(downlink.apply_report(now_ns, reassembly.report(REPORT_BYTES)))
    assert acknowledged + downlink.pending_products == PRODUCTS
    assert acknowledged * PRODUCT_BYTES > 0.92 * account.products
    return (account.products + account.housekeeping) // DEFAULT_FRAME_BYTES


def _granted_bytes(second: int) -> int:
    """A curve through the pass' lowest, highest and mean rate."""
    off_centre = abs(2.0 * second / PASS_S - 1.0)
    mean_share = (MEAN_MBPS - LOWEST_MBPS) / (HIGHEST_MBPS - LOWEST_MBPS)
    share: float = 1.0 - off_centre ** (mean_share / (1.0 - mean_share))
    return round((LOWEST_MBPS + (HIGHEST_MBPS - LOWEST_MBPS) * share) * 1e6 / 8)
