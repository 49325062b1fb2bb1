"""The payload computers of all satellites: what the world hears from them, charges for them and tells them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard import events
from onboard.commands import StartJob
from onboard.mission_time import NEVER_NS, to_s
from sim.executive import WORLD, Delivery
from sim.facts import AcceleratorFailed, ComputerAccounted, ComputerSwitched, ComputerThrottled, JobMoved
from sim.scenario import Satellite
from sim.world.processor import (
    AcceleratorLost,
    Draw,
    JobDone,
    JobStranded,
    JobTakenOver,
    Outcome,
    PayloadComputer,
    Switched,
)
from sim.world.throttling import Throttling

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STRANDED = "no accelerator works"


@dataclass(frozen=True, slots=True)
class ComputerDue:
    """The world's note to itself that something happens in a satellite's payload computer."""

    satellite: int


class PayloadComputers:
    """Every method answers with deliveries and facts. Satellites are counted as in the plant's arrays."""

    def __init__(self, satellites: Sequence[Satellite]) -> None:
        devices = [satellite.device for satellite in satellites]
        self._names = [satellite.name for satellite in satellites]
        self._computers = [PayloadComputer(device) for device in devices]
        self._throttling = Throttling(devices)
        self._awaited_ns = [NEVER_NS] * len(devices)
        self._settled_ns = 0

    def opening(self) -> tuple[object, ...]:
        """What happens by itself from the start on."""
        return tuple(answer for satellite in range(len(self._computers)) for answer in self._await(satellite))

    def next_change_ns(self, satellite: int) -> int:
        """When, as things stand, a job ends or a computer otherwise changes by itself."""
        return self._awaited_ns[satellite]

    def start(self, now_ns: int, satellite: int, job: StartJob) -> tuple[object, ...]:
        """Take a job."""
        self._computers[satellite].start(now_ns, job)
        return self.advance(now_ns, satellite)

    def set_mode(self, now_ns: int, satellite: int, power_mode: str) -> tuple[object, ...]:
        """Change a computer's power mode."""
        self._computers[satellite].set_mode(now_ns, power_mode)
        return self.advance(now_ns, satellite)

    def fail(self, now_ns: int, satellite: int, accelerator: int) -> tuple[object, ...]:
        """An accelerator, counted from 1, works no more."""
        self._computers[satellite].fail(now_ns, accelerator - 1)
        return self.advance(now_ns, satellite)

    def hang(self, now_ns: int, satellite: int, *, is_hung: bool = True) -> tuple[object, ...]:
        """A computer's jobs never end from now on, until it loses power; or they go on."""
        self._computers[satellite].hang(now_ns, is_hung=is_hung)
        return self.advance(now_ns, satellite)

    def is_hung(self, satellite: int) -> bool:
        """Whether its software hangs."""
        return self._computers[satellite].is_hung

    def abort(self, now_ns: int, satellite: int) -> tuple[object, ...]:
        """Forget a computer's jobs."""
        self._computers[satellite].abort(now_ns)
        return self.advance(now_ns, satellite)

    def advance(self, now_ns: int, satellite: int) -> tuple[object, ...]:
        """Let a computer do what is due."""
        if self._awaited_ns[satellite] <= now_ns:
            self._awaited_ns[satellite] = NEVER_NS
        outcomes = self._computers[satellite].advance(now_ns)
        told = [self._told(now_ns, self._names[satellite], outcome) for outcome in outcomes]
        return (*told, *self._await(satellite))

    def draws(self, now_ns: int) -> Iterator[tuple[int, Draw]]:
        """What the computers drew since the last call; for the plant, before it steps to this instant."""
        for satellite, computer in enumerate(self._computers):
            for draw in computer.take_draws(now_ns):
                yield satellite, draw

    def throttle(self, now_ns: int, node_k: Floats) -> tuple[object, ...]:
        """Judge the chips, at the nodes' temperatures (n_sat,) and the mean powers since the last call."""
        elapsed_s = to_s(now_ns - self._settled_ns)
        self._settled_ns = now_ns
        power_w = np.array([computer.take_energy_j() for computer in self._computers]) / elapsed_s
        before = self._throttling.engaged
        shares = self._throttling.update(node_k, power_w)
        answers: list[object] = []
        for satellite in np.flatnonzero(self._throttling.engaged != before).tolist():
            share, steps = float(shares[satellite]), int(self._throttling.engaged[satellite])
            self._computers[satellite].set_share(now_ns, share)
            answers.append(ComputerThrottled(self._names[satellite], steps, share))
            answers.extend(self._await(satellite))
        return tuple(answers)

    def feed(self, now_ns: int, is_fed: Bools) -> tuple[object, ...]:
        """Cut computers off from power, or feed them again, (n_sat,): what worked is lost."""
        answers: list[object] = []
        for satellite, computer in enumerate(self._computers):
            if computer.is_fed != bool(is_fed[satellite]):
                for job_id in computer.set_feed(now_ns, bool(is_fed[satellite])):
                    answers.append(Delivery(now_ns, self._names[satellite], events.JobLost(job_id)))
                answers.extend(self.advance(now_ns, satellite))
        return tuple(answers)

    def accounts(self) -> tuple[ComputerAccounted, ...]:
        """What the computers' energy went into, as of the last draws."""
        return tuple(
            ComputerAccounted(name, tuple((use, round(joules, 6)) for use, joules in sorted(computer.spent_j.items())))
            for name, computer in zip(self._names, self._computers, strict=True)
        )

    def _await(self, satellite: int) -> tuple[Delivery, ...]:
        due_ns = self._computers[satellite].deadline_ns
        if due_ns in (NEVER_NS, self._awaited_ns[satellite]):
            return ()
        # An earlier note that is no longer true finds nothing to do.
        self._awaited_ns[satellite] = due_ns
        return (Delivery(due_ns, WORLD, ComputerDue(satellite)),)

    def _told(self, now_ns: int, name: str, outcome: Outcome) -> object:
        match outcome:
            case JobDone(job_id):
                return Delivery(now_ns, name, events.JobFinished(job_id))
            case JobStranded(job_id):
                return Delivery(now_ns, name, events.JobFailed(job_id, STRANDED))
            case JobTakenOver(job_id, left, taken):
                return JobMoved(name, job_id, left + 1, taken + 1)
            case AcceleratorLost(accelerator):
                return AcceleratorFailed(name, accelerator + 1)
            case Switched(state, power_mode):
                return ComputerSwitched(name, state, power_mode)
