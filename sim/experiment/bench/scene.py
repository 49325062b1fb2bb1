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
from sim.experiment.drawn_frames import exposed
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
        frame, planes = _draw(instrument, seed)
        drawn_s = time.process_time()
        engine.infer(frame, planes)
        drawing_s += drawn_s - started_s
        model_s += time.process_time() - drawn_s
    return (drawing_s / model_s,)


BENCHMARK = Benchmark(FIGURES, measure, is_quick=True)


def _draw(instrument: Instrument, seed: int) -> tuple[Frame, Planes]:
    drawn = draw_flight_scene(
        np.random.default_rng(seed),
        side_px=instrument.width_px,
        gsd_m=instrument.gsd_m,
        sun_zenith_deg=35.0,
        fires_per_1000_km2=2.0,
    )
    return exposed(instrument, drawn.reflectance, frame_id=1)
