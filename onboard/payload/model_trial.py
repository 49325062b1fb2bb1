"""A model that came by uplink, out of its archive and on trial: it flies only if it answers a stored tile soundly."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.model_archive import unpack
from onboard.payload.models import ModelCard, ModelFault, load_card

GOLDEN_SCALE = 1e-4
"""Physical value (reflectance, or backscatter) of a step of the golden tile's digital numbers."""
_DARK, _BRIGHT, _HOT = 200, 3000, 9000
_HOT_PX = 3


class ModelRejected(Exception):
    """The model may not fly. One line."""


def unpack_model(root: Path, archive: bytes, name: str) -> Path:
    """Card and graph in a folder `name` below `root`. Raises ModelRejected.

    A folder half written by a process that died is written again: files are moved into place when they are whole.
    """
    parts = unpack(archive)
    if parts is None:
        raise ModelRejected("is no archive of a model")
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    for file_name, content in zip(("card.toml", "model.onnx"), parts, strict=True):
        path = folder / file_name
        beside = path.with_suffix(".partial")
        beside.write_bytes(content)
        beside.replace(path)
    return folder


def try_model(folder: Path, task: str, bands: Collection[str]) -> ModelCard:
    """The card of a model that passes: the graph is what the card says, and what it finds in the golden tile is finite,
    of the right shape, among the card's classes, not below its threshold, and the same a second time.

    `bands` are what the spacecraft's camera sees. Raises ModelRejected.
    """
    try:
        card = load_card(folder)
        if flaw := _flaw(card, task, bands):
            raise ModelRejected(flaw)
        engine = InferenceEngine(card)
        frame, planes = golden_tile(card)
        found, again = engine.infer(frame, planes), engine.infer(frame, planes)
    except InputError as error:
        raise ModelRejected(error.told) from None  # without the path, which differs between machines
    except ModelFault as fault:
        raise ModelRejected(str(fault)) from None
    except RecursionError:  # a card of tables in tables in tables
        raise ModelRejected("has a card that is nested too deeply") from None
    if found != again:
        raise ModelRejected("answers the same tile in two ways")
    least = round(card.threshold * 255) / 255
    if not all(one.class_index < len(card.classes) and one.confidence >= least for one in found):
        raise ModelRejected("finds what its card does not claim")
    return card


def golden_tile(card: ModelCard) -> tuple[Frame, Planes]:
    """The stored tile, in the size and the bands of a model: rolling ground under a raster's texture, one hot spot."""
    height_px, width_px = card.tile_hw
    rows, cols = np.indices((height_px, width_px))
    bands = tuple(dict.fromkeys(card.bands))
    planes = np.stack([_ground(rows, cols, turn) for turn in range(len(bands))])
    middle = slice(height_px // 2, height_px // 2 + _HOT_PX), slice(width_px // 2, width_px // 2 + _HOT_PX)
    planes[(slice(None), *middle)] = _HOT
    frame = Frame(
        frame_id=0,
        memory_ref="",
        width_px=width_px,
        height_px=height_px,
        bands=bands,
        sensed_bands=len(bands),
        scale=(GOLDEN_SCALE,) * len(bands),
        offset=(0.0,) * len(bands),
        bit_depth=16,
        exposed_ns=0,
        footprint_deg=(0.1, 0.0, 0.1, 0.1, 0.0, 0.1, 0.0, 0.0),
        gsd_m=20.0,
    )
    return frame, planes


def _ground(rows: NDArray[np.int64], cols: NDArray[np.int64], turn: int) -> NDArray[np.uint16]:
    """Whole numbers only: the same on every machine. Triangles roll; the texture is a multiplicative hash."""
    rolling = np.abs((rows * 3 + cols * 5 + turn * 17) % 256 - 128) * (_BRIGHT - _DARK) // 128
    texture = (rows * 2_654_435 + cols * 40_503 + turn * 977) % 97
    ground: NDArray[np.uint16] = (_DARK + rolling + texture).astype(np.uint16)
    return ground


def _flaw(card: ModelCard, task: str, bands: Collection[str]) -> str:
    if card.task != task:
        return f"is for {card.task}, and the upload was said to be for {task}"
    if card.head == "custom":
        return "has a custom head, which is a program: an upload carries none"
    if card.macs_per_px is None:
        return "does not state cost.macs_per_px, by which its work is admitted"
    if not set(card.source_bands(tuple(bands))) & set(bands):
        return f"sees {', '.join(card.bands)}, and the camera none of these"
    return ""
