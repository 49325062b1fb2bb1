"""The true battery and temperature of every spacecraft, stepped on a fixed tick with loads pro-rated inside it.

The tick is the world's alone: what an observer asks, or how often, moves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import to_ns, to_s
from sim.scenario import Satellite
from sim.world import power, thermal
from sim.world.environment import illuminated_fraction, solar_flux_w_m2, sun_position_au, sun_zenith_deg
from sim.world.orbit import Orbits, geodetic

Floats = NDArray[np.float64]

USES = ("computer", "instrument", "radio", "bus", "heater")
"""What a spacecraft's energy is spent on."""

SUNLIT_FRACTION = 0.5
"""A Sun sensor says 'sunlit' from half of the solar disc."""


@dataclass(frozen=True, slots=True)
class _Draw:
    """Constant power from one instant to another, by one satellite for one use."""

    satellite: int
    use: int
    start_ns: int
    end_ns: int
    power_w: float


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """Sunlight and Earthshine in the middle of every tick, each (n_sat, n_tick)."""

    illuminated: Floats
    flux_w_m2: Floats
    zenith_deg: Floats
    altitude_km: Floats

    @classmethod
    def along(cls, orbits: Orbits, ticks_ns: NDArray[np.int64]) -> "_Surroundings":
        middle_s = (ticks_ns[:-1] + ticks_ns[1:]) / 2e9
        sun_au = sun_position_au(orbits.epoch, middle_s)
        latitude_deg, longitude_deg, altitude_km = geodetic(orbits.positions_ecef(middle_s))
        return cls(
            illuminated_fraction(orbits.positions_teme(middle_s), sun_au),
            np.broadcast_to(solar_flux_w_m2(sun_au), altitude_km.shape),
            sun_zenith_deg(latitude_deg, longitude_deg, orbits.epoch, middle_s),
            altitude_km,
        )


class Plant:
    """True state, arrays over satellites: `battery_energy_j`, `temperature_k`, and the energy account so far."""

    def __init__(self, satellites: Sequence[Satellite], orbits: Orbits, tick_s: float, until_ns: int) -> None:
        buses = [satellite.bus for satellite in satellites]
        self.ticks_ns = _tick_instants(to_ns(tick_s), until_ns)
        self._surroundings = _Surroundings.along(orbits, self.ticks_ns)
        self._area_m2 = np.array([bus.array.area_m2 for bus in buses])
        self._array_efficiency = np.array([bus.array.efficiency for bus in buses])
        self._pointing = np.array([bus.array.tracking_efficiency for bus in buses])
        self.capacity_j = np.array([bus.battery.capacity_wh * 3600.0 for bus in buses])
        self._charge_efficiency = np.array([bus.battery.charge_efficiency for bus in buses])
        self._heat_capacity_j_k = np.array([bus.thermal.mass_kg * bus.thermal.specific_heat_j_kg_k for bus in buses])
        self._absorptance = np.array([bus.thermal.absorptance for bus in buses])
        self._emissivity = np.array([bus.thermal.emissivity for bus in buses])
        self._sun_area_m2 = np.array([bus.thermal.sun_area_m2 for bus in buses])
        self._earth_area_m2 = np.array([bus.thermal.earth_area_m2 for bus in buses])
        self._emissive_area_m2 = np.array([bus.thermal.emissive_area_m2 for bus in buses])
        self._base_w = np.zeros((len(buses), len(USES)))
        self._base_w[:, USES.index("bus")] = [bus.loads.bus_w for bus in buses]
        self._base_w[:, USES.index("computer")] = [satellite.device.setting.idle_w for satellite in satellites]
        self._draws: list[_Draw] = []
        self._tick = 0
        self._initial_j = self.capacity_j * [bus.battery.initial_state_of_charge for bus in buses]
        self.battery_energy_j = self._initial_j.copy()
        self.temperature_k = np.array([bus.thermal.initial_temperature_k for bus in buses])
        self.generated_j = np.zeros(len(buses))
        self.lost_j = np.zeros(len(buses))
        self.unserved_j = np.zeros(len(buses))
        self.demanded_j = np.zeros((len(buses), len(USES)))

    def draw(self, satellite: int, use: str, start_ns: int, end_ns: int, power_w: float) -> None:
        """Charge a load above the base loads, from now on or later."""
        self._draws.append(_Draw(satellite, USES.index(use), start_ns, end_ns, power_w))

    def step(self) -> None:
        """Move to the end of the current tick."""
        start_ns, end_ns = (int(instant) for instant in self.ticks_ns[self._tick : self._tick + 2])
        around, k = self._surroundings, self._tick
        dt_s = to_s(end_ns - start_ns)
        demand_j = self._demand_j(start_ns, end_ns)
        illuminated, flux = around.illuminated[:, k], around.flux_w_m2[:, k]
        generated_j = dt_s * power.array_power_w(
            self._area_m2, self._array_efficiency, flux, illuminated, self._pointing
        )
        load_j = demand_j.sum(axis=1)
        step = power.battery_step(self.battery_energy_j, self.capacity_j, generated_j, load_j, self._charge_efficiency)
        absorbed_w = (
            thermal.solar_heat_w(flux, illuminated, self._absorptance, self._sun_area_m2)
            + thermal.albedo_heat_w(
                flux,
                around.zenith_deg[:, k],
                around.altitude_km[:, k],
                self._absorptance,
                self._earth_area_m2,
            )
            + thermal.earth_infrared_heat_w(around.altitude_km[:, k], self._emissivity, self._earth_area_m2)
        )
        self.temperature_k = thermal.node_step(
            self.temperature_k,
            dt_s,
            self._heat_capacity_j_k,
            (load_j - step.unserved_j) / dt_s,
            absorbed_w,
            self._emissivity * self._emissive_area_m2,
        )
        self.battery_energy_j = step.energy_j
        self.generated_j += generated_j
        self.lost_j += step.lost_j
        self.unserved_j += step.unserved_j
        self.demanded_j += demand_j
        self._tick += 1

    @property
    def next_tick_ns(self) -> int | None:
        """When the current tick ends, or None after the last."""
        return int(self.ticks_ns[self._tick + 1]) if self._tick + 1 < len(self.ticks_ns) else None

    @property
    def stored_j(self) -> Floats:
        """What the batteries hold more than at the start, (n_sat,)."""
        return np.asarray(self.battery_energy_j - self._initial_j)

    @property
    def state_of_charge(self) -> Floats:
        """Energy over capacity, (n_sat,)."""
        return np.asarray(self.battery_energy_j / self.capacity_j)

    @property
    def sunlit(self) -> NDArray[np.bool_]:
        """Whether the Sun shone in the tick that ended, (n_sat,)."""
        return self._surroundings.illuminated[:, max(self._tick - 1, 0)] > SUNLIT_FRACTION

    def _demand_j(self, start_ns: int, end_ns: int) -> Floats:
        demand_j = self._base_w * to_s(end_ns - start_ns)
        for draw in self._draws:
            overlap_ns = min(draw.end_ns, end_ns) - max(draw.start_ns, start_ns)
            demand_j[draw.satellite, draw.use] += draw.power_w * to_s(max(overlap_ns, 0))
        self._draws = [draw for draw in self._draws if draw.end_ns > end_ns]
        return demand_j


def _tick_instants(tick_ns: int, until_ns: int) -> NDArray[np.int64]:
    """0, one tick, two ticks and so on; the last tick ends with the run."""
    whole = np.arange(0, until_ns, tick_ns, dtype=np.int64)
    return np.append(whole, np.int64(until_ns))
