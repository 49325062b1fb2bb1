"""What flight software is told of a frame that a camera has exposed."""

from onboard.payload.imagery import Frame
from sim.equipment.instrument import Instrument
from sim.scenes.renderer import DrawnFrame
from sim.world.camera import Exposure, footprint_deg


def frame_of(exposure: Exposure, drawn: DrawnFrame, instrument: Instrument) -> Frame:
    """The message's frame; its pixels lie in mass memory."""
    facts = drawn.facts
    return Frame(
        frame_id=exposure.frame_id,
        memory_ref=drawn.memory_ref,
        width_px=drawn.width_px,
        height_px=drawn.height_px,
        bands=facts.bands,
        sensed_bands=facts.sensed_bands,
        scale=facts.scale,
        offset=facts.offset,
        bit_depth=facts.bit_depth,
        exposed_ns=exposure.at_ns,
        footprint_deg=facts.footprint_deg or footprint_deg(exposure, drawn.width_px, drawn.height_px, facts.gsd_m),
        gsd_m=facts.gsd_m,
        raw_bytes=_raw_bytes(drawn, instrument),
    )


def _raw_bytes(drawn: DrawnFrame, instrument: Instrument) -> int:
    """A radar's echoes; pictures of a user's may be deeper than its own, and must still go into them."""
    frame_px = drawn.width_px * drawn.height_px
    at_most_bytes = 2 * drawn.facts.sensed_bands * frame_px
    return max(round(frame_px * instrument.raw_bytes_per_px), at_most_bytes) if instrument.raw_bytes_per_px else 0
