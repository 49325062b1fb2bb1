"""How far each assumed figure of the satellite like BUPT-1 matters: writes BUPT-1.md. Run from the repository's root:

python sample_data/buses/bupt_1_study.py
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from onboard.mission_time import to_ns
from sim.equipment.bus import Bus
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.loads import USES
from sim.world.plant import Plant

HOURS = 10.0
COMPUTING_W, TRANSMITTING_W = 9.0, 0.65
"""As `skysift run bupt-1` spends them: the radio's is its mean over the passes."""
CHANGE = 0.2
OUT = Path(__file__).with_name("BUPT-1.md")

PARAMETERS: tuple[tuple[str, Callable[[Any], list[tuple[Any, str]]]], ...] = (
    ("platform load", lambda bus: [(bus["loads"], "bus_w")]),
    ("panel area", lambda bus: [(panel, "area_m2") for panel in bus["panel"]]),
    ("tracker and regulator efficiency", lambda bus: [(bus["cells"], "tracking_efficiency")]),
    ("cells' absorptance", lambda bus: [(bus["cells"], "absorptance")]),
    ("cells' emissivity, both sides", lambda bus: [(bus["cells"], key) for key in ("emissivity", "back_emissivity")]),
    ("battery capacity", lambda bus: [(bus["battery"], "capacity_wh")]),
    ("battery efficiencies", lambda bus: [(bus["battery"], f"{way}_efficiency") for way in ("charge", "discharge")]),
    ("mass of the structure", lambda bus: [(bus["node"]["structure"], "mass_kg")]),
    ("mass of the computers", lambda bus: [(bus["node"]["computer"], "mass_kg")]),
    ("area of the sides", lambda bus: [(face, "area_m2") for face in bus["face"]]),
    ("absorptance of the sides", lambda bus: [(face, "absorptance") for face in bus["face"]]),
    ("emissivity of the sides", lambda bus: [(face, "emissivity") for face in bus["face"]]),
    ("structure to computers", lambda bus: [(bus["coupling"][1], "conductance_w_k")]),
    ("structure to battery", lambda bus: [(bus["coupling"][0], "conductance_w_k")]),
    ("structure to wings", lambda bus: [(bus["coupling"][2], "conductance_w_k")]),
    ("temperature at the start, above 0 C", lambda bus: [(node, "initial") for node in bus["node"].values()]),
)


def main() -> None:
    """Measure and write."""
    scenario = resolve(scenario_path("bupt-1"))
    base = flown(scenario, scenario.satellite[0].bus)
    rows = [row(scenario, name, places) for name, places in PARAMETERS]
    OUT.write_text(report(base, rows), encoding="utf-8")


def row(scenario: Scenario, name: str, places: Callable[[Any], list[tuple[Any, str]]]) -> str:
    """One line of the table."""
    results = []
    for factor in (1.0 - CHANGE, 1.0 + CHANGE):
        table = scenario.satellite[0].bus.model_dump()
        for place, key in places(table):
            if key == "initial":
                place["initial_temperature_k"] = 273.15 + (place["initial_temperature_k"] - 273.15) * factor
            else:
                limited = "efficiency" in key or "absorptance" in key or "emissivity" in key
                place[key] = min(place[key] * factor, 1.0) if limited else place[key] * factor
        results.append(flown(scenario, Bus.model_validate(table)))
    less, more = results
    return f"| {name} | {less[0]:.1%} | {more[0]:.1%} | {less[1]:.1f} | {more[1]:.1f} | {less[2]:.1%} | {more[2]:.1%} |"


def flown(scenario: Scenario, bus: Bus) -> tuple[float, float, float, float]:
    """Computing's share of energy, the computers' temperature at the end in C, unused sunlight, depth of discharge."""
    satellite = scenario.satellite[0].model_copy(update={"bus": bus})
    one = scenario.model_copy(update={"satellite": (satellite,)})
    until_ns = to_ns(HOURS * 3600.0)
    plant = Plant(one.satellite, orbits_of(one), one.world_tick_s, until_ns)
    plant.draw(0, "computer", 0, until_ns, COMPUTING_W - satellite.device.setting.idle_w)
    plant.draw(0, "radio", 0, until_ns, TRANSMITTING_W)
    while plant.next_tick_ns is not None:
        plant.step()
    spent_j = plant.spent_j[:, 0]
    return (
        float(spent_j[USES.index("computer")] / spent_j.sum()),
        float(plant.computer_temperature_k[0]) - 273.15,
        float(plant.curtailed_j[0] / np.maximum(plant.generated_j[0], 1.0)),
        plant.wear(0).depth_max,
    )


def report(base: tuple[float, float, float, float], rows: list[str]) -> str:
    """The page."""
    share, surface_c, unused, depth = base
    lines = "\n".join(rows)
    return f"""# A satellite like BUPT-1

`python sample_data/buses/bupt_1_study.py` writes this page. `skysift run bupt-1` flies the same satellite whole.

BUPT-1 is a 12U CubeSat that computes on two Atlas 200 DK and a Raspberry Pi 4B. What it did is told by Xing and others,
MobiCom 2024 (arXiv 2401.03435), and by the measurements they published (github.com/TiansuanConstellation/
MobiCom24-SatelliteCOTS). Its mass, battery, coatings and couplings are not published: they are marked `assumed` in
`bupt-1-like.toml`, usual for a 12U, and within that chosen so that it behaves as in flight. So this page does not prove
the model right; it tells what the flight's results ask of a satellite, and what each guess is worth.

After {HOURS:g} hours of computing at {COMPUTING_W:g} W:

| | in flight | here |
|---|---|---|
| share of energy that computing takes | 30 to 40 % | {share:.1%} |
| surface of the computers | over 30 °C | {surface_c:.1f} °C |
| energy of the panels that is not used | 6 % | {unused:.1%} |
| depth of discharge | over 30 % in heavy work | {depth:.1%} |

The first two are held by a test. The last is the battery's size. That such a depth costs a quarter of the battery's
life, beside the 20 % of lighter work, is what the curve of `sim/world/cycle_life.py` gives too.

The results with {CHANGE:.0%} less and {CHANGE:.0%} more of a figure (shares end at 1). The share of computing hangs
most on the platform's load, and leaves the flight's range with a fifth less of it; where panels or battery give less it
falls, within the range. The surface stays above 30 °C except where the sides radiate a fifth more.

| parameter | computing, less | more | surface °C, less | more | unused, less | more |
|---|---|---|---|---|---|---|
{lines}
"""


if __name__ == "__main__":
    main()
