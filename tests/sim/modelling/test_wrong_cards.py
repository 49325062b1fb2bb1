"""A card that is not its graph's is refused with the line to change; the card that `model init` writes flies."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.modelling.wrong_card import line_of
from tests.sim.modelling.synthetic_graphs import Graph, segmentation
from tests.sim.modelling.synthetic_heads import classifier, fastestdet, ssd, yolov5, yolov8, yolox, yunet
from tests.sim.modelling.told import Skysift


def any_size_but_one() -> Graph:
    """Says that it takes any size, and takes 128 pixels."""
    graph = Graph((1, 3, "h", "w"))
    fixed = graph.add("Reshape", "images", graph.constant([1, 3, 128, 128], np.int64))
    return graph.output(graph.add("Sigmoid", graph.conv(fixed, 3, 1)), "planes", (1, 1, "h", "w"))


def logits() -> Graph:
    """A plane without activation."""
    graph = Graph((1, 3, 64, 64))
    return graph.output(graph.level(1, 1, bias=[-3.0]), "planes", (1, 1, 64, 64))


def differences() -> Graph:
    """A plane without activation that is about one half but where neighbours differ: not on a smooth ramp."""
    graph = Graph((1, 3, 64, 64))
    bordered = graph.add("Pad", graph.image, graph.constant([0, 0, 0, 1, 0, 0, 0, 1], np.int64), mode="edge")
    kernel = np.zeros((1, 3, 1, 3))
    kernel[0, 0, 0] = (-8.0, 0.0, 8.0)
    plane = graph.add("Conv", bordered, graph.constant(kernel), graph.constant([0.5]))
    return graph.output(plane, "planes", (1, 1, 64, 64))


GRAPHS: dict[str, Callable[[], Graph]] = {
    "boxes": yolov8,
    "rows": yolov5,
    "coco": yolox,
    "logits": logits,
    "differences": differences,
    "planes": lambda: segmentation((1, 3, 64, 64)),
    "last": lambda: segmentation((1, 64, 64, 3), channels_last=True),
    "shared": ssd,
    "cells": fastestdet,
    "quiet cells": lambda: fastestdet(logits=True),
    "faces": yunet,
    "quiet boxes": lambda: yolov8(score=-5.0),
    "classes": lambda: classifier(5, last="Softmax", channels=3),
    "sized": any_size_but_one,
    "grey": lambda: segmentation((1, 1, 64, 64)),
}

WRONG = {
    # A head of the same family, and one of another kind.
    "head": (
        *("boxes", "output.head", '"yolov5"'),
        "= 'yolov5': the graph's outputs fit yolov8: columns of 4 + 3 numbers in 'y.1', one for each grid cell; "
        'in line {line} write head = "yolov8"',
    ),
    "another head": (
        *("rows", "output.head", '"segmentation"'),
        "= 'segmentation': the graph's outputs fit yolov5: rows of 4 + 1 + 3 numbers in 'lion', three for each grid "
        'cell; in line {line} write head = "yolov5"',
    ),
    "bands": (
        *("boxes", "input.bands", '["red", "green", "blue", "nir"]'),
        "= ['red', 'green', 'blue', 'nir']: the graph takes 3 bands, and the card names 4; in line {line} name those "
        'it was trained on, in their order, as in bands = ["red", "green", "blue"]',
    ),
    "planes before lines": (
        *("last", "input.layout", '"NCHW"'),
        "= 'NCHW': the graph takes NHWC (the graph transposes its input); in line {line} write layout = \"NHWC\"",
    ),
    "lines before planes": (
        *("planes", "input.layout", '"NHWC"'),
        "= 'NHWC': the graph takes NCHW (its first convolution takes it as it is); in line {line} write "
        'layout = "NCHW"',
    ),
    "tile": (
        *("boxes", "input.tile_px", "320"),
        "= 320: the graph takes tiles of 160 x 160 px; in line {line} write tile_px = 160",
    ),
    "tile that fails": (
        *("sized", "input.tile_px", "[64, 96]"),
        "= [64, 96]: the graph fails on this size, and runs on 128 x 128 px; in line {line} write tile_px = 128",
    ),
    "input name": (
        *("rows", "input.name", '"images"'),
        "= 'images': the graph calls its input 'zebra'; in line {line} write name = \"zebra\"",
    ),
    "output name": (
        *("rows", "output.outputs", '["tiger"]'),
        "= ['tiger']: the graph has no output 'tiger', but 'lion'; in line {line} write outputs = [\"lion\"]",
    ),
    "too few classes": (
        *("boxes", "output.classes", '["ship"]'),
        "= ['ship']: the graph's outputs have 3 classes, and the card names 1; in line {line} name them in the order "
        'of its training, as in classes = ["class0", "class1", "class2"]',
    ),
    "far too few classes": (
        *("coco", "output.classes", '["ship"]'),
        "= ['ship']: the graph's outputs have 80 classes, and the card names 1; in line {line} name all 80, in the "
        "order of its training",
    ),
    "too many classes": (
        *("classes", "output.classes", '["a", "b", "c", "d", "e", "f"]'),
        "= ['a', 'b', 'c', 'd', 'e', 'f']: the graph's outputs have 5 classes, and the card names 6; in line {line} "
        'name them in the order of its training, as in classes = ["class0", "class1", "class2", "class3", "class4"]',
    ),
    "logits": (
        *("logits", "output.activation", '"none"'),
        "= 'none': scores come from a layer without activation; in line {line} write activation = \"sigmoid\"",
    ),
}
"""The graph, the key, its wrong value, and what is told of it."""

CHECKED = {
    "activated twice": (
        *("planes", "output.activation", '"sigmoid"'),
        "= 'sigmoid': the graph itself ends with Sigmoid; in line {line} write activation = \"none\"",
    ),
    "logits that pass for probabilities on a smooth tile": (
        *("differences", "output.activation", '"none"'),
        "= 'none': scores of a trial run leave 0..1, so they are no probabilities; in line {line} write "
        'activation = "sigmoid"',
    ),
    "boxes activated twice": (
        *("shared", "output.activation", '"softmax"'),
        "= 'softmax': scores of a trial run lie in 0..1, so the graph activates them; in line {line} write "
        'activation = "none"',
    ),
    "cells activated twice": (
        *("cells", "output.activation", '"softmax"'),
        "= 'softmax': scores of a trial run lie in 0..1, so the graph activates them; in line {line} write "
        'activation = "none"',
    ),
    "faces activated twice": (
        *("faces", "output.activation", '"sigmoid"'),
        "= 'sigmoid': scores of a trial run lie in 0..1, so the graph activates them; in line {line} write "
        'activation = "none"',
    ),
    "logits of boxes that stay below the threshold": (
        *("quiet boxes", "output.activation", '"none"'),
        "= 'none': scores of a trial run leave 0..1, so they are no probabilities; in line {line} write "
        'activation = "sigmoid"',
    ),
    "logits of cells": (
        *("quiet cells", "output.activation", '"none"'),
        "= 'none': scores of a trial run leave 0..1, so they are no probabilities; in line {line} write "
        'activation = "softmax"',
    ),
    "work": (
        *("coco", "cost.macs_per_px", "0.5"),
        r"= 0.5: the graph multiplies [\d.,]+ times a pixel; in line {line} write macs_per_px = [\d.]+",
    ),
    "memory": (
        *("coco", "cost.memory_mb", "0.01"),
        r"= 0.01: a trial run took [\d,]+ MB; in line {line} write memory_mb = \d+",
    ),
}
"""What flies and means nothing: only `model check` finds it."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The graphs' files."""
    folder = tmp_path_factory.mktemp("graphs")
    return {name: graph().save(folder / f"{name}.onnx") for name, graph in GRAPHS.items()}


