"""What frames ask of a spacecraft: its own flight software is shown sample frames, at full charge and in the cool, and
says what work it orders and what product comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from onboard.commands import FrameProcessed, FrameSetAside, StartJob
from onboard.config import SpacecraftConfig
from onboard.events import FrameCaptured, HousekeepingSampled, JobFinished
from onboard.modes import Limits
from onboard.payload.imagery import Frame, MassMemory
from onboard.payload.models import ModelCard
from onboard.shell import FlightUnit
from onboard.strategy import STRATEGIES, Strategy
from sim.configuration import spacecraft_config
from sim.equipment.instrument import Instrument
from sim.planning import FlightPlan
from sim.scenario import Scenario
from sim.scenes.renderer import DrawnFrame
from sim.scenes.source import SceneSource
from sim.world.camera import Exposure
from sim.world.captured import frame_of

SAMPLED_PX, FEWEST_SAMPLES, SCREENED_SAMPLES, MOST_SAMPLES = 2 * 1024 * 1024, 3, 12, 256
"""Frames of an instrument that are drawn and worked on: as many as make up so many pixels, within bounds. Sizes of
losslessly coded frames of a kind differ by percents, and a megapixel takes a second. Whether a frame is cloudy decides
over all of it: where that is looked at, more are shown."""
_AMPLE_BYTES = 10**15
_AMPLE_J = 1e30


@dataclass(frozen=True, slots=True)
class FrameNeeds:
    """One frame's share: the jobs in their order, and the product, of 0 bytes where there was nothing to send."""

    captured_bytes: int
    jobs: tuple[StartJob, ...]
    product_bytes: int
    value: float
    failed_because: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """By satellite its exposures, in order of time: their instants, and what each needs."""

    at_ns: tuple[tuple[int, ...], ...]
    needs: tuple[tuple[FrameNeeds, ...], ...]
    sampled: int


def demand_of(scenario: Scenario, card: ModelCard, plan: FlightPlan, scratch: Path) -> Demand:
    """Every planned exposure with its needs: samples have their own, the others take after them in turn.

    Satellites of one instrument share their samples. Files go to the folder `scratch`.
    """
    by_satellite: list[list[Exposure]] = [[] for _ in scenario.satellite]
    for exposure in plan.exposures:
        by_satellite[exposure.satellite].append(exposure)
    needs: list[tuple[FrameNeeds, ...]] = [()] * len(by_satellite)
    sampled = 0
    instruments = list(dict.fromkeys(satellite.instrument.model_dump_json() for satellite in scenario.satellite))
    for kind in instruments:
        alike = [i for i, one in enumerate(scenario.satellite) if one.instrument.model_dump_json() == kind]
        everything = [exposure for index in alike for exposure in by_satellite[index]]
        if not everything:
            continue
        chosen = _chosen(len(everything), scenario.satellite[alike[0]].instrument, STRATEGIES[scenario.strategy])
        shown = [everything[place] for place in chosen]
        told = _asked(scenario, card, plan.source, shown, scratch)
        sampled += len(told)
        own = dict(zip(chosen, told, strict=True))
        all_needs = [own.get(place, told[place % len(told)]) for place in range(len(everything))]
        for index in alike:
            count = len(by_satellite[index])
            needs[index], all_needs = tuple(all_needs[:count]), all_needs[count:]
    at_ns = tuple(tuple(exposure.at_ns for exposure in exposures) for exposures in by_satellite)
    return Demand(at_ns, tuple(needs), sampled)


def _chosen(count: int, instrument: Instrument, strategy: Strategy) -> list[int]:
    """Places of the samples among so many exposures, ascending from 0."""
    frame_px = instrument.width_px * instrument.height_px
    fewest = SCREENED_SAMPLES if strategy.screens else FEWEST_SAMPLES
    wanted = min(max(SAMPLED_PX // frame_px, fewest), MOST_SAMPLES, count)
    return [place * count // wanted for place in range(wanted)]


def _asked(
    scenario: Scenario, card: ModelCard, source: SceneSource, exposures: Sequence[Exposure], scratch: Path
) -> list[FrameNeeds]:
    index = exposures[0].satellite
    config = spacecraft_config(scenario, index, card, {}, scratch, is_durable=False)
    unit = FlightUnit(_without_limits(config))
    memory, instrument = MassMemory(scratch), scenario.satellite[index].instrument
    try:
        unit.advance(0, (HousekeepingSampled(1.0, 0.0, sunlit=True),))
        told = []
        for number, exposure in enumerate(exposures, start=1):
            scene = source.draw(exposure)
            _, height_px, width_px = scene.planes.shape
            drawn = DrawnFrame(f"sample-{number}.dn", width_px, height_px, 0, scene.facts)
            frame = frame_of(replace(exposure, frame_id=number), drawn, instrument)
            memory.write(frame.memory_ref, scene.planes)
            told.append(_answer(unit, number, frame))
            memory.release(frame.memory_ref)
        return told
    finally:
        unit.close()


def _answer(unit: FlightUnit, now_ns: int, frame: Frame) -> FrameNeeds:
    """Show the flight software a frame, and end its jobs at once until it has done with it."""
    jobs: list[StartJob] = []
    product_bytes, value, failed_because = 0, 0.0, ""
    answers = unit.advance(now_ns, (FrameCaptured(frame),))
    while True:
        orders = [answer for answer in answers if isinstance(answer, StartJob)]
        for answer in answers:
            if isinstance(answer, FrameProcessed) and answer.product_id >= 0:
                product_bytes = answer.product_bytes
                value = max((found.confidence for found in answer.detections), default=0.0)
            elif isinstance(answer, FrameSetAside):
                failed_because = answer.reason
        if not orders:
            return FrameNeeds(frame.captured_bytes, tuple(jobs), product_bytes, value, failed_because)
        jobs += orders
        answers = tuple(answer for order in orders for answer in unit.advance(now_ns, (JobFinished(order.job_id),)))


def _without_limits(config: SpacecraftConfig) -> SpacecraftConfig:
    return replace(
        config,
        mass_memory_bytes=_AMPLE_BYTES,
        outbox_bytes=_AMPLE_BYTES,
        retained_bytes=0,
        battery_capacity_j=_AMPLE_J,
        limits=Limits(0.0, 0.0, np.inf, np.inf),
        lifetime_ns=(),
        broadcasts=False,
    )
