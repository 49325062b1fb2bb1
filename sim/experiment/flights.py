"""Many runs in worker processes, one a core, over scenes that are drawn and searched once for all of them."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from onboard.errors import InputError, MachineError
from onboard.payload.inference_cache import Engine, engine_for
from onboard.payload.models import ModelCard, ModelFault
from sim.alert_budget import aloft
from sim.experiment.comparison import Flown
from sim.modelling.flyable import flyable_card
from sim.modelling.prepare import prepare
from sim.planning import plan, smallest_device
from sim.resolve import model_folder
from sim.run import RunOptions, run
from sim.scenario import Scenario
from sim.scenes.renderer import Easel
from sim.scenes.source import PictureFolder
from sim.scratch import scratch_folder
from sim.workers import interrupt_workers, submit, worker_processes
from sim.world.camera import Exposure
from sim.world.captured import frame_of

T = TypeVar("T")
Tell = Callable[[str], None]
"""Takes a word about how far it is."""

MOST_DRAWN_BYTES = 8 * 10**9
"""Of pixels kept at a time. Where the frames of a run take more, each run draws its own."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The user's mistake, as it comes out of a worker process."""

    source: str
    told: str


@dataclass(frozen=True, slots=True)
class Flights:
    """Worker processes, and whom to tell how far they are."""

    pool: ProcessPoolExecutor
    tell: Tell
    cache: Path | None = None

    def fly(self, scenarios: Sequence[Scenario], folders: Sequence[Path]) -> list[Flown]:
        """Fly scenarios that see the same scenes, each into its folder, and return them in order.

        Frames that no lasting cache holds are kept until all are flown. Raises InputError and MachineError.
        """
        with scratch_folder() as scratch, _ended_before(self.pool):
            cache = self._draw(scenarios[0], scratch)
            flying = [
                submit(self.pool, _fly, scenario, folder, cache)
                for scenario, folder in zip(scenarios, folders, strict=True)
            ]
            outcomes = self._awaited(flying, [f"{one.strategy}, seed {one.seed}" for one in scenarios])
        for outcome in outcomes:
            if isinstance(outcome, Refusal):
                raise InputError(outcome.source, outcome.told)
        return [outcome for outcome in outcomes if isinstance(outcome, Flown)]

    def _draw(self, scenario: Scenario, scratch: Path) -> Path | None:
        """The cache with every frame of the plan drawn and searched; None where they would not go into it."""
        model = prepare(model_folder(scenario), scenario.task, scratch, smallest_device(scenario))
        with model.named_as_given():
            card = flyable_card(scenario, model)
            flight_plan = plan(scenario)
            card = aloft(card, scenario, flight_plan.exposures).card
        cache = self.cache or scratch / "cache"
        if isinstance(flight_plan.source, PictureFolder):
            return cache
        if not self.cache and _drawn_bytes(scenario, flight_plan.exposures) > _room_bytes(scratch):
            return None
        easel = Easel.of(flight_plan.source, scratch, cache)
        drawing = [
            submit(self.pool, _draw_and_search, easel, exposure, scenario, card, cache)
            for exposure in flight_plan.exposures
        ]
        self._awaited(drawing, ["frames drawn"] * len(drawing))
        return cache

    def _awaited(self, futures: Sequence[Future[T]], names: Sequence[str]) -> list[T]:
        """Results in order. The first failure ends the wait."""
        results = []
        for done, (future, name) in enumerate(zip(futures, names, strict=True), 1):
            results.append(future.result())
            self.tell(f"{done} of {len(futures)}: {name}")
        return results


@contextmanager
def flights(cache: Path | None = None, tell: Tell = lambda _word: None) -> Iterator[Flights]:
    """Worker processes that end with the context, whatever ends it."""
    pool = worker_processes()
    try:
        yield Flights(pool, tell, cache)
    except BrokenExecutor as error:
        raise MachineError(f"a process that flies or draws scenes died: {error}") from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _ended_before(pool: ProcessPoolExecutor) -> Iterator[None]:
    """Work that is left early has ended before what lies outside of this context goes: workers write into it."""
    try:
        yield
    except BaseException:
        interrupt_workers()
        pool.shutdown(cancel_futures=True)
        raise


def _fly(scenario: Scenario, folder: Path, cache: Path | None) -> Flown | Refusal:
    try:
        result = run(scenario, folder, RunOptions(cache=cache))
    except InputError as error:
        return Refusal(str(error.source), error.told)
    return Flown.of(result.summary, result.log)


def _draw_and_search(easel: Easel, exposure: Exposure, scenario: Scenario, card: ModelCard, cache: Path) -> None:
    """What every strategy will want: the frame, and what the model finds in it."""
    drawn = easel.draw(exposure)
    if card.head != "custom":
        frame = frame_of(exposure, drawn, scenario.satellite[exposure.satellite].instrument)
        with suppress(ModelFault):  # it will be told when it happens in flight
            _engine(card, str(cache)).infer(frame, easel.memory.read(frame))
    easel.memory.release(drawn.memory_ref)


@lru_cache(maxsize=1)
def _engine(card: ModelCard, cache_root: str) -> Engine:
    return engine_for(card, cache_root)


def _drawn_bytes(scenario: Scenario, exposures: Iterable[Exposure]) -> int:
    instruments = [satellite.instrument for satellite in scenario.satellite]
    frame_bytes = [2 * len(one.bands) * one.width_px * one.height_px for one in instruments]
    return sum(frame_bytes[exposure.satellite] for exposure in exposures)


def _room_bytes(folder: Path) -> int:
    return min(MOST_DRAWN_BYTES, shutil.disk_usage(folder).free // 2)
