"""Weights on integer steps: the largest stays, and sums stay nearer than by plain rounding."""

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from sample_data.models.training.rounding import STEPS, on_steps, rounded, small_kernels

Floats = NDArray[np.float64]


def alike(rng: np.random.Generator, count: int, length: int) -> Floats:
    """Inputs of which neighbours are much alike, as pixels are."""
    common = rng.normal(1, 1, (count, 1))
    return common + 0.2 * rng.normal(0, 1, (count, length))


def test_weights_are_on_steps_and_sums_stay_near() -> None:
    rng = np.random.default_rng(1)
    weights, inputs = rng.normal(0, 1, (8, 36)), alike(rng, 2000, 36)
    settled = on_steps(weights, inputs.T @ inputs / len(inputs))
    step = np.abs(weights).max(axis=1, keepdims=True) / STEPS
    assert np.allclose(settled / step, np.rint(settled / step), atol=1e-6)
    assert np.allclose(np.abs(settled).max(axis=1), np.abs(weights).max(axis=1))
    plain = np.rint(weights / step) * step
    fresh = alike(rng, 2000, 36)
    off = [np.square(fresh @ (one - weights).T).mean() for one in (settled, plain)]
    assert off[0] < 0.5 * off[1]


def test_inputs_that_are_always_zero_leave_weights_as_rounded() -> None:
    weights = np.array([[1.0, 0.3, -0.2]])
    assert np.allclose(on_steps(weights, np.zeros((3, 3))), np.rint(weights * STEPS) / STEPS)


def graph_of(kernel: NDArray[np.float32], pads: list[int]) -> onnx.ModelProto:
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="c", kernel_shape=[3, 3], pads=pads)
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, None, None, None]) for name in "xy"]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], [numpy_helper.from_array(kernel, "w")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_a_graph_answers_nearly_as_before() -> None:
    rng = np.random.default_rng(2)
    model = graph_of(rng.normal(0, 1, (4, 3, 3, 3)).astype(np.float32), [1, 1, 1, 1])
    pictures = [rng.uniform(0, 1, (3, 32, 32)).astype(np.float32) for _ in range(4)]
    moved = rounded(model, small_kernels(model.graph), pictures)
    answers = [
        onnxruntime.InferenceSession(one.SerializeToString()).run(None, {"x": pictures[0][None]})[0]
        for one in (model, moved)
    ]
    assert 0 < np.abs(answers[0] - answers[1]).max() < 0.1


def test_other_kernels_are_left_alone() -> None:
    kernel = np.ones((1, 1, 3, 3), np.float32)
    assert small_kernels(graph_of(kernel, [1, 1, 1, 1]).graph) == ["c"]
    assert small_kernels(graph_of(kernel, [0, 0, 0, 0]).graph) == []
