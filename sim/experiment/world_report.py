"""An orbit's geometry, power and heat without flying the payload.

The plant of a run is stepped with the bus, the payload computer idle (off, where it sleeps when idle; in eclipse in
its `eclipse_power_mode`) and the radio transmitting in its passes; the instrument stays off and no frame is worked on.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import to_ns, to_s, utc_text
from sim.experiment.passes import Pass, pass_rows, passes_of
from sim.planning import orbits_of
from sim.scenario import Scenario
from sim.world.eclipses import Eclipse, eclipses
from sim.world.environment import beta_angle_deg, illuminated_fraction, sun_position_au
from sim.world.ephemeris import Ephemeris
from sim.world.frames import Floats, geodetic, gmst_rad, teme_to_ecef
from sim.world.idle_computers import IdleComputers
from sim.world.loads import USES
from sim.world.orbit import Orbits
from sim.world.plant import Plant

MOST_SAMPLES, FEWEST_SAMPLES, SAMPLES_IN_ALL = 720, 60, 72_000
"""Of a satellite's curves, and of all satellites together: a long run is sampled at every so many ticks."""


@dataclass(frozen=True, slots=True)
class SatelliteStory:
    """One satellite from the start to the end: curves at the instants `WorldReport.t_s`, each (n_t,).

    `temperature_k` and its ranges are by node; ranges and the lowest charge count every tick, not only the samples.
    """

    name: str
    period_s: float
    latitude_deg: Floats
    longitude_deg: Floats
    altitude_km: Floats
    beta_deg: Floats
    sunlight: Floats
    state_of_charge: Floats
    temperature_k: dict[str, Floats]
    eclipses: tuple[Eclipse, ...]
    soc_min: float
    temperature_range_k: dict[str, tuple[float, float]]
    generated_j: float
    spent_j: dict[str, float]

    @property
    def eclipse_s(self) -> float:
        """Time in the penumbra and in the umbra."""
        return sum(to_s(one.end_ns - one.begin_ns) for one in self.eclipses)


@dataclass(frozen=True, slots=True)
class WorldReport:
    """The scenario's satellites and passes."""

    scenario: Scenario
    t_s: Floats
    satellites: tuple[SatelliteStory, ...]
    passes: tuple[Pass, ...]


@dataclass(frozen=True, slots=True)
class _Flown:
    """The plant after its last tick, and samples of it: (n_t,), (n_t, n_sat), (n_t, n_node, n_sat)."""

    plant: Plant
    t_s: Floats
    state_of_charge: Floats
    temperature_k: Floats
    soc_min: Floats


def report_of(scenario: Scenario) -> WorldReport:
    """Compute it. Raises InputError where an orbit decays."""
    orbits = orbits_of(scenario)
    passes = passes_of(scenario, orbits)
    flown = _fly(scenario, orbits, passes)
    shadows = eclipses(Ephemeris(orbits, 0.0, scenario.duration_s))
    position_km, velocity_km_s = orbits.states_teme(flown.t_s)
    sun_au = sun_position_au(orbits.epoch, flown.t_s)
    sunlight = illuminated_fraction(position_km, sun_au)
    beta_deg = beta_angle_deg(position_km, velocity_km_s, sun_au)
    latitude_deg, longitude_deg, altitude_km = geodetic(teme_to_ecef(position_km, gmst_rad(orbits.epoch, flown.t_s)))
    plant = flown.plant
    stories = [
        SatelliteStory(
            name=satellite.name,
            period_s=float(orbits.period_s[index]),
            latitude_deg=latitude_deg[index],
            longitude_deg=longitude_deg[index],
            altitude_km=altitude_km[index],
            beta_deg=beta_deg[index],
            sunlight=sunlight[index],
            state_of_charge=flown.state_of_charge[:, index],
            temperature_k={name: flown.temperature_k[:, row, index] for row, name in plant.nodes_of(index)},
            eclipses=tuple(one for one in shadows if one.satellite_index == index),
            soc_min=float(flown.soc_min[index]),
            temperature_range_k={
                name: (float(plant.temperature_min_k[row, index]), float(plant.temperature_max_k[row, index]))
                for row, name in plant.nodes_of(index)
            },
            generated_j=float(plant.generated_j[index]),
            spent_j={use: float(spent_j[index]) for use, spent_j in zip(USES, plant.spent_j, strict=True)},
        )
        for index, satellite in enumerate(scenario.satellite)
    ]
    return WorldReport(scenario, flown.t_s, tuple(stories), passes)


