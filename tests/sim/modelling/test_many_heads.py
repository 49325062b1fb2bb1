"""Cards for what detectors, transformers and segmentations of many projects put out; and what is no find at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from onboard.errors import InputError
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from sim.modelling.draft import CardDraft
from sim.modelling.graph import read_graph
from sim.modelling.infer import infer_card
from sim.modelling.macs import count_macs
from sim.modelling.trial import try_model
from tests.sim.modelling.synthetic_graphs import Graph, segmentation
from tests.sim.modelling.synthetic_heads import classifier, part_size
from tests.sim.modelling.synthetic_lists import (
    band_ratio,
    centre_net,
    class_map,
    columns_and,
    embedding,
    enlarger,
    flags,
    masks,
    mmdetection,
    queries,
    query_rows,
    recogniser,
    squeezed_plane,
    tensorflow,
    torchvision,
    yolov7,
)

pytestmark = pytest.mark.usefixtures("in_process")
Case = tuple[Callable[[], Graph], dict[str, str], dict[str, Any]]

SHIPS = ["ship", "raft", "ice berg"]
NAMES = {"names": str(SHIPS)}
TENSORFLOW = ("detection_boxes", "detection_classes", "detection_scores", "num_detections")
TENSORFLOW_OUTPUTS = ["num_detections", "detection_boxes", "detection_scores", "detection_classes"]
LITE = ("Call:31", "Call:32", "Call:33", "Call:34")

CASES: dict[str, Case] = {
    "TensorFlow": (
        *(lambda: tensorflow(TENSORFLOW), NAMES),
        {
            "head": "tensorflow",
            "outputs": TENSORFLOW_OUTPUTS,
            "classes": ["background", *SHIPS],
            "ignore": ["background"],
            "scale": 255.0,
            "layout": "NHWC",
        },
    ),
    "TensorFlow with raw outputs": (lambda: tensorflow(TENSORFLOW, extra=True), {}, {"outputs": TENSORFLOW_OUTPUTS}),
    "TensorFlow Lite": (
        *(lambda: tensorflow(LITE, first=0), NAMES),
        {"head": "tensorflow", "outputs": ["Call:34", "Call:31", "Call:33", "Call:32"], "classes": SHIPS},
    ),
    "torchvision": (
        *(torchvision, NAMES),
        {"head": "end2end", "outputs": ["boxes", "scores", "labels"], "classes": ["background", *SHIPS]},
    ),
    "torchvision that finds nothing": (lambda: torchvision(0), {}, {"head": "end2end", "ignore": ["background"]}),
    "MMDetection": (mmdetection, {}, {"head": "end2end", "outputs": ["dets", "labels"]}),
    "YOLOv7": (yolov7, NAMES, {"head": "end2end", "outputs": ["output"], "classes": SHIPS}),
    "RT-DETR": (
        *(lambda: query_rows(3), NAMES),
        {"head": "detr", "outputs": ["output0"], "classes": SHIPS, "activation": "none"},
    ),
    "RT-DETR of two classes": (lambda: query_rows(2), {}, {"head": "detr", "classes": ["class0", "class1"]}),
    "RT-DETR, logits apart": (
        *(lambda: queries("sigmoid"), {}),
        {"head": "detr", "outputs": ["logits", "pred_boxes"], "activation": "sigmoid"},
    ),
    "RT-DETR, probabilities apart": (lambda: queries("probabilities"), {}, {"head": "detr", "activation": "none"}),
    "DETR": (
        *(lambda: queries("softmax", 4), NAMES),
        {"head": "detr", "classes": SHIPS, "activation": "softmax", "threshold": 0.7},
    ),
    "DETR by its names": (lambda: queries("sigmoid", 4), NAMES, {"activation": "softmax", "classes": SHIPS}),
    "masks": (
        *(masks, {**NAMES, "task": "segment"}),
        {"head": "yolov8", "outputs": ["y.1", "proto"], "classes": SHIPS},
    ),
    "turned boxes": (lambda: columns_and(3, 2.0), {**NAMES, "task": "obb"}, {"head": "yolov8-obb", "classes": SHIPS}),
    "turned boxes without metadata": (
        *(lambda: columns_and(3, -0.7), {}),
        {"head": "yolov8-obb", "activation": "none", "classes": ["class0", "class1", "class2"]},
    ),
    "a heat map beside sizes": (centre_net, {}, {"head": "heatmap", "outputs": ["hm"], "activation": "sigmoid"}),
    "a quarter of the size": (lambda: part_size(4, "o"), {}, {"head": "segmentation"}),
    "an eighth of the size": (lambda: part_size(8, "o"), {}, {"head": "segmentation"}),
    "a plane without a class axis": (squeezed_plane, {}, {"head": "segmentation", "classes": ["class0"]}),
    "class numbers": (
        *(lambda: class_map(3, squeezed=False), {}),
        {"head": "segmentation", "activation": "none", "classes": ["background", "class1", "class2"]},
    ),
    "class numbers without a class axis": (
        *(lambda: class_map(2, squeezed=True), {"names": "['clear', 'cloud']"}),
        {"head": "segmentation", "classes": ["clear", "cloud"], "ignore": ["clear"]},
    ),
    "flags": (flags, {}, {"head": "segmentation", "bands": ["swir2"], "activation": "none", "macs_per_px": 1.0}),
    # Difference, sum, quotient and sigmoid: one operation a pixel each.
    "a ratio of bands": (band_ratio, {}, {"bands": ["red", "nir"], "units": "reflectance", "macs_per_px": 4.0}),
    "planes that exclude each other": (
        *(lambda: segmentation(n_classes=3, sigmoid=False), {}),
        {"classes": ["background", "class1", "class2"], "ignore": ["background"], "activation": "softmax"},
    ),
    "planes for themselves": (
        *(lambda: segmentation(n_classes=3), {}),
        {"classes": ["class0", "class1", "class2"], "activation": "none"},
    ),
    "fire or none": (
        *(lambda: classifier(2, channels=3), {"names": "{0: 'no_fire', 1: 'fire'}"}),
        {"classes": ["no_fire", "fire"], "ignore": ["no_fire"]},
    ),
    "a pooled classifier": (lambda: classifier(3, pooled=True), {}, {"head": "classifier"}),
    "Sentinel-2": (
        *(lambda: segmentation((1, 13, 64, 64)), {}),
        {
            "bands": [
                *("coastal", "blue", "green", "red", "rededge1", "rededge2", "rededge3", "nir", "nir08"),
                *("watervapour", "cirrus", "swir1", "swir2"),
            ]
        },
    ),
}


def draft(path: Path) -> CardDraft:
    facts = read_graph(path)
    trial = try_model(facts)
    return infer_card(facts, task="rescue", trial=trial, work=count_macs(facts, trial.tile_px))


@pytest.mark.parametrize("case", CASES)
def test_a_card_is_inferred_and_flies(case: str, tmp_path: Path) -> None:
    make, metadata, expected = CASES[case]
    card = draft(make().save(tmp_path / "model.onnx", metadata))
    flat = {key: value for section in card.as_table().values() for key, value in section.items()}
    assert {key: flat[key] for key in expected} == expected
    (tmp_path / "card.toml").write_text(card.as_toml(), "utf-8")
    InferenceEngine(load_card(tmp_path))


def test_what_is_left_aside_is_told(tmp_path: Path) -> None:
    assert any("masks" in line for line in draft(masks().save(tmp_path / "m.onnx")).warnings)
    turned = draft(columns_and(3, 2.0).save(tmp_path / "n.onnx", {"task": "obb"}))
    assert any("upright" in line for line in turned.warnings)
    assert any("wh, reg" in line for line in draft(centre_net().save(tmp_path / "o.onnx")).warnings)


def test_a_graph_of_single_operations_says_how_it_was_counted(tmp_path: Path) -> None:
    text = draft(band_ratio().save(tmp_path / "m.onnx")).as_toml()
    assert "operations on single numbers" in text


UNREADABLE: dict[str, tuple[Callable[[], Graph], dict[str, str], str]] = {
    "key points": (lambda: columns_and(1, 90.0, 80.0, 0.5), {}, "perhaps with key points"),
    "turned boxes and more": (lambda: columns_and(1, 2.0), {"task": "pose"}, "more than boxes"),
    "one class number": (lambda: class_map(1, squeezed=True), {}, "without the final ArgMax"),
    "a text recogniser": (recogniser, {}, "text recogniser"),
    "an embedding": (embedding, {}, "an embedding"),
    "a larger picture": (enlarger, {}, "a picture larger than"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_finds_nothing_is_refused_with_advice(case: str, tmp_path: Path) -> None:
    make, metadata, rule = UNREADABLE[case]
    with pytest.raises(InputError) as refusal:
        draft(make().save(tmp_path / "m.onnx", metadata))
    assert rule in str(refusal.value)
    assert "\n" not in str(refusal.value)


LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
CLASSIFIERS = ("squeezenet", "shufflenet", "densenet121", "resnet50", "inception_v1")


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_classifiers_that_come_with_onnx_are_read(name: str) -> None:
    path = LIGHT / f"light_{name}.onnx"
    if not path.exists():
        pytest.skip("this onnx comes without its light models")
    table = draft(path).as_table()
    assert table["output"]["head"] == "classifier"
    assert len(table["output"]["classes"]) == 1000
    assert table["input"]["tile_px"] == 224
