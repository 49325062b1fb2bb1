"""Flies many seeds, in worker processes where asked to; what is found does not depend on how many those are."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field

from onboard.errors import MachineError
from sim.swarm.drawing import draw_case
from sim.swarm.flight import Outcome, fly_case
from sim.workers import submit, worker_processes

SEEDS_A_TASK = 10
"""So many are flown before a worker tells of them: one at a time, telling would take a share of the time."""
Tell = Callable[[int, int], None]
"""Takes how many seeds are flown, and how many of them failed."""


@dataclass(slots=True)
class Findings:
    """What came of the seeds: `failed` by seed, ascending, with what was found."""

    seeds: int = 0
    events: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)
    digests: dict[int, str] = field(default_factory=dict)

    def take(self, seed: int, outcome: Outcome) -> None:
        """Count one seed's outcome."""
        self.seeds += 1
        self.events += outcome.events
        self.struck += outcome.struck
        self.digests[seed] = outcome.digest
        if not outcome.is_sound:
            self.failed[seed] = f"{outcome.found} ({outcome.where})"


def fly_seeds(
    seeds: Sequence[int], *, workers: int = 1, real_inference: bool = False, tell: Tell = lambda _flown, _failed: None
) -> Findings:
    """Fly seeds and tell how far it is. Raises MachineError where the host fails."""
    findings = Findings()
    for flown in _flown(seeds, workers, real_inference):
        for seed, outcome in flown:
            findings.take(seed, outcome)
        tell(findings.seeds, len(findings.failed))
    return findings


def fly_seed(seed: int, *, real_inference: bool = False) -> Outcome:
    """Draw and fly one seed."""
    return fly_case(draw_case(seed, real_inference=real_inference))


def _flown(seeds: Sequence[int], workers: int, real_inference: bool) -> Iterator[list[tuple[int, Outcome]]]:
    """Outcomes in order of the seeds."""
    tasks = [tuple(seeds[at : at + SEEDS_A_TASK]) for at in range(0, len(seeds), SEEDS_A_TASK)]
    if workers == 1:
        yield from (_fly_task(task, real_inference) for task in tasks)
        return
    pool = worker_processes(workers)
    try:
        flying = [submit(pool, _fly_task, task, real_inference) for task in tasks]
        for future in flying:
            yield future.result()
    except BrokenExecutor as error:
        raise MachineError(f"a process that flies seeds died: {error}") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _fly_task(seeds: tuple[int, ...], real_inference: bool) -> list[tuple[int, Outcome]]:
    return [(seed, fly_seed(seed, real_inference=real_inference)) for seed in seeds]
