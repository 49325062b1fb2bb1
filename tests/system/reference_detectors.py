"""What five published detectors find in a picture, worked out apart from the code under test.

Each is fed as its project feeds it, decoded by plain loops (`reference_decoders`), and suppressed within a class.
Geometry is stated here anew: a picture in tiles, or shrunk whole into the input.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.onboard.payload.detectors import reference_decoders as decoders
from tests.onboard.payload.detectors.reference_decoders import Found, suppressed

MODELS = Path(__file__).resolve().parents[2] / "../shared/data/models_3p"

Pixels = NDArray[Any]
"""Shape (height, width, channels)."""
Feed = Callable[[Pixels], NDArray[np.float32]]
Decode = Callable[[Sequence[Any], float], list[Found]]


@dataclass(frozen=True)
class Detector:
    """A published model, how it is fed and read, and how pictures larger than its input are cut.

    `feed` takes pixels of the input's size, colours as OpenCV has them (blue, green, red), to the input's numbers
    (height, width, channels); `grey` is the colour round a shrunk picture, and `corner` whether that picture lies in
    the upper left corner of the input or in its middle.
    """

    file: str
    input_hw: tuple[int, int]
    feed: Feed
    decode: Decode
    threshold: float
    max_iou: float
    classes: dict[int, str]
    overlap_px: int = 0
    stride_px: int = 1
    grey: int = 0
    corner: bool = False
    _session: list[Any] = field(default_factory=list, repr=False)

    @property
    def path(self) -> Path:
        """The ONNX file; skips the test where it is not here."""
        path = MODELS / self.file
        if not path.is_file():
            pytest.skip(f"the third-party model {self.file} is not here")
        return path

    def whole(self, picture: Pixels) -> list[Found]:
        """Boxes of a picture as large as the input, or, letterboxed before, in pixels of the input."""
        assert picture.shape[:2] == self.input_hw
        planes = np.ascontiguousarray(self.feed(picture).transpose(2, 0, 1)[None], np.float32)
        return suppressed(self.decode(self._run(planes), self.threshold), self.max_iou)

    def in_tiles(self, picture: Pixels) -> list[Found]:
        """Boxes of a picture of any size at its own resolution; a box belongs to the tile that has its centre."""
        height, width = picture.shape[:2]
        rows, cols = (self._origins(length, axis) for axis, length in enumerate((height, width)))
        below, beyond = max(0, rows[-1] + self.input_hw[0] - height), max(0, cols[-1] + self.input_hw[1] - width)
        mirrored = cv2.copyMakeBorder(picture, 0, below, 0, beyond, cv2.BORDER_REFLECT_101)
        found: list[Found] = []
        for row in rows:
            for col in cols:
                tile = mirrored[row : row + self.input_hw[0], col : col + self.input_hw[1]]
                for x0, y0, x1, y1, score, which in self.whole(tile):
                    box = (x0 + col, y0 + row, x1 + col, y1 + row, score, which)
                    seen = _inside(box, height, width)
                    if seen and self._owner(rows, seen, 0) == row and self._owner(cols, seen, 1) == col:
                        found.append(box)
        return _all_inside(suppressed(found, self.max_iou), height, width)

    def letterboxed(self, picture: Pixels) -> list[Found]:
        """Boxes of a picture of any size, shrunk with its proportions kept."""
        height, width = picture.shape[:2]
        ratio = min(self.input_hw[0] / height, self.input_hw[1] / width)
        if self.corner:  # preproc of YOLOX
            sides, left, top = (int(width * ratio), int(height * ratio)), 0, 0
        else:  # LetterBox of ultralytics
            sides = (round(width * ratio), round(height * ratio))
            left, top = (self.input_hw[1] - sides[0]) // 2, (self.input_hw[0] - sides[1]) // 2
        canvas = np.full((*self.input_hw, picture.shape[2]), self.grey, picture.dtype)
        canvas[top : top + sides[1], left : left + sides[0]] = cv2.resize(
            picture, sides, interpolation=cv2.INTER_LINEAR
        )
        across, down = width / sides[0], height / sides[1]
        boxes: list[Found] = [
            ((x0 - left) * across, (y0 - top) * down, (x1 - left) * across, (y1 - top) * down, score, which)
            for x0, y0, x1, y1, score, which in self.whole(canvas)
        ]
        return _all_inside(boxes, height, width)

    def _origins(self, length: int, axis: int) -> list[int]:
        """First pixels of tiles: a stride's multiple apart, the last one reaching the picture's end or past it."""
        side = self.input_hw[axis]
        step = (side - self.overlap_px) // self.stride_px * self.stride_px
        origins = [0]
        while origins[-1] + side < length:
            last = -((side - length) // self.stride_px) * self.stride_px
            origins.append(min(origins[-1] + step, last))
        return origins

    def _owner(self, origins: list[int], box: Found, axis: int) -> int:
        """Which tile a centre belongs to: neighbours part in the middle of what they share."""
        side = self.input_hw[axis]
        centre = (box[1] + box[3]) / 2 if axis == 0 else (box[0] + box[2]) / 2
        owner = origins[0]
        for one, other in pairwise(origins):
            if centre >= (one + side + other) // 2:
                owner = other
        return owner

    def _run(self, planes: NDArray[np.float32]) -> list[Any]:
        if not self._session:
            onnxruntime = pytest.importorskip("onnxruntime")
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.log_severity_level = 4
            path = str(self.path)
            self._session.append(onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]))
        session = self._session[0]
        outputs: list[Any] = session.run(None, {session.get_inputs()[0].name: planes})
        return outputs


def _inside(box: Found, height: int, width: int) -> Found | None:
    """What of a box lies in the picture."""
    x0, y0, x1, y1 = max(box[0], 0.0), max(box[1], 0.0), min(box[2], width), min(box[3], height)
    return (x0, y0, x1, y1, box[4], box[5]) if x0 < x1 and y0 < y1 else None


def _all_inside(boxes: Sequence[Found], height: int, width: int) -> list[Found]:
    return [seen for box in boxes if (seen := _inside(box, height, width))]


def _as_it_is(picture: Pixels) -> NDArray[np.float32]:
    return np.asarray(picture, np.float32)


RADIANCE_STEPS = (1 / 80, 1 / 5000, 1 / 600, 1 / 60000)
"""Of the four bands in 16 bits: radiance reaches 740 there, and the others 7, 100 and 1."""


def _radiances(picture: Pixels) -> NDArray[np.float32]:
    """The first band is in the file's red, the others in green, blue and transparency."""
    return np.asarray(picture[..., [2, 1, 0, 3]] * np.array(RADIANCE_STEPS), np.float32)


