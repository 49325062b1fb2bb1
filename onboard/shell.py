"""The flight core with its host services: storage, mass memory, and workers that really do the payload's jobs.

A job starts when it virtually starts and is awaited at the virtual instant it ends, so that satellites compute at
the same time while their results arrive at instants that no host speed can move.
"""

from collections.abc import Iterator
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
    ResultDoubted,
    StorageSampled,
    WeightsChecked,
)
from onboard.model_library import FlyingModels
from onboard.payload.imagery import MassMemory
from onboard.payload.memory_upsets import MemoryUpsets
from onboard.payload_work import FrameResult, FrameWork, PayloadWork
from onboard.sealed_store import SealedStore
from onboard.sqlite_store import SqliteStore
from onboard.storage import MemoryStore, Store
from onboard.upsets import UPSETS, Upsets

JobResult = FrameResult | ModelTried

MAX_WORKERS = 4
"""On the host, for each satellite: more accelerators than this share workers, at no cost to any result."""


class FlightUnit:
    """One spacecraft: what a satellite's process runs, and what a one-process run calls.

    It answers only after its storage is synchronised. In a reset, and when it was killed, it is deaf for as long as
    booting takes: jobs end unanswered, telecommands and grants pass by, and frames are lost.
    """

    def __init__(self, config: SpacecraftConfig, disk: Store | None = None) -> None:
        self._config = config
        self._medium: Store = disk or (SqliteStore(Path(config.store_path)) if config.store_path else MemoryStore())
        self._store = self._medium
        if config.at_rest:
            assert config.link_keys, "what is sealed at rest needs keys"
            self._store = SealedStore(self._medium, min(config.link_keys)[1])
        self._memory = MemoryUpsets(MassMemory(Path(config.memory_root)), ecc=config.safeguards.ecc)
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
                self._begin(answer)
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
        second_path = self._config.safeguards.second_model_path
        second = Path(second_path) if second_path else None
        self._models = FlyingModels(
            Path(self._config.model_path), root, lambda sha256: self._computer.archive(sha256), mask, second
        )
        self._computer = Computer(self._config, self._models, self._store)
        self._payload = PayloadWork(self._config, self._memory, self._models, self._workers)
        self._pool = ThreadPoolExecutor(max_workers=self._workers)
        self._results: dict[int, Future[JobResult]] = {}
        self._in_work: dict[int, tuple[StartJob, FrameWork]] = {}
        self._checks: set[int] = set()
        self._upsets = Upsets(self._computer, self._payload, self._memory)
        self._owes_storage = True

    def _begin(self, job: StartJob) -> None:
        """Start what a worker does for a job, with all that it needs of the flight core's state as it is now."""
        if job.purpose is Purpose.SCRUB:
            self._checks.add(job.job_id)  # a moment's work, done when it ends: nothing changes the weights meanwhile
        elif job.purpose is Purpose.TRIAL:
            trial = self._models.trial(self._computer.on_trial, self._config.task, self._config.bands)
            self._results[job.job_id] = self._pool.submit(lambda: ModelTried(job.job_id, trial()))
        else:
            work = self._payload.on_frame(job, self._computer.frame(job.frame_id), self._computer.flying)
            self._in_work[job.job_id] = job, work
            self._results[job.job_id] = self._pool.submit(work)

    def _resolved(self, event: object) -> object:
        """An event as the flight core takes it; None for one that it does not see, or about a job a reboot ended."""
        if isinstance(event, UPSETS):
            if struck := self._upsets.take(event, self._in_work):
                job_id, work = struck
                self._results[job_id].cancel()
                self._results[job_id] = self._pool.submit(work)
            return None
        if isinstance(event, JobFinished):
            return self._finished(event.job_id)
        if isinstance(event, JobFailed | JobLost):
            self._in_work.pop(event.job_id, None)
            if event.job_id in self._checks:
                self._checks.remove(event.job_id)
                return event
            result = self._results.pop(event.job_id, None)
            if result is None:
                return None
            result.cancel()
        return event

    def _finished(self, job_id: int) -> object:
        """What a job has given at its end."""
        if job_id in self._checks:
            self._checks.remove(job_id)
            return WeightsChecked(job_id, self._payload.scrub(self._computer.flying[0]))
        if job_id not in self._results:
            return None
        result = self._results.pop(job_id).result()
        order, _ = self._in_work.pop(job_id, (None, None))
        if isinstance(result, ResultDoubted):
            assert order is not None
            self._payload.doubt(order.frame_id)
        return result


def _unheard(inbox: tuple[object, ...]) -> Iterator[FrameRefused | ReleaseFrame]:
    """Nobody takes frames in: they are given up."""
    for event in inbox:
        if isinstance(event, FrameCaptured):
            yield FrameRefused(event.frame.frame_id, "the flight computer was starting")
            yield ReleaseFrame(event.frame.frame_id)
