"""Outputs that no head reads are refused with advice, and an author's own function may read them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from onboard.errors import InputError
from sim.modelling.graph import read_graph
from sim.modelling.infer import infer_card
from sim.modelling.trial import try_model
from tests.sim.modelling.synthetic_graphs import Graph, segmentation
from tests.sim.modelling.synthetic_heads import SIDE, old_yolov5, ssd, yolov8

pytestmark = pytest.mark.usefixtures("in_process")


def argmax() -> Graph:
    graph = segmentation()
    graph.outputs.clear()
    graph.nodes[-1].output[0] = "planes"
    return graph.output(graph.add("ArgMax", "planes", axis=1, keepdims=0), "map", (1, 64, 64), "int64")


def raw_grids() -> Graph:
    graph = old_yolov5()
    del graph.outputs[0]
    return graph


def masks() -> Graph:
    """Of a number of prototypes that no head knows."""
    graph = yolov8(19)
    return graph.output(graph.level(4, 16), "proto", (1, 16, SIDE // 4, SIDE // 4))


UNREADABLE: dict[str, tuple[Callable[[], Graph], dict[str, str], str]] = {
    "masks": (masks, {}, "boxes with instance masks"),
    "key points": (lambda: yolov8(52), {"task": "pose"}, "its metadata says it finds more than boxes"),
    "raw grids": (raw_grids, {}, "grids before decoding"),
    "class numbers": (argmax, {}, "without the final ArgMax"),
    "boxes in pixels beside scores": (lambda: ssd(pixels=True, softmax=False), {}, "not corners in 0..1"),
    "40 bands": (lambda: segmentation((1, 32, 64, 64)), {}, "takes 32 bands, and only 22 have names"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_outputs_that_no_head_reads_are_refused_with_advice(case: str, tmp_path: Path) -> None:
    make, metadata, rule = UNREADABLE[case]
    facts = read_graph(make().save(tmp_path / "m.onnx", metadata))
    trial = try_model(facts)
    with pytest.raises(InputError) as refusal:
        infer_card(facts, task="rescue", trial=trial)
    assert rule in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_author_may_decode_what_no_head_reads(tmp_path: Path) -> None:
    facts = read_graph(masks().save(tmp_path / "m.onnx"))
    card = infer_card(facts, task="rescue", custom=True)
    assert card.value("output.head") == "custom"
    assert card.value("output.outputs") == ["y.1", "proto"]
    assert "entry" in card.as_table()["output"]
