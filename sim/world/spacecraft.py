"""Buses side by side: what the files say, as arrays over satellites for the step of power and heat.

Rows of (n_node, n_sat) arrays are `nodes`, the names that any of the buses uses. Where a satellite lacks a node, its
row is a body that nothing touches.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.equipment.bus import Bus, Cells, Panel
from sim.world.attitude import SIDES, unit
from sim.world.battery import SECONDS_PER_HOUR, Batteries
from sim.world.earthshine import EARTH_MEAN_RADIUS_KM, earth_view_factor
from sim.world.loads import USES
from sim.world.solar_array import Mount, PanelGroup, aged
from sim.world.thermal_network import Coupling

Floats = NDArray[np.float64]
HUB = "structure"
"""The node that most others join: eliminated last, it leaves the fewest numbers to carry."""


@dataclass(frozen=True, slots=True)
class Thermostat:
    """A heater on a node: `power_w` is 0 where a satellite has none; each (n_sat,)."""

    node: int
    power_w: Floats
    on_below_k: Floats
    off_above_k: Floats


@dataclass(frozen=True, slots=True)
class LoopSwitch:
    """A coupling that conducts more when its first node is hot, pumped with `pump_w`; each (n_sat,)."""

    coupling: int
    node: int
    added_w_k: Floats
    close_above_k: Floats
    open_below_k: Floats
    pump_w: Floats


@dataclass(frozen=True, slots=True)
class Warmed:
    """A node that takes up a share, (n_sat,), of what a use dissipates; None where it is all, on every satellite."""

    use: int
    node: int
    share: Floats | None


@dataclass(frozen=True, slots=True)
class Spacecraft:
    """The tables, (n_sat,) or (n_node, n_sat).

    `sunward_m2` is (axis, sign, node, area x absorptance): what sides of the body absorb sunlight. `battery_warmed` is
    (node, share): as the nodes that take up what the battery loses.
    """

    nodes: tuple[str, ...]
    batteries: Batteries
    panels: tuple[PanelGroup, ...]
    temperature_coefficient_per_k: Floats
    reference_k: Floats
    tracking_efficiency: Floats
    heat_capacity_j_k: Floats
    initial_temperature_k: Floats
    emissive_m2: Floats
    albedo_m2: Floats
    infrared_m2: Floats
    sunward_m2: tuple[tuple[int, float, int, Floats], ...]
    couplings: tuple[Coupling, ...]
    switches: tuple[LoopSwitch, ...]
    thermostats: tuple[Thermostat, ...]
    warmed: tuple[Warmed, ...]
    battery_warmed: tuple[tuple[int, Floats | None], ...]
    initial_energy_j: Floats


def spacecraft_of(buses: Sequence[Bus], radius_km: Floats) -> Spacecraft:
    """Tables of buses that fly at mean distances (n_sat,) from the Earth's centre, from which their sides see it."""
    nodes = _nodes(buses)
    surfaces = _Surfaces(buses, nodes, radius_km)
    couplings, switches = _couplings(buses, nodes)
    battery = [bus.battery for bus in buses]
    capacity_j = np.array([one.capacity_wh * SECONDS_PER_HOUR for one in battery])
    cells = [bus.cells for bus in buses]
    return Spacecraft(
        nodes=nodes,
        batteries=Batteries(
            capacity_j=capacity_j,
            floor_j=capacity_j * np.array([1.0 - one.usable_depth for one in battery]),
            charge_efficiency=np.array([one.charge_efficiency for one in battery]),
            discharge_efficiency=np.array([one.discharge_efficiency for one in battery]),
            charge_c_per_h=np.array([one.max_charge_c for one in battery]),
            discharge_c_per_h=np.array([one.max_discharge_c for one in battery]),
            taper_from=np.array([one.taper_from for one in battery]),
            min_charge_temperature_k=np.array([one.min_charge_temperature_k for one in battery]),
        ),
        panels=_panels(buses, nodes),
        temperature_coefficient_per_k=np.array([one.temperature_coefficient_per_k for one in cells]),
        reference_k=np.array([one.reference_k for one in cells]),
        tracking_efficiency=np.array([one.tracking_efficiency for one in cells]),
        heat_capacity_j_k=_by_node(buses, nodes, "capacity", 1.0),
        initial_temperature_k=_by_node(buses, nodes, "initial", 300.0),
        emissive_m2=surfaces.emissive_m2,
        albedo_m2=surfaces.albedo_m2,
        infrared_m2=surfaces.infrared_m2,
        sunward_m2=surfaces.sunward_m2,
        couplings=couplings,
        switches=switches,
        thermostats=_thermostats(buses, nodes),
        warmed=_warmed(buses, nodes),
        battery_warmed=_battery_nodes(buses, nodes),
        initial_energy_j=capacity_j * np.array([one.initial_state_of_charge for one in battery]),
    )


