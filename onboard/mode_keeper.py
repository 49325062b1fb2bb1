"""Judges how the spacecraft is, responds, and enters the mode that follows from that and from what was commanded."""

from onboard.answers import Answers
from onboard.commands import ModeEntered, MonitorChanged, SetPowerMode
from onboard.comms.health_reports import Cause, ModeChanged, MonitorCleared, MonitorRaised
from onboard.config import SpacecraftConfig
from onboard.events import HousekeepingSampled
from onboard.fdir_state import DurableFdir
from onboard.judgement import Judgement
from onboard.modes import COMMANDED, Mode, Signal, next_mode
from onboard.monitors import MONITORS, Monitor, Monitors, Readings
from onboard.payload.imagery import Frame, FrameStatistics
from onboard.settings import DurableSettings
from onboard.storage import Store
from onboard.unit_keeper import UnitKeeper
from onboard.vital_signs import VitalSigns


class ModeKeeper:
    """A commanded mode other than nominal is held: it is commanded anew after every judgement of the monitors, so that
    restored charge does not lift it. Nominal is entered once: the monitors forget, and judge at once whether it lasts.

    The mode outlives a reboot, and so do raised monitors. `wants_reset` once a monitor has asked for one.
    """

    def __init__(self, config: SpacecraftConfig, settings: DurableSettings, store: Store, answers: Answers) -> None:
        self._config = config
        self._settings = settings
        self._answers = answers
        self._state = DurableFdir(store)
        self._monitors = Monitors(config.limits, raised=self._state.now.raised)
        self._judgement = Judgement(self._monitors, config.limits.proven_after_s)
        self._units = UnitKeeper(config.limits, self._state, answers)
        self.signs = VitalSigns(config.limits, self._state)
        self.sample: HousekeepingSampled | None = None
        """The last one; None since the start: nothing is known yet of charge and temperature."""
        self.wants_reset = False
        self.mode = next_mode(Mode(self._state.now.mode), self._held)

    @property
    def has_computer(self) -> bool:
        """Whether the payload computer is on, as far as flight software knows."""
        return "computer" not in self._units.off and (self.sample is None or "computer" not in self.sample.unfed)

    @property
    def units_off(self) -> frozenset[str]:
        """Units that flight software keeps off."""
        return self._units.off

    @property
    def monitors_mask(self) -> int:
        """Bit n: monitor n of the table is raised."""
        return sum(1 << bit for bit, row in enumerate(MONITORS) if self._monitors.is_raised(row))

    def booted(self, now_ns: int) -> None:
        """The flight computer started anew: say in which mode, and what that wants of the units."""
        self.signs.booted(now_ns)
        self._answers.say(ModeEntered(self.mode))
        self._units.tell(self.mode)

    def take(self, now_ns: int, sample: HousekeepingSampled, *, overdue_s: float, fullest_share: float) -> None:
        """Judge a sample; in eclipse the payload computer may have a power mode of its own."""
        if self._config.eclipse_power_mode and (self.sample is None or sample.sunlit != self.sample.sunlit):
            power_mode = self._config.power_mode if sample.sunlit else self._config.eclipse_power_mode
            self._answers.say(SetPowerMode(power_mode))
        self.sample = sample
        self._units.rest(now_ns)
        readings = self.signs.at(now_ns, sample, overdue_s=overdue_s, fullest_share=fullest_share)
        self._judge(now_ns, readings)

    def see(self, now_ns: int, frame: Frame, statistics: FrameStatistics) -> None:
        """Judge the camera by what a worker saw of a frame; one from before the camera was cycled tells nothing new."""
        if frame.exposed_ns < self._units.cycled_ns(now_ns, "instrument"):
            return
        if readings := self.signs.of_frame(frame.frame_id, statistics):
            self._judge(now_ns, readings)

    def command(self, now_ns: int, mode: str) -> None:
        """Enter a mode, as far as the monitors allow, and hold it."""
        self._settings.change(mode=mode)
        if mode == Mode.NOMINAL:
            self.signs.forget()
            self._units.forgive()
            self._tell(now_ns, self._monitors.forget())
        self._judge(now_ns, self.signs.of_limits(self.sample), COMMANDED[mode])

    @property
    def _held(self) -> tuple[Signal, ...]:
        wanted = self._settings.now.mode
        return () if wanted == Mode.NOMINAL else (COMMANDED[wanted],)

    def _judge(self, now_ns: int, readings: Readings, *commanded: Signal) -> None:
        changed = self._monitors.take(readings)
        self._tell(now_ns, changed)
        is_helpless = False
        for row in self._monitors.insisting:
            if row.unit:
                is_helpless |= not self._units.cycle(now_ns, row.unit)
                self._monitors.recount(row.unit)
            if row.resets and row in changed:
                self.wants_reset = True
        self._enter(now_ns, *self._judgement.follow(now_ns, self.mode, commanded, self._held, is_helpless=is_helpless))
        for unit in self._units.follow(self.mode):
            self._tell(now_ns, self._monitors.forget(unit))
        self._state.change(mode=self.mode.value, raised=tuple(row.name for row in self._monitors.raised))

    def _enter(self, now_ns: int, mode: Mode, cause: Cause) -> None:
        if mode is not self.mode:
            self.mode = mode
            self._answers.say(ModeEntered(mode))
            self._answers.report(ModeChanged(now_ns, mode.value, cause))

    def _tell(self, now_ns: int, changed: tuple[Monitor, ...]) -> None:
        for row in changed:
            is_raised = self._monitors.is_raised(row)
            self._answers.say(MonitorChanged(row.name, is_raised))
            self._answers.report(MonitorRaised(now_ns, row.name) if is_raised else MonitorCleared(now_ns, row.name))
