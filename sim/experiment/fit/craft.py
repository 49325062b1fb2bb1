"""One spacecraft's payload between two ticks of the plant: frames come, jobs begin and end, results are stored.

Its computer is the plant's; its flight rules are those of `onboard`: the table of modes, admission, the quantised
samples, mass memory and the outbox. Nothing is drawn, run or sent.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from onboard.budget import admits
from onboard.commands import StartJob
from onboard.config import SpacecraftConfig
from onboard.judgement import Judgement
from onboard.mission_time import NEVER_NS
from onboard.modes import SHEDS, Mode
from onboard.monitors import CHARGE_CRITICAL, CHARGE_LOW, COMPUTER_HOT, Monitors, Readings
from sim.experiment.fit.needs import FrameNeeds
from sim.experiment.fit.passes_ahead import Carriage
from sim.experiment.fit.stores import Outbox
from sim.world.processor import JobDone, JobStranded, PayloadComputer


@dataclass(slots=True)
class Count:
    """What became of frames: exposed = refused + failed + processed + those that still wait."""

    exposed: int = 0
    missed: int = 0
    refused: int = 0
    failed: int = 0
    processed: int = 0
    empty: int = 0
    modes_s: dict[Mode, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Work:
    """A frame in mass memory, and which of its jobs is next."""

    frame: int
    needs: FrameNeeds
    step: int = 0


class Craft:
    """The payload of a spacecraft. `count` and `outbox` tell how far it has come."""

    def __init__(
        self,
        config: SpacecraftConfig,
        computer: PayloadComputer,
        carriage: Carriage,
        exposures: Sequence[tuple[int, FrameNeeds]],
        lifetime_ns: int,
    ) -> None:
        self._config = config
        self.computer = computer
        self._carriage = carriage
        self._exposures = exposures
        self._next = 0
        self._lifetime_ns = lifetime_ns
        self._waiting: deque[_Work] = deque()
        self._running: dict[int, tuple[_Work, StartJob]] = {}
        self._last_job = 0
        self._stored_bytes = 0
        self._charge = 0.0
        self._due_ns = computer.deadline_ns
        self._sunlit: bool | None = None
        self.mode = Mode.NOMINAL
        self._monitors = Monitors(config.limits, (CHARGE_LOW, CHARGE_CRITICAL, COMPUTER_HOT))
        self._judgement = Judgement(self._monitors, config.limits.proven_after_s)
        self.peak_memory_bytes = 0
        self.outbox = Outbox(config.outbox_bytes)
        self.count = Count()

    def sample(self, now_ns: int, charge: float, computer_k: float, *, sunlit: bool) -> None:
        """Judge a housekeeping sample as flight software does, and go on."""
        config = self._config
        if config.eclipse_power_mode and sunlit != self._sunlit:
            self.computer.set_mode(now_ns, config.power_mode if sunlit else config.eclipse_power_mode)
            self._take(now_ns)
        self._sunlit = sunlit
        self._charge = round(charge, 3)
        self._monitors.take(Readings(self._charge, round(computer_k, 1)))
        self.mode, _ = self._judgement.follow(now_ns, self.mode)
        if self._lifetime_ns < NEVER_NS:
            self.outbox.expire(now_ns)
        self._start(now_ns)

    @property
    def shed(self) -> tuple[str, ...]:
        """Units that its mode goes without."""
        return SHEDS[self.mode]

    def advance(self, until_ns: int, *, sees: bool) -> list[int]:
        """All that happens before an instant; returns when frames were exposed. One that does not see misses them."""
        exposed_ns = []
        while (at_ns := min(self._next_exposure_ns, self._due_ns)) < until_ns:
            if self._due_ns <= at_ns:
                self._take(at_ns)
            while self._next_exposure_ns <= at_ns:
                if sees:
                    self._admit(self._exposures[self._next][1])
                    exposed_ns.append(at_ns)
                else:
                    self.count.missed += 1
                self._next += 1
            self._start(at_ns)
        return exposed_ns

    def throttle(self, now_ns: int, share: float) -> None:
        """Run the computer at a share of its throughput from now on."""
        self.computer.set_share(now_ns, share)
        self._due_ns = self.computer.deadline_ns

    def feed(self, now_ns: int, *, is_fed: bool) -> None:
        """Cut the computer off from power, or feed it: jobs that ran are lost, their frames wait in their turn."""
        if is_fed == self.computer.is_fed:
            return
        lost = [self._running.pop(job_id)[0] for job_id in self.computer.set_feed(now_ns, is_fed)]
        self._waiting.extendleft(sorted(lost, key=lambda work: -work.frame))
        self._take(now_ns)

    @property
    def _next_exposure_ns(self) -> int:
        return self._exposures[self._next][0] if self._next < len(self._exposures) else NEVER_NS

    def _admit(self, needs: FrameNeeds) -> None:
        self.count.exposed += 1
        if self._stored_bytes + needs.captured_bytes > self._config.mass_memory_bytes:
            # Frames kept after their work give way; those that wait are worth as much as the newcomer.
            self.count.refused += 1
            return
        self._stored_bytes += needs.captured_bytes
        self.peak_memory_bytes = max(self.peak_memory_bytes, self._stored_bytes)
        self._waiting.append(_Work(self.count.exposed, needs))

    def _start(self, now_ns: int) -> None:
        while self._waiting and len(self._running) < self._config.accelerators:
            work = self._waiting[0]
            order = work.needs.jobs[work.step]
            running = [job for _, job in self._running.values()]
            if not admits(self._config, order, self.mode, self._charge, running):
                return
            self._waiting.popleft()
            self._last_job += 1
            self._running[self._last_job] = work, order
            self.computer.start(now_ns, replace(order, job_id=self._last_job))
            self._take(now_ns)

    def _take(self, now_ns: int) -> None:
        """Bring the computer up to an instant."""
        for outcome in self.computer.advance(now_ns):
            match outcome:
                case JobDone(job_id):
                    self._end(now_ns, self._running.pop(job_id)[0])
                case JobStranded(job_id):
                    work, _ = self._running.pop(job_id)
                    self._stored_bytes -= work.needs.captured_bytes
                    self.count.failed += 1
        self._due_ns = self.computer.deadline_ns

    def _end(self, now_ns: int, work: _Work) -> None:
        work.step += 1
        needs = work.needs
        if work.step < len(needs.jobs):
            self._waiting.appendleft(work)
            return
        self._stored_bytes -= needs.captured_bytes
        if needs.failed_because:
            self.count.failed += 1
            return
        self.count.processed += 1
        if not needs.product_bytes:
            self.count.empty += 1
            return
        cost_bytes = self._carriage.cost_bytes(needs.product_bytes)
        expires_ns = min(NEVER_NS, now_ns + self._lifetime_ns)
        self.outbox.store(work.frame, needs.product_bytes, cost_bytes, needs.value, expires_ns)
