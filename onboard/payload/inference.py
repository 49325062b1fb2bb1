"""Runs a model over a frame. The only module that loads onnxruntime."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.detections import Detection
from onboard.payload.heads import Probability, SegmentationCanvas
from onboard.payload.imagery import Frame, Planes, Tile, tiles
from onboard.payload.models import ModelCard, ModelFault

_ROUNDING = 1e-3
"""By how much a softmax in half precision may leave 0..1."""
_TRIAL_REFLECTANCE = 0.1


@dataclass(frozen=True, slots=True)
class _Channel:
    """One band's way into the network: digital numbers (height, width) and their calibration."""

    index: int
    numbers: NDArray[np.uint16]
    scale: np.float32
    offset: np.float32

    def fill(self, network_input: NDArray[np.float32], tile: Tile) -> None:
        """Write the tile in physical units into its channel of (1, channels, side, side)."""
        rows, cols = slice(tile.row, tile.row + tile.side_px), slice(tile.col, tile.col + tile.side_px)
        channel = network_input[0, self.index]
        np.multiply(self.numbers[rows, cols], self.scale, out=channel)
        if self.offset:
            channel += self.offset


class InferenceEngine:
    """A model on one thread, checked against its card.

    Raises InputError where the graph is damaged or is not what its card says.
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        self._session = _open(card)
        _check_input(card, self._session.get_inputs())
        self._network_input = np.full((1, len(card.bands), card.tile_px, card.tile_px), _TRIAL_REFLECTANCE, np.float32)
        _check_output(card, self._session.get_outputs(), self._try_out())

    def infer(self, frame: Frame, planes: Planes) -> tuple[Detection, ...]:
        """Detections in the frame's digital numbers (bands, height, width), sorted by row and column.

        A band of the model that the frame lacks is zeros. Raises ModelFault where the output means nothing.
        """
        card = self.card
        channels = self._channels(frame, _padded(np.asarray(planes), card.tile_px))
        grid = tiles(frame.height_px, frame.width_px, card.tile_px, card.overlap_px)
        canvas = SegmentationCanvas(card, grid, frame.height_px, frame.width_px)
        self._network_input.fill(0.0)
        for tile in grid:
            for channel in channels:
                channel.fill(self._network_input, tile)
            canvas.put(tile, self._probability(frame, tile))
        return canvas.detections(frame.gsd_m)

    def _channels(self, frame: Frame, planes: Planes) -> list[_Channel]:
        found = [(index, frame.bands.index(band)) for index, band in enumerate(self.card.bands) if band in frame.bands]
        return [
            _Channel(index, planes[band], np.float32(frame.scale[band]), np.float32(frame.offset[band]))
            for index, band in found
        ]

    def _probability(self, frame: Frame, tile: Tile) -> Probability:
        output = self._run()
        lowest, highest = float(output.min()), float(output.max())
        # Written so that NaN, which compares as false with everything, is caught too.
        if not (lowest >= -_ROUNDING and highest <= 1.0 + _ROUNDING):
            seen = f"probabilities from {lowest:g} to {highest:g}"
            raise ModelFault(self.card.name, frame.frame_id, tile.row, tile.col, seen)
        return output

    def _run(self) -> Probability:
        output: Probability = self._session.run(None, {self.card.input_name: self._network_input})[0]
        return output

    def _try_out(self) -> Probability:
        try:
            return self._run()
        except Exception as error:
            rule = f"the graph cannot run on a tile of input.tile_px = {self.card.tile_px}: {_first_line(error)}"
            raise InputError(self.card.path, rule) from None


def _padded(planes: Planes, side_px: int) -> Planes:
    """Planes of at least a tile's size, mirrored at the lower and right edge.

    Zeros would be a cliff, and repeating the last pixel draws a bright one out into a stripe: both look like
    targets. A mirror shows the network the texture it knows; what is found there is outside the frame.
    """
    missing = [max(0, side_px - length) for length in planes.shape[1:]]
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


def _check_input(card: ModelCard, inputs: list[Any]) -> None:
    names = [node.name for node in inputs]
    if names != [card.input_name]:
        rule = f"the graph must have this one input, and has {', '.join(names) or 'none'}"
        raise InputError(card.card_path, rule, key="input.name", value=card.input_name)
    node = inputs[0]
    if node.type != "tensor(float)":
        raise InputError(card.card_path, f"the graph's input must be float32, and is {node.type}", key="input.name")
    if len(node.shape) != 4:
        rule = f"the graph's input must have the four axes NCHW, and has shape {node.shape}"
        raise InputError(card.card_path, rule, key="input.layout", value="NCHW")
    expected = {
        "input.layout": (1, "images at a time", node.shape[:1]),
        "input.bands": (len(card.bands), "channels", node.shape[1:2]),
        "input.tile_px": (card.tile_px, "pixels a side", node.shape[2:]),
    }
    for key, (said, unit, lengths) in expected.items():
        for length in lengths:
            if isinstance(length, int) and length != said:
                raise InputError(card.card_path, f"the card says {said} {unit}, the graph {length}", key=key)


def _check_output(card: ModelCard, outputs: list[Any], trial: Probability) -> None:
    if len(outputs) != 1:
        rule = f"this head reads one output, and the graph has {', '.join(node.name for node in outputs)}"
        raise InputError(card.card_path, rule, key="output.head", value=card.head)
    expected = (1, len(card.classes), card.tile_px, card.tile_px)
    if trial.shape != expected or trial.dtype != np.float32:
        rule = f"the graph must put out float32 of shape {expected}, and puts out {trial.dtype} of {trial.shape}"
        raise InputError(card.card_path, rule, key="output.classes", value=list(card.classes))
    if not (trial.min() >= -_ROUNDING and trial.max() <= 1.0 + _ROUNDING):
        rule = f"this head reads probabilities, and the graph puts out {trial.min():g} to {trial.max():g}"
        raise InputError(card.card_path, rule, key="output.head", value=card.head)
