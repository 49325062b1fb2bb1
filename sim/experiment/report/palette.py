"""The report's colours: a name each, with its value on a light and on a dark ground; print takes the light ones.

Plots are drawn in the light values. As no two names share one, each can be put back into its name, and a plot then
follows the page. Text and background differ by 4.5 to 1 at least in both (WCAG 2.2, 1.4.3), lines and marks by 3 to 1.
"""

from sim.experiment.world_map import COAST, FAINT, GRID, INK, LAND, SEA

LIGHT_DARK: dict[str, tuple[str, str]] = {
    "page": ("#f3f5f7", "#0a0f15"),
    "panel": ("#ffffff", "#111922"),
    "edge": ("#d6dde3", "#22303c"),
    "ink": (INK, "#e8eef4"),
    "faint": ("#5b6873", "#93a1ae"),
    "sea": (SEA, "#0c141c"),
    "land": (LAND, "#22303b"),
    "coast": (COAST, "#3b4c5a"),
    "grid": (GRID, "#1d2a35"),
    "shade": ("#e3e8ec", "#060a0e"),
    "bar": ("#7d8b97", "#67798a"),
    "result": ("#a85a00", "#ffb454"),
    "good": ("#1b7f46", "#7fd8a0"),
    "bad": ("#b3261e", "#ff8a75"),
    "box": ("#00b8d4", "#00e5ff"),
    "satellite-1": ("#a8610a", "#f5ae4e"),
    "satellite-2": ("#c23b2a", "#ff7b5f"),
    "satellite-3": ("#0b6fa4", "#5cc3ff"),
    "satellite-4": ("#2e7d4f", "#80d99c"),
    "satellite-5": ("#7a4fa3", "#c8a6ff"),
    "satellite-6": ("#9c2f78", "#ff94d2"),
    "node-1": ("#c0392f", "#ff8062"),
    "node-2": ("#2b7a52", "#7fd59d"),
    "node-3": ("#156a9c", "#62bdf7"),
    "node-4": ("#53616d", "#a9b6c2"),
    "node-5": ("#a8680a", "#efb04f"),
    "node-6": ("#774e9e", "#c3a2fb"),
    "part-1": ("#7b8a97", "#68798a"),
    "part-2": ("#c43a29", "#ff785c"),
    "part-3": ("#5896be", "#4b8fbd"),
    "part-4": ("#a75900", "#ffb352"),
    "part-5": ("#784da1", "#c5a4fd"),
}
LIGHT = {name: light for name, (light, _) in LIGHT_DARK.items()}
DRAWN_ALIKE = {FAINT: "faint"}
"""Colours of `world_map` that have another value here."""
N_SATELLITES = sum(name.startswith("satellite-") for name in LIGHT)

_NODES = {"computer": 1, "battery": 2, "radiator": 3, "structure": 4, "array": 5}
assert len(set(LIGHT.values())) == len(LIGHT)


def satellite(place: int) -> str:
    """A satellite's colour, by its place in the scenario, on the map, in curves and in tables alike."""
    return LIGHT[f"satellite-{place % N_SATELLITES + 1}"]


def node(name: str) -> str:
    """A thermal node's colour."""
    return LIGHT[f"node-{_NODES.get(name, 6)}"]


def part(place: int) -> str:
    """The colour of a part of the latency, by its place."""
    return LIGHT[f"part-{place + 1}"]


def css() -> str:
    """The colours as custom properties, by the reader's preference."""
    light, dark = ("".join(f"--{name}:{pair[i]};" for name, pair in LIGHT_DARK.items()) for i in (0, 1))
    return (
        f":root{{color-scheme:light dark;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
