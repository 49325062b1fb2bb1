"""How many transfer frames a second go from the outbox to a whole product, in one process."""

import time
from pathlib import Path
from random import Random

from groundstation.deframer import Deframer
from groundstation.reassembly import Reassembly
from onboard.comms.downlink import Downlink
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind, parse_segment
from onboard.mission_time import NS_PER_S
from tests.benchmarks.figure import Figure

SPACECRAFT = 1
PRODUCT_BYTES = 6_000_000
"""A frame of 1024x1024 pixels in four 12-bit bands, packed."""
GRANT_BYTES = 25_000_000 // 8
"""A second of X-band."""
FIGURES = (Figure("frame_lane", "frames/s", "CPU time; X-band at 25 Mb/s is 2,803 frames/s"),)


def measure(_scratch: Path) -> tuple[float, ...]:
    """One product, sent without loss."""
    payload = Random(1).randbytes(PRODUCT_BYTES)
    downlink = Downlink(SPACECRAFT, Outbox(2 * PRODUCT_BYTES))
    downlink.store(Product(1, ProductKind.IMAGE, 1, payload, 0.0, 0))
    deframer, reassembly = Deframer(SPACECRAFT), Reassembly()
    received, frames, now_ns = None, 0, 0
    started_s = time.process_time()
    while received is None:
        now_ns += NS_PER_S
        for frame in downlink.transmit(now_ns, GRANT_BYTES, b"housekeeping").frames:
            frames += 1
            for packet in deframer.push(frame):
                reassembly.hear(packet.time_ns, now_ns)
                if segment := parse_segment(packet):
                    received = reassembly.push(segment) or received
    spent_s = time.process_time() - started_s
    assert received.payload == payload
    return (frames / spent_s,)
