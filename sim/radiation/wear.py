"""Total dose as slow loss: what years in orbit before the start have made of cells and computer."""

import numpy as np
from numpy.typing import ArrayLike

from sim.scenario import Satellite, Scenario
from sim.world.frames import Floats
from sim.world.orbit import Orbits

_INCLINATIONS_DEG = (0.0, 20.0, 30.0, 40.0, 50.0, 70.0, 100.0)
_DOSE_RAD_IN_FIVE_YEARS = (0.5, 750.0, 2315.5, 3349.0, 6951.2, 14245.0, 11605.0)
"""Behind 2 mm of aluminium at 550 km: AP-8 MIN, AE-8 MAX and SHIELDOSE-2 in SPENVIS (Pfandzelter,
leo-edge-failure-models, compute-failure/cleaned)."""
LEAKAGE_PER_KRAD = 0.005
"""Share by which a computer's idle power grows: assumed, from a few parts in a thousand to a few in a hundred is told
of commercial parts up to 10 krad."""


def dose_krad_per_year(inclination_deg: ArrayLike) -> Floats:
    """Dose behind 2 mm of aluminium in low orbits, shape of the inclinations, 0 to 180 degrees.

    The altitude is left out: most of the dose of polar orbits is of electrons of the outer belt, whose horns reach down
    to all of them. Retrograde orbits beyond 100 degrees are as steep as their mirror images.
    """
    inclination = np.asarray(inclination_deg, dtype=np.float64)
    steepness = np.where(inclination > 100.0, 180.0 - inclination, inclination)
    return np.asarray(np.interp(steepness, _INCLINATIONS_DEG, _DOSE_RAD_IN_FIVE_YEARS) / 5.0 / 1000.0)


def inclinations_deg(orbits: Orbits) -> Floats:
    """Of each orbit at the epoch, (n_sat,)."""
    position, velocity = orbits.states_teme([0.0])
    momentum = np.cross(position[:, 0], velocity[:, 0])
    return np.asarray(np.degrees(np.arccos(momentum[:, 2] / np.linalg.norm(momentum, axis=-1))))


def worn(scenario: Scenario, orbits: Orbits) -> tuple[Satellite, ...]:
    """The satellites as they are: cells older by the years of dose, computers that leak. What they believe stays."""
    years = scenario.radiation.total_dose_years if scenario.radiation else 0.0
    if not years:
        return scenario.satellite
    doses_krad = years * dose_krad_per_year(inclinations_deg(orbits))
    return tuple(_aged(one, years, float(dose)) for one, dose in zip(scenario.satellite, doses_krad, strict=True))


def _aged(satellite: Satellite, years: float, dose_krad: float) -> Satellite:
    cells = satellite.bus.cells
    older = cells.model_copy(update={"age_years": cells.age_years + years})
    modes = {}
    for name, mode in satellite.device.power_modes.items():
        leaked_w = mode.idle_w * LEAKAGE_PER_KRAD * dose_krad
        modes[name] = mode.model_copy(update={"idle_w": mode.idle_w + leaked_w, "active_w": mode.active_w + leaked_w})
    bus = satellite.bus.model_copy(update={"cells": older})
    return satellite.model_copy(
        update={"bus": bus, "device": satellite.device.model_copy(update={"power_modes": modes})}
    )
