"""Faults as a scenario, or an operator's order, has them: `[[fault]]` names one, `[faults]` has some drawn."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from sim.blame import suggestion
from sim.equipment.records import NonNegative, Number, Record
from sim.faults.catalogue import CATALOGUE, CENTRE, OWN_KEYS, UNITS, Key, Kind

KIND_SCHEMA: dict[str, Any] = {"enum": list(CATALOGUE)}
UNIT_SCHEMA: dict[str, Any] = {"enum": list(UNITS)}


class Fault(Record):
    """Something breaks at `at_s`; what is a state lasts until `until_s`, or for good.

    `satellite` or `station` says whom it strikes; `station = "centre"` is the mission centre. The other keys are the
    kind's own ([faults.md](faults.md)); one that is not given has the catalogue's value.
    """

    kind: Annotated[str, Field(json_schema_extra=KIND_SCHEMA)]
    at_s: NonNegative
    until_s: NonNegative | None = None
    satellite: str | None = None
    station: str | None = None
    unit: Annotated[str, Field(json_schema_extra=UNIT_SCHEMA)] | None = None
    n_bytes: int | None = None
    accelerator: int | None = None
    lost_share: Number | None = None
    overcurrent_w: Number | None = None
    lost_s: Number | None = None
    fade_db: Number | None = None
    frame_loss: Number | None = None
    drift_ppm: Number | None = None
    offset_s: Number | None = None
    boot_s: Number | None = None
    delay_s: Number | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, table: Any) -> Any:
        row = CATALOGUE.get(str(table.get("kind"))) if isinstance(table, dict) else None
        if row is None:
            return table
        unit = {"unit": UNITS[0]} if row.takes_unit else {}
        return {**unit, **{key.name: _default(key) for key in row.keys}, **table}

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in CATALOGUE:
            raise ValueError(f"no such kind of fault; {suggestion(kind, CATALOGUE)}")
        return kind

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str | None) -> str | None:
        if unit is not None and unit not in UNITS:
            raise ValueError(f"no such unit; {suggestion(unit, UNITS)}")
        return unit

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Fault":
        row = self.row
        taken = [key.name for key in row.keys] + ["unit"] * row.takes_unit
        for name in (*OWN_KEYS, "unit"):
            if getattr(self, name) is not None and name not in taken:
                raise ValueError(f"{row.name} takes no {name}; its own keys: {', '.join(taken) or 'none'}")
        for key in row.keys:
            if not key.low <= getattr(self, key.name) <= key.high:
                raise ValueError(f"{key.name} {key.rule}")
        if self.until_s is not None and not row.lasts:
            raise ValueError(f"{row.name} happens once: it takes no until_s")
        if self.until_s is not None and self.until_s <= self.at_s:
            raise ValueError("until_s must be later than at_s")
        self._check_target()
        return self

    @property
    def row(self) -> Kind:
        """Its kind."""
        return CATALOGUE[self.kind]

    @property
    def target(self) -> str:
        """The node that it strikes."""
        return self.satellite or self.station or ""

    @property
    def own(self) -> dict[str, float]:
        """The values of the kind's own keys."""
        return {key.name: getattr(self, key.name) for key in self.row.keys}

    def _check_target(self) -> None:
        if (self.satellite is None) == (self.station is None):
            raise ValueError("needs one of satellite and station")
        on_ground = "centre" if self.station == CENTRE else "station"
        struck = on_ground if self.satellite is None else "satellite"
        if struck not in self.row.strikes:
            raise ValueError(f"{self.kind} strikes a {' or '.join(self.row.strikes)}, not a {struck}")


class Faults(Record):
    """How many faults are drawn besides from the run's seed; the resolved scenario names them, and draws none."""

    drawn: Annotated[int, Field(ge=0, le=1000)] = 0


def check_faults(faults: Sequence[Fault], satellites: Sequence[Any], stations: Sequence[str], end_s: float) -> None:
    """Raises ValueError where a fault strikes nobody, or what is not there, or after the end."""
    crafts = {satellite.name: satellite for satellite in satellites}
    for place, fault in enumerate(faults):
        if unfit := unfit_because(fault, crafts, stations, end_s):
            key, rule = unfit
            raise ValueError(f"fault[{place}].{key} = {getattr(fault, key)}: {rule}")


Unfit = tuple[str, str]
"""A key, and the rule that its value breaks."""


def unfit_because(fault: Fault, crafts: dict[str, Any], stations: Sequence[str], end_s: float) -> Unfit | None:
    """Why a fault fits no run of these satellites, by name, and stations; None where it fits."""
    if fault.at_s > end_s:
        return "at_s", f"must lie in the run: 0 to {end_s:g}"
    if fault.station is not None:
        known = (*stations, CENTRE)
        return None if fault.station in known else ("station", f"not known here; {suggestion(fault.station, known)}")
    name = str(fault.satellite)
    if name not in crafts:
        return "satellite", f"not known here; {suggestion(name, crafts)}"
    device = crafts[name].device
    if fault.kind.startswith("heater_") and not crafts[name].bus.heater:
        return "kind", f"{name} has no heater"
    if fault.accelerator is not None and fault.accelerator > device.accelerators:
        return "accelerator", f"must be 1 to {device.accelerators}, as {device.name} has"
    return None


def _default(key: Key) -> float:
    return int(key.default) if key.is_whole else key.default
