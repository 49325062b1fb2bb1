"""The command that writes the list of static hot spots that a scenario's ground has: hot-spots."""

from pathlib import Path
from typing import Annotated

import typer

from onboard.errors import InputError
from sim import api
from sim.commands import common
from sim.commands.common import tables
from sim.known_sites import geojson_of, known_sites

Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario's name, or a TOML file.")]
OutOfList = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the list goes, GeoJSON.")]
Share = Annotated[
    float | None, typer.Option("--unknown-share", metavar="SHARE", help="The share of them that nobody knows of.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hot-spots")(hot_spots)


def hot_spots(
    scenario: Scenario,
    out: OutOfList = Path("hot-spots.geojson"),
    unknown_share: Share = None,
    seed: common.Seed = None,
    as_json: common.AsJson = False,
) -> int:
    """Write the places that are always hot, as far as a mission knows them, of the Earth that a scenario draws.

    Example: skysift hot-spots wildfire-watch --out hot-spots.geojson
    """
    settings = ["ground.static_sites=seeded"]
    settings += [] if unknown_share is None else [f"ground.unknown_share={unknown_share!r}"]
    chosen = api.load(scenario, seed=seed, settings=settings)
    known = known_sites(chosen)
    if not known.sites:
        key = "scene.source" if chosen.scene.source != "synthetic" else "ground.unknown_share"
        raise InputError(scenario, known.notes[0], key=key)
    out.write_text(geojson_of(known.sites), encoding="utf-8")
    if as_json:
        common.print_json({"file": str(out), "sites": len(known.sites), "notes": list(known.notes)})
    else:
        tables.print(f"{out}: {known.notes[0]}", soft_wrap=True)
    return 0
