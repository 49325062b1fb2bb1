"""Faults drawn from a seed: any kind that fits, for anybody it can strike, at any time of a run."""

from typing import Any

import numpy as np

from sim.faults.catalogue import CATALOGUE, CENTRE, UNITS, Kind
from sim.faults.settings import Fault, Faults, unfit_because
from sim.scenario import Scenario
from sim.streams import Streams

LATEST_SHARE = 0.8
"""Of a run: what strikes later would hardly show."""
LASTS_SHARE = (0.02, 0.25)
"""Of a run: how long a state that is drawn lasts. It always ends."""


def with_drawn(scenario: Scenario) -> Scenario:
    """A scenario that names the faults it wanted drawn."""
    if not scenario.faults.drawn:
        return scenario
    rng = Streams(scenario.seed).get("faults/drawn")
    kinds = [row for row in CATALOGUE.values() if _fits(row, scenario)]
    drawn = [draw_fault(rng, kinds[int(rng.integers(len(kinds)))], scenario) for _ in range(scenario.faults.drawn)]
    faults = (*scenario.fault, *sorted(drawn, key=lambda fault: fault.at_s))
    return scenario.model_copy(update={"fault": faults, "faults": Faults()})


def draw_fault(rng: np.random.Generator, row: Kind, scenario: Scenario, latest_s: float | None = None) -> Fault:
    """A fault of a kind that fits the scenario, which begins and ends by `latest_s` after the start."""
    end_s = scenario.duration_s if latest_s is None else latest_s
    at_s = round(float(rng.uniform(0.0, LATEST_SHARE * end_s)), 3)
    lasts_s = float(rng.uniform(*LASTS_SHARE)) * end_s
    targets = _targets(row, scenario)
    target = targets[int(rng.integers(len(targets)))]
    table: dict[str, Any] = {"kind": row.name, "at_s": at_s, **target}
    if row.lasts:
        table["until_s"] = round(min(at_s + lasts_s, end_s), 3)
    if row.takes_unit:
        table["unit"] = UNITS[int(rng.integers(len(UNITS)))]
    for key in row.keys:
        value = float(rng.uniform(*key.drawn))
        table[key.name] = round(value) if key.is_whole else round(value, 3)
    return Fault.model_validate(table)


def _targets(row: Kind, scenario: Scenario) -> list[dict[str, str]]:
    """Whom a kind can strike, as a fault's keys."""
    found: list[dict[str, str]] = []
    if "satellite" in row.strikes:
        found += [{"satellite": one.name} for one in scenario.satellite if _fits_satellite(row, one.name, scenario)]
    if "station" in row.strikes:
        found += [{"station": one.name} for one in scenario.station if one.kind == "station"]
    if "centre" in row.strikes:
        found.append({"station": CENTRE})
    return found


def _fits(row: Kind, scenario: Scenario) -> bool:
    return bool(_targets(row, scenario))


def _fits_satellite(row: Kind, name: str, scenario: Scenario) -> bool:
    fault = Fault(kind=row.name, at_s=0.0, satellite=name)
    return not unfit_because(fault, {one.name: one for one in scenario.satellite}, (), scenario.duration_s)
