"""The small files of the world: buses, devices, instruments, radios and stations, as they are written and checked."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from onboard.errors import InputError
from sim.blame import validated


def _is_number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


Number = Annotated[float, BeforeValidator(_is_number)]
"""A float that true is not."""
Fraction = Annotated[Number, Field(ge=0, le=1)]
Positive = Annotated[Number, Field(gt=0, le=1e9)]
NonNegative = Annotated[Number, Field(ge=0, le=1e9)]
"""Far beyond any spacecraft, and far below where sums of joules lose their millijoules."""


class Record(BaseModel):
    """A table of a user's file: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Array(Record):
    """Solar array. `tracking_efficiency` is the mean cosine of incidence that its mounting and attitude reach."""

    area_m2: Positive
    efficiency: Annotated[Number, Field(gt=0, le=0.5)]
    tracking_efficiency: Fraction = 1.0


class Battery(Record):
    """Accumulator; a round trip costs 1 - charge_efficiency."""

    capacity_wh: Positive
    charge_efficiency: Annotated[Number, Field(gt=0, le=1)]
    initial_state_of_charge: Fraction


class Loads(Record):
    """What the bus draws whatever the payload does."""

    bus_w: NonNegative


class Thermal(Record):
    """One node for the whole spacecraft."""

    mass_kg: Positive
    specific_heat_j_kg_k: Positive
    absorptance: Fraction
    emissivity: Fraction
    sun_area_m2: NonNegative
    earth_area_m2: NonNegative
    emissive_area_m2: Positive
    initial_temperature_k: Annotated[Number, Field(gt=0, lt=500)]


class FlightRules(Record):
    """Limits that flight software keeps."""

    min_state_of_charge: Fraction
    resume_state_of_charge: Fraction
    max_computer_temperature_k: Positive
    resume_computer_temperature_k: Positive
    mass_memory_bytes: Annotated[int, Field(gt=0)]
    outbox_bytes: Annotated[int, Field(gt=0)]

    @model_validator(mode="after")
    def _hysteresis(self) -> "FlightRules":
        if self.resume_state_of_charge < self.min_state_of_charge:
            raise ValueError("resume_state_of_charge must not be below min_state_of_charge")
        if self.resume_computer_temperature_k > self.max_computer_temperature_k:
            raise ValueError("resume_computer_temperature_k must not be above max_computer_temperature_k")
        return self


class Bus(Record):
    """A spacecraft bus."""

    name: str
    array: Array
    battery: Battery
    loads: Loads
    thermal: Thermal
    limits: FlightRules


class PowerMode(Record):
    """A payload computer's setting. Throughputs are effective ones, as reached by small networks and coders."""

    idle_w: NonNegative
    active_w: Positive
    throughput_gmac_s: Positive
    encode_mb_s: Positive
    start_up_s: NonNegative = 0.0


class Device(Record):
    """A payload computer. `memory_mb` (10^6 bytes) is all of it that a network shares with system and runtime."""

    name: str
    memory_mb: Positive
    default_power_mode: str
    power_modes: dict[str, PowerMode] = Field(min_length=1)

    @model_validator(mode="after")
    def _default_exists(self) -> "Device":
        if self.default_power_mode not in self.power_modes:
            raise ValueError(f"default_power_mode must be one of: {', '.join(self.power_modes)}")
        return self


class Instrument(Record):
    """A camera or radar. Physical value of band b = digital number x scale[b] + offset[b].

    `gsd_m` is that of `gsd_altitude_km` and grows with altitude; without one it does not, as a radar's. A radar's raw
    echoes take `raw_bytes_per_px` for each pixel of the focused image; 0 where the pixels are what the sensor gives.
    """

    name: str
    kind: str
    bands: Annotated[tuple[str, ...], Field(min_length=1)]
    width_px: Annotated[int, Field(ge=16, le=16384)]
    height_px: Annotated[int, Field(ge=16, le=16384)]
    bit_depth: Annotated[int, Field(ge=1, le=16)]
    gsd_m: Positive
    gsd_altitude_km: Positive | None = None
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    interval_s: Annotated[Number, Field(ge=0.1, le=1e6)]
    energy_per_frame_j: NonNegative
    max_sun_zenith_deg: Annotated[Number, Field(ge=0, le=180)]
    raw_bytes_per_px: NonNegative = 0.0
    needs_land: bool
    needs_sea: bool = False
    position_error_m: NonNegative

    @model_validator(mode="after")
    def _calibrated(self) -> "Instrument":
        if not len(self.bands) == len(self.scale) == len(self.offset):
            raise ValueError("bands, scale and offset must be of one length")
        if self.needs_land and self.needs_sea:
            raise ValueError("needs_land and needs_sea leave nothing to expose")
        return self


class Radio(Record):
    """A transceiver of fixed rates."""

    name: str
    downlink_rate_bps: Annotated[Number, Field(ge=100, le=1e12)]
    uplink_rate_bps: Annotated[Number, Field(ge=100, le=1e12)]
    transmit_w: NonNegative
    frame_length_bytes: Annotated[int, Field(ge=128, le=2048)]
    station_latency_s: NonNegative


class StationSite(Record):
    """A ground station."""

    name: str
    latitude_deg: Annotated[Number, Field(ge=-90, le=90)]
    longitude_deg: Annotated[Number, Field(ge=-180, le=180)]
    altitude_m: Annotated[Number, Field(ge=-430, le=9000)] = 0.0
    bands: tuple[str, ...] = ()


class StationNetwork(Record):
    """A provider's stations."""

    network: str
    source: str
    licence: str
    stations: tuple[StationSite, ...]


Model = TypeVar("Model", bound=Record)


def read_table(path: Path) -> dict[str, Any]:
    """A TOML or JSON file as a table."""
    try:
        text = path.read_text(encoding="utf-8")
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, f"not valid {path.suffix[1:].upper()}: {error}") from None
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from None
    if not isinstance(table, dict):
        raise InputError(path, "must hold a table")
    return table


def read_record(kind: type[Model], path: Path) -> Model:
    """A small file of the world, checked."""
    return validated(kind, read_table(path), path)
