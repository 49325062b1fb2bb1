"""A starved satellite: units go off, the radio falls silent, frames are missed, and all of it is told."""

from pathlib import Path

import pytest

from onboard import events
from sim.facts import ExposureMissed, UnitsSwitched
from sim.world.world import World
from tests.system.small_mission import fly

STARVED = (
    *("satellite.0.bus.battery.capacity_wh=1.2", "satellite.0.bus.battery.initial_state_of_charge=0.6"),
    *("satellite.0.bus.limits.min_state_of_charge=0.0", "satellite.0.bus.limits.resume_state_of_charge=0.0"),
    *("satellite.0.bus.panel=[{mount = 'body', node = 'structure', normal = [0, 0, -1], area_m2 = 0.001}]",),
)


class Witness:
    """Keeps what tells of the trouble."""

    def __init__(self) -> None:
        self.facts: list[tuple[int, object]] = []
        self.granted: list[int] = []

    def record(
        self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...], _world: World
    ) -> None:
        self.facts += [(now_ns, fact) for fact in answers if isinstance(fact, UnitsSwitched | ExposureMissed)]
        if node == "lark-1":
            self.granted += [now_ns for event in granted if isinstance(event, events.TransmitGranted)]

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("processes", [False, True])
def test_what_a_starved_satellite_goes_without_is_told(mission: Path, tmp_path: Path, processes: bool) -> None:
    witness = Witness()
    result = fly(mission, tmp_path / "run", *STARVED, processes=processes, observers=(witness,))
    starved, fed = (result.summary["satellites"][name] for name in ("lark-1", "lark-2"))
    assert starved["exposures_missed"] > 0
    assert starved["units_switched_off"] >= 3
    assert starved["energy_unserved_j"] > 0
    assert fed["units_switched_off"] == fed["exposures_missed"] == fed["energy_unserved_j"] == 0
    assert any("missed" in reason for reason in result.summary["reasons"])
    assert any("browned out" in reason for reason in result.summary["reasons"])
    switched = [(now_ns, fact) for now_ns, fact in witness.facts if isinstance(fact, UnitsSwitched)]
    silent_from_ns = next(now_ns for now_ns, fact in switched if "radio" in fact.switched_off)
    assert all(now_ns <= silent_from_ns for now_ns in witness.granted)
    assert {fact.satellite for _, fact in switched} == {"lark-1"}


def test_a_starved_run_is_the_same_in_one_process_and_in_many(mission: Path, tmp_path: Path) -> None:
    here = fly(mission, tmp_path / "here", *STARVED)
    there = fly(mission, tmp_path / "there", *STARVED, processes=True)
    assert here.summary["digest"] == there.summary["digest"]
