"""PASEOS's satellite of one battery and one node of heat: PASEOS 0.2.1 (Gómez and others, ESA), run.

A circular orbit of 6,921 km; SGP4 carries it here, where PASEOS has two bodies. The Sun, the shadow and what the Earth
sends are ours; PASEOS has a constant Sun, a sphere's shadow and a constant albedo.
"""

from datetime import UTC, datetime

import numpy as np

from onboard.mission_time import to_ns, to_s
from sim.experiment.anchors.row import Row
from sim.world.battery import Batteries, battery_step
from sim.world.eclipses import eclipses
from sim.world.elements import CircularOrbit
from sim.world.ephemeris import Ephemeris
from sim.world.frames import EARTH_RADIUS_KM, Floats
from sim.world.orbit import Orbits
from sim.world.surroundings import SurroundingsAlong
from sim.world.thermal_network import network_step

SOURCE = "PASEOS 0.2.1, run (github.com/aidotse/PASEOS)"
START_UTC = datetime(2022, 10, 27, 21, tzinfo=UTC)
DURATION_S, STEP_S = 95.0 * 60.0, 10.0
# At +x: at the ascending node, which is there.
ORBIT = CircularOrbit(6921.0 - EARTH_RADIUS_KM, 97.6, mean_anomaly_deg=0.0, raan_deg=0.0)

CAPACITY_J, INITIAL_CHARGE = 400e3, 0.9
CHARGE_W, SUNLIT_LOAD_W, ECLIPSE_LOAD_W = 40.0, 30.0, 12.0

HEAT_CAPACITY_J_K = 12.0 * 900.0
INITIAL_K = 283.15
SUN_ABSORPTANCE, INFRARED_ABSORPTANCE = 0.6, 0.8
TO_SUN_M2, TO_EARTH_M2, EMISSIVE_M2 = 0.06, 0.06, 0.5
LOAD_TO_HEAT = 0.5
"""PASEOS's default: half of a load warms the node."""


def rows() -> list[Row]:
    """Period, eclipse, charge and temperature."""
    orbits = Orbits([ORBIT], START_UTC, source=SOURCE)
    passages = eclipses(Ephemeris(orbits, 0.0, DURATION_S))
    eclipse_s = sum(to_s(passage.end_ns - passage.begin_ns) for passage in passages)
    charge, temperature_k = _flown(orbits)
    return [
        Row("PASEOS: period", 5730.1, float(orbits.period_s[0]), 1.0, "s", SOURCE),
        # 0.342 to 0.347 as PASEOS's steps fall.
        Row("PASEOS: eclipse share", 0.3445, eclipse_s / DURATION_S, 0.01, "", SOURCE),
        Row("PASEOS: lowest charge", 0.873, float(charge.min()), 0.02, "", SOURCE),
        Row("PASEOS: charge at the end", 0.934, float(charge[-1]), 0.02, "", SOURCE),
        Row("PASEOS: lowest temperature", 253.2, float(temperature_k.min()), 3.0, "K", SOURCE),
        Row("PASEOS: highest temperature", 283.0, float(temperature_k.max()), 3.0, "K", SOURCE),
    ]


def _flown(orbits: Orbits) -> tuple[Floats, Floats]:
    """State of charge and temperature after every step, each (n_step,)."""
    ticks_ns = np.arange(0, to_ns(DURATION_S) + 1, to_ns(STEP_S), dtype=np.int64)
    along = SurroundingsAlong(orbits, ticks_ns)
    energy_j, node_k = np.array([CAPACITY_J * INITIAL_CHARGE]), np.array([[INITIAL_K]])
    charge, temperature_k = [], []
    for tick in range(len(ticks_ns) - 1):
        around, lit = along.at(tick), along.illuminated(tick)
        load_w = np.where(lit > 0.5, SUNLIT_LOAD_W, ECLIPSE_LOAD_W)
        energy_j = battery_step(
            Batteries(CAPACITY_J), energy_j, CHARGE_W * lit * STEP_S, load_w * STEP_S, STEP_S
        ).energy_j
        light_w = SUN_ABSORPTANCE * (TO_SUN_M2 * around.sunlight_w_m2 + TO_EARTH_M2 * around.albedo_w_m2)
        infrared_w = INFRARED_ABSORPTANCE * TO_EARTH_M2 * around.infrared_w_m2
        node_k = network_step(
            node_k,
            STEP_S,
            (light_w + infrared_w + LOAD_TO_HEAT * load_w)[None, :],
            np.array([[HEAT_CAPACITY_J_K]]),
            np.array([[INFRARED_ABSORPTANCE * EMISSIVE_M2]]),
            (),
        ).temperature_k
        charge.append(float(energy_j[0]) / CAPACITY_J)
        temperature_k.append(float(node_k[0, 0]))
    return np.array(charge), np.array(temperature_k)
