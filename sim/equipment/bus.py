"""Spacecraft buses: solar array, battery, loads, heat, and the limits that flight software keeps."""

from typing import Annotated

from pydantic import Field, model_validator

from sim.equipment.records import Fraction, NonNegative, Number, Positive, Record


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
