"""Total dose: by inclination as its source has it, and what it takes from cells and computer."""

import pytest

from sim.planning import orbits_of
from sim.radiation.settings import Radiation
from sim.radiation.wear import LEAKAGE_PER_KRAD, dose_krad_per_year, inclinations_deg, worn
from sim.resolve import resolve, scenario_path


def test_the_dose_is_what_spenvis_gave() -> None:
    """Five years at 550 km behind 2 mm: 3,349.0 rad at 40 degrees, 11,605 at 100 (leo-edge-failure-models)."""
    assert dose_krad_per_year([40.0, 100.0, 140.0]) == pytest.approx([0.6698, 2.321, 0.6698])
    assert dose_krad_per_year(0.0) < 0.001


def test_years_in_orbit_wear_cells_and_make_computers_leak() -> None:
    scenario = resolve(scenario_path("wildfire-watch"))
    orbits = orbits_of(scenario)
    assert inclinations_deg(orbits) == pytest.approx([97.6] * 3, abs=0.05)
    assert worn(scenario, orbits) is scenario.satellite
    old = scenario.model_copy(update={"radiation": Radiation(total_dose_years=4.0)})
    for new, aged in zip(scenario.satellite, worn(old, orbits), strict=True):
        assert aged.bus.cells.age_years == new.bus.cells.age_years + 4.0
        leaked = aged.device.setting.idle_w / new.device.setting.idle_w - 1.0
        assert leaked == pytest.approx(4.0 * 2.4 * LEAKAGE_PER_KRAD, rel=0.05)
        assert aged.device.setting.active_w - new.device.setting.active_w == pytest.approx(
            aged.device.setting.idle_w - new.device.setting.idle_w
        )
