"""What drawing a scene costs beside looking at it with the shipped model."""

import time
from pathlib import Path

import numpy as np

from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from sim.equipment.instrument import Instrument
from sim.experiment.bench.figure import Benchmark, Figure
from sim.experiment.bench.satellites import MODEL, reference_scenario
from sim.scenes.sensor import digitise
from sim.scenes.wildfire import draw_flight_scene

SCENES = 2
FIGURES = (Figure("scene", "x", "CPU time of drawing a 1024x1024 scene over the model's on it"),)


def measure(_scratch: Path) -> tuple[float, ...]:
    """A few scenes of the reference scenario's instrument, drawn and looked at."""
    engine = InferenceEngine(load_card(MODEL))
    instrument = reference_scenario().satellite[0].instrument
    drawing_s = model_s = 0.0
    for seed in range(SCENES):
        started_s = time.process_time()
        planes = _draw(instrument, seed)
        drawn_s = time.process_time()
        engine.infer(_frame(instrument, planes), planes)
        drawing_s += drawn_s - started_s
        model_s += time.process_time() - drawn_s
    return (drawing_s / model_s,)


BENCHMARK = Benchmark(FIGURES, measure, is_quick=True)


def _draw(instrument: Instrument, seed: int) -> Planes:
    drawn = draw_flight_scene(
        np.random.default_rng(seed),
        side_px=instrument.width_px,
        gsd_m=instrument.gsd_m,
        sun_zenith_deg=35.0,
        fires_per_1000_km2=2.0,
    )
    return digitise(drawn.reflectance, scale=instrument.scale[0], bit_depth=instrument.bit_depth)


def _frame(instrument: Instrument, planes: Planes) -> Frame:
    bands, height_px, width_px = planes.shape
    return Frame(
        frame_id=1,
        memory_ref="",
        width_px=width_px,
        height_px=height_px,
        bands=instrument.bands,
        sensed_bands=bands,
        scale=instrument.scale,
        offset=instrument.offset,
        bit_depth=instrument.bit_depth,
        exposed_ns=0,
        footprint_deg=(0.0,) * 8,
        gsd_m=instrument.gsd_m,
    )
