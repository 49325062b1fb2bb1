"""Detections of frames that a model has seen before, in files named for all that decides them.

A hit spares the host's time and no virtual second: the job costs what its work costs, whoever did it.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np

from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard
from onboard.wire import Codec

_CODEC = Codec(Detection)


class Engine(Protocol):
    """What finds detections in a frame."""

    def infer(self, frame: Frame, planes: Planes, /) -> tuple[Detection, ...]:
        """Detections, sorted by row and column. Raises ModelFault where the model's output means nothing."""


def engine_for(card: ModelCard, cache_root: str = "", graph: bytes | None = None) -> Engine:
    """A model's engine, that keeps what it found below `cache_root` where that is not empty.

    `graph` is what memory holds where that is not the model's file. A custom head is code of the user's, whose changes
    no hash here would tell: it always runs.
    """
    engine = InferenceEngine(card, graph)
    return CachedEngine(engine, Path(cache_root)) if cache_root and card.head != "custom" else engine


class CachedEngine:
    """An engine that runs for frames that no engine of the same model has seen."""

    def __init__(self, engine: InferenceEngine, root: Path) -> None:
        self._engine = engine
        self._root = root / "inference"
        self._root.mkdir(parents=True, exist_ok=True)
        # The folder of a card does not matter, the graph's hash is in it.
        self._model = repr(replace(engine.card, path=Path()))

    def infer(self, frame: Frame, planes: Planes) -> tuple[Detection, ...]:
        """As the engine, which is asked once. A fault is not kept: it names the frame."""
        path = self._root / self._key(frame, planes)
        found = _read(path)
        if found is None:
            found = self._engine.infer(frame, planes)
            write_whole(path, _CODEC.encode(found))
        return found

    def _key(self, frame: Frame, planes: Planes) -> str:
        calibration = (planes.shape, frame.bands, frame.scale, frame.offset, frame.gsd_m)
        told = hashlib.sha256(f"{_code()}/{self._model}/{calibration!r}/".encode())
        told.update(np.ascontiguousarray(planes, "<u2").data)
        return told.hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that others find whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise


def code_sha256(files: Iterable[Path], *packages: str) -> str:
    """What modules and the installed packages below them are now: other code may give other results."""
    told = hashlib.sha256(
        repr([version(package) for package in ("numpy", "opencv-python-headless", *packages)]).encode()
    )
    for path in sorted(files):
        told.update(path.read_bytes())
    return told.hexdigest()


@cache
def _code() -> str:
    return code_sha256(Path(__file__).parent.rglob("*.py"), "onnxruntime")


def _read(path: Path) -> tuple[Detection, ...] | None:
    """None where nothing is kept, or what is kept is no list: it is found anew."""
    try:
        found = _CODEC.decode(path.read_bytes())
    except (OSError, ValueError, TypeError, LookupError, AssertionError):
        return None
    return found if isinstance(found, tuple) else None
