"""Frames of the shipped four-band imager as anchors and benchmarks show them to models, drawn and of any size."""

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import NS_PER_S
from onboard.payload.imagery import Frame, Planes
from sim.data import sample_path
from sim.equipment.instrument import Instrument
from sim.equipment.records import read_record
from sim.scenes.sensor import digitise

_FOOTPRINT_DEG = (37.05, -6.05, 37.05, -5.95, 36.95, -5.95, 36.95, -6.05)
"""Corners take the same bytes wherever they are."""
_EXPOSED_NS = 3600 * NS_PER_S


def imager() -> Instrument:
    """The shipped imager."""
    return read_record(Instrument, sample_path("instruments", "swir-imager.toml"))


def exposed(instrument: Instrument, reflectance: NDArray[np.float32], frame_id: int) -> tuple[Frame, Planes]:
    """A frame of what it measured, reflectance of shape (4, height, width), and its digital numbers."""
    planes = digitise(reflectance, scale=instrument.scale[0], bit_depth=instrument.bit_depth)
    bands, height_px, width_px = planes.shape
    frame = Frame(
        frame_id=frame_id,
        memory_ref="",
        width_px=width_px,
        height_px=height_px,
        bands=instrument.bands,
        sensed_bands=bands,
        scale=instrument.scale,
        offset=instrument.offset,
        bit_depth=instrument.bit_depth,
        exposed_ns=_EXPOSED_NS,
        footprint_deg=_FOOTPRINT_DEG,
        gsd_m=instrument.gsd_m,
    )
    return frame, planes
