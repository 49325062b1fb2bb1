"""Power and heat together: PASEOS, heaters, loops, faces, and the sample buses in their orbits."""

from datetime import UTC, datetime

import numpy as np
import pytest

from sim.data import sample_names, sample_path
from sim.equipment.bus import Bus
from sim.equipment.records import read_record
from sim.world.earthshine import EARTH_MEAN_RADIUS_KM, earth_view_factor
from sim.world.elements import CircularOrbit
from sim.world.energy import Energy, EnergyStep, Surroundings
from sim.world.environment import illuminated_fraction, sun_position_au, sun_zenith_deg
from sim.world.frames import EARTH_RADIUS_KM, geodetic
from sim.world.loads import USES
from sim.world.orbit import Orbits
from sim.world.spacecraft import spacecraft_of
from sim.world.thermal_network import Floats, network_step

RADIUS_KM = np.array([6921.0])
DARK = Surroundings(np.array([[0.0], [0.0], [-1.0]]), np.zeros(1), np.zeros(1), np.zeros(1))


def bus_named(name: str) -> Bus:
    return read_record(Bus, sample_path("buses", f"{name}.toml"))


def changed(bus: Bus, **changes: object) -> Bus:
    return Bus.model_validate({**bus.model_dump(), **changes})


def energy_of(bus: Bus) -> Energy:
    return Energy(spacecraft_of([bus], RADIUS_KM))


def demand(dt_s: float = 10.0, **powers_w: float) -> Floats:
    return np.array([[powers_w.get(use, 0.0) * dt_s] for use in USES])


def row(energy: Energy, node: str) -> int:
    return energy.spacecraft.nodes.index(node)


def lit_from(x: float, y: float, z: float) -> Surroundings:
    return Surroundings(np.array([[x], [y], [z]]), np.array([1361.0]), np.zeros(1), np.zeros(1))


def test_paseos_temperature() -> None:
    # PASEOS 0.2.1, run: 12 kg, 900 J/(kg K), 283.15 K, absorptance 0.6 and infrared 0.8, 0.06 m2 to Sun and
    # Earth, 0.5 m2 emissive: 253.2 to 283.0 K, within 3 K. How much of the load (30 W sunlit, 12 W eclipsed)
    # became heat is not on record: half is assumed here; none or all of it moves the minimum by 4 K.
    epoch = datetime(2022, 10, 27, 21, tzinfo=UTC)
    t_s = np.arange(0.0, 5700.0, 10.0)
    orbits = Orbits([CircularOrbit(6921.0 - EARTH_RADIUS_KM, 97.6, raan_deg=0.0)], epoch)
    light = illuminated_fraction(orbits.positions_teme(t_s), sun_position_au(epoch, t_s))[0]
    latitude_deg, longitude_deg, altitude_km = geodetic(orbits.positions_ecef(t_s)[0])
    lit_ground = np.maximum(np.cos(np.radians(sun_zenith_deg(latitude_deg, longitude_deg, epoch, t_s))), 0.0)
    seen = earth_view_factor(EARTH_MEAN_RADIUS_KM + altitude_km, 1.0)
    heat_w = 1361.0 * 0.6 * 0.06 * (light + 0.29 * lit_ground * seen) + 240.0 * 0.8 * 0.06 * seen
    heat_w += np.where(light > 0.5, 15.0, 6.0)
    temperature_k, track = np.array([[283.15]]), []
    for heat in heat_w:
        one = network_step(temperature_k, 10.0, np.array([[heat]]), np.array([[10800.0]]), np.array([[0.4]]), ())
        temperature_k = one.temperature_k
        track.append(float(temperature_k[0, 0]))
    assert min(track) == pytest.approx(253.2, abs=3.0)
    assert max(track) == pytest.approx(283.0, abs=3.0)


def test_panels_give_what_their_angle_leaves() -> None:
    # By hand, at the reference temperature and age 0: 1361 x 0.295 x 0.93 W/m2 for the Sun along the normal.
    bus = bus_named("6u-cubesat")
    cells = bus.cells.model_copy(update={"age_years": 0.0, "reference_k": 288.15})
    energy = energy_of(changed(bus, cells=cells.model_dump()))
    area_m2 = sum(panel.area_m2 for panel in bus.panel)
    overhead = energy.step(1.0, lit_from(0.0, 0.0, -1.0), demand(1.0))
    assert overhead.generated_j == pytest.approx(1361.0 * 0.295 * 0.93 * area_m2)
    energy.temperature_k[:] = 288.15
    aslant = energy.step(1.0, lit_from(np.sqrt(0.75), 0.0, -0.5), demand(1.0))
    assert aslant.generated_j == pytest.approx(0.5 * overhead.generated_j)
    assert energy.step(1.0, lit_from(0.0, 0.0, 1.0), demand(1.0)).generated_j == 0.0


def test_curtailed_power_stays_in_the_panels_as_heat() -> None:
    bus = bus_named("6u-cubesat")
    full = changed(bus, battery={**bus.battery.model_dump(), "initial_state_of_charge": 1.0})
    idle, loaded = energy_of(full), energy_of(full)
    sun = lit_from(0.0, 0.0, -1.0)
    wasted = idle.step(10.0, sun, demand())
    used = loaded.step(10.0, sun, demand(radio=40.0))
    assert wasted.curtailed_j == pytest.approx(wasted.generated_j)
    array = row(idle, "array")
    assert idle.temperature_k[array, 0] > loaded.temperature_k[array, 0] + 0.2
    # Whatever became of it, the sunlight is all there: what both took up differs by the load's own 400 J only by
    # what left as heat in a place of other temperature.
    assert wasted.warmed_j == pytest.approx(used.warmed_j, rel=1e-9)


