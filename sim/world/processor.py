"""A payload computer in virtual time: it starts up, works on accelerators and loses them, throttles, sleeps.

Every method brings the computer up to an instant first. What it drew since then is in `take_draws`; what happened is in
the answer of `advance`. The world calls at the deadline, and whenever it has something to say.
"""

from bisect import insort
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from onboard.commands import StartJob
from onboard.mission_time import NEVER_NS, to_ns, to_s
from sim.equipment.device import FlownDevice, PowerMode
from sim.world.accelerators import Accelerators

Values = NDArray[np.float64] | float

INFERENCE, COMPRESSION, STORAGE, IDLE, START_UP = "inference", "compression", "storage", "idle", "start_up"


class State(StrEnum):
    """Of the computer as a whole."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"


@dataclass(frozen=True, slots=True)
class Draw:
    """Mean power above the idle power of the mode that the scenario names: negative while the computer is off."""

    start_ns: int
    end_ns: int
    power_w: float


@dataclass(frozen=True, slots=True)
class JobDone:
    """A job ended on an accelerator."""

    job_id: int
    accelerator: int


@dataclass(frozen=True, slots=True)
class JobTakenOver:
    """A job began anew on another accelerator than the one that failed it."""

    job_id: int
    from_accelerator: int
    to_accelerator: int


@dataclass(frozen=True, slots=True)
class JobStranded:
    """No accelerator is left for a job."""

    job_id: int


@dataclass(frozen=True, slots=True)
class AcceleratorLost:
    """An accelerator works no more."""

    accelerator: int


@dataclass(frozen=True, slots=True)
class Switched:
    """The computer as a whole changed its state or its mode."""

    state: State
    power_mode: str


Outcome = JobDone | JobTakenOver | JobStranded | AcceleratorLost | Switched


def work_s(amount: Values, rate_per_s: Values) -> NDArray[np.float64]:
    """Seconds that an amount of work takes at a rate, arrays over satellites or jobs."""
    return np.asarray(np.asarray(amount, dtype=np.float64) / rate_per_s)


def stages_ns(setting: PowerMode, job: StartJob, storage_sync_s: float = 0.0) -> tuple[tuple[str, int], ...]:
    """A job's steps in order, each with its time on one accelerator at full throughput; the last makes its result
    durable, for nothing is said of a result that a reboot could take back."""
    signal_per_s = (setting.signal_gmac_s or setting.throughput_gmac_s) * 1e9
    stages = [(step.name, work_s(step.work_macs, signal_per_s)) for step in job.steps]
    stages.append((INFERENCE, work_s(job.work_macs, setting.throughput_gmac_s * 1e9)))
    stages.append((COMPRESSION, work_s(job.work_bytes, setting.encode_mb_s * 1e6)))
    stages.append((STORAGE, np.asarray(storage_sync_s)))
    return tuple((name, to_ns(float(seconds))) for name, seconds in stages if seconds > 0)


def job_duration_ns(setting: PowerMode, job: StartJob, storage_sync_s: float = 0.0) -> int:
    """Virtual time a job takes on one accelerator that nothing slows down."""
    return max(1, sum(duration_ns for _, duration_ns in stages_ns(setting, job, storage_sync_s)))


class PayloadComputer:
    """One satellite's payload computer. `spent_j` is its energy so far, by step of work, idling and starting up."""

    def __init__(self, device: FlownDevice) -> None:
        self._device = device
        self._base_w = device.setting.idle_w
        self._mode = self._wanted_mode = device.power_mode
        self._accelerators = Accelerators(device.accelerators)
        self._stages: dict[int, tuple[tuple[str, int], ...]] = {}
        self._failures = sorted((to_ns(failure.at_s), failure.accelerator - 1) for failure in device.failed)
        self._state = State.ON if device.sleep_after_s is None else State.OFF
        self._ready_ns = NEVER_NS
        self._idle_since_ns = 0
        self.is_fed = True
        self._settled_ns = 0
        self._share = 1.0
        self.is_hung = False
        self._draws: list[Draw] = []
        self._drawn_j = 0.0
        self._outcomes: list[Outcome] = []
        self.spent_j: dict[str, float] = {}

    @property
    def deadline_ns(self) -> int:
        """When something happens by itself."""
        due = [self._ready_ns, self._accelerators.deadline_ns, self._sleep_ns()]
        return min(due + [at_ns for at_ns, _ in self._failures[:1]])

    def start(self, now_ns: int, job: StartJob) -> None:
        """Take a job."""
        self._settle(now_ns)
        setting = self._device.power_modes[self._wanted_mode]
        storage_sync_s = self._device.storage_sync_s
        self._stages[job.job_id] = stages_ns(setting, job, storage_sync_s)
        self._accelerators.submit(job.job_id, job_duration_ns(setting, job, storage_sync_s))

    def set_mode(self, now_ns: int, power_mode: str) -> None:
        """Change the power mode, as soon as no job runs; the computer starts up in it."""
        self._settle(now_ns)
        assert power_mode in self._device.power_modes
        self._wanted_mode = power_mode

    def set_share(self, now_ns: int, share: float) -> None:
        """Throttle: from now on all accelerators run at this share of their throughput and of their power."""
        if share != self._share:
            self._settle(now_ns)
            self._share = share
            self._accelerators.set_share(0.0 if self.is_hung else share)

    def hang(self, now_ns: int, *, is_hung: bool) -> None:
        """Its software hangs: jobs idle on the accelerators and never end, until it loses power or goes on."""
        self._settle(now_ns)
        self.is_hung = is_hung
        self._accelerators.set_share(0.0 if is_hung else self._share)

    def set_feed(self, now_ns: int, is_fed: bool) -> tuple[int, ...]:
        """Cut the computer off from power, or feed it again; returns the jobs that it lost.

        Those that come in the meantime wait.
        """
        self._settle(now_ns)
        assert is_fed != self.is_fed
        self.is_fed = is_fed
        self.is_hung = self.is_hung and is_fed
        self._accelerators.set_share(0.0 if self.is_hung else self._share)
        lost = () if is_fed else self._accelerators.clear()
        for job_id in lost:
            del self._stages[job_id]
        sleeps = self._device.sleep_after_s is not None
        self._switch(now_ns, State.STARTING if is_fed and not sleeps else State.OFF)
        return lost

    def abort(self, now_ns: int) -> None:
        """Forget all jobs: who ordered them has started anew."""
        self._settle(now_ns)
        for job_id in self._accelerators.clear():
            del self._stages[job_id]
        self._idle_since_ns = now_ns

    def fail(self, now_ns: int, accelerator: int) -> None:
        """An accelerator, counted from 0, works no more."""
        self._settle(now_ns)
        insort(self._failures, (now_ns, accelerator))

    def advance(self, now_ns: int) -> tuple[Outcome, ...]:
        """Do what is due, and begin what can begin."""
        self._settle(now_ns)
        for job_id, accelerator in self._accelerators.ended():
            del self._stages[job_id]
            self._idle_since_ns = now_ns
            self._outcomes.append(JobDone(job_id, accelerator))
        while self._failures and self._failures[0][0] <= now_ns:
            _, accelerator = self._failures.pop(0)
            if self._accelerators.works[accelerator]:
                self._accelerators.fail(accelerator)
                self._outcomes.append(AcceleratorLost(accelerator))
        self._strand()
        self._change_state(now_ns)
        if self._state is State.ON and self._mode == self._wanted_mode:
            for placed in self._accelerators.place():
                if placed.left >= 0:
                    self._outcomes.append(JobTakenOver(placed.job_id, placed.left, placed.accelerator))
        outcomes, self._outcomes = tuple(self._outcomes), []
        return outcomes

    def take_draws(self, now_ns: int) -> tuple[Draw, ...]:
        """What was drawn since the last call, to be charged to the plant."""
        self._settle(now_ns)
        draws, self._draws = tuple(self._draws), []
        return draws

    def take_energy_j(self) -> float:
        """Energy since the last call: over a tick, the chip's heat."""
        energy_j, self._drawn_j = self._drawn_j, 0.0
        return energy_j

    @property
    def _setting(self) -> PowerMode:
        return self._device.power_modes[self._mode]

    @property
    def _accelerator_w(self) -> float:
        return (self._setting.active_w - self._setting.idle_w) / self._device.accelerators

    def _sleep_ns(self) -> int:
        is_idle = self._state is State.ON and not self._accelerators.running and not self._accelerators.waiting
        if self._device.sleep_after_s is None or not is_idle:
            return NEVER_NS
        return self._idle_since_ns + to_ns(self._device.sleep_after_s)

    def _strand(self) -> None:
        if not any(self._accelerators.works):
            for job_id in self._accelerators.clear():
                del self._stages[job_id]
                self._outcomes.append(JobStranded(job_id))

    def _change_state(self, now_ns: int) -> None:
        if self._ready_ns <= now_ns:
            self._idle_since_ns = now_ns
            self._switch(now_ns, State.ON)
        if self._sleep_ns() <= now_ns:
            self._switch(now_ns, State.OFF)
        wakes = self._state is State.OFF and self.is_fed and self._accelerators.waiting > 0
        changes = self._state is State.ON and self._wanted_mode != self._mode and not self._accelerators.running
        if wakes or changes:
            self._switch(now_ns, State.STARTING)

    def _switch(self, now_ns: int, state: State) -> None:
        """Enter a state; starting up is in the wanted mode, and over at once where it takes no time."""
        self._ready_ns = NEVER_NS
        if state is State.STARTING:
            self._mode = self._wanted_mode
            start_up_ns = to_ns(self._setting.start_up_s)
            self._ready_ns = now_ns + start_up_ns if start_up_ns else NEVER_NS
            state = State.STARTING if start_up_ns else State.ON
            self._idle_since_ns = now_ns
        self._state = state
        self._outcomes.append(Switched(state, self._mode))

    def _settle(self, now_ns: int) -> None:
        """Bring work and energy up to an instant."""
        moved = self._accelerators.settle(now_ns)
        start_ns, self._settled_ns = self._settled_ns, now_ns
        elapsed_s = to_s(now_ns - start_ns)
        if not elapsed_s:
            return
        power_w = 0.0
        if self._state is State.STARTING:
            power_w = self._setting.start_up_w
            self._spend(START_UP, power_w * elapsed_s)
        elif self._state is State.ON:
            working = 0 if self.is_hung else self._accelerators.running
            power_w = self._setting.idle_w + self._accelerator_w * working * self._share
            self._spend(IDLE, self._setting.idle_w * elapsed_s)
            for progress in moved:
                self._spend_on_job(progress.job_id, progress.from_ns, progress.to_ns)
        self._drawn_j += power_w * elapsed_s
        if power_w != self._base_w:
            self._draws.append(Draw(start_ns, now_ns, power_w - self._base_w))

    def _spend_on_job(self, job_id: int, from_ns: float, until_ns: float) -> None:
        """Share a job's energy out over its steps: a share of throughput takes that share of power."""
        begins_ns = 0.0
        for name, duration_ns in self._stages[job_id]:
            overlap_ns = min(until_ns, begins_ns + duration_ns) - max(from_ns, begins_ns)
            if overlap_ns > 0:
                self._spend(name, self._accelerator_w * overlap_ns * 1e-9)
            begins_ns += duration_ns

    def _spend(self, use: str, energy_j: float) -> None:
        self.spent_j[use] = self.spent_j.get(use, 0.0) + energy_j
