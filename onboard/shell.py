"""The flight core with its host services: storage, mass memory, and workers that really do the payload's jobs.

A job starts when it virtually starts and is awaited at the virtual instant it ends, so that satellites compute at
the same time while their results arrive at instants that no host speed can move.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from onboard.commands import FrameRefused, Purpose, ReleaseFrame, RestartComputer, StartJob
from onboard.computer import Computer
from onboard.config import SpacecraftConfig
from onboard.events import (
    ComputerKilled,
    FrameCaptured,
    JobFailed,
    JobFinished,
    JobLost,
    ModelCorrupted,
    ModelTried,
    StorageSampled,
)
from onboard.model_library import FlyingModels
from onboard.payload.imagery import MassMemory
from onboard.payload_work import FrameResult, PayloadWork
from onboard.sealed_store import SealedStore
from onboard.sqlite_store import SqliteStore
from onboard.storage import MemoryStore, Store

JobResult = FrameResult | ModelTried

MAX_WORKERS = 4
"""On the host, for each satellite: more accelerators than this share workers, at no cost to any result."""


class FlightUnit:
    """One spacecraft: what a satellite's process runs, and what a one-process run calls.

    It answers only after its storage is synchronised. In a reset, and when it was killed, it is deaf for as long as
    booting takes: jobs end unanswered, telecommands and grants pass by, and frames are lost.
    """

    def __init__(self, config: SpacecraftConfig) -> None:
        self._config = config
        self._medium = SqliteStore(Path(config.store_path)) if config.store_path else MemoryStore()
        self._store: Store = self._medium
        if config.at_rest:
            assert config.link_keys, "what is sealed at rest needs keys"
            self._store = SealedStore(self._medium, min(config.link_keys)[1])
        self._memory = MassMemory(Path(config.memory_root))
        self._workers = min(config.accelerators, MAX_WORKERS)
        self._deaf_until_ns = 0
        self._storage: StorageSampled | None = None
        self._boot()

    @property
    def deadline_ns(self) -> int:
        """When the flight core next wants to be called if nothing else happens."""
        return max(self._computer.deadline_ns, self._deaf_until_ns)

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """The flight core's advance, with jobs started and their results awaited."""
        inbox = self._suffered(now_ns, inbox)
        if now_ns < self._deaf_until_ns:
            return tuple(_unheard(inbox))
        resolved = (self._resolved(event) for event in inbox)
        answers = self._computer.advance(now_ns, tuple(event for event in resolved if event is not None))
        self._store.sync()
        for answer in answers:
            if isinstance(answer, StartJob):
                self._results[answer.job_id] = self._pool.submit(self._work(answer))
        if answers and isinstance(answers[-1], RestartComputer):
            self._restart(now_ns, self._config.boot_ns)
        return answers

    def close(self) -> None:
        """End the workers, and let go of the storage."""
        self._pool.shutdown(cancel_futures=True)
        if isinstance(self._medium, SqliteStore):
            self._medium.close()

    def _suffered(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """What befalls the unit as a whole; returns the rest. Nobody on board hears of a death or of altered bytes."""
        for event in inbox:
            match event:
                case ComputerKilled(boot_ns):
                    self._restart(now_ns, boot_ns)
                case ModelCorrupted(n_bytes):
                    self._models.corrupt(self._computer.flying[0], n_bytes)
                case StorageSampled():
                    self._storage, self._owes_storage = event, True
        rest = tuple(
            event for event in inbox if not isinstance(event, ComputerKilled | ModelCorrupted | StorageSampled)
        )
        if now_ns < self._deaf_until_ns:
            return rest
        self._deaf_until_ns = 0  # a clock that is set back does not make it deaf again
        if self._storage is None or not self._owes_storage:
            return rest
        self._owes_storage = False
        return (self._storage, *rest)

    def _restart(self, now_ns: int, boot_ns: int) -> None:
        """End all that is in memory, and start from the store."""
        self._deaf_until_ns = now_ns + boot_ns
        self._pool.shutdown(cancel_futures=True)
        self._boot()

    def _boot(self) -> None:
        root = Path(self._config.memory_root) / f"{self._config.name}-models"
        mask = Path(self._config.cloud_mask_path) if self._config.cloud_mask_path else None
        self._models = FlyingModels(
            Path(self._config.model_path), root, lambda sha256: self._computer.archive(sha256), mask
        )
        self._computer = Computer(self._config, self._models, self._store)
        self._payload = PayloadWork(self._config, self._memory, self._models, self._workers)
        self._pool = ThreadPoolExecutor(max_workers=self._workers)
        self._results: dict[int, Future[JobResult]] = {}
        self._owes_storage = True

    def _resolved(self, event: object) -> object:
        """An event as the flight core takes it; None for one about a job that a reboot ended."""
        if isinstance(event, JobFinished):
            return self._results.pop(event.job_id).result() if event.job_id in self._results else None
        if isinstance(event, JobFailed | JobLost):
            result = self._results.pop(event.job_id, None)
            if result is None:
                return None
            result.cancel()
        return event

    def _work(self, job: StartJob) -> Callable[[], JobResult]:
        """What a worker does for a job, with all that it needs of the flight core's state as it is now."""
        if job.purpose is Purpose.TRIAL:
            trial = self._models.trial(self._computer.on_trial, self._config.task, self._config.bands)
            return lambda: ModelTried(job.job_id, trial())
        return self._payload.on_frame(job, self._computer.frame(job.frame_id), self._computer.flying)


def _unheard(inbox: tuple[object, ...]) -> Iterator[FrameRefused | ReleaseFrame]:
    """Nobody takes frames in: they are given up."""
    for event in inbox:
        if isinstance(event, FrameCaptured):
            yield FrameRefused(event.frame.frame_id, "the flight computer was starting")
            yield ReleaseFrame(event.frame.frame_id)