def _nodes(buses: Sequence[Bus]) -> tuple[str, ...]:
    names = sorted({name for bus in buses for name in bus.node})
    return tuple(sorted(names, key=lambda name: name == HUB))


def _by_node(buses: Sequence[Bus], nodes: tuple[str, ...], what: str, missing: float) -> Floats:
    table = np.full((len(nodes), len(buses)), missing)
    for place, bus in enumerate(buses):
        for name, node in bus.node.items():
            capacity = node.mass_kg * node.specific_heat_j_kg_k
            table[nodes.index(name), place] = capacity if what == "capacity" else node.initial_temperature_k
    return table


class _Surfaces:
    """Sums of area x emissivity and area x absorptance by node, each (n_node, n_sat).

    What a surface receives from the Earth is told beside a plate that faces the nadir: by its view factor, and for
    panels that turn by the mean over all directions.
    """

    def __init__(self, buses: Sequence[Bus], nodes: tuple[str, ...], radius_km: Floats) -> None:
        shape = (len(nodes), len(buses))
        self.emissive_m2, self.albedo_m2, self.infrared_m2 = (np.zeros(shape) for _ in range(3))
        self._sunward: dict[tuple[int, float, int], Floats] = {}
        for place, bus in enumerate(buses):
            nadir = float(earth_view_factor(radius_km[place], 1.0))
            for face in bus.face:
                axis, sign = SIDES[face.side]
                seen = float(earth_view_factor(radius_km[place], sign * (axis == 2))) / nadir
                row = nodes.index(face.node)
                self._add(row, place, face.area_m2, face.absorptance, face.emissivity, seen)
                lit = self._sunward.setdefault((axis, sign, row), np.zeros(len(buses)))
                lit[place] += face.area_m2 * face.absorptance
            for panel in bus.panel:
                self._add_panel(nodes.index(panel.node), place, panel, bus.cells, radius_km[place])
        self.sunward_m2 = tuple((*key, self._sunward[key]) for key in sorted(self._sunward))

    def _add_panel(self, row: int, place: int, panel: Panel, cells: Cells, radius_km: float) -> None:
        nadir = float(earth_view_factor(radius_km, 1.0))
        if panel.normal is None:
            front = back = _mean_view_factor(radius_km) / nadir
        else:
            down = float(unit(panel.normal)[2])
            front, back = (float(earth_view_factor(radius_km, cosine)) / nadir for cosine in (down, -down))
        self._add(row, place, panel.area_m2, cells.absorptance, cells.emissivity, front)
        if panel.mount != "body":
            self._add(row, place, panel.area_m2, cells.back_absorptance, cells.back_emissivity, back)

    def _add(self, row: int, place: int, area_m2: float, absorptance: float, emissivity: float, seen: float) -> None:
        self.emissive_m2[row, place] += area_m2 * emissivity
        self.albedo_m2[row, place] += area_m2 * absorptance * seen
        self.infrared_m2[row, place] += area_m2 * emissivity * seen


def _mean_view_factor(radius_km: float) -> float:
    """Of the Earth from a plate, averaged over all directions: a quarter of its solid angle over pi."""
    ratio = radius_km / EARTH_MEAN_RADIUS_KM
    return float(1.0 - np.sqrt(1.0 - 1.0 / ratio**2)) / 2.0


def _mount(panel: Panel) -> Mount:
    if panel.mount != "tracking":
        return Mount.FIXED
    return Mount.TWO_AXES if panel.axis is None else Mount.ONE_AXIS


def _panels(buses: Sequence[Bus], nodes: tuple[str, ...]) -> tuple[PanelGroup, ...]:
    """Panels grouped so that each group holds at most one of every satellite."""
    n_sat = len(buses)
    groups: dict[tuple[Mount, int, int], PanelGroup] = {}
    for place, bus in enumerate(buses):
        used: dict[tuple[Mount, int], int] = {}
        cells = bus.cells
        kept = cells.efficiency * float(aged(cells.ageing_per_year, cells.age_years))
        for panel in bus.panel:
            kind = (_mount(panel), nodes.index(panel.node))
            number = used[kind] = used.get(kind, -1) + 1
            group = groups.setdefault(
                (*kind, number),
                PanelGroup(*kind, np.zeros((3, n_sat)), np.zeros(n_sat), np.zeros(n_sat), np.zeros(n_sat)),
            )
            direction = panel.normal or panel.axis
            group.direction[:, place] = 0.0 if direction is None else unit(direction)
            group.effective_m2[place] = panel.area_m2 * kept
            group.absorbing_m2[place] = panel.area_m2 * cells.absorptance
            assert group.back_absorbing_m2 is not None
            group.back_absorbing_m2[place] = panel.area_m2 * cells.back_absorptance * (panel.mount == "wing")
    return tuple(_without_dark_back(groups[key]) for key in sorted(groups))


