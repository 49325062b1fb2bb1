"""Damaged, hostile and unsuitable files: one line with advice, never a crash, a hang or a look outside the folder."""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from onboard.errors import InputError
from sim.modelling.facts import MAX_MODEL_BYTES
from sim.modelling.graph import read_graph
from sim.modelling.infer import infer_card
from sim.modelling.macs import count_macs
from sim.modelling.trial import try_model
from tests.sim.modelling.conftest import ask_here
from tests.sim.modelling.synthetic_graphs import Graph, segmentation

GOOD = segmentation().model().SerializeToString()


def edited(change: Callable[[Any], object]) -> bytes:
    """The good model after a change."""
    model = segmentation().model()
    change(model)
    data: bytes = model.SerializeToString()
    return data


def with_operator(operator: str, domain: str = "", opset: int = 17) -> bytes:
    graph = Graph((1, 3, 64, 64))
    graph.output(graph.add(operator, "images", domain=domain), "y", (1, 3, 64, 64))
    data: bytes = graph.model(opset=opset).SerializeToString()
    return data


def with_input(shape: Any, dtype: str = "float32") -> bytes:
    graph = Graph((1, 3, 64, 64))
    graph.inputs = Graph(shape, dtype=dtype).inputs
    graph.output(graph.add("Identity", "images"), "y", shape, dtype)
    data: bytes = graph.model().SerializeToString()
    return data


def two_inputs(model: Any) -> None:
    model.graph.input.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1]))


def drop(field: str) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        del getattr(model.graph, field)[:]

    return change


def rename_input(model: Any) -> None:
    model.graph.input[0].name = "a\nb"
    for node in model.graph.node:
        node.input[:] = ["a\nb" if name == "images" else name for name in node.input]


def metadata(key: str, value: str) -> Callable[[Any], None]:
    return lambda model: helper.set_model_props(model, {key: value})


def sequence_output() -> bytes:
    graph = Graph((1, 3, 64, 64))
    made = graph.add("SequenceConstruct", "images")
    graph.output(made, "y", None)
    kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, None))
    graph.outputs[0].type.CopyFrom(kind)
    data: bytes = graph.model().SerializeToString()
    return data


def unknown_rank() -> bytes:
    graph = Graph((1, 3, 64, 64))
    odd = graph.add("Gelu", "images", domain="com.microsoft")
    data: bytes = graph.output(odd, "y", None).model().SerializeToString()
    return data


def many_nodes() -> bytes:
    graph = Graph((1, 3, 64, 64))
    graph.nodes = [helper.make_node("Relu", ["images"], ["a"])] * 60_000
    data: bytes = graph.output("a", "y", (1, 3, 64, 64)).model().SerializeToString()
    return data


def cycle(model: Any) -> None:
    model.graph.node[0].input[0] = model.graph.node[-1].output[0]


def claims(elements: int) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        model.graph.initializer[0].dims[:] = [elements, 1, 1, 1]

    return change


def wrong_type(model: Any) -> None:
    model.graph.initializer[0].data_type = 99


def shapes_that_clash(model: Any) -> None:
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.zeros((1, 7, 1, 1), np.float32), "c0"))


def subgraph_operator(model: Any) -> None:
    """An unknown operator hidden in a branch."""
    branch = helper.make_graph([helper.make_node("Nonsense", [], ["b"])], "branch", [], [model.graph.output[0]])
    branch.output[0].name = "b"
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    model.graph.node.append(helper.make_node("If", ["yes"], ["unused"], then_branch=branch, else_branch=branch))


