"""Weights of convolutions moved onto the steps of 7-bit integers, each rounding made good by the weights still to come.

What rounding one weight does to a sum is known from what it is multiplied with, and neighbouring pixels are much alike:
most of it can be taken back by the next weights (GPTQ: Frantar et al. 2023, arXiv 2210.17323). The quantiser then finds
weights that are integers already. Numpy and onnxruntime only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import numpy_helper

STEPS = 64
"""Of the weights' integers, each way: 7 bits, as `quantise` has it."""
_SAMPLES = 400
"""Places of each picture whose surroundings are looked at."""
_DAMPING = 0.01
"""Share of the mean square input that is added to each: weights whose inputs are always zero stay determined."""

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def rounded(model: Any, names: Sequence[str], pictures: Sequence[Floats]) -> Any:
    """The model, its named convolutions (3 x 3, padded by one) with weights on their steps. `pictures`: (C, H, W)."""
    moved = onnx.ModelProto()
    moved.CopyFrom(model)
    weights = {tensor.name: tensor for tensor in moved.graph.initializer}
    nodes = [node for node in moved.graph.node if node.name in set(names)]
    for node, squares in zip(nodes, _squares(model, [node.input[0] for node in nodes], pictures), strict=True):
        kernel = numpy_helper.to_array(weights[node.input[1]])
        assert kernel.shape[2:] == (3, 3)
        flat = kernel.reshape(len(kernel), -1).astype(np.float64)
        settled = on_steps(flat, squares).reshape(kernel.shape).astype(np.float32)
        weights[node.input[1]].CopyFrom(numpy_helper.from_array(settled, node.input[1]))
    return moved


def small_kernels(graph: Any) -> list[str]:
    """Names of a graph's convolutions that `rounded` knows: 3 x 3, padded by one, in one group and without gaps."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    plain = {"kernel_shape": [3, 3], "pads": [1] * 4, "strides": [1, 1], "dilations": [1, 1], "group": 1}
    return [
        node.name
        for node in graph.node
        if node.op_type == "Conv"
        and shapes.get(node.input[1], ())[2:] == (3, 3)
        and all(onnx.helper.get_attribute_value(each) == plain.get(each.name) for each in node.attribute)
    ]


def on_steps(weights: Doubles, squares: Doubles) -> Doubles:
    """Weights (outputs, n) as multiples of their row's step, so that sums over inputs stay near.

    `squares`, (n, n): mean products of the inputs. A row's step is its largest weight / STEPS, and that weight stays.
    """
    count = len(squares)
    damped = squares + np.eye(count) * (_DAMPING * np.trace(squares) / count + 1e-12)
    order = np.argsort(-np.diag(damped), kind="stable")
    back = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    step = np.abs(weights).max(axis=1) / STEPS + 1e-30
    largest = np.abs(weights).argmax(axis=1)
    left, settled = weights[:, order].copy(), np.empty_like(weights)
    for place, column in enumerate(order):
        whole = np.clip(np.rint(left[:, place] / step), -STEPS, STEPS) * step
        whole = np.where(largest == column, weights[:, column], whole)
        settled[:, column] = whole
        error = (left[:, place] - whole) / back[place, place]
        left[:, place + 1 :] -= error[:, None] * back[place, place + 1 :]
    return settled


def _squares(model: Any, tensors: Sequence[str], pictures: Sequence[Floats]) -> list[Doubles]:
    """Mean products of what 3 x 3 kernels read of each tensor, (9 C, 9 C), at random places."""
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.extend(onnx.ValueInfoProto(name=name) for name in dict.fromkeys(tensors))
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    given, rng = session.get_inputs()[0].name, np.random.default_rng(0)
    sums: list[Any] = [0.0] * len(tensors)
    for picture in pictures:
        values = session.run(list(tensors), {given: np.ascontiguousarray(picture[None], np.float32)})
        for index, value in enumerate(values):
            read = sliding_window_view(np.pad(value[0], ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2))
            rows, columns = (rng.integers(0, length, _SAMPLES) for length in read.shape[1:3])
            seen = read[:, rows, columns].transpose(1, 0, 2, 3).reshape(_SAMPLES, -1).astype(np.float64)
            sums[index] = sums[index] + seen.T @ seen / _SAMPLES / len(pictures)
    return sums
