"""Payload computers: their power modes, their accelerators, and how they throttle."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim.blame import suggestion
from sim.equipment.records import NonNegative, Number, Positive, Record


class PowerMode(Record):
    """A payload computer's setting.

    `idle_w` and `active_w` are of the whole computer, with none and with all of its accelerators busy. Throughputs are
    effective ones, of one accelerator: `throughput_gmac_s` as small dense networks reach it, far below the peak;
    `signal_gmac_s` for calibration, Fourier transforms and resampling, the same where it is left out. Starting up takes
    `start_up_j`, or `active_w` all the while.
    """

    idle_w: NonNegative
    active_w: Positive
    throughput_gmac_s: Positive
    peak_gmac_s: Positive | None = None
    signal_gmac_s: Positive | None = None
    encode_mb_s: Positive
    start_up_s: NonNegative = 0.0
    start_up_j: NonNegative | None = None

    @model_validator(mode="after")
    def _plausible(self) -> "PowerMode":
        if self.active_w < self.idle_w:
            raise ValueError("active_w must not be below idle_w")
        if self.peak_gmac_s is not None and self.throughput_gmac_s > self.peak_gmac_s:
            raise ValueError("throughput_gmac_s must not be above peak_gmac_s")
        if self.start_up_j and not self.start_up_s:
            raise ValueError("start_up_j needs start_up_s above 0")
        return self

    @property
    def start_up_w(self) -> float:
        """Mean power while starting up."""
        return self.active_w if self.start_up_j is None or not self.start_up_s else self.start_up_j / self.start_up_s


class Throttle(Record):
    """A step of throttling: a chip above `above_k` runs at `throughput_share`, until it has cooled to `below_k`."""

    above_k: Positive
    below_k: Positive
    throughput_share: Annotated[Number, Field(gt=0, lt=1)]


class Device(Record):
    """A payload computer. `memory_mb` (10^6 bytes) is all of it that a network shares with system and runtime.

    Its chip is `chip_rise_k_per_w` warmer than its node for every watt that the computer draws. A job ends
    `storage_sync_s` after its work, when its result is durable (assumed where a file does not say: a flash memory's
    flush).
    """

    name: str
    memory_mb: Positive
    accelerators: Annotated[int, Field(ge=1, le=64)] = 1
    chip_rise_k_per_w: NonNegative = 0.0
    storage_sync_s: Annotated[Number, Field(ge=0, le=10)] = 0.005
    throttling: Annotated[tuple[Throttle, ...], Field(max_length=8)] = ()
    default_power_mode: str
    power_modes: dict[str, PowerMode] = Field(min_length=1)

    @field_validator("throttling")
    @classmethod
    def _in_order(cls, steps: tuple[Throttle, ...]) -> tuple[Throttle, ...]:
        for step in steps:
            if step.below_k >= step.above_k:
                raise ValueError(f"below_k = {step.below_k:g} must be below above_k = {step.above_k:g}")
        for cooler, hotter in pairwise(steps):
            if hotter.above_k <= cooler.above_k or hotter.below_k < cooler.below_k:
                raise ValueError("steps must be in order of temperature, the coolest first")
            if hotter.throughput_share >= cooler.throughput_share:
                raise ValueError("a hotter step must leave a smaller throughput_share")
        return steps

    @model_validator(mode="after")
    def _default_exists(self) -> "Device":
        if self.default_power_mode not in self.power_modes:
            raise ValueError(f"default_power_mode must be one of: {', '.join(self.power_modes)}")
        return self


class AcceleratorFailure(Record):
    """An accelerator, counted from 1, that works no more from an instant on."""

    accelerator: Annotated[int, Field(ge=1, le=64)]
    at_s: NonNegative


class FlownDevice(Device):
    """A payload computer as it flies: in a power mode, in another one in eclipse where that is named, switched off
    when it has idled for `sleep_after_s`, and with the failures that the scenario tells of."""

    power_mode: str
    eclipse_power_mode: str | None = None
    sleep_after_s: NonNegative | None = None
    failed: tuple[AcceleratorFailure, ...] = ()

    @field_validator("power_mode", "eclipse_power_mode")
    @classmethod
    def _mode_exists(cls, name: str | None, info: ValidationInfo) -> str | None:
        modes = info.data.get("power_modes", {name: None})
        if name is not None and name not in modes:
            raise ValueError(f"no such power mode; {suggestion(name, modes)}")
        return name

    @field_validator("failed")
    @classmethod
    def _accelerator_exists(
        cls, failures: tuple[AcceleratorFailure, ...], info: ValidationInfo
    ) -> tuple[AcceleratorFailure, ...]:
        count = info.data.get("accelerators", 64)
        for failure in failures:
            if failure.accelerator > count:
                raise ValueError(f"accelerator = {failure.accelerator} must be 1 to {count}")
        return failures

    @property
    def setting(self) -> PowerMode:
        """The power mode it flies in."""
        return self.power_modes[self.power_mode]
