"""Runs a model over a frame. The only module that loads onnxruntime."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import onnxruntime

from onboard.errors import InputError
from onboard.payload.detections import Detection
from onboard.payload.detectors.letterbox import Letterbox, letterbox
from onboard.payload.detectors.scores import Raw
from onboard.payload.grid import grid_over
from onboard.payload.imagery import Frame, Planes, Tile
from onboard.payload.models import ModelCard, ModelFault
from onboard.payload.network_input import NetworkInput
from onboard.payload.readers import reader_of

_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
    "tensor(uint16)": np.uint16,
    "tensor(int8)": np.int8,
}
_CORNER_HEADS = ("yolox",)
"""Heads whose project pads a shrunk picture at the right and at the bottom; the others centre it."""


class InferenceEngine:
    """A model on one thread, checked against its card.

    Raises InputError where the graph is damaged or is not what its card says.
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        self._session = _open(card)
        dtype, self._batch = _checked_input(card, self._session.get_inputs())
        _check_outputs(card, self._session.get_outputs())
        self._input = NetworkInput(card, np.dtype(dtype), self._batch)
        self._reader = reader_of(card)
        self._input.fill_evenly()
        if complaint := self._reader.complaint(self._try_out()):
            key, value, rule = complaint
            raise InputError(card.card_path, rule, key=key, value=value)

    def infer(self, frame: Frame, planes: Planes) -> tuple[Detection, ...]:
        """Detections in the frame's digital numbers (bands, height, width), sorted by row and column.

        A band of the model that the frame lacks is zeros. Raises ModelFault where the output means nothing.
        """
        card = self.card
        grid = grid_over(card, frame.height_px, frame.width_px)
        place = self._place(frame)
        numbers = np.asarray(planes) if place else _padded(np.asarray(planes), grid)
        channels = self._input.channels(frame, numbers)
        self._reader.begin(grid, frame.height_px, frame.width_px, place)
        self._input.clear()
        for tile in grid:
            if place:
                self._input.fill_letterbox(channels, place)
            else:
                self._input.fill_tile(channels, tile)
            self._read(frame, tile)
        return self._reader.detections(frame.gsd_m)

    def _read(self, frame: Frame, tile: Tile) -> None:
        try:
            fault = self._reader.take(tile, self._run())
        except InputError as error:  # a custom head that fails in flight
            fault = str(error)
        if fault:
            raise ModelFault(self.card.name, frame.frame_id, tile.row, tile.col, fault)

    def _place(self, frame: Frame) -> Letterbox | None:
        if self.card.fit == "tile":
            return None
        centred = self.card.head not in _CORNER_HEADS
        return letterbox((frame.height_px, frame.width_px), self.card.tile_hw, centred=centred)

    def _run(self) -> list[Raw]:
        outputs: list[Raw] = self._session.run(
            list(self.card.outputs) or None, {self.card.input_name: self._input.array}
        )
        return outputs if self._batch == 1 else [output[:1] for output in outputs]

    def _try_out(self) -> list[Raw]:
        try:
            return self._run()
        except Exception as error:
            height_px, width_px = self.card.tile_hw
            side = height_px if height_px == width_px else [height_px, width_px]
            rule = f"the graph cannot run on a tile of input.tile_px = {side}: {_first_line(error)}"
            raise InputError(self.card.path, rule) from None


def _padded(planes: Planes, grid: Sequence[Tile]) -> Planes:
    """Planes that hold every tile whole, mirrored at the lower and right edge.

    Zeros would be a cliff, and repeating the last pixel draws a bright one out into a stripe: both look like
    targets. A mirror shows the network the texture it knows; what is found there is outside the frame.
    """
    last = grid[-1]
    missing = (
        max(0, last.row + last.height_px - planes.shape[1]),
        max(0, last.col + last.width_px - planes.shape[2]),
    )
    if not any(missing):
        return planes
    return np.pad(planes, ((0, 0), (0, missing[0]), (0, missing[1])), mode="reflect")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _open(card: ModelCard) -> Any:
    graph = card.path.read_bytes()
    if sha256(graph).hexdigest() != card.sha256:
        raise InputError(card.path, "changed after its card was read")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Spinning threads take the cores of the other satellites: with shared cores the default loses 2-3x.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 4  # what fails is raised, and told in one line
    try:
        # The hashed bytes, not the path: weights in a second file would fly unhashed, and are refused here.
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise InputError(card.path, f"is not an ONNX graph that can run here: {_first_line(error)}") from None


def _checked_input(card: ModelCard, inputs: list[Any]) -> tuple[type, int]:
    """The input's number type, and how many images the graph takes at a time."""
    names = [node.name for node in inputs]
    if names != [card.input_name]:
        rule = f"the graph must have this one input, and has {', '.join(names) or 'none'}"
        raise InputError(card.card_path, rule, key="input.name", value=card.input_name)
    node = inputs[0]
    if node.type not in _DTYPES:
        known = ", ".join(kind[7:-1] for kind in _DTYPES)
        rule = f"the graph's input must be one of {known}, and is {node.type[7:-1]}"
        raise InputError(card.card_path, rule, key="input.name", value=card.input_name)
    if len(node.shape) != 4:
        rule = f"the graph's input must have the four axes {card.layout}, and has shape {node.shape}"
        raise InputError(card.card_path, rule, key="input.layout", value=card.layout)
    channel, height, width = (1, 2, 3) if card.layout == "NCHW" else (3, 1, 2)
    expected = (
        ("input.bands", len(card.bands), "channels", channel),
        ("input.tile_px", card.tile_hw[0], "pixels a side", height),
        ("input.tile_px", card.tile_hw[1], "pixels a side", width),
    )
    for key, said, unit, axis in expected:
        if isinstance(node.shape[axis], int) and node.shape[axis] != said:
            raise InputError(card.card_path, f"the card says {said} {unit}, the graph {node.shape[axis]}", key=key)
    return _DTYPES[node.type], node.shape[0] if isinstance(node.shape[0], int) else 1


def _check_outputs(card: ModelCard, outputs: list[Any]) -> None:
    known = [node.name for node in outputs]
    for name in card.outputs:
        if name not in known:
            rule = f"the graph has no such output; it has {', '.join(known)}"
            raise InputError(card.card_path, rule, key="output.outputs", value=name)
