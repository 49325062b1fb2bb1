"""Cards inferred for graphs of every head, with names unlike any convention."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.modelling.draft import CardDraft
from sim.modelling.graph import read_graph
from sim.modelling.infer import infer_card
from sim.modelling.macs import count_macs
from sim.modelling.trial import try_model
from tests.sim.modelling.synthetic_graphs import Graph, segmentation
from tests.sim.modelling.synthetic_heads import (
    SIDE,
    best_rows,
    classifier,
    deep_supervision,
    divides_by,
    fastestdet,
    four_outputs,
    old_yolov5,
    part_size,
    ssd,
    yolov5,
    yolov8,
    yolox,
    yunet,
)

pytestmark = pytest.mark.usefixtures("in_process")

SHIPS = {"names": "{0: 'ship', 1: 'raft', 2: 'ice berg'}", "stride": "32", "task": "detect"}


def draft(path: Path, *, run: bool = True) -> CardDraft:
    facts = read_graph(path)
    trial = try_model(facts) if run else None
    work = count_macs(facts, trial.tile_px) if trial else None
    return infer_card(facts, task="rescue", trial=trial, work=work)


NAMES = ["ship", "raft", "ice berg"]
CASES: dict[str, tuple[Callable[[], Graph], dict[str, str], dict[str, Any]]] = {
    "yolov5": (
        *(yolov5, SHIPS),
        {"head": "yolov5", "outputs": ["lion"], "name": "zebra", "classes": NAMES, "tile_px": SIDE, "stride_px": 32},
    ),
    "yolov5 without metadata": (yolov5, {}, {"head": "yolov5", "classes": ["class0", "class1", "class2"]}),
    "yolov5 with raw grids": (old_yolov5, {}, {"head": "yolov5", "outputs": ["lion"]}),
    "yolov5 of any size": (
        *(lambda: yolov5("side"), {**SHIPS, "imgsz": "[160, 160]"}),
        {"head": "yolov5", "tile_px": 160, "classes": NAMES, "scale": 1.0, "bands": ["red", "green", "blue"]},
    ),
    "yolov8": (yolov8, SHIPS, {"head": "yolov8", "classes": NAMES, "activation": "sigmoid", "scale": 1.0}),
    "yolov8 of one class": (lambda: yolov8(1), {}, {"head": "yolov8", "classes": ["class0"]}),
    "yolov11 of any size": (
        *(lambda: yolov8(tile="side"), {"names": '["a", "b", "c"]', "imgsz": "160"}),
        {"head": "yolov8", "classes": ["a", "b", "c"], "tile_px": 160},
    ),
    "yolov8 of any size without metadata": (lambda: yolov8(80, "s"), {}, {"head": "yolov8", "tile_px": 640}),
    "end to end": (best_rows, SHIPS, {"head": "end2end", "outputs": ["picked"], "classes": NAMES}),
    "end to end by metadata": (lambda: best_rows(525), {"args": "{'nms': True}"}, {"head": "end2end"}),
    "four outputs": (
        *(four_outputs, {}),
        {"head": "end2end", "outputs": ["num_dets", "det_boxes", "det_scores", "det_classes"]},
    ),
    "four outputs with odd names": (
        *(lambda: four_outputs(("a", "b", "c", "d")), SHIPS),
        {"head": "end2end", "outputs": ["a", "b", "c", "d"], "classes": NAMES},
    ),
    "yolox": (
        *(yolox, {}),
        {"head": "yolox", "bands": ["blue", "green", "red"], "scale": 255.0, "pad": 114.0, "activation": "sigmoid"},
    ),
    "yolox decoded": (
        *(lambda: yolox(decoded=True), {}),
        {"head": "yolov5", "bands": ["blue", "green", "red"], "scale": 255.0, "pad": 114.0},
    ),
    "ssd": (ssd, {}, {"head": "ssd", "outputs": ["q", "p"], "classes": ["class0", "class1", "class2"]}),
    "ssd with background named": (
        ssd,
        {"names": "['sea', 'a', 'b', 'c']"},
        {"head": "ssd", "classes": ["a", "b", "c"]},
    ),
    "ssd of three classes": (lambda: ssd(3), {}, {"head": "ssd", "outputs": ["q", "p"], "activation": "none"}),
    "fastestdet": (
        *(fastestdet, {}),
        {"head": "fastestdet", "bands": ["blue", "green", "red"], "scale": 1.0, "activation": "none"},
    ),
    "yunet": (
        *(yunet, {}),
        {
            "head": "yunet",
            "outputs": ["o01", "o11", "o21", "o03", "o13", "o23", "o02", "o12", "o22", "o00", "o10", "o20"],
            "classes": ["face"],
            "scale": 255.0,
        },
    ),
    "classifier": (
        *(classifier, {}),
        {"head": "classifier", "activation": "softmax", "overlap_px": 0, "stride_px": 1, "tile_px": 20},
    ),
    "classifier with softmax": (lambda: classifier(last="Softmax"), {}, {"head": "classifier", "activation": "none"}),
    "classifier of one class": (lambda: classifier(1), {}, {"head": "classifier", "activation": "sigmoid"}),
    "classifier of log probabilities": (lambda: classifier(last="LogSoftmax"), {}, {"activation": "softmax"}),
    "classifier, pooled": (lambda: classifier(pooled=True), {}, {"head": "classifier"}),
    "classifier of any size": (lambda: classifier(side="s"), {}, {"head": "classifier", "tile_px": 224}),
    "classifier of ImageNet": (
        *(lambda: classifier(1000, side=64, channels=3), {}),
        {"head": "classifier", "scale": [pytest.approx(1 / 0.229), pytest.approx(1 / 0.224), pytest.approx(1 / 0.225)]},
    ),
    "segmentation": (segmentation, {}, {"head": "segmentation", "layout": "NCHW", "min_pixels": 1}),
    "segmentation of any size": (
        *(lambda: segmentation(("b", 6, "h", "w")), {}),
        {"head": "segmentation", "tile_px": 256, "bands": ["blue", "green", "red", "nir", "swir1", "swir2"]},
    ),
    "segmentation of any size, as Paddle writes it": (
        *(lambda: segmentation((-1, 3, -1, -1)), {}),
        {"head": "segmentation", "tile_px": 256, "overlap_px": 64},
    ),
    "segmentation, channels last": (
        *(lambda: segmentation((1, 48, 64, 4), n_classes=3, channels_last=True), {}),
        {"head": "segmentation", "layout": "NHWC", "tile_px": [48, 64], "classes": ["class0", "class1", "class2"]},
    ),
    "segmentation, channels last, of any size": (
        *(lambda: segmentation((1, None, None, 4), channels_last=True), {}),
        {"head": "segmentation", "layout": "NHWC"},
    ),
    "segmentation in batches of 4": (
        *(lambda: segmentation((4, 3, 64, 64)), {}),
        {"head": "segmentation", "tile_px": 64},
    ),
    "segmentation of logits": (
        *(lambda: segmentation(n_classes=3, sigmoid=False), {}),
        {"head": "segmentation", "activation": "softmax"},
    ),
    "segmentation of one logit": (lambda: segmentation(sigmoid=False), {}, {"activation": "sigmoid"}),
    "segmentation with outputs aside": (deep_supervision, {}, {"head": "segmentation", "outputs": ["planes"]}),
    "bytes": (lambda: segmentation(dtype="uint8"), {}, {"scale": 255.0, "offset": 0.0}),
    "signed bytes": (lambda: segmentation(dtype="int8"), {}, {"scale": 255.0, "offset": -128.0}),
    "16 bits": (lambda: segmentation(dtype="uint16"), {}, {"scale": 10000.0}),
    "half precision": (lambda: segmentation(dtype="float16"), {}, {"scale": 1.0}),
    "half size": (lambda: part_size(2, "o"), {}, {"head": "segmentation", "bands": ["vv"], "units": "sigma0"}),
    "heat map": (lambda: part_size(4, "HeatMap"), {}, {"head": "heatmap", "min_pixels": 1}),
    "bands by metadata": (
        *(lambda: segmentation((1, 4, 64, 64)), {"bands": "red, nir, swir1, swir2"}),
        {"bands": ["red", "nir", "swir1", "swir2"]},
    ),
    "divides by 255": (lambda: divides_by(255.0), {}, {"scale": 255.0}),
    "multiplies by 1/255": (lambda: divides_by(1 / 255, "Mul"), {}, {"scale": 255.0}),
    "divides by 10000": (lambda: divides_by(10_000.0), {}, {"scale": 10_000.0}),
    "takes off a mean of bytes": (
        lambda: divides_by([58.4, 57.1, 57.4], mean=[123.7, 116.3, 103.5]),
        {},
        {"scale": 255.0},
    ),
    "takes off a mean of reflectance": (lambda: divides_by([0.2, 0.2, 0.2], mean=[0.4, 0.4, 0.4]), {}, {"scale": 1.0}),
    "licence by metadata": (segmentation, {"license": "MIT\n"}, {"licence": "MIT"}),
    "two classes of one name": (yolov8, {"names": "['a', 'a', 'b']"}, {"classes": ["a", "a 2", "b"]}),
    "names of another number": (yolov8, {"names": "['a']"}, {"classes": ["class0", "class1", "class2"]}),
}
"""A graph, its metadata, and what its card must say."""


@pytest.mark.parametrize("case", CASES)
def test_a_card_is_inferred(case: str, tmp_path: Path) -> None:
    make, metadata, expected = CASES[case]
    card = draft(make().save(tmp_path / "m.onnx", metadata))
    table = card.as_table()
    flat = {key: value for section in table.values() for key, value in section.items()}
    flat["name"] = table["input"]["name"]
    assert {key: flat[key] for key in expected} == expected
    assert tomllib.loads(card.as_toml()) == table


@pytest.mark.parametrize("case", ["yolov5", "yolov8", "ssd", "yunet", "fastestdet", "classifier", "segmentation"])
def test_a_run_is_not_needed_where_the_graph_is_fixed(case: str, tmp_path: Path) -> None:
    make, metadata, expected = CASES[case]
    assert draft(make().save(tmp_path / "m.onnx", metadata), run=False).value("output.head") == expected["head"]


def test_an_exponential_tells_of_decoding_without_a_run(tmp_path: Path) -> None:
    assert draft(yolox(exponential=True).save(tmp_path / "m.onnx"), run=False).value("output.head") == "yolov5"
    assert draft(yolox().save(tmp_path / "n.onnx"), run=False).value("output.head") == "yolox"


def test_what_cannot_be_known_is_marked(tmp_path: Path) -> None:
    card = draft(segmentation().save(tmp_path / "m.onnx"))
    assumed = {key for key, entry in card.entries.items() if entry.assumed}
    assert {"input.bands", "input.units", "input.scale", "output.threshold", "output.classes"} <= assumed
    assert not {"input.name", "input.layout", "input.tile_px", "output.outputs", "output.activation"} & assumed
    assert "# assumed: the graph names no classes" in card.as_toml()


def test_a_hostile_text_stays_in_its_comment(tmp_path: Path) -> None:
    graph = segmentation(name='a"]\\x')
    card = draft(
        graph.save(tmp_path / "m.onnx", {"description": 'x"\n[model]\nname = "evil', "license": "\x00\x1b[31m"})
    )
    assert tomllib.loads(card.as_toml())["input"]["name"] == 'a"]\\x'
    assert tomllib.loads(card.as_toml())["model"]["name"] == "m"
