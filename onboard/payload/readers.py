"""What each head makes of a graph's outputs: checks on the trial run, then one frame's detections tile by tile."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from onboard.payload.box_head import BoxGatherer
from onboard.payload.detections import Detection
from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.contract import Detector
from onboard.payload.detectors.custom import custom_detector
from onboard.payload.detectors.letterbox import Letterbox
from onboard.payload.detectors.registry import DETECTORS
from onboard.payload.detectors.scores import Raw, activated
from onboard.payload.heads import Probability, SegmentationCanvas
from onboard.payload.imagery import Tile
from onboard.payload.models import ModelCard

_ROUNDING = 1e-3
"""By how much a softmax in half precision may leave 0..1."""

Complaint = tuple[str, object, str]
"""The card's key that the graph contradicts, its value, and the rule."""


class Reader(Protocol):
    """Reads a graph's outputs for one frame after another."""

    def complaint(self, outputs: Sequence[Raw]) -> Complaint | None:
        """What in the outputs of a trial run contradicts the card."""

    def begin(self, grid: Iterable[Tile], height_px: int, width_px: int, place: Letterbox | None) -> None:
        """Start a frame; `place` is where it lies in the input if the whole of it is one."""

    def take(self, tile: Tile, outputs: Sequence[Raw]) -> str:
        """Take a tile's outputs; returns what in them means nothing, in a few words, or an empty text."""

    def detections(self, gsd_m: float) -> tuple[Detection, ...]:
        """The frame's detections."""


def reader_of(card: ModelCard) -> Reader:
    """The reader of a card's head. Raises InputError where a custom head cannot be loaded."""
    if card.head == "segmentation":
        return PixelReader(card)
    detector = custom_detector(card.entry, card.card_path) if card.head == "custom" else DETECTORS[card.head]
    return BoxReader(card, detector)


class PixelReader:
    """Segmentation: a probability for every pixel and class."""

    def __init__(self, card: ModelCard) -> None:
        self._card = card
        self._canvas: SegmentationCanvas | None = None

    def complaint(self, outputs: Sequence[Raw]) -> Complaint | None:
        """One output, of the tile's size, with a plane a class."""
        card = self._card
        if len(outputs) != 1:
            return "output.head", card.head, f"this head reads one output, and the graph has {len(outputs)}"
        classes = list(card.classes)
        expected = (1, len(classes), *card.tile_hw) if card.layout == "NCHW" else (1, *card.tile_hw, len(classes))
        told = outputs[0]
        if told.shape != expected or told.dtype.kind != "f":
            rule = f"the graph must put out float32 of shape {expected}, and puts out {told.dtype} of {told.shape}"
            return "output.classes", classes, rule
        if fault := _fault(self._probability(told)):
            return "output.head", card.head, f"this head reads probabilities, and the graph puts out {fault}"
        return None

    def begin(self, grid: Iterable[Tile], height_px: int, width_px: int, _place: Letterbox | None) -> None:
        """Start a frame."""
        self._canvas = SegmentationCanvas(self._card, grid, height_px, width_px)

    def take(self, tile: Tile, outputs: Sequence[Raw]) -> str:
        """Put the tile's probabilities on the canvas."""
        assert self._canvas is not None
        probability = self._probability(outputs[0])
        if fault := _fault(probability):
            return f"probabilities from {fault}"
        self._canvas.put(tile, probability)
        return ""

    def detections(self, gsd_m: float) -> tuple[Detection, ...]:
        """Detections of what is on the canvas."""
        assert self._canvas is not None
        return self._canvas.detections(gsd_m)

    def _probability(self, output: Raw) -> Probability:
        planes = output if self._card.layout == "NCHW" else output.transpose(0, 3, 1, 2)
        if self._card.activation != "none":
            planes = activated(planes.transpose(0, 2, 3, 1), self._card.activation).transpose(0, 3, 1, 2)
        return planes.astype(np.float32, copy=False)


class BoxReader:
    """Heads that find boxes."""

    def __init__(self, card: ModelCard, detector: Detector) -> None:
        self._card = card
        self._detector = detector
        self._place: Letterbox | None = None
        self._gatherer: BoxGatherer | None = None

    def complaint(self, outputs: Sequence[Raw]) -> Complaint | None:
        """Outputs of the shapes that the head knows, with numbers that mean something."""
        card = self._card
        shapes = [output.shape for output in outputs]
        if misfit := self._detector.misfit(shapes, card.tile_hw, len(card.classes)):
            return "output.head", card.head, misfit
        if fault := self._decoded(outputs).fault(len(card.classes)):
            return "output.head", card.head, f"the graph's outputs, read so, give {fault}"
        return None

    def begin(self, grid: Iterable[Tile], height_px: int, width_px: int, place: Letterbox | None) -> None:
        """Start a frame."""
        self._place = place
        self._gatherer = BoxGatherer(self._card, grid, height_px, width_px)

    def take(self, tile: Tile, outputs: Sequence[Raw]) -> str:
        """Gather the tile's boxes."""
        assert self._gatherer is not None
        boxes = self._decoded(outputs)
        if fault := boxes.fault(len(self._card.classes)):
            return fault
        if self._place is None:
            self._gatherer.put(tile, boxes)
        else:
            self._gatherer.put_frame(self._place, boxes)
        return ""

    def detections(self, gsd_m: float) -> tuple[Detection, ...]:
        """Detections of what was gathered."""
        assert self._gatherer is not None
        return self._gatherer.detections(gsd_m)

    def _decoded(self, outputs: Sequence[Raw]) -> Boxes:
        card = self._card
        return self._detector.decode(outputs, card.tile_hw, card.threshold, card.activation)


def _fault(probability: Probability) -> str:
    """The range of values that are no probabilities, or an empty text."""
    lowest, highest = float(probability.min()), float(probability.max())
    # Written so that NaN, which compares as false with everything, is caught too.
    if lowest >= -_ROUNDING and highest <= 1.0 + _ROUNDING:
        return ""
    return f"{lowest:g} to {highest:g}"
