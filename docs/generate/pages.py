"""Which parts of the pages are generated, and from what.

In a page such a part stands between the lines `<!-- generated NAME -->` and `<!-- end -->`.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from docs.generate import (
    commands,
    faults,
    file_formats,
    health,
    orders,
    radiation,
    sample_data,
    scenario_keys,
    strategies,
)
from docs.generate.packages import package_diagram
from docs.generate.state_diagrams import DIAGRAMS
from groundstation.exports import link_page

FOLDER = Path(__file__).resolve().parents[1]
_PART = re.compile(r"<!-- generated (?P<name>[\w-]+) -->\n.*?<!-- end -->", re.DOTALL)

PARTS: dict[str, Callable[[], str]] = {
    "commands": commands.commands,
    "orders": orders.orders,
    "modes": health.modes,
    "monitors": health.monitors,
    "card-keys": file_formats.card_keys,
    "archive-tables": file_formats.archive_tables,
    "faults": faults.catalogue,
    "scenario-keys": scenario_keys.scenario_keys,
    "strategies-measured": strategies.measured,
    "strategies-ordered": strategies.ordered,
    "radiation-measured": radiation.measured,
    "scenarios": sample_data.scenarios,
    "models": sample_data.models,
    "buses": sample_data.buses,
    "instruments": sample_data.instruments,
    "radios": sample_data.radios,
    "antennas": sample_data.antennas,
    "networks": sample_data.networks,
    "orbits": sample_data.orbits,
}
"""By name: each makes one part, in Markdown."""


def generated() -> Iterator[tuple[Path, str]]:
    """Every file that has a generated part, or is one, as it should read."""
    for page in sorted(FOLDER.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        yield page, link_page.with_tables(with_parts(text))
    for name, diagram in DIAGRAMS.items():
        yield FOLDER / "diagrams" / f"{name}.svg", diagram.svg()
    yield FOLDER / "diagrams" / "packages.svg", package_diagram()


def with_parts(page: str) -> str:
    """The page with every part made anew. KeyError for the name of none."""
    return _PART.sub(lambda part: f"<!-- generated {part['name']} -->\n\n{PARTS[part['name']]()}\n<!-- end -->", page)


def old() -> list[Path]:
    """Files that do not read as they should, or are not there."""
    return [path for path, text in generated() if not path.is_file() or path.read_text(encoding="utf-8") != text]
