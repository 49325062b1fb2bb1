"""The quantiser: which nodes become integers, that sums cannot overflow, and how near the answer stays."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sample_data.models.training.quantise import kept_in_floats, quantise

SIDE_PX = 32
Floats = NDArray[np.float32]


def small_unet() -> onnx.ModelProto:
    """Two planes joined, a level down and up again, a head: the shape of the shipped detectors."""
    rng = np.random.default_rng(5)
    weights = []

    def kernel(name: str, made: int, given: int) -> str:
        values = rng.normal(0, (2 / (9 * given)) ** 0.5, (made, given, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(values, name))
        return name

    def node(kind: str, given: list[str], made: str, **attributes: object) -> onnx.NodeProto:
        return helper.make_node(kind, given, [made], name=f"make_{made}", **attributes)

    def convolution(given: str, made: str, channels: tuple[int, int]) -> onnx.NodeProto:
        return node("Conv", [given, kernel(f"{made}_k", *channels)], made, pads=[1, 1, 1, 1])

    weights.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice"))
    nodes = [
        node("Sqrt", ["light"], "root"),
        node("Concat", ["light", "root"], "planes", axis=1),
        convolution("planes", "a", (8, 4)),
        node("Relu", ["a"], "fine"),
        node("MaxPool", ["fine"], "pooled", kernel_shape=[2, 2], strides=[2, 2]),
        convolution("pooled", "b", (8, 8)),
        node("Relu", ["b"], "coarse"),
        node("Resize", ["coarse", "", "twice"], "risen", mode="nearest", coordinate_transformation_mode="asymmetric"),
        node("Concat", ["risen", "fine"], "beside", axis=1),
        convolution("beside", "c", (8, 16)),
        node("Relu", ["c"], "features"),
        convolution("features", "logit", (1, 8)),
        node("Sigmoid", ["logit"], "probability"),
    ]
    given = helper.make_tensor_value_info("light", TensorProto.FLOAT, ["batch", 2, "height", "width"])
    made = helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch", 1, "height", "width"])
    graph = helper.make_graph(nodes, "small", [given], [made], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def pictures(seed: int, count: int = 8) -> list[Floats]:
    rng = np.random.default_rng(seed)
    return list(rng.uniform(0, 1, (count, 2, SIDE_PX, SIDE_PX)).astype(np.float32))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The float graph's file, and that of its integers."""
    folder = tmp_path_factory.mktemp("graphs")
    onnx.save(small_unet(), folder / "float.onnx")
    quantise(folder / "float.onnx", folder / "int8.onnx", pictures(1))
    return folder / "float.onnx", folder / "int8.onnx"


def answers(path: Path, seen: list[Floats]) -> Floats:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"light": picture[None]})[0] for picture in seen])


def makers(path: Path) -> dict[str, onnx.NodeProto]:
    return {name: node for node in onnx.load(path).graph.node for name in node.output}


def test_what_stays_in_floats() -> None:
    assert kept_in_floats(small_unet().graph) == ["make_planes", "make_logit"]


def test_layers_read_integers_and_the_ends_do_not(made: tuple[Path, Path]) -> None:
    by_output = makers(made[1])
    nodes = {node.name: node for node in by_output.values()}
    for name in ("a", "pooled", "b", "risen", "beside", "c"):
        assert by_output[nodes[f"make_{name}"].input[0]].op_type == "DequantizeLinear", name
    assert by_output["planes"].input[1] == "root"
    assert by_output["logit"].input[1] == "logit_k"


def test_rectifiers_vanish_into_scales_that_begin_at_zero(made: tuple[Path, Path]) -> None:
    graph = onnx.load(made[1]).graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    assert "Relu" not in {node.op_type for node in graph.node}
    behind = {node.input[0]: node for node in graph.node if node.op_type == "QuantizeLinear"}
    for node in graph.node:
        if node.op_type == "Conv" and node.name != "make_logit":
            assert values[behind[node.output[0]].input[2]] == 0, node.name


def test_two_products_fit_sixteen_bits(made: tuple[Path, Path]) -> None:
    """Without VNNI x86 adds two products of 8 bits in 16: 2 x 255 x 64 = 32,640 fits, 2 x 255 x 127 does not."""
    tensors = [numpy_helper.to_array(tensor) for tensor in onnx.load(made[1]).graph.initializer]
    kernels = [tensor for tensor in tensors if tensor.dtype == np.int8 and tensor.ndim == 4]
    assert len(kernels) == 3
    assert all(np.abs(kernel.astype(int)).max() <= 64 for kernel in kernels)


def test_each_channel_of_weights_has_its_scale(made: tuple[Path, Path]) -> None:
    scales = {tensor.name: tensor.dims for tensor in onnx.load(made[1]).graph.initializer if "_k_scale" in tensor.name}
    assert {tuple(dims) for dims in scales.values()} == {(8,)}


def test_the_answer_stays_near(made: tuple[Path, Path]) -> None:
    unseen = pictures(2)
    off = np.abs(answers(made[0], unseen) - answers(made[1], unseen))
    assert off.max() < 0.05
    assert off.mean() < 0.01
    assert off.max() > 0, "nothing was quantised"


def test_the_same_pictures_give_the_same_bytes(made: tuple[Path, Path], tmp_path: Path) -> None:
    quantise(made[0], tmp_path / "again.onnx", pictures(1))
    assert (tmp_path / "again.onnx").read_bytes() == made[1].read_bytes()
