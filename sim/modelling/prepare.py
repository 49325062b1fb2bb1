"""Makes a user's model ready to fly: a folder with a card as it is, a bare graph with the card that is inferred."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sim.modelling.study import study


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A folder that `load_card` reads. `notes` tell what was inferred and what to check."""

    folder: Path
    notes: tuple[str, ...]


def is_bare(path: Path) -> bool:
    """Whether a model is a graph without a card."""
    return path.suffix == ".onnx" and not path.is_dir()


def prepare(path: Path, task: str, scratch: Path) -> PreparedModel:
    """The folder of a model; for a bare graph one below `scratch` with an inferred card. Raises InputError."""
    if not is_bare(path):
        return PreparedModel(path, ())
    studied = study(path, task=task)
    folder = scratch / path.stem
    folder.mkdir(parents=True)
    shutil.copyfile(path, folder / "model.onnx")
    (folder / "card.toml").write_text(studied.draft.as_toml(), encoding="utf-8")
    inferred = f"{path.name}: the card was inferred; skysift model init {path.name} writes it for editing"
    return PreparedModel(folder, (inferred, *(f"{path.name}: {warning}" for warning in studied.draft.warnings)))
