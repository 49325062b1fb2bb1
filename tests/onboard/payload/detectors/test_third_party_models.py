"""Published models on photographs: our decoders against plain loops, box by box."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from onboard.payload.detectors.boxes import Boxes, concatenated
from onboard.payload.detectors.registry import DETECTORS
from tests.onboard.payload.detectors import reference_decoders as reference
from tests.onboard.payload.detectors.pictures import PICTURES, Picture
from tests.onboard.payload.detectors.reference_decoders import Found, overlap, suppressed

DATA = Path(__file__).resolve().parents[4] / "../shared/data"
MAX_IOU = 0.45
MIN_BOXES = 3

pictures = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)


def data(name: str) -> Path:
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"needs {name} of the shared data")
    return path


def run(name: str, network_input: NDArray[np.float32]) -> list[NDArray[Any]]:
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    path = data(f"models_3p/{name}")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    outputs: list[NDArray[Any]] = session.run(None, {session.get_inputs()[0].name: network_input})
    return outputs


def planes(picture: Picture) -> NDArray[np.float32]:
    """A picture as the one image of a batch, (1, 3, height, width)."""
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)


def decoded(head: str, outputs: Sequence[NDArray[Any]], size: tuple[int, int], threshold: float, n: int) -> Boxes:
    detector = DETECTORS[head]
    assert not detector.misfit([output.shape for output in outputs], size, n)
    found = detector.decode(outputs, size, threshold, "none")
    assert not found.fault(n)
    return found.suppressed(MAX_IOU)


def rows_of(boxes: Boxes) -> list[Found]:
    table = zip(boxes.corners.tolist(), boxes.scores.tolist(), boxes.class_indices.tolist(), strict=True)
    return [(*corners, score, index) for corners, score, index in table]


def check(boxes: Boxes, expected: list[Found]) -> None:
    """The same boxes, in whatever order."""
    assert len(expected) >= MIN_BOXES
    ours = rows_of(boxes)
    assert len(ours) == len(expected)
    for wanted in expected:
        nearest = max((one for one in ours if one[5] == wanted[5]), key=lambda one: overlap(one, wanted))
        assert overlap(nearest, wanted) >= 0.95
        assert nearest[4] == pytest.approx(wanted[4], abs=0.01)
        ours.remove(nearest)


@pictures
def test_yolox_nano(picture: Any) -> None:
    outputs = run("yolox_nano.onnx", planes(picture(416, 416)))
    boxes = decoded("yolox", outputs, (416, 416), 0.3, 80)
    check(boxes, suppressed(reference.yolox(outputs, 416, 0.3), MAX_IOU))


@pictures
def test_fastestdet(picture: Any) -> None:
    outputs = run("FastestDet.onnx", planes(picture(352, 352)) / np.float32(255))
    boxes = decoded("fastestdet", outputs, (352, 352), 0.4, 80)
    check(boxes, suppressed(reference.fastestdet(outputs, 352, 0.4), MAX_IOU))


@pictures
def test_ultra_light_faces(picture: Any) -> None:
    rgb = picture(240, 320)[..., ::-1]
    outputs = run("version-RFB-320.onnx", (planes(rgb) - np.float32(127)) / np.float32(128))
    boxes = decoded("ssd", outputs, (240, 320), 0.6, 1)
    check(boxes, suppressed(reference.ultra_light_faces(outputs, 240, 320, 0.6), MAX_IOU))


@pictures
def test_yunet(picture: Any) -> None:
    outputs = run("yunet_n_320_320.onnx", planes(picture(320, 320)))
    boxes = decoded("yunet", outputs, (320, 320), 0.6, 1)
    check(boxes, suppressed(reference.yunet(outputs, 320, 0.6), MAX_IOU))


@pictures
def test_yunet_beside_opencv_itself(picture: Any) -> None:
    """FaceDetectorYN suppresses boxes cut to whole pixels, which moves no box here: faces stand far apart."""
    bgr = picture(320, 320)
    detector = cv2.FaceDetectorYN.create(str(data("models_3p/yunet_n_320_320.onnx")), "", (320, 320), 0.6, MAX_IOU)
    _, faces = detector.detect(bgr)
    expected: list[Found] = [(x, y, x + w, y + h, face[14], 0) for face in faces for x, y, w, h in [face[:4].tolist()]]
    check(decoded("yunet", run("yunet_n_320_320.onnx", planes(bgr)), (320, 320), 0.6, 1), expected)


@pytest.mark.parametrize("first", [0, 40])
def test_night_lights_classifier_over_tiles(first: int) -> None:
    """A picture of 3 x 4 tiles, put together from labelled chips; classes are true vessel and false alarm."""
    chips = np.load(data("viirs_night_boats/viirs_boats.npz"))["x"][first::85][:12].astype(np.float32)
    found: list[Boxes] = []
    expected: list[Found] = []
    for index, chip in enumerate(chips):
        row, col = index // 4 * 20, index % 4 * 20
        (logits,) = run("allenai_viirs_nightlights.onnx", chip[None])
        assert not DETECTORS["classifier"].misfit([logits.shape], (20, 20), 2)
        found.append(DETECTORS["classifier"].decode([logits], (20, 20), 0.5, "softmax").shifted(col, row))
        for which, score in enumerate(reference.softmax(logits[0].tolist())):
            if score >= 0.5:
                expected.append((col, row, col + 20, row + 20, score, which))
    check(concatenated(found), expected)
