"""From a network's widths and lessons to a wildfire model's folder: model.onnx, card.toml, recipe.json."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from sample_data.models.training.blocks import HEAVY, LIGHT, parameters_of
from sample_data.models.training.export import export
from sample_data.models.training.fire_net import BATCH, FireNet, Lesson, Settled, teach, widened
from sample_data.models.training.fire_point import CHOSEN_BY, choose, draft_card
from sample_data.models.training.fire_study import draw_study, together
from sample_data.models.training.loop import Stage

BUILD = Path(__file__).resolve().parents[3] / "build" / "train"


@dataclass(frozen=True)
class Recipe:
    """How a model is made: `first` lessons on drawn studies, `then` on those and tiles of a seeded Earth.

    With `widens`, the network begins as that recipe's, twice as wide.
    """

    name: str
    version: str
    description: str
    widths: tuple[int, int, int, int]
    seed: int
    first: tuple[Lesson, ...]
    then: tuple[Lesson, ...]
    widens: "Recipe | None" = None


EVEN = Lesson(Stage("even", 1600, 3e-3, 1), fire_gain=3.0, dice_share=0.5, balanced=False)
BALANCED = Lesson(Stage("balanced", 1200, 2e-3, 2), fire_gain=2.0, dice_share=0.4, balanced=True)
EARTH = Lesson(Stage("earth", 1200, 1.5e-3, 3), fire_gain=2.0, dice_share=0.4, balanced=True)
WIDE = Lesson(Stage("wide", 800, 1.5e-3, 4), fire_gain=2.0, dice_share=0.4, balanced=True)

SWIR = Recipe(
    name="wildfire-swir",
    version="2.0.0",
    description="Active fire from red, NIR and SWIR reflectance; learnt from drawn scenes",
    widths=LIGHT,
    seed=7,
    first=(EVEN, BALANCED),
    then=(EARTH,),
)
"""First every pixel alike, which large fires rule; then every fire alike, first without and then with the Earth."""

GROUND = Recipe(
    name="wildfire-ground",
    version="1.0.0",
    description="Active fire as wildfire-swir, four times as heavy: for the ground, on chips that arrived",
    widths=HEAVY,
    seed=8,
    first=(),
    then=(WIDE,),
    widens=SWIR,
)


def trained(recipe: Recipe, build: Path = BUILD) -> tuple[FireNet, list[float]]:
    """The network and its lessons' last losses. What was drawn and trained is kept in `build`, and gone on from."""
    torch.manual_seed(recipe.seed)
    net = FireNet(recipe.widths)
    if recipe.widens:
        narrow, _ = trained(recipe.widens, build)
        torch.manual_seed(recipe.seed)
        net = widened(narrow, net)
    study = draw_study(build / "fire-study.npz")
    losses = teach(net, study, recipe.first, build / recipe.name)
    earth = draw_study(build / "fire-earth.npz", of_earth=True)
    return net, losses + teach(net, together(study, earth), recipe.then, build / recipe.name)


def make(folder: Path, recipe: Recipe, build: Path = BUILD) -> None:
    """Train, choose the operating point, export, write the card and recipe.json."""
    net, losses = trained(recipe, build)
    raw = build / recipe.name / "raw.onnx"
    export(net, raw, bands=4, given="reflectance")
    point, validation = choose(raw)
    settled = Settled(net, *(math.log(share / (1 - share)) for share in point))
    export(settled, folder / "model.onnx", bands=4, given="reflectance")
    draft_card(folder, version=recipe.version, description=recipe.description)
    told = {
        "torch": torch.__version__,
        "seed": recipe.seed,
        "widens": recipe.widens.name if recipe.widens else None,
        "parameters": parameters_of(net),
        "batch": BATCH,
        "lessons": [asdict(lesson) for lesson in (*recipe.first, *recipe.then)],
        "last_losses": [round(loss, 4) for loss in losses],
        "point": point._asdict() | {"by": CHOSEN_BY},
        "validation": validation,
    }
    (folder / "recipe.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
