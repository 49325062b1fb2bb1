"""Bad bus files: one line that names the file, the key, the value and the rule; exit code 2."""

from pathlib import Path

import pytest

from sim.data import sample_path
from tests.system.small_mission import Refused

GOOD = sample_path("buses", "6u-cubesat.toml").read_text("utf-8")
EDITS = {
    "battery of zero capacity": ("capacity_wh = 38.5", "capacity_wh = 0", "battery.capacity_wh = 0: must be greater"),
    "efficiency beyond one": (
        *("charge_efficiency = 0.97", "charge_efficiency = 1.2"),
        "battery.charge_efficiency = 1.2: must be less than or equal to 1",
    ),
    "no efficiency": (
        *("discharge_efficiency = 0.96", "discharge_efficiency = 0"),
        "battery.discharge_efficiency = 0: must be greater than 0",
    ),
    "cells too good": ("efficiency = 0.295", "efficiency = 0.95", "cells.efficiency = 0.95: must be less than"),
    "coupling to an unknown node": (
        *('nodes = ["structure", "battery"]', 'nodes = ["structure", "batery"]'),
        "no such node: batery; did you mean battery?",
    ),
    "coupling of a node with itself": (
        *('nodes = ["structure", "battery"]', 'nodes = ["battery", "battery"]'),
        "coupling[0]: couples a node with itself",
    ),
    "panel on an unknown node": ('node = "array"\narea_m2', 'node = "wing"\narea_m2', "no such node: wing; known:"),
    "unknown side": ('side = "+x"', 'side = "top"', "face[0].side = 'top': must be '+x'"),
    "panel that faces nowhere": (
        *('mount = "wing"', 'mount = "tracking"'),
        "panel[1]: normal is for body and wing panels, which need it",
    ),
    "thermostat the wrong way round": (
        *("off_above_k = 279.15", "off_above_k = 270.0"),
        "heater[0]: off_above_k must not be below on_below_k",
    ),
    "units that flicker": ("on_above = 0.35", "on_above = 0.1", "on_above must not be below off_below"),
    "a start below the floor": (
        *("initial_state_of_charge = 0.9", "initial_state_of_charge = 0.05"),
        "battery: initial_state_of_charge must not be below 1 - usable_depth",
    ),
    "unknown key": ("usable_depth = 0.9", "usable_dept = 0.9", "unknown key; did you mean usable_depth?"),
}


@pytest.mark.parametrize("case", EDITS)
def test_bus(refused: Refused, desk: Path, case: str) -> None:
    old, new, told = EDITS[case]
    assert old in GOOD
    (desk / "bad-bus.toml").write_text(GOOD.replace(old, new, 1), "utf-8")
    line = refused("run", "small.toml", "--bus", "bad-bus", "--json")
    assert line.startswith("bad-bus.toml: ")
    assert told in line


def test_a_bus_is_found_where_its_user_is(refused: Refused, desk: Path) -> None:
    """Not only beside the scenario, which is in the sample data here."""
    (desk / "my-bus.toml").write_text(GOOD.replace("usable_depth = 0.9", "usable_depth = 1.9", 1), "utf-8")
    line = refused("run", "wildfire-watch", "--bus", "my-bus.toml", "--json")
    assert line.startswith("my-bus.toml: ")
    assert "usable_depth" in line
