"""Runs a model over a frame."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.detections import Detection
from onboard.payload.detectors.letterbox import Letterbox, letterbox
from onboard.payload.detectors.scores import Raw
from onboard.payload.grid import grid_over
from onboard.payload.imagery import Frame, Planes, Tile
from onboard.payload.models import ModelCard, ModelFault
from onboard.payload.network_input import NetworkInput
from onboard.payload.readers import reader_of
from onboard.payload.session import DTYPES, GraphSession, first_line, is_stated

_CORNER_HEADS = ("yolox",)
"""Heads whose project pads a shrunk picture at the right and at the bottom; the others centre it."""


class InferenceEngine:
    """A model on one thread, checked against its card.

    `graph` is what memory holds where that is not the file: what it answers on trial may be anything. Raises
    InputError where the graph is damaged or is not what its card says.
    """

    def __init__(self, card: ModelCard, graph: bytes | None = None) -> None:
        self.card = card
        self._session = GraphSession(card, graph)
        dtype, self._batch = _checked_input(card, self._session.inputs)
        _check_outputs(card, self._session.outputs)
        self._input = NetworkInput(card, np.dtype(dtype), self._batch)
        self._session.bind(self._input.array)
        self._reader = reader_of(card)
        self._input.fill_ramp()
        complaint = self._reader.complaint(self._try_out())
        if complaint and graph is None:
            key, value, rule = complaint
            raise InputError(card.card_path, rule, key=key, value=value)

    def infer(self, frame: Frame, planes: Planes) -> tuple[Detection, ...]:
        """Detections in the frame's digital numbers (bands, height, width), sorted by row and column.

        A band of the model that the frame lacks is zeros. Raises ModelFault where the output means nothing.
        """
        self._look(frame, planes)
        return self._reader.detections(frame.gsd_m)

    def inputs(self, frame: Frame, planes: Planes, grid: Sequence[Tile]) -> Iterator[tuple[Tile, NDArray[Any]]]:
        """Each tile of the grid with what the graph is given for it: one array, overwritten by the next tile."""
        place = self._place(frame)
        numbers = np.asarray(planes) if place else _padded(np.asarray(planes), grid)
        channels = self._input.channels(frame, numbers)
        for tile in grid:
            if place:
                self._input.fill_letterbox(channels, place)
            else:
                self._input.fill_tile(channels, tile)
            yield tile, self._input.array

    def _look(self, frame: Frame, planes: Planes) -> None:
        """Have the reader take every tile."""
        grid = grid_over(self.card, frame.height_px, frame.width_px)
        self._reader.begin(grid, frame.height_px, frame.width_px, self._place(frame))
        for tile, _ in self.inputs(frame, planes, grid):
            self._read(frame, tile)

    def _read(self, frame: Frame, tile: Tile) -> None:
        try:
            outputs = self._run()
        except Exception as error:  # onnxruntime raises what it likes where a graph fails on its data
            raise ModelFault(self.card.name, frame.frame_id, tile.row, tile.col, first_line(error)) from None
        try:
            fault = self._reader.take(tile, outputs)
        except InputError as error:  # a custom head that fails in flight
            fault = error.told  # without the path of the card, which differs between machines
        if fault:
            raise ModelFault(self.card.name, frame.frame_id, tile.row, tile.col, fault)

    def _place(self, frame: Frame) -> Letterbox | None:
        if self.card.fit == "tile":
            return None
        centred = self.card.head not in _CORNER_HEADS
        return letterbox((frame.height_px, frame.width_px), self.card.tile_hw, centred=centred)

    def _run(self) -> list[Raw]:
        outputs = self._session.run()
        return outputs if self._batch == 1 else [output[:1] for output in outputs]

    def _try_out(self) -> list[Raw]:
        try:
            return self._run()
        except Exception as error:
            height_px, width_px = self.card.tile_hw
            side = height_px if height_px == width_px else [height_px, width_px]
            rule = f"the graph cannot run on a tile of input.tile_px = {side}: {first_line(error)}"
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


def _checked_input(card: ModelCard, inputs: list[Any]) -> tuple[type, int]:
    """The input's number type, and how many images the graph takes at a time."""
    names = [node.name for node in inputs]
    if names != [card.input_name]:
        rule = f"the graph must have this one input, and has {', '.join(names) or 'none'}"
        raise InputError(card.card_path, rule, key="input.name", value=card.input_name)
    node = inputs[0]
    if node.type not in DTYPES:
        known = ", ".join(kind[7:-1] for kind in DTYPES)
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
        if is_stated(node.shape[axis]) and node.shape[axis] != said:
            raise InputError(card.card_path, f"the card says {said} {unit}, the graph {node.shape[axis]}", key=key)
    return DTYPES[node.type], node.shape[0] if is_stated(node.shape[0]) else 1


def _check_outputs(card: ModelCard, outputs: list[Any]) -> None:
    known = [node.name for node in outputs]
    for name in card.outputs:
        if name not in known:
            rule = f"the graph has no such output; it has {', '.join(known)}"
            raise InputError(card.card_path, rule, key="output.outputs", value=name)
