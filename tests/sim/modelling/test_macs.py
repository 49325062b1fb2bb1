"""Multiply-accumulates against numbers worked out by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from sim.modelling.graph import read_graph
from sim.modelling.macs import Work, count_macs
from tests.sim.modelling.synthetic_graphs import Graph, segmentation

pytestmark = pytest.mark.usefixtures("in_process")
ROOT = Path(__file__).resolve().parents[3]


def work(graph: Graph, path: Path, tile_px: tuple[int, int] = (64, 64), **versions: int) -> Work:
    facts = read_graph(graph.save(path / "m.onnx", **versions))
    return count_macs(facts, tile_px)


def one_layer(side: int, n_in: int, n_out: int, result: list[Any], **attributes: Any) -> Graph:
    graph = Graph((1, n_in, 64, 64))
    groups = attributes.get("group", 1)
    return graph.output(graph.conv("images", n_in // groups, n_out, side=side, **attributes), "y", result)


@pytest.mark.parametrize(
    ("graph", "macs"),
    [
        # Output pixels x output channels x (input channels / groups x kernel).
        (lambda: one_layer(3, 4, 8, [1, 8, 64, 64], pads=[1, 1, 1, 1]), 64 * 64 * 8 * 4 * 9),
        (lambda: one_layer(3, 4, 8, [1, 8, 32, 32], pads=[1, 1, 1, 1], strides=[2, 2]), 32 * 32 * 8 * 4 * 9),
        (lambda: one_layer(3, 4, 8, [1, 8, 62, 62]), 62 * 62 * 8 * 4 * 9),
        (lambda: one_layer(1, 4, 8, [1, 8, 64, 64]), 64 * 64 * 8 * 4),
        (lambda: one_layer(3, 8, 8, [1, 8, 64, 64], pads=[1, 1, 1, 1], group=8), 64 * 64 * 8 * 9),
        (lambda: one_layer(3, 8, 16, [1, 16, 64, 64], pads=[1, 1, 1, 1], group=4), 64 * 64 * 16 * 2 * 9),
        (lambda: one_layer(3, 4, 8, [1, 8, 60, 60], dilations=[2, 2]), 60 * 60 * 8 * 4 * 9),
    ],
)
def test_convolutions(graph: Any, macs: int, tmp_path: Path) -> None:
    assert work(graph(), tmp_path).macs == macs


def test_a_transposed_convolution_counts_from_its_input(tmp_path: Path) -> None:
    graph = Graph((1, 4, 64, 64))
    weight = graph.constant(np.zeros((4, 3, 2, 2)))
    graph.output(graph.add("ConvTranspose", "images", weight, strides=[2, 2], group=2), "y", [1, 6, 128, 128])
    assert work(graph, tmp_path).macs == 64 * 64 * 4 * 3 * 4


def test_products_of_matrices(tmp_path: Path) -> None:
    graph = Graph((1, 2, 64, 64))
    rows = graph.add("Reshape", "images", graph.constant([1, 128, 64], np.int64))
    product = graph.add("MatMul", rows, graph.constant(np.zeros((64, 10))))
    flat = graph.add("Reshape", product, graph.constant([1280, 1], np.int64))
    graph.output(graph.add("Gemm", flat, graph.constant(np.zeros((7, 1280))), transA=1, transB=1), "y", [1, 7])
    assert work(graph, tmp_path).macs == 128 * 64 * 10 + 1280 * 7


def test_quantised_layers_count_as_well(tmp_path: Path) -> None:
    graph = Graph((1, 4, 64, 64), dtype="float32")
    scale, zero = graph.constant(0.1), graph.constant(0, np.uint8)
    codes = graph.add("QuantizeLinear", "images", scale, zero)
    weight = graph.constant(np.ones((8, 4, 3, 3)), np.uint8)
    made = graph.add("QLinearConv", codes, scale, zero, weight, scale, zero, scale, zero, pads=[1, 1, 1, 1])
    graph.output(graph.add("DequantizeLinear", made, scale, zero), "y", [1, 8, 64, 64])
    assert work(graph, tmp_path).macs == 64 * 64 * 8 * 4 * 9


def test_a_graph_of_any_size_is_counted_at_the_tile(tmp_path: Path) -> None:
    graph = segmentation(("b", 3, "h", "w"), n_classes=2)
    found = work(graph, tmp_path, (32, 96))
    assert (found.macs, found.macs_per_px) == (32 * 96 * 6, 6.0)


def test_a_batch_is_shared_out(tmp_path: Path) -> None:
    assert work(segmentation((4, 3, 64, 64)), tmp_path).macs_per_px == 3.0


def test_channels_last(tmp_path: Path) -> None:
    assert work(segmentation((1, 64, 64, 5), channels_last=True), tmp_path).macs_per_px == 5.0


def test_where_shapes_cannot_be_inferred_they_are_measured(tmp_path: Path) -> None:
    """onnxruntime's own operators are unknown to onnx, and what follows them has no shape."""
    graph = Graph((1, 3, 64, 64))
    odd = graph.add("Gelu", "images", domain="com.microsoft")
    graph.output(graph.conv(odd, 3, 8, side=3, pads=[1, 1, 1, 1]), "y", [1, 8, 64, 64])
    assert work(graph, tmp_path).macs == 64 * 64 * 8 * 3 * 9


def test_functions_of_the_file_are_looked_into(tmp_path: Path) -> None:
    graph = Graph((1, 3, 64, 64))
    weight = graph.constant(np.zeros((8, 3, 1, 1)))
    model = graph.output(graph.add("Layer", "images", weight, domain="mine"), "y", [1, 8, 64, 64]).model()
    body = [helper.make_node("Conv", ["a", "b"], ["c"])]
    opsets = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("mine", "Layer", ["a", "b"], ["c"], body, opsets))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    facts = read_graph(tmp_path / "m.onnx")
    assert count_macs(facts, (64, 64)).macs == 64 * 64 * 8 * 3


def test_what_multiplies_and_is_not_counted_is_named(tmp_path: Path) -> None:
    graph = Graph((1, 3, 64, 64))
    made = graph.add("Einsum", "images", graph.constant(np.zeros((3, 5))), equation="bchw,ck->bkhw")
    assert work(graph.output(made, "y", [1, 5, 64, 64]), tmp_path).uncounted == ("Einsum",)


def test_the_stride_is_that_of_the_deepest_layer(tmp_path: Path) -> None:
    graph = Graph((1, 4, 64, 64))
    deep = "images"
    for _ in range(3):
        deep = graph.conv(deep, 4, 4, side=3, strides=[2, 2], pads=[1, 1, 1, 1])
    wide = graph.add("Resize", deep, "", graph.constant([1, 1, 8, 8]))
    pooled = graph.add("GlobalAveragePool", deep)
    gate = graph.conv(pooled, 4, 4)
    assert work(graph.output(graph.add("Mul", wide, gate), "y", [1, 4, 64, 64]), tmp_path).stride_px == 8


def test_the_wildfire_network() -> None:
    """MODELS.md: its card says 9,320, counted when it was made."""
    facts = read_graph(ROOT / "sample_data" / "models" / "wildfire-swir" / "model.onnx")
    found = count_macs(facts, (256, 256))
    assert found.macs_per_px == pytest.approx(9_320, rel=0.01)
    assert found.stride_px == 16
    assert facts.parameters == pytest.approx(145_000, rel=0.01)


def test_opsets_of_all_ages(tmp_path: Path) -> None:
    newest = min(onnx.defs.onnx_opset_version(), 21)
    for opset in (9, 13, newest):
        assert work(segmentation(), tmp_path, opset=opset).macs_per_px == 3.0
