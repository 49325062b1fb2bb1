"""A model runs once in a child with limits: what hangs, crashes, hoards or puts out NaN is refused."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from onboard.errors import InputError, MachineError
from sim.modelling import sandbox
from sim.modelling.graph import read_graph
from sim.modelling.running import sample_image
from sim.modelling.trial import try_model
from tests.sim.modelling.synthetic_graphs import Graph, segmentation


def endless() -> Graph:
    """A loop that counts to 2^62."""
    graph = Graph((1, 1, 64, 64))
    step = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Neg", ["before"], ["after"])],
        "step",
        [
            helper.make_tensor_value_info("index", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, [1, 1, 64, 64]),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, [1, 1, 64, 64]),
        ],
    )
    graph.constants.append(numpy_helper.from_array(np.array(2**62, np.int64), "times"))
    graph.constants.append(numpy_helper.from_array(np.array(True), "yes"))
    return graph.output(graph.add("Loop", "times", "yes", "images", body=step), "y", (1, 1, 64, 64))


def hoarder(gigabytes: int = 60) -> Graph:
    """Spreads the image's mean over a huge tensor and takes its mean again."""
    graph = Graph((1, 1, 64, 64))
    mean = graph.add("ReduceMean", "images", keepdims=1, axes=[2, 3])
    size = graph.add("Cast", graph.add("Ceil", graph.add("Relu", mean)), to=TensorProto.INT64)
    lengths = graph.add("Mul", size, graph.constant([[[[1]], [[1]], [[500]], [[gigabytes * 500_000]]]], np.int64))
    flat = graph.add("Reshape", lengths, graph.constant([4], np.int64))
    wide = graph.add("Expand", mean, flat)
    return graph.output(graph.add("ReduceMean", wide, keepdims=1, axes=[2, 3]), "y", (1, 1, 1, 1))


def nan() -> Graph:
    graph = Graph((1, 1, 64, 64))
    return graph.output(graph.add("Log", graph.add("Neg", "images")), "y", (1, 1, 64, 64))


def infinite() -> Graph:
    graph = Graph((1, 1, 64, 64))
    return graph.output(graph.add("Div", "images", graph.constant(0.0)), "y", (1, 1, 64, 64))


def fails_at_run() -> Graph:
    """Says that it takes any size and takes one of 1000 pixels."""
    graph = Graph((1, 1, "h", "w"))
    made = graph.add("Reshape", "images", graph.constant([1, 1, 1000, 1000], np.int64))
    return graph.output(made, "y", (1, 1, "h", "w"))


def huge_output() -> Graph:
    graph = Graph((1, 1, 512, 512))
    return graph.output(
        graph.add("Expand", "images", graph.constant([1, 300, 512, 512], np.int64)), "y", (1, 300, 512, 512)
    )


def refusal(graph: Graph, path: Path, **limits: Any) -> str:
    facts = read_graph(graph.save(path / "m.onnx"))
    with pytest.raises(InputError) as caught:
        try_model(facts, **limits)
    message = str(caught.value)
    assert message.startswith(f"{path / 'm.onnx'}: ")
    assert "\n" not in message
    return message


def test_a_model_that_hangs_is_stopped(tmp_path: Path) -> None:
    begun_s = time.monotonic()
    assert "took longer than 1.5 s to run once" in refusal(endless(), tmp_path, timeout_s=1.5)
    assert time.monotonic() - begun_s < 10


@pytest.mark.skipif(not Path("/proc").exists(), reason="macOS does not limit a process's memory")
def test_a_model_that_hoards_memory_is_stopped(tmp_path: Path) -> None:
    assert "needs more memory than the 500 MB allowed" in refusal(hoarder(), tmp_path, memory_bytes=500_000_000)


def test_memory_is_measured(tmp_path: Path) -> None:
    facts = read_graph(hoarder(0).save(tmp_path / "small.onnx"))
    small = try_model(facts).peak_memory_bytes
    wide = try_model(read_graph(segmentation((1, 3, 2048, 2048)).save(tmp_path / "wide.onnx"))).peak_memory_bytes
    assert wide > small + 2048 * 2048 * 3 * 4


@pytest.mark.parametrize(
    ("graph", "rule"),
    [
        (nan, "puts out NaN or infinity in 4096 of 4096 numbers of 'y'"),
        (infinite, "puts out NaN or infinity"),
        (fails_at_run, "fails on an image of 1x1x256x256, 1x1x640x640"),
        (huge_output, "takes 315 MB for one image"),
    ],
)
@pytest.mark.usefixtures("in_process")
def test_outputs_that_mean_nothing_are_refused(graph: Any, rule: str, tmp_path: Path) -> None:
    assert rule in refusal(graph(), tmp_path)


@pytest.mark.usefixtures("in_process")
def test_a_graph_that_claims_any_size_is_tried_at_several(tmp_path: Path) -> None:
    graph = Graph((1, 1, "h", "w"))
    made = graph.add("Reshape", "images", graph.constant([1, 1, 128, 128], np.int64))
    facts = read_graph(graph.output(graph.add("Sigmoid", made), "y", (1, 1, "h", "w")).save(tmp_path / "m.onnx"))
    assert try_model(facts).tile_px == (128, 128)
    with pytest.raises(InputError, match="fails on an image of 1x1x64x64"):
        try_model(facts, tile_px=(64, 64))


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "uint16", "int8"])
@pytest.mark.parametrize("channels_last", [False, True])
def test_every_type_and_layout_runs(dtype: str, channels_last: bool, tmp_path: Path) -> None:
    shape = (2, 32, 48, 3) if channels_last else (2, 3, 32, 48)
    path = segmentation(shape, dtype=dtype, channels_last=channels_last).save(tmp_path / "m.onnx")
    trial = try_model(read_graph(path))
    assert trial.tile_px == (32, 48)
    assert trial.outputs["planes"].shape == ((2, 32, 48, 1) if channels_last else (2, 1, 32, 48))


def test_the_sample_frame_is_always_the_same_and_fills_its_type() -> None:
    first = sample_image((1, 3, 64, 64), 1, "uint8", 255.0, 0.0)
    assert np.array_equal(first, sample_image((1, 3, 64, 64), 1, "uint8", 255.0, 0.0))
    assert first.std() > 10
    assert sample_image((1, 64, 64, 3), 3, "float32", 1.0, 0.0).max() <= 1.0


def test_a_child_that_crashes_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "__init__.py").write_text("")
    (tmp_path / "broken" / "__main__.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sandbox, "PACKAGE", "broken")
    source = Path("m.onnx")
    with pytest.raises(InputError, match=r"m.onnx: crashes its reader \(SIGSEGV\) when asked to run once"):
        sandbox.ask("run", {}, source=source, timeout_s=20, memory_bytes=10**9)
    (tmp_path / "broken" / "__main__.py").write_text("import nonsense_that_is_not_there\n")
    with pytest.raises(MachineError, match="No module named"):
        sandbox.ask("run", {}, source=source, timeout_s=20, memory_bytes=10**9)


def test_the_child_writes_no_file(tmp_path: Path) -> None:
    path = segmentation().save(tmp_path / "m.onnx")
    before = sorted(tmp_path.iterdir())
    try_model(read_graph(path))
    assert sorted(tmp_path.iterdir()) == before
