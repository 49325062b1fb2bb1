"""Spacecraft buses: solar panels, battery, loads, nodes of heat, and the limits that the spacecraft keeps."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from sim.blame import suggestion
from sim.equipment.records import Fraction, NonNegative, Number, Positive, Record

Efficiency = Annotated[Number, Field(gt=0, le=1)]
Kelvin = Annotated[Number, Field(gt=0, lt=500)]
Vector = tuple[Number, Number, Number]
Side = Literal["+x", "-x", "+y", "-y", "+z", "-z"]
"""Sides of the body: +x looks ahead, +y to starboard, +z at the Earth."""
MAX_NODES = 8
MAX_STORE_BYTES = 10**15
"""Beyond what any spacecraft stores, and well within 64 bits."""


def _must_know(node: str, nodes: Iterable[str]) -> None:
    if node not in nodes:
        raise ValueError(f"no such node: {node}; {suggestion(node, nodes)}")


class Panel(Record):
    """Solar cells on a thermal node. A `body` panel covers a side, a `wing` stands away from it; both have a `normal`.

    A `tracking` panel turns towards the Sun about its `axis`, or about two where none is given. Body axes.
    """

    mount: Literal["body", "wing", "tracking"]
    node: str
    area_m2: Positive
    normal: Vector | None = None
    axis: Vector | None = None

    @model_validator(mode="after")
    def _faces_somewhere(self) -> "Panel":
        if (self.mount == "tracking") == (self.normal is not None):
            raise ValueError("normal is for body and wing panels, which need it")
        if self.axis is not None and self.mount != "tracking":
            raise ValueError("axis is for tracking panels")
        for vector in (self.normal, self.axis):
            if vector is not None and not any(vector):
                raise ValueError("normal and axis must not be zero")
        return self


class Cells(Record):
    """What every panel is made of. Efficiency and its relative temperature coefficient hold at `reference_k`.

    `tracking_efficiency` is that of the peak-power tracker and regulator.
    """

    efficiency: Annotated[Number, Field(gt=0, le=0.5)]
    temperature_coefficient_per_k: Annotated[Number, Field(ge=-0.02, le=0)]
    reference_k: Kelvin
    ageing_per_year: Annotated[Number, Field(ge=0, lt=1)]
    age_years: Annotated[Number, Field(ge=0, le=50)]
    tracking_efficiency: Efficiency
    absorptance: Fraction
    emissivity: Fraction
    back_absorptance: Fraction
    back_emissivity: Fraction


class Battery(Record):
    """Lithium-ion accumulator. Currents are in capacities an hour, `cycle_life` in cycles of `cycle_life_depth`."""

    node: str
    capacity_wh: Positive
    charge_efficiency: Efficiency
    discharge_efficiency: Efficiency
    max_charge_c: Positive
    max_discharge_c: Positive
    taper_from: Annotated[Number, Field(ge=0, lt=1)]
    usable_depth: Efficiency
    min_charge_temperature_k: Kelvin
    initial_state_of_charge: Fraction
    cycle_life: Positive
    cycle_life_depth: Efficiency
    cycle_life_exponent: Annotated[Number, Field(gt=0, le=10)]

    @model_validator(mode="after")
    def _starts_above_the_floor(self) -> "Battery":
        if self.initial_state_of_charge < 1.0 - self.usable_depth - 1e-12:
            raise ValueError("initial_state_of_charge must not be below 1 - usable_depth")
        return self


class Threshold(Record):
    """A unit is switched off below one state of charge, and on again from the other."""

    off_below: Fraction
    on_above: Fraction

    @model_validator(mode="after")
    def _hysteresis(self) -> "Threshold":
        if self.on_above < self.off_below:
            raise ValueError("on_above must not be below off_below")
        return self


class Shedding(Record):
    """Units in the order of their thresholds: the one with the highest is the first to go without."""

    computer: Threshold
    instrument: Threshold
    radio: Threshold


class Loads(Record):
    """What the bus draws whatever the payload does, and which node each use warms."""

    bus_w: NonNegative
    bus_node: str
    computer_node: str
    instrument_node: str
    radio_node: str


class Node(Record):
    """A part of one temperature."""

    mass_kg: Positive
    specific_heat_j_kg_k: Positive
    initial_temperature_k: Kelvin


class Face(Record):
    """A surface on a side of the body, other than solar cells."""

    node: str
    side: Side
    area_m2: Positive
    absorptance: Fraction
    emissivity: Fraction


class Switch(Record):
    """A pumped loop or heat switch: while it is closed, the coupling conducts `conductance_w_k` and draws `pump_w`.

    It closes and opens by the temperature of the coupling's first node.
    """

    conductance_w_k: Positive
    close_above_k: Kelvin
    open_below_k: Kelvin
    pump_w: NonNegative = 0.0

    @model_validator(mode="after")
    def _hysteresis(self) -> "Switch":
        if self.close_above_k < self.open_below_k:
            raise ValueError("close_above_k must not be below open_below_k")
        return self


class Coupling(Record):
    """Two nodes that exchange heat by contact, and by radiation: `radiative_m2` is area x view factor x emissivity."""

    nodes: tuple[str, str]
    conductance_w_k: NonNegative
    radiative_m2: NonNegative = 0.0
    switch: Switch | None = None

    @model_validator(mode="after")
    def _two_nodes(self) -> "Coupling":
        if self.nodes[0] == self.nodes[1]:
            raise ValueError("couples a node with itself")
        return self


class Heater(Record):
    """A heater with a thermostat on its node."""

    node: str
    power_w: Positive
    on_below_k: Kelvin
    off_above_k: Kelvin

    @model_validator(mode="after")
    def _hysteresis(self) -> "Heater":
        if self.off_above_k < self.on_below_k:
            raise ValueError("off_above_k must not be below on_below_k")
        return self


class FlightRules(Record):
    """Limits that flight software keeps, and how long a restart of its computer takes.

    `retained_bytes` of mass memory are for frames kept after processing, for the ground to ask for. What follows it are
    limits of monitors; those that are not given follow from the rest of the bus.
    """

    min_state_of_charge: Fraction
    resume_state_of_charge: Fraction
    max_computer_temperature_k: Positive
    resume_computer_temperature_k: Positive
    mass_memory_bytes: Annotated[int, Field(gt=0, le=MAX_STORE_BYTES)]
    outbox_bytes: Annotated[int, Field(gt=0, le=MAX_STORE_BYTES)]
    retained_bytes: Annotated[int, Field(ge=0, le=MAX_STORE_BYTES)] = 1_000_000_000
    boot_s: Positive = 30.0
    critical_state_of_charge: Fraction | None = None  # half of the least for payload work: assumed
    min_battery_temperature_k: Kelvin | None = None  # as far down as the battery may be charged
    max_battery_temperature_k: Kelvin = 333.15  # assumed: 60 C, where data sheets of 18650 cells end their discharging
    heater_off_k: Kelvin | None = None  # 5 K above where the battery's thermostats open: assumed
    min_array_share: Fraction = 0.85  # assumed: more than an orbit's Sun changes, less than one string of a few
    min_contrast_dn: NonNegative = 2.0  # assumed: noise alone gives more
    job_overdue_s: Positive = 600.0  # assumed: besides ten times the expected duration
    max_model_faults: Annotated[int, Field(ge=0)] = 2  # the third in a row takes a model back, see onboard.model_slots
    max_boots: Annotated[int, Field(ge=1)] = 5  # assumed
    boot_window_s: Positive = 1800.0  # assumed
    command_loss_s: Positive = 172_800.0  # assumed: two days
    max_memory_errors: Annotated[int, Field(ge=0)] = 0  # any that was not corrected
    full_share: Fraction = 0.95  # assumed
    proven_after_s: Positive = 900.0  # assumed: a good part of an eclipse or of daylight
    max_cycles: Annotated[int, Field(ge=0)] = 3  # assumed
    cycle_window_s: Positive = 3600.0  # assumed
    rest_s: Positive = 21_600.0  # assumed: four orbits

    @model_validator(mode="after")
    def _hysteresis(self) -> "FlightRules":
        if (self.critical_state_of_charge or 0.0) > self.min_state_of_charge:
            raise ValueError("critical_state_of_charge must not be above min_state_of_charge")
        if self.resume_state_of_charge < self.min_state_of_charge:
            raise ValueError("resume_state_of_charge must not be below min_state_of_charge")
        if self.resume_computer_temperature_k > self.max_computer_temperature_k:
            raise ValueError("resume_computer_temperature_k must not be above max_computer_temperature_k")
        return self


class Bus(Record):
    """A spacecraft bus."""

    name: str
    node: Annotated[dict[str, Node], Field(min_length=1, max_length=MAX_NODES)]
    cells: Cells
    panel: Annotated[tuple[Panel, ...], Field(min_length=1, max_length=16)]
    battery: Battery
    loads: Loads
    shedding: Shedding
    face: Annotated[tuple[Face, ...], Field(max_length=32)] = ()
    coupling: Annotated[tuple[Coupling, ...], Field(max_length=28)] = ()
    heater: Annotated[tuple[Heater, ...], Field(max_length=MAX_NODES)] = ()
    limits: FlightRules

    @model_validator(mode="after")
    def _nodes_exist(self) -> "Bus":
        loads = self.loads
        for node in (loads.bus_node, loads.computer_node, loads.instrument_node, loads.radio_node, self.battery.node):
            _must_know(node, self.node)
        parts: tuple[Panel | Face | Heater, ...] = (*self.panel, *self.face, *self.heater)
        for part in parts:
            _must_know(part.node, self.node)
        for coupling in self.coupling:
            for node in coupling.nodes:
                _must_know(node, self.node)
        return self

    @field_validator("node")
    @classmethod
    def _named(cls, nodes: dict[str, Node]) -> dict[str, Node]:
        for name in nodes:
            if not name.isidentifier():
                raise ValueError(f"a node's name has letters, digits and underscores: {name!r}")
        return nodes