DAMAGED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "a text": (b"hello, world\n" * 9, "is not an ONNX model"),
    "zeros": (bytes(5000), "is not an ONNX model"),
    "noise": (np.random.default_rng(0).bytes(5000), "is not an ONNX model"),
    "cut in half": (GOOD[: len(GOOD) // 2], "is cut short"),
    "twice": (GOOD + GOOD[:-9], "is not an ONNX model, or is cut short"),
    "a PyTorch checkpoint": (b"PK\x03\x04" + bytes(99), "ZIP archive"),
    "a pickle": (b"\x80\x02}q\x00." + bytes(99), "Python pickle"),
    "a Keras file": (b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5"),
    "a TensorFlow Lite file": (b"\x1c\x00\x00\x00TFL3" + bytes(99), "TensorFlow Lite"),
    "an ORT file": (b"\x1c\x00\x00\x00ORTM" + bytes(99), "onnxruntime's own format"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "a web page": (b"\n<!DOCTYPE html><html>404</html>", "web page"),
    "no graph": (edited(lambda model: model.ClearField("graph")), "holds no graph"),
    "no nodes": (edited(drop("node")), "holds no graph"),
    "no outputs": (edited(drop("output")), "0 outputs"),
    "no inputs": (edited(drop("input")), "and has 0: none"),
    "no weights": (edited(drop("initializer")), "breaks the rules of ONNX"),
    "no opset": (edited(lambda model: model.ClearField("opset_import")), "names no opset"),
    "no format version": (edited(lambda model: model.ClearField("ir_version")), "breaks the rules of ONNX"),
    "format of the future": (edited(lambda model: setattr(model, "ir_version", 99)), "export it with ir_version"),
    "opset of the future": (with_operator("Relu", opset=99), "export it with opset"),
    "opset of the past": (with_operator("Relu", opset=3), "convert it to opset"),
    "negative opset": (with_operator("Relu", opset=-1), "convert it to opset"),
    "unknown operator": (with_operator("Frobnicate"), "does not have: Frobnicate;"),
    "unknown domain": (with_operator("Decode", "ai.onnx.contrib"), "does not have: ai.onnx.contrib.Decode;"),
    "operator of a later opset": (with_operator("Gelu"), "opset 17 does not have: Gelu;"),
    "unknown operator in a branch": (edited(subgraph_operator), "does not have: Nonsense"),
    "too many nodes": (many_nodes(), "more than 50000 nodes"),
    "a cycle": (edited(cycle), "breaks the rules of ONNX"),
    "weights that claim more": (edited(claims(2**40)), "damaged tensor"),
    "weights that overflow": (edited(claims(2**62)), "damaged tensor"),
    "weights of negative size": (edited(claims(-3)), "damaged tensor"),
    "weights of no type": (edited(wrong_type), "damaged tensor"),
    "layers that do not fit": (edited(shapes_that_clash), "fails on an image of 1x3x64x64"),
    "two inputs": (edited(two_inputs), "must have one input, the image, and has 2: 'images', 'mask'"),
    "no image, a row": (with_input((1, 10)), "an image has four axes"),
    "no image, a video": (with_input((1, 3, 8, 64, 64)), "an image has four axes"),
    "no image, too many channels": (with_input((1, 64, 64, 64)), "is no image"),
    "no image, unknown channels": (with_input(("a", "b", "c", "d")), "is no image"),
    "no image, unknown rank": (with_input(None), "has an unknown shape"),
    "no image, zero": (with_input((1, 3, 0, 64)), "takes 0 pixels a side"),
    "no image, tiny": (with_input((1, 3, 8, 8)), "takes 8 pixels a side"),
    "no image, huge": (with_input((1, 3, 100_000, 64)), "takes 100000 pixels a side"),
    "huge batch": (with_input((10**6, 3, 64, 64)), "images at a time"),
    "double precision": (with_input((1, 3, 64, 64), "float64"), "an image is one of float32"),
    "texts": (with_input((1, 3, 64, 64), "string"), "an image is one of float32"),
    "a sequence": (sequence_output(), "is no tensor"),
    "unknown rank of the output": (unknown_rank(), "has an unknown shape"),
    "name of two lines": (edited(rename_input), "unusable name"),
    "names that are code": (edited(metadata("names", "exit()")), "metadata names = 'exit()'"),
    "names that are deep": (edited(metadata("names", "[" * 5000)), "nested deeper"),
    "names that are huge": (edited(metadata("names", "['" + "a" * 900_000 + "']")), "is longer than"),
    "stride of a wrong type": (edited(metadata("stride", "{}")), "has the wrong type, dict"),
    "metadata beyond measure": (edited(metadata("x", "y" * 2_000_000)), "characters of metadata"),
}


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_model_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    data, rule = DAMAGED[case]
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    with pytest.raises(InputError) as refusal:
        try_model(read_graph(path))
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert rule in message
    assert "\n" not in message
    assert len(message.removeprefix(str(path))) < 500


@pytest.mark.parametrize("case", ["cut in half", "unknown operator", "weights that claim more", "names that are code"])
def test_the_child_process_says_the_same(case: str, tmp_path: Path) -> None:
    data, rule = DAMAGED[case]
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    with pytest.raises(InputError, match=re.escape(rule)) as refusal:
        read_graph(path)
    assert str(refusal.value).startswith(f"{path}: ")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    huge = tmp_path / "huge.onnx"
    with huge.open("wb") as stream:
        stream.truncate(MAX_MODEL_BYTES + 1)
    for path, rule in (
        (tmp_path / "none.onnx", "no such file"),
        (tmp_path, "is a folder"),
        (tmp_path / "pipe.onnx", "no such file"),
        (Path("/dev/zero"), "no such file"),
        (huge, "more than the 512 MB"),
        (tmp_path / ("n" * 300), "cannot be read: File name too long"),
        (tmp_path / "\udcff.onnx", "its name must be UTF-8"),
    ):
        with pytest.raises(InputError, match=rule):
            read_graph(path)


def study_here(path: Path) -> str:
    """The card that is inferred: all that is done to a bare graph, without children."""
    facts = read_graph(path)
    trial = try_model(facts)
    return infer_card(facts, task="t", trial=trial, work=count_macs(facts, trial.tile_px)).as_toml()


SMALL = segmentation((1, 3, 16, 16)).model({"names": "['a']", "stride": "8"}).SerializeToString()
SMALL_HEIGHT_AT = SMALL.index(b"\x0a\x02\x08\x10") + 3  # the first dimension of 16, as protobuf writes it


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spoiled") / "model.onnx"


@settings(max_examples=150, deadline=None)
@given(places=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(1, 255)), min_size=1, max_size=4))
@example(places=[(SMALL_HEIGHT_AT, 1)])
def test_flipped_bytes_are_refused_or_harmless(spoiled: Path, places: list[tuple[int, int]]) -> None:
    """A byte of a weight, a name or a length may change and the model still be one; anything else is one line."""
    changed = bytearray(SMALL)
    for place, mask in places:
        changed[place] ^= mask
    spoiled.write_bytes(bytes(changed))
    with pytest.MonkeyPatch.context() as patch:
        for module in ("graph", "macs", "trial"):
            patch.setattr(f"sim.modelling.{module}.ask", ask_here)
        try:
            told = study_here(spoiled)
        except InputError as error:
            told = str(error)
    if told.startswith(f"{spoiled}: "):
        assert "\n" not in told
    else:
        card, (image,) = tomllib.loads(told), onnx.load(spoiled).graph.input
        stated = [length.dim_value for length in image.type.tensor_type.shape.dim[2:]]
        tile_px = np.broadcast_to(card["input"]["tile_px"], 2)
        assert card["output"]["head"] == "segmentation"
        assert all(own == said or not said for own, said in zip(tile_px, stated, strict=True))


@settings(max_examples=60, deadline=None)
@given(length=st.integers(1, len(GOOD) - 1))
def test_a_truncated_model_never_passes(spoiled: Path, length: int) -> None:
    spoiled.write_bytes(GOOD[:length])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.modelling.graph.ask", ask_here)
        with pytest.raises(InputError):
            read_graph(spoiled)


def bomb(levels: int = 40) -> bytes:
    """Functions that each call the one below twice: a trillion nodes when they are unfolded."""
    graph = Graph((1, 1, 64, 64))
    model = graph.output(graph.add(f"f{levels}", "images", domain="mine"), "y", (1, 1, 64, 64)).model()
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)]
    for level in range(levels + 1):
        inner, domain = ("Relu", "") if level == 0 else (f"f{level - 1}", "mine")
        body = [
            helper.make_node(inner, ["a"], ["b"], domain=domain),
            helper.make_node(inner, ["b"], ["c"], domain=domain),
        ]
        model.functions.append(helper.make_function("mine", f"f{level}", ["a"], ["c"], body, opsets))
    data: bytes = model.SerializeToString()
    return data


def test_a_bomb_of_functions_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(bomb())
    with pytest.raises(InputError, match=r"took longer than 2 s to check|needs more memory"):
        read_graph(path, timeout_s=2.0, memory_bytes=500_000_000)


def test_the_good_model_passes(spoiled: Path) -> None:
    spoiled.write_bytes(GOOD)
    facts = read_graph(spoiled)
    assert facts.operators == {"Conv": 1, "Sigmoid": 1}
    assert facts.parameters == 3
    assert onnx.load_model_from_string(GOOD).opset_import[0].version == facts.opset
