"""The three packages, their rooms and who imports whom, from the folders and the syntax trees."""

import ast
from pathlib import Path

from docs.generate.svg import Drawing

ROOT = Path(__file__).resolve().parents[2]
PLACES = {"sim": (220.0, 60.0), "groundstation": (220.0, 190.0), "onboard": (220.0, 320.0)}
_ROOM_X, _ROOMS_A_LINE = 340.0, 6


def package_diagram() -> str:
    """Arrows are imports. AssertionError where one goes another way than the house allows."""
    drawing = Drawing(860, 380, title="Packages, their rooms, and who imports whom")
    order = list(PLACES)
    for package in order:
        for target in sorted(_imported(package) - {package}):
            assert order.index(target) > order.index(package), f"{package} imports {target}"
            is_far = order.index(target) - order.index(package) > 1
            drawing.arrow(PLACES[package], PLACES[target], ["imports"], -150.0 if is_far else 0.0)
    for package, place in PLACES.items():
        drawing.box(place, package)
        rooms = sorted(path.parent.name for path in (ROOT / package).glob("*/__init__.py"))
        lines = [rooms[at : at + _ROOMS_A_LINE] for at in range(0, len(rooms), _ROOMS_A_LINE)]
        drawing.aside((_ROOM_X, place[1]), [", ".join(line) for line in lines])
    return drawing.text()


def _imported(package: str) -> set[str]:
    found: set[str] = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module).split(".")[0])
    return found & PLACES.keys()
