"""Makes a user's model ready to fly: a folder with a card as it is, a bare graph with the card that is inferred."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onboard.errors import InputError
from sim.equipment.device import Device
from sim.modelling.graph import whole_file
from sim.modelling.memory import blaming_memory_of
from sim.modelling.study import Study, study


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A folder that `load_card` reads. `notes` tell what was inferred and what to check.

    `path` is the model as its user names it; `studied` is what was found of a bare graph, None for a folder.
    """

    path: Path
    folder: Path
    notes: tuple[str, ...]
    studied: Study | None

    @property
    def tried_mb(self) -> float | None:
        """The memory that a bare graph took in its trial."""
        return None if self.studied is None else self.studied.trial.memory_mb

    @contextmanager
    def named_as_given(self) -> Iterator[None]:
        """Errors that blame the inferred card or the copy of the graph blame the user's file, and tell how to edit."""
        try:
            yield
        except InputError as error:
            source = Path(error.source)
            if self.studied is None or self.folder not in (source, source.parent):
                raise
            about_card = source.name == "card.toml"
            lacks = "; a bare graph has no folder" if source == self.folder else ""
            told = f"{error.told}; {_inferred(self.path)}" if about_card else f"{error.told}{lacks}"
            raise InputError(self.path, told) from None


def is_bare(path: Path) -> bool:
    """Whether a model is a graph without a card."""
    return path.suffix == ".onnx" and not path.is_dir()


def graph_of(path: Path) -> Path:
    """The ONNX file of a model."""
    return path if is_bare(path) else path / "model.onnx"


def prepare(path: Path, task: str, scratch: Path, device: Device | None = None) -> PreparedModel:
    """The folder of a model; for a bare graph one below `scratch` with an inferred card.

    Raises InputError, that tells of the device's memory where the graph takes more than a trial may.
    """
    if not is_bare(path):
        return PreparedModel(path, path, (), None)
    with blaming_memory_of(device):
        studied = study(path, task=task)
    folder = scratch / path.stem
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(whole_file(studied.facts))
    (folder / "card.toml").write_text(studied.draft.as_toml(), encoding="utf-8")
    notes = (f"{path.name}: {_inferred(path)}", *(f"{path.name}: {warning}" for warning in studied.draft.warnings))
    return PreparedModel(path, folder, notes, studied)


def _inferred(path: Path) -> str:
    return f"the card was inferred, and skysift model init {shlex.quote(str(path))} writes it for editing"
