"""What drawing a scene costs beside looking at it with the shipped model."""

import time
from pathlib import Path

from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from sim.equipment.instrument import Instrument
from sim.experiment.bench.figure import Benchmark, Figure
from sim.experiment.bench.satellites import MODEL, reference_scenario
from sim.experiment.drawn_frames import exposed
from sim.scenes.earth.places import GroundPatch
from sim.scenes.earth.wildfire import draw_wildfire_scene

PLACES = ((48.0, 3.0), (-12.0, 25.0), (40.5, 18.0), (62.0, 100.0))
"""Farmland, savanna, a coast, northern woods."""
NOON_UTC_S = 1_780_315_200  # 2026-06-01T12:00:00Z
FIGURES = (Figure("scene", "x", "CPU time of drawing a 1024x1024 scene over the model's on it"),)


def measure(_scratch: Path) -> tuple[float, ...]:
    """A few scenes of the reference scenario's instrument, drawn and looked at."""
    engine = InferenceEngine(load_card(MODEL))
    instrument = reference_scenario().satellite[0].instrument
    _draw(instrument, PLACES[0])  # what is made once a process
    drawing_s = model_s = 0.0
    for place in PLACES:
        started_s = time.process_time()
        frame, planes = _draw(instrument, place)
        drawn_s = time.process_time()
        engine.infer(frame, planes)
        drawing_s += drawn_s - started_s
        model_s += time.process_time() - drawn_s
    return (drawing_s / model_s,)


BENCHMARK = Benchmark(FIGURES, measure, is_quick=True)


def _draw(instrument: Instrument, place: tuple[float, float]) -> tuple[Frame, Planes]:
    patch = GroundPatch.of(*place, 190.0, instrument.gsd_m, instrument.height_px, instrument.width_px)
    utc_s = NOON_UTC_S - 240.0 * place[1]
    drawn = draw_wildfire_scene(1, patch, utc_s, fires_per_1000_km2=2.0)
    return exposed(instrument, drawn.reflectance, frame_id=1)
