"""A case of the swarm: a scenario, and what an operator orders in it, as tables that a file can hold."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from onboard.errors import InputError
from sim.blame import validated
from sim.equipment.records import read_table
from sim.operator_file import OperatorOrder, order_of
from sim.scenario import Scenario

Table = dict[str, Any]
_KEYS = ("scenario", "order", "found")


@dataclass(frozen=True, slots=True)
class Case:
    """`scenario` is a scenario's table, `orders` are an operator's lines; `source` is the seed or file it came from.

    `found` tells what the case was kept for: empty where it is as it was drawn.
    """

    source: str
    scenario: Table
    orders: tuple[Table, ...] = ()
    found: str = ""

    def validated(self) -> tuple[Scenario, tuple[OperatorOrder, ...]]:
        """What flies. Raises InputError where the tables are none."""
        scenario = validated(Scenario, self.scenario, self.source)
        orders = [
            order_of(json.dumps(order), scenario, f"{self.source}, order {number}", Path(), number)
            for number, order in enumerate(self.orders, 1)
        ]
        return scenario, tuple(sorted(orders, key=lambda one: one.at_ns))

    def with_scenario(self, **changes: Any) -> "Case":
        """The case with other values of the scenario's keys."""
        return replace(self, scenario=self.scenario | changes)

    @property
    def faults(self) -> list[Table]:
        """The faults that are named in the scenario."""
        return list(self.scenario.get("fault", ()))


def write_case(case: Case, path: Path) -> None:
    """Keep a case as a file that `read_case` reads."""
    table = {"found": case.found, "scenario": case.scenario, "order": list(case.orders)}
    path.write_text(tomli_w.dumps(table), encoding="utf-8")


def read_case(path: Path) -> Case:
    """A case from a file. Raises InputError."""
    table = read_table(path)
    for key in table:
        if key not in _KEYS:
            raise InputError(path, f"unknown key; known: {', '.join(_KEYS)}", key=key)
    scenario, orders = table.get("scenario"), table.get("order", [])
    if not isinstance(scenario, dict):
        raise InputError(path, "must be a scenario's table", key="scenario")
    if not (isinstance(orders, list) and all(isinstance(order, dict) for order in orders)):
        raise InputError(path, "must be a list of tables", key="order")
    case = Case(str(path), scenario, tuple(orders), str(table.get("found", "")))
    case.validated()
    return case
