"""Jobs on the accelerators of one payload computer: balanced, and taken over when an accelerator fails.

All jobs wait in one line, so none waits while an accelerator idles. A free accelerator takes the oldest; of several
free ones the one that has worked least, then the first. When one fails, its job goes to the head of the line and begins
anew: what it had done is lost. Time is an argument; between two calls all run at one share of full throughput.
"""

from collections import deque
from dataclasses import dataclass
from math import ceil

from onboard.mission_time import NEVER_NS


@dataclass(slots=True)
class Task:
    """A job's work, in nanoseconds at full throughput; `left` is the accelerator that failed it, -1 for none."""

    job_id: int
    work_ns: int
    done_ns: float = 0.0
    end_ns: int = NEVER_NS
    left: int = -1


@dataclass(frozen=True, slots=True)
class Progress:
    """What a job moved on by: from and to, in nanoseconds of its work at full throughput."""

    job_id: int
    from_ns: float
    to_ns: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A job began on an accelerator; `left` is the one that failed it before, -1 for none."""

    job_id: int
    accelerator: int
    left: int


class Accelerators:
    """Accelerators are counted from 0. `busy_ns` is how long each has worked."""

    def __init__(self, count: int) -> None:
        self.works = [True] * count
        self.busy_ns = [0] * count
        self._running: list[Task | None] = [None] * count
        self._waiting: deque[Task] = deque()
        self._share = 1.0
        self._settled_ns = 0

    @property
    def running(self) -> int:
        """How many accelerators work on a job."""
        return sum(task is not None for task in self._running)

    @property
    def waiting(self) -> int:
        """How many jobs wait for an accelerator."""
        return len(self._waiting)

    @property
    def deadline_ns(self) -> int:
        """When the next job ends if nothing changes."""
        return min((task.end_ns for task in self._running if task is not None), default=NEVER_NS)

    def settle(self, now_ns: int) -> tuple[Progress, ...]:
        """Bring all work up to an instant, at most the deadline; returns what moved."""
        assert self._settled_ns <= now_ns <= self.deadline_ns, "work was left undone"
        elapsed_ns = now_ns - self._settled_ns
        self._settled_ns = now_ns
        moved = []
        for accelerator, task in enumerate(self._running):
            if task is not None and elapsed_ns:
                # The end was rounded up to a whole nanosecond: the work is what ends there, not a sum of shares.
                done_ns = task.work_ns if now_ns == task.end_ns else task.done_ns + elapsed_ns * self._share
                moved.append(Progress(task.job_id, task.done_ns, min(done_ns, task.work_ns)))
                task.done_ns = moved[-1].to_ns
                self.busy_ns[accelerator] += elapsed_ns
        return tuple(moved)

    def submit(self, job_id: int, work_ns: int) -> None:
        """Put a job at the end of the line."""
        assert work_ns > 0, "a job without work"
        self._waiting.append(Task(job_id, work_ns))

    def ended(self) -> tuple[tuple[int, int], ...]:
        """Take away the jobs that have ended by the settled instant: job and accelerator, in order of accelerators."""
        over = []
        for accelerator, task in enumerate(self._running):
            if task is not None and task.end_ns <= self._settled_ns:
                over.append((task.job_id, accelerator))
                self._running[accelerator] = None
        return tuple(over)

    def place(self) -> tuple[Placed, ...]:
        """Give waiting jobs to free accelerators."""
        placed = []
        while self._waiting and (free := self._free()):
            accelerator = min(free, key=lambda place: (self.busy_ns[place], place))
            task = self._waiting.popleft()
            self._running[accelerator] = task
            self._foresee(task)
            placed.append(Placed(task.job_id, accelerator, task.left))
        return tuple(placed)

    def fail(self, accelerator: int) -> None:
        """An accelerator works no more; its job begins anew before all others."""
        self.works[accelerator] = False
        task, self._running[accelerator] = self._running[accelerator], None
        if task is not None:
            self._waiting.appendleft(Task(task.job_id, task.work_ns, left=accelerator))

    def clear(self) -> tuple[int, ...]:
        """Forget all jobs, running and waiting; returns them, in order of their numbers."""
        jobs = [task.job_id for task in (*self._running, *self._waiting) if task is not None]
        self._running = [None] * len(self._running)
        self._waiting.clear()
        return tuple(sorted(jobs))

    def set_share(self, share: float) -> None:
        """From the settled instant on, run at this share of full throughput; at none of it no job ends."""
        if share != self._share:
            self._share = share
            for task in self._running:
                if task is not None:
                    self._foresee(task)

    def _foresee(self, task: Task) -> None:
        left_ns = task.work_ns - task.done_ns
        task.end_ns = self._settled_ns + ceil(left_ns / self._share) if self._share else NEVER_NS

    def _free(self) -> list[int]:
        return [place for place, task in enumerate(self._running) if task is None and self.works[place]]
