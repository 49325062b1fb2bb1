"""Writes the bright-target model: a threshold on one band, for tests of traffic and faults. Needs the package onnx.

python sample_data/models/bright-target/make.py
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

THRESHOLD_REFLECTANCE = 0.8
STEEPNESS = 20.0


def threshold_graph() -> onnx.ModelProto:
    """Probability = sigmoid(STEEPNESS x (reflectance - THRESHOLD_REFLECTANCE)), pixel by pixel."""
    shape = ["batch", 1, "height", "width"]
    nodes = [
        helper.make_node("Sub", ["reflectance", "threshold"], ["above"]),
        helper.make_node("Mul", ["above", "steepness"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    graph = helper.make_graph(
        nodes,
        "bright-target",
        [helper.make_tensor_value_info("reflectance", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor("threshold", TensorProto.FLOAT, [1], [THRESHOLD_REFLECTANCE]),
            helper.make_tensor("steepness", TensorProto.FLOAT, [1], [STEEPNESS]),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="skysift")


if __name__ == "__main__":
    model = threshold_graph()
    onnx.checker.check_model(model)
    Path(__file__).with_name("model.onnx").write_bytes(model.SerializeToString(deterministic=True))