def _without_dark_back(group: PanelGroup) -> PanelGroup:
    """Backs of body panels and of turning ones never see the Sun."""
    back = group.back_absorbing_m2
    return PanelGroup(
        group.mount,
        group.node,
        group.direction,
        group.effective_m2,
        group.absorbing_m2,
        back if back is not None and back.any() else None,
    )


def _couplings(buses: Sequence[Bus], nodes: tuple[str, ...]) -> tuple[tuple[Coupling, ...], tuple[LoopSwitch, ...]]:
    """One coupling a pair of nodes; switches in the order of their files, one of every satellite side by side."""
    n_sat = len(buses)
    joined: dict[tuple[int, int], tuple[Floats, Floats]] = {}
    for place, bus in enumerate(buses):
        for one in bus.coupling:
            first, second = (nodes.index(name) for name in one.nodes)
            sums = joined.setdefault((min(first, second), max(first, second)), (np.zeros(n_sat), np.zeros(n_sat)))
            sums[0][place] += one.conductance_w_k
            sums[1][place] += one.radiative_m2
    pairs = sorted(joined)
    couplings = tuple(
        Coupling(*pair, joined[pair][0], joined[pair][1] if joined[pair][1].any() else None) for pair in pairs
    )
    switches: dict[tuple[int, int, int], LoopSwitch] = {}
    for place, bus in enumerate(buses):
        for number, one in enumerate(bus.coupling):
            if one.switch is None:
                continue
            first, second = (nodes.index(name) for name in one.nodes)
            pair = pairs.index((min(first, second), max(first, second)))
            never = np.full(n_sat, np.inf)
            key = (pair, first, number)
            switch = switches.setdefault(
                key, LoopSwitch(pair, first, np.zeros(n_sat), never, never.copy(), np.zeros(n_sat))
            )
            switch.added_w_k[place] = one.switch.conductance_w_k - one.conductance_w_k
            switch.close_above_k[place] = one.switch.close_above_k
            switch.open_below_k[place] = one.switch.open_below_k
            switch.pump_w[place] = one.switch.pump_w
    return couplings, tuple(switches[key] for key in sorted(switches))


def _thermostats(buses: Sequence[Bus], nodes: tuple[str, ...]) -> tuple[Thermostat, ...]:
    n_sat = len(buses)
    found: dict[tuple[int, int], Thermostat] = {}
    for place, bus in enumerate(buses):
        used: dict[int, int] = {}
        for heater in bus.heater:
            row = nodes.index(heater.node)
            number = used[row] = used.get(row, -1) + 1
            one = found.setdefault((row, number), Thermostat(row, *(np.zeros(n_sat) for _ in range(3))))
            one.power_w[place] = heater.power_w
            one.on_below_k[place] = heater.on_below_k
            one.off_above_k[place] = heater.off_above_k
    return tuple(found[key] for key in sorted(found))


def _warmed(buses: Sequence[Bus], nodes: tuple[str, ...]) -> tuple[Warmed, ...]:
    shares: dict[tuple[int, int], Floats] = {}
    for place, bus in enumerate(buses):
        for use, name in enumerate(USES):
            if name != "heater":  # its warmth goes where the heater is
                row = nodes.index(getattr(bus.loads, f"{name}_node"))
                shares.setdefault((use, row), np.zeros(len(buses)))[place] = 1.0
    return tuple(Warmed(*key, _unless_whole(shares[key])) for key in sorted(shares))


def _battery_nodes(buses: Sequence[Bus], nodes: tuple[str, ...]) -> tuple[tuple[int, Floats | None], ...]:
    rows = np.array([nodes.index(bus.battery.node) for bus in buses])
    return tuple((int(row), _unless_whole((rows == row).astype(np.float64))) for row in np.unique(rows))


def _unless_whole(share: Floats) -> Floats | None:
    return None if (share == 1.0).all() else share
