"""All checkers of a run."""

from typing import Protocol

from sim.checkers.bounds import Bounded
from sim.checkers.carriage import FramesCarried
from sim.checkers.contact import WithinContact
from sim.checkers.delivery import ExactlyOnce
from sim.checkers.energy import EnergyCloses
from sim.checkers.jobs import JobsAnswered
from sim.checkers.modes import ModesFollow
from sim.checkers.nonces import NoncesOnce
from sim.scenario import Scenario


class Checker(Protocol):
    """Reads the journal's records as they are made, and says what must not be."""

    violations: list[str]

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...], /) -> None:
        """Take one journal record."""

    def finish(self) -> None:
        """Check what can be checked only at the end."""


def _terminals(scenario: Scenario) -> list[str]:
    return [station.name for station in scenario.station if station.kind == "field-terminal"]


def checkers_for(scenario: Scenario) -> tuple[Checker, ...]:
    """The checkers that watch every run."""
    return (
        EnergyCloses(),
        ExactlyOnce(),
        WithinContact(_terminals(scenario)),
        Bounded(scenario),
        JobsAnswered(scenario),
        FramesCarried(scenario),
        NoncesOnce(scenario),
        ModesFollow(scenario),
    )