def _fly(scenario: Scenario, orbits: Orbits, passes: tuple[Pass, ...]) -> _Flown:
    plant = Plant(scenario.satellite, orbits, scenario.world_tick_s, to_ns(scenario.duration_s))
    for one in passes:
        satellite = one.contact.satellite
        edges_ns = [*(to_ns(start_s) for start_s in one.start_s), one.contact.los_ns]
        power_w = scenario.satellite[satellite].radio.transmit_w
        for begin, end in stretches(one.rate_bps > 0.0):
            plant.draw(satellite, "radio", edges_ns[begin], edges_ns[end], power_w)
    computers = IdleComputers(scenario.satellite, plant)
    chosen = set(_sampled_ticks(len(plant.ticks_ns), len(scenario.satellite)))
    t_s, charges, temperatures = [0.0], [plant.state_of_charge], [plant.temperature_k.copy()]
    soc_min = plant.state_of_charge.copy()
    for tick in range(1, len(plant.ticks_ns)):
        computers.step()
        np.minimum(soc_min, plant.state_of_charge, out=soc_min)
        if tick in chosen:
            t_s.append(to_s(int(plant.ticks_ns[tick])))
            charges.append(plant.state_of_charge)
            temperatures.append(plant.temperature_k.copy())
    return _Flown(plant, np.array(t_s), np.stack(charges), np.stack(temperatures), soc_min)


def stretches(is_so: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where neighbours in (n,) are all true: places (begin, end), the end exclusive."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], is_so, [False]]).astype(np.int8)))
    return [(begin, end) for begin, end in turns.reshape(-1, 2).tolist()]


def _sampled_ticks(n_tick: int, n_sat: int) -> list[int]:
    """Every so many ticks, and the last."""
    wanted = min(max(SAMPLES_IN_ALL // n_sat, FEWEST_SAMPLES), MOST_SAMPLES)
    stride = max(1, -(-(n_tick - 1) // wanted))
    return [*range(stride, n_tick - 1, stride), n_tick - 1]


def as_table(report: WorldReport) -> dict[str, Any]:
    """One object for JSON: angles in degrees, temperatures in kelvin, instants in UTC and seconds after the start."""
    scenario = report.scenario
    return {
        "scenario": scenario.name,
        "start_utc": utc_text(scenario.start_utc, 0),
        "duration_s": scenario.duration_s,
        "payload": "idle",
        "t_s": _rounded(report.t_s, 3),
        "satellites": {story.name: _story_table(report, story) for story in report.satellites},
        "passes": pass_rows(scenario, report.passes),
    }


def _story_table(report: WorldReport, story: SatelliteStory) -> dict[str, Any]:
    own = [one for one in report.passes if one.satellite == story.name]
    return {
        "period_s": round(story.period_s, 3),
        "altitude_km": _range(story.altitude_km, 3),
        "beta_deg": _range(story.beta_deg, 3),
        "sunlit_share": round(1.0 - story.eclipse_s / report.scenario.duration_s, 6),
        "eclipses": [_eclipse_table(report.scenario, one) for one in story.eclipses],
        "soc_min": round(story.soc_min, 6),
        "soc_end": round(float(story.state_of_charge[-1]), 6),
        "temperature_k": {node: [round(end, 3) for end in ends] for node, ends in story.temperature_range_k.items()},
        "generated_j": round(story.generated_j, 3),
        "spent_j": {use: round(joules, 3) for use, joules in story.spent_j.items()},
        "passes": len(own),
        "contact_s": round(sum(one.duration_s for one in own), 3),
        "volume_bytes": sum(one.volume_bytes for one in own),
        "curves": {
            "latitude_deg": _rounded(story.latitude_deg, 4),
            "longitude_deg": _rounded(story.longitude_deg, 4),
            "altitude_km": _rounded(story.altitude_km, 3),
            "beta_deg": _rounded(story.beta_deg, 3),
            "sunlight": _rounded(story.sunlight, 4),
            "state_of_charge": _rounded(story.state_of_charge, 5),
            "temperature_k": {node: _rounded(curve, 2) for node, curve in story.temperature_k.items()},
        },
    }


def _eclipse_table(scenario: Scenario, one: Eclipse) -> dict[str, Any]:
    def told(at_ns: int | None) -> str | None:
        return None if at_ns is None else utc_text(scenario.start_utc, at_ns)

    return {
        "begin_utc": told(one.begin_ns),
        "umbra_begin_utc": told(one.umbra_begin_ns),
        "umbra_end_utc": told(one.umbra_end_ns),
        "end_utc": told(one.end_ns),
    }


def _range(values: Floats, places: int) -> list[float]:
    return [round(float(values.min()), places), round(float(values.max()), places)]


def _rounded(values: Floats, places: int) -> list[float]:
    rounded: list[float] = np.round(values, places).tolist()
    return rounded
