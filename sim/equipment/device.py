"""Payload computers and their power modes."""

from pydantic import Field, model_validator

from sim.equipment.records import NonNegative, Positive, Record


class PowerMode(Record):
    """A payload computer's setting. Throughputs are effective ones, as reached by small networks and coders."""

    idle_w: NonNegative
    active_w: Positive
    throughput_gmac_s: Positive
    encode_mb_s: Positive
    start_up_s: NonNegative = 0.0


class Device(Record):
    """A payload computer."""

    name: str
    default_power_mode: str
    power_modes: dict[str, PowerMode] = Field(min_length=1)

    @model_validator(mode="after")
    def _default_exists(self) -> "Device":
        if self.default_power_mode not in self.power_modes:
            raise ValueError(f"default_power_mode must be one of: {', '.join(self.power_modes)}")
        return self
