"""The spacecraft's health as housekeeping tells it, and the mode that follows from it and from what was commanded."""

from onboard.answers import Answers
from onboard.commands import ModeEntered, SetPowerMode
from onboard.config import SpacecraftConfig
from onboard.events import HousekeepingSampled
from onboard.modes import COMMANDED, Mode, Signal, next_mode, signals
from onboard.settings import DurableSettings


class Health:
    """A commanded mode other than nominal is held: it is commanded anew after every judgement of the monitors, so that
    restored charge does not lift it. Nominal is entered once, and the monitors judge at once whether it lasts.
    """

    def __init__(self, config: SpacecraftConfig, settings: DurableSettings, answers: Answers) -> None:
        self._config = config
        self._settings = settings
        self._answers = answers
        self.sample: HousekeepingSampled | None = None
        """The last one; None since the start: nothing is known yet of charge and temperature."""
        self.mode = next_mode(Mode.NOMINAL, self._held)

    def tell_mode(self) -> None:
        """Say which mode the spacecraft started in."""
        self._answers.say(ModeEntered(self.mode))

    def take(self, sample: HousekeepingSampled) -> None:
        """Judge a sample; in eclipse the payload computer may have a power mode of its own."""
        if self._config.eclipse_power_mode and (self.sample is None or sample.sunlit != self.sample.sunlit):
            power_mode = self._config.power_mode if sample.sunlit else self._config.eclipse_power_mode
            self._answers.say(SetPowerMode(power_mode))
        self.sample = sample
        self._enter(*self._monitors, *self._held)

    def command(self, mode: str) -> None:
        """Enter a mode, as far as charge and heat allow, and hold it."""
        self._settings.change(mode=mode)
        self._enter(COMMANDED[mode], *self._monitors, *self._held)

    @property
    def _monitors(self) -> tuple[Signal, ...]:
        if self.sample is None:
            return ()
        return signals(self._config.limits, self.sample.state_of_charge, self.sample.computer_temperature_k)

    @property
    def _held(self) -> tuple[Signal, ...]:
        wanted = self._settings.now.mode
        return () if wanted == Mode.NOMINAL else (COMMANDED[wanted],)

    def _enter(self, *raised: Signal) -> None:
        mode = next_mode(self.mode, raised)
        if mode is not self.mode:
            self.mode = mode
            self._answers.say(ModeEntered(mode))
