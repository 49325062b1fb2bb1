"""Bits of weights: found in the serialised graph as ONNX itself finds them, struck, and found to be struck."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from onboard.payload.weights import WeightCopy, flipped, weight_spans
from sim.data import sample_path
from tests.models_for_tests import threshold_graph, write_model

GRAPH = threshold_graph(2, 0.5)
FLOWN = ("wildfire-swir", "wildfire-swir-int8")


def initializers(graph: bytes) -> dict[str, np.ndarray]:
    return {one.name: numpy_helper.to_array(one) for one in onnx.load_from_string(graph).graph.initializer}


@pytest.mark.parametrize("name", FLOWN)
def test_spans_are_the_numbers_that_onnx_reads(name: str) -> None:
    graph = sample_path("models", name, "model.onnx").read_bytes()
    wanted = [
        one.raw_data
        for one in onnx.load_from_string(graph).graph.initializer
        if one.data_type != onnx.TensorProto.INT64 and len(one.raw_data) > 1
    ]
    assert [graph[start:end] for start, end in weight_spans(graph)] == wanted
    assert sum(map(len, wanted)) > 0.75 * len(graph)


@settings(deadline=None)
@given(st.integers(0, 2**62))
def test_a_strike_flips_one_bit_of_one_weight(draw: int) -> None:
    struck = flipped(GRAPH, draw)
    assert len(struck) == len(GRAPH)
    differing = np.frombuffer(struck, np.uint8) ^ np.frombuffer(GRAPH, np.uint8)
    assert np.unpackbits(differing).sum() == 1
    before, after = initializers(GRAPH), initializers(struck)
    assert sum((before[name].view(np.uint32) != after[name].view(np.uint32)).sum() for name in before) == 1
    assert flipped(struck, draw) == GRAPH


def test_a_graph_without_weights_stays_as_it_is() -> None:
    empty = onnx.load_from_string(GRAPH)
    del empty.graph.initializer[:]
    assert flipped(empty.SerializeToString(), 5) == empty.SerializeToString()


def test_a_copy_is_sound_until_it_is_struck_and_when_it_was_loaded_anew(tmp_path: Path) -> None:
    copy = WeightCopy(load_card(write_model(tmp_path / "model")))
    assert copy.is_sound
    copy.strike(3)
    assert not copy.is_sound
    copy.strike(3)
    assert copy.is_sound, "the same bit, struck twice"
    copy.strike(4)
    copy.reload()
    assert copy.is_sound


@pytest.mark.parametrize("name", FLOWN)
def test_struck_networks_still_run(name: str) -> None:
    card = load_card(sample_path("models", name))
    copy = WeightCopy(card)
    copy.strike(8 * 1000 + 1)  # a low bit of a weight
    assert copy.graph is not None
    InferenceEngine(copy.struck_card, copy.graph)
