"""What a spacecraft reports of its modes, its monitors and its units: rows of the table in `event_reports`."""

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a mode was entered."""

    COMMANDED = "commanded"
    MONITOR = "monitor"
    PROVEN = "limits kept for long enough"


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """The spacecraft entered a mode."""

    met_ns: int
    mode: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class MonitorRaised:
    """A value was beyond its limit for long enough."""

    met_ns: int
    monitor: str


@dataclass(frozen=True, slots=True)
class MonitorCleared:
    """A value has been back within its limit for long enough, or its unit is off."""

    met_ns: int
    monitor: str


@dataclass(frozen=True, slots=True)
class UnitCycled:
    """A unit was switched off and on again, for the `tries`-th time in the time that the flight rules count."""

    met_ns: int
    unit: str
    tries: int


@dataclass(frozen=True, slots=True)
class UnitLeftOff:
    """Cycling a unit has not helped: it is off, until it has rested or nominal mode is commanded."""

    met_ns: int
    unit: str