def initialised(skysift: Skysift, file: Path, folder: Path) -> Path:
    """The card that `model init` writes."""
    skysift("model", "init", str(file), "--out", str(folder), "--json").json()
    return folder / "card.toml"


def changed(card: Path, key: str, value: str) -> int:
    """Write a wrong value over a key's; the number of its line."""
    line = line_of(card, key)
    assert line is not None
    lines = card.read_text("utf-8").splitlines()
    if lines[line - 1].rstrip().endswith("["):  # a long list
        end = next(index for index in range(line, len(lines)) if lines[index] == "]")
        del lines[line : end + 1]
    lines[line - 1] = f"{key.partition('.')[2]} = {value}"
    card.write_text("\n".join(lines), "utf-8")
    return line


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_card_is_refused_with_the_line_to_change(
    skysift: Skysift, files: dict[str, Path], tmp_path: Path, case: str
) -> None:
    name, key, value, told = WRONG[case]
    card = initialised(skysift, files[name], tmp_path / "model")
    expected = f"{card}: {key} {told.format(line=changed(card, key, value))}"
    assert skysift("run", "small.toml", "--model", f"wildfire={card.parent}", "--json").refusal() == expected
    assert skysift("model", "check", str(card.parent), "--json").refusal() == expected


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("case", CHECKED)
def test_a_card_that_would_fly_wrong_is_found_by_model_check(
    skysift: Skysift, files: dict[str, Path], tmp_path: Path, case: str
) -> None:
    name, key, value, told = CHECKED[case]
    card = initialised(skysift, files[name], tmp_path / "model")
    line = changed(card, key, value)
    refusal = skysift("model", "check", str(card.parent), "--json").refusal()
    expected = f"{card}: {key} {told.format(line=line)}"
    assert refusal == expected or re.fullmatch(expected, refusal), refusal


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("name", sorted(GRAPHS.keys() - {"grey"}))
def test_what_model_init_writes_flies(skysift: Skysift, files: dict[str, Path], tmp_path: Path, name: str) -> None:
    card = initialised(skysift, files[name], tmp_path / "model")
    arguments = ("--model", f"wildfire={card.parent}", "--set", "duration_s=60", "--out", str(tmp_path / "run"))
    summary = skysift("run", "small.toml", *arguments, "--json").json()
    assert summary["frames"]["exposed"] > 0
    assert summary["frames"]["dropped"] == 0
    changed(card, "cost.memory_mb", "1000")  # in this process a trial's peak is not its own
    assert skysift("model", "check", str(card.parent), "--json").json()["ok"]