def _boats(outputs: Sequence[Any], threshold: float) -> list[Found]:
    """True vessel and false alarm: the box is the tile."""
    shares = decoders.softmax(outputs[0][0].tolist())
    return [(0.0, 0.0, 20.0, 20.0, share, which) for which, share in enumerate(shares) if share >= threshold]


_THINGS = {0: "person", 27: "tie", 32: "sports ball", 54: "donut", 67: "cell phone", 74: "clock"}
"""Those of the 80 classes of COCO that the portrait looks like."""

YOLOX = Detector(
    "yolox_nano.onnx",
    (416, 416),
    _as_it_is,
    lambda outputs, threshold: decoders.yolox(outputs, 416, threshold),
    0.3,
    0.45,
    _THINGS,
    overlap_px=128,
    stride_px=32,
    grey=114,
    corner=True,
)
FASTESTDET = Detector(
    "FastestDet.onnx",
    (352, 352),
    lambda picture: picture.astype(np.float32) / np.float32(255),
    lambda outputs, threshold: decoders.fastestdet(outputs, 352, threshold),
    0.65,
    0.45,
    _THINGS,
    overlap_px=96,
    stride_px=32,
)
ULTRA_LIGHT = Detector(
    "version-RFB-320.onnx",
    (240, 320),
    lambda picture: (picture[..., ::-1].astype(np.float32) - np.float32(127)) / np.float32(128),
    lambda outputs, threshold: decoders.ultra_light_faces(outputs, 240, 320, threshold),
    0.7,
    0.5,
    {0: "class0"},
    overlap_px=64,
    stride_px=64,
    grey=127,
)
YUNET = Detector(
    "yunet_n_320_320.onnx",
    (320, 320),
    _as_it_is,
    lambda outputs, threshold: decoders.yunet(outputs, 320, threshold),
    0.9,
    0.3,
    {0: "face"},
    overlap_px=96,
    stride_px=32,
)
NIGHT_LIGHTS = Detector(
    "allenai_viirs_nightlights.onnx",
    (20, 20),
    _radiances,
    _boats,
    0.5,
    0.45,
    {0: "class0", 1: "class1"},
)
"""Thresholds, overlaps and class names are those of the cards that are inferred; the folder's README has the rest."""
