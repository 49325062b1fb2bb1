"""Weights in other files: they must lie in the model's own folder. For the child process only."""

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import onnx

from onboard.errors import InputError
from sim.modelling.facts import MAX_MODEL_BYTES, too_large
from sim.modelling.metadata import printable
from sim.modelling.protobuf import is_external, tensors

MAX_EXTERNAL_FILES = 1000


def external_files(path: Path, model: Any) -> list[tuple[str, int, str]]:
    """Name, bytes and SHA-256 of each file with weights, by name.

    Raises InputError where one is missing, too short for what is said to be in it, or anywhere but in the folder.
    """
    files: dict[str, Path] = {}
    for tensor in tensors(model):
        if is_external(tensor):
            said = {entry.key: entry.value for entry in tensor.external_data}
            location = said.get("location", "")
            if location not in files:
                if len(files) == MAX_EXTERNAL_FILES:
                    raise InputError(path, f"keeps weights in more than {MAX_EXTERNAL_FILES} files; export one file")
                files[location] = _inside(path, location)
            _check_extent(path, files[location], said)
    if (total := sum(file.stat().st_size for file in files.values())) > MAX_MODEL_BYTES:
        raise InputError(path, too_large(total))
    return [(name, file.stat().st_size, _digest(file)) for name, file in sorted(files.items())]


def merge(request: Mapping[str, Any]) -> dict[str, Any]:
    """The bytes of the graph at `path` with all weights inside."""
    path = Path(request["path"])
    external_files(path, onnx.load_model(str(path), load_external_data=False))
    return {"model": onnx.load_model(str(path)).SerializeToString()}


def _inside(path: Path, location: str) -> Path:
    """The file at a location relative to the model's folder, every link followed."""
    folder = path.parent.resolve()
    shown = printable(location, 60)
    parts = PurePosixPath(location).parts + PureWindowsPath(location).parts
    absolute = PurePosixPath(location).is_absolute() or PureWindowsPath(location).anchor
    if not location or not location.isprintable() or absolute or ".." in parts:
        rule = f"keeps weights at {shown!r}; they must lie in a file in the model's own folder"
        raise InputError(path, f"{rule}: move it there, or export one file")
    file = (folder / location).resolve()
    if not file.is_relative_to(folder) or file == path.resolve():
        rule = f"keeps weights at {shown!r}, which leads out of the model's folder"
        raise InputError(path, f"{rule}: copy the file itself into the folder")
    if not file.is_file():
        rule = f"keeps weights at {shown!r}, and there is no such file beside it"
        raise InputError(path, f"{rule}: copy it too, or export one file")
    return file


def _check_extent(path: Path, file: Path, said: dict[str, str]) -> None:
    texts = (said.get("offset", "0"), said.get("length", "0"))
    numbers = [int(text) if text.isdecimal() and len(text) < 20 else -1 for text in texts]
    if min(numbers) < 0 or sum(numbers) > file.stat().st_size:
        rule = f"wants weights beyond the end of {file.name}, which may be cut short; copy or export it again"
        raise InputError(path, rule)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