def test_a_heater_keeps_the_battery_fit_to_charge_and_is_paid_for() -> None:
    heater = {"node": "battery", "power_w": 25.0, "on_below_k": 276.15, "off_above_k": 279.15}
    energy = energy_of(changed(bus_named("6u-cubesat"), heater=[heater]))
    battery = row(energy, "battery")
    heater_j, coldest_k, switched = 0.0, 400.0, 0
    for _ in range(6 * 360):
        energy.battery_energy_j[:] = energy.spacecraft.initial_energy_j
        was_on = bool(energy.heater_is_on[0][0])
        heater_j += float(energy.step(10.0, DARK, demand(bus=1.0)).served_j[USES.index("heater"), 0])
        coldest_k = min(coldest_k, float(energy.temperature_k[battery, 0]))
        switched += int(energy.heater_is_on[0][0] != was_on)
    assert switched > 10
    assert 0.0 < heater_j < 25.0 * 6 * 3600.0
    assert coldest_k > 273.15


def test_no_charge_goes_into_a_frozen_battery() -> None:
    energy = energy_of(changed(bus_named("6u-cubesat"), heater=()))
    energy.temperature_k[row(energy, "battery")] = 272.0
    before_j = energy.battery_energy_j.copy()
    step = energy.step(10.0, lit_from(0.0, 0.0, -1.0), demand(bus=5.0))
    assert (energy.battery_energy_j == before_j).all()
    assert step.curtailed_j > 0.0
    assert step.unserved_j == 0.0


def settled(energy: Energy, around: Surroundings, hours: float, **powers_w: float) -> EnergyStep:
    for _ in range(round(hours * 360.0)):
        energy.battery_energy_j[:] = energy.spacecraft.initial_energy_j
        step = energy.step(10.0, around, demand(**powers_w))
    return step


def test_the_pumped_loop_closes_when_hot_and_carries_an_h100() -> None:
    bus = changed(bus_named("60kg-h100"), heater=[])
    without = changed(bus, coupling=[{**one.model_dump(), "switch": None} for one in bus.coupling], heater=[])
    powers_w = {"bus": bus.loads.bus_w, "computer": 350.0}
    looped, plain = energy_of(bus), energy_of(without)
    pumped_j = 0.0
    for _ in range(4 * 360):
        looped.battery_energy_j[:] = looped.spacecraft.initial_energy_j
        step = looped.step(10.0, DARK, demand(**powers_w))
        assert step.served_j[USES.index("heater"), 0] == pytest.approx(120.0 * looped.loop_is_closed[0][0])
        pumped_j += float(step.served_j[USES.index("heater"), 0])
    settled(plain, DARK, 4.0, **powers_w)
    computer = row(looped, "computer")
    assert pumped_j > 12.0 * 3600.0
    assert looped.temperature_k[computer, 0] < bus.limits.max_computer_temperature_k
    assert plain.temperature_k[computer, 0] > bus.limits.max_computer_temperature_k + 50.0
    # At rest again once it is cool.
    settled(looped, DARK, 3.0, bus=bus.loads.bus_w)
    assert not looped.loop_is_closed[0][0]


def test_a_lone_plate_settles_where_sunlight_and_radiation_balance() -> None:
    # A 1 m2 side in the Sun, absorptance 0.3, emissivity 0.8, back insulated: T^4 = 0.3 x 1361 / (0.8 sigma).
    bus = bus_named("6u-cubesat")
    node = {"body": {"mass_kg": 1.0, "specific_heat_j_kg_k": 900.0, "initial_temperature_k": 300.0}}
    plate = changed(
        bus,
        node=node,
        face=[{"node": "body", "side": "+x", "area_m2": 1.0, "absorptance": 0.3, "emissivity": 0.8}],
        panel=[{"mount": "body", "node": "body", "normal": [0.0, 0.0, 1.0], "area_m2": 1e-9}],
        battery={**bus.battery.model_dump(), "node": "body"},
        loads={**dict.fromkeys(("bus_node", "computer_node", "instrument_node", "radio_node"), "body"), "bus_w": 0.0},
        coupling=[],
        heater=[],
    )
    energy = energy_of(plate)
    settled(energy, lit_from(1.0, 0.0, 0.0), 10.0)
    assert energy.temperature_k[0, 0] == pytest.approx((0.3 * 1361.0 / (0.8 * 5.670374419e-8)) ** 0.25, rel=1e-6)


@pytest.mark.parametrize("name", sample_names("buses"))
def test_sample_buses_hold_what_they_are_given(name: str) -> None:
    """A day's mean surroundings, idle: no bus freezes its battery or cooks its computer."""
    energy = energy_of(bus_named(name))
    bus = bus_named(name)
    around = Surroundings(np.array([[0.3], [0.3], [-0.9]]), np.array([850.0]), np.array([60.0]), np.array([205.0]))
    settled(energy, around, 12.0, bus=bus.loads.bus_w, computer=3.0)
    battery, computer = (float(energy.temperature_k[row(energy, node), 0]) for node in ("battery", "computer"))
    assert 273.15 < battery < 318.15
    assert 253.15 < computer < bus.limits.max_computer_temperature_k
