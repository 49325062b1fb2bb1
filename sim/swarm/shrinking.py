"""Makes a failing case smaller while it still fails: fewer faults, orders and satellites, shorter, simpler values.

Greedy: each change that keeps the failure is kept, and all are tried again until none helps or the flights are spent.
A smaller case may fail of something else than the first one did: that is as good a case.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from itertools import chain

from sim.swarm.case import Case, Table

MOST_FLIGHTS = 120
SHORTEST_S = 600.0
Fails = Callable[[Case], str]
"""What is found in a case, empty where it flies well or is none."""


def shrunk(case: Case, fails: Fails, most_flights: int = MOST_FLIGHTS) -> Case:
    """The smallest case that was found to fail, in at most so many flights; `found` is what it fails of."""
    flights = 0
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for smaller in _smaller(case):
            if flights == most_flights:
                return case
            flights += 1
            if found := fails(smaller):
                case, is_smaller = replace(smaller, found=found), True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Cases one step smaller, those that take most away first."""
    return chain(_shorter(case), _with_less(case), _simpler(case))


def _shorter(case: Case) -> Iterator[Case]:
    duration_s = case.scenario["duration_s"]
    for share in (0.5, 0.75, 0.9):
        until_s = round(duration_s * share)
        if until_s >= SHORTEST_S:
            scenario = case.scenario | {"duration_s": until_s}
            faults = [fault for fault in case.faults if fault["at_s"] < until_s]
            if "fault" in scenario:
                scenario["fault"] = faults
            orders = tuple(order for order in case.orders if order["at_s"] < until_s)
            yield replace(case, scenario=scenario, orders=orders)


def _with_less(case: Case) -> Iterator[Case]:
    if len(case.orders) > 1:
        yield replace(case, orders=())
    if len(case.faults) > 1:
        yield case.with_scenario(fault=[])
    for number in range(len(case.orders)):
        yield replace(case, orders=case.orders[:number] + case.orders[number + 1 :])
    for number in range(len(case.faults)):
        yield case.with_scenario(fault=[*case.faults[:number], *case.faults[number + 1 :]])
    for kind in ("satellite", "station"):
        nodes = case.scenario[kind]
        if len(nodes) > 1:
            yield from (_without_node(case, kind, node["name"]) for node in nodes)


def _without_node(case: Case, kind: str, name: str) -> Case:
    scenario = case.scenario | {kind: [node for node in case.scenario[kind] if node["name"] != name]}
    if "fault" in scenario:
        scenario["fault"] = [fault for fault in case.faults if fault.get(kind) != name]
    orders = tuple(order for order in case.orders if kind != "satellite" or order["satellite"] != name)
    return replace(case, scenario=scenario, orders=orders)


SIMPLE: tuple[tuple[tuple[str, ...], object], ...] = (
    (("link",), {}),
    (("strategy",), "detections"),
    (("satellite", "*", "device", "failed"), None),
    (("satellite", "*", "device", "sleep_after_s"), None),
    (("satellite", "*", "device", "accelerators"), 1),
    (("satellite", "*", "device", "chip_rise_k_per_w"), 0.0),
    (("satellite", "*", "device", "power_modes", "on", "start_up_s"), 0.0),
    (("satellite", "*", "instrument", "energy_per_frame_j"), 0.0),
    (("satellite", "*", "instrument", "interval_s"), 300.0),
    (("satellite", "*", "instrument", "width_px"), 32),
    (("satellite", "*", "instrument", "height_px"), 32),
    (("satellite", "*", "bus", "battery", "initial_state_of_charge"), 1.0),
    (("satellite", "*", "radio", "downlink_rate_bps"), 1_000_000.0),
    (("satellite", "*", "radio", "station_latency_s"), 0.0),
    (("world_tick_s",), 30.0),
)
"""Simpler values by the path of their key, every entry of a list for `*`; None takes the key away."""


def _simpler(case: Case) -> Iterator[Case]:
    for path, value in SIMPLE:
        scenario = deepcopy(case.scenario)
        if _set(scenario, path, value):
            yield replace(case, scenario=scenario)


def _set(table: Table, path: tuple[str, ...], value: object) -> bool:
    """Whether anything changed."""
    key, *rest = path
    if not rest:
        if value is None:
            return table.pop(key, None) is not None
        is_other = key in table and table[key] != value
        table[key] = value if is_other else table.get(key, value)
        return is_other
    if rest[0] == "*":
        changed = [_set(entry, tuple(rest[1:]), value) for entry in table[key]]
        return any(changed)
    return key in table and _set(table[key], tuple(rest), value)