@pytest.mark.usefixtures("in_process")
def test_a_bare_file_is_blamed_by_its_own_name(skysift: Skysift, files: dict[str, Path]) -> None:
    file = files["grey"]  # one band, taken as panchromatic: the camera sees swir2
    refusal = skysift("run", "small.toml", "--model", f"wildfire={file}", "--json").refusal()
    told = "input.bands = ['pan']: the cameras see none of these; they see swir2"
    assert refusal == f"{file}: {told}; the card was inferred, and skysift model init {file} writes it for editing"


def test_a_folder_whose_graph_is_damaged_blames_the_graph(
    skysift: Skysift, files: dict[str, Path], tmp_path: Path
) -> None:
    card = initialised(skysift, files["planes"], tmp_path / "model")
    graph = card.with_name("model.onnx")
    graph.write_bytes(graph.read_bytes()[:100])
    refusal = skysift("run", "small.toml", "--model", f"wildfire={card.parent}", "--json").refusal()
    assert refusal.startswith(f"{graph}: is not an ONNX graph that can run here")


def test_a_line_is_found_in_its_section(tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    card.write_text('# name = 1\n[model]\nname = "a"\n\n [input]\n  name= "b"\n[output] # name\n', "utf-8")
    assert [line_of(card, key) for key in ("model.name", "input.name", "output.name")] == [3, 6, None]
