"""What each head makes of a graph's outputs: checks on the trial run, then one frame's detections tile by tile."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from onboard.payload.box_head import BoxGatherer
from onboard.payload.detections import Detection
from onboard.payload.detectors.boxes import ROUNDING, Boxes
from onboard.payload.detectors.contract import Detector
from onboard.payload.detectors.custom import custom_detector
from onboard.payload.detectors.letterbox import Letterbox
from onboard.payload.detectors.planes import class_numbers_fault, class_planes, planes_misfit
from onboard.payload.detectors.registry import DETECTORS
from onboard.payload.detectors.scores import Raw
from onboard.payload.imagery import Tile
from onboard.payload.models import ModelCard
from onboard.payload.pixel_head import PixelGatherer, Probability

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
        self._shape: tuple[int, ...] = ()
        self._gatherer: PixelGatherer | None = None

    def complaint(self, outputs: Sequence[Raw]) -> Complaint | None:
        """One output, of the tile's size, with a plane a class."""
        card = self._card
        if len(outputs) != 1:
            return "output.head", card.head, f"this head reads one output, and the graph has {len(outputs)}"
        told = outputs[0]
        if misfit := planes_misfit(told, card.layout, card.tile_hw, len(card.classes)):
            return "output.classes", list(card.classes), misfit
        self._shape = told.shape
        if fault := class_numbers_fault(told, len(card.classes)):
            return "output.classes", list(card.classes), f"the graph puts out {fault}"
        if fault := _fault(self._probability(told)):
            return "output.head", card.head, f"this head reads probabilities, and the graph puts out {fault}"
        return None

    def begin(self, grid: Iterable[Tile], height_px: int, width_px: int, _place: Letterbox | None) -> None:
        """Start a frame."""
        self._gatherer = PixelGatherer(self._card, grid, height_px, width_px)

    def take(self, tile: Tile, outputs: Sequence[Raw]) -> str:
        """Gather the tile's pixels."""
        assert self._gatherer is not None
        if outputs[0].shape != self._shape:  # a graph may put out another size for other data
            return f"an output of shape {outputs[0].shape}, in the trial run it was {self._shape}"
        if fault := class_numbers_fault(outputs[0], len(self._card.classes)):
            return fault
        probability = self._probability(outputs[0])
        if fault := _fault(probability):
            return f"probabilities from {fault}"
        self._gatherer.put(tile, probability)
        return ""

    def detections(self, gsd_m: float) -> tuple[Detection, ...]:
        """Detections of what was gathered."""
        assert self._gatherer is not None
        return self._gatherer.detections(gsd_m)

    @property
    def found_px(self) -> int:
        """Pixels of what was gathered."""
        assert self._gatherer is not None
        return self._gatherer.found_px

    def _probability(self, output: Raw) -> Probability:
        card = self._card
        return class_planes(output, card.layout, card.tile_hw, len(card.classes), card.activation)


class BoxReader:
    """Heads that find boxes."""

    def __init__(self, card: ModelCard, detector: Detector) -> None:
        self._card = card
        self._detector = detector
        self._shapes: list[tuple[int, ...]] = []
        self._place: Letterbox | None = None
        self._gatherer: BoxGatherer | None = None

    def complaint(self, outputs: Sequence[Raw]) -> Complaint | None:
        """Outputs of the shapes that the head knows, with numbers that mean something."""
        card = self._card
        if misfit := self._misfit(outputs):
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
        if misfit := self._misfit(outputs):  # a graph may put out another size for other data
            return misfit
        boxes = self._decoded(outputs)
        if not len(boxes):  # most tiles end here
            return ""
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

    def _misfit(self, outputs: Sequence[Raw]) -> str:
        shapes = [output.shape for output in outputs]
        if shapes == self._shapes:
            return ""
        misfit = self._detector.misfit(shapes, self._card.tile_hw, len(self._card.classes))
        if not misfit:
            self._shapes = shapes
        return misfit

    def _decoded(self, outputs: Sequence[Raw]) -> Boxes:
        card = self._card
        return self._detector.decode(outputs, card.tile_hw, card.threshold, card.activation)


def _fault(probability: Probability) -> str:
    """The range of values that are no probabilities, or an empty text."""
    lowest, highest = float(probability.min()), float(probability.max())
    # Written so that NaN, which compares as false with everything, is caught too.
    if lowest >= -ROUNDING and highest <= 1.0 + ROUNDING:
        return ""
    return f"{lowest:g} to {highest:g}"
