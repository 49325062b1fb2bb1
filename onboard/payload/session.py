"""A graph in onnxruntime, the only module that loads it."""

from hashlib import sha256
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.detectors.scores import Raw
from onboard.payload.models import ModelCard

DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
    "tensor(uint16)": np.uint16,
    "tensor(int8)": np.int8,
}
"""Numbers that an image may be handed over in, by onnxruntime's names."""


class GraphSession:
    """A graph on one thread, that reads the same input array at every run.

    Outputs whose sizes the graph states are written to the same memory every time: each run overwrites the last
    one's. `graph` is what memory holds where that is not the file. Raises InputError where it is not the one of its
    card, or no graph that can run here.
    """

    def __init__(self, card: ModelCard, graph: bytes | None = None) -> None:
        self.session = _open(card, graph)
        self._input_name = card.input_name
        self.inputs: list[Any] = self.session.get_inputs()
        self.outputs: list[Any] = self.session.get_outputs()
        known = {node.name: node for node in self.outputs}
        self._read = [known[name] for name in card.outputs if name in known] or self.outputs
        self._array: NDArray[Any] | None = None
        self._binding: Any = None
        self._bound: list[Raw] = []

    def bind(self, array: NDArray[Any]) -> None:
        """Read this C-contiguous array at every run from now on."""
        assert array.flags.c_contiguous
        self._array = array
        if not all(node.type in DTYPES and all(map(is_stated, node.shape)) for node in self._read):
            return
        self._binding = self.session.io_binding()
        self._binding.bind_input(self._input_name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
        self._bound = [np.empty(node.shape, DTYPES[node.type]) for node in self._read]
        for node, output in zip(self._read, self._bound, strict=True):
            self._binding.bind_output(node.name, "cpu", 0, output.dtype, output.shape, output.ctypes.data)

    def run(self) -> list[Raw]:
        """The outputs that the card names, in its order, or all."""
        if self._binding is None:
            outputs: list[Raw] = self.session.run([node.name for node in self._read], {self._input_name: self._array})
            return outputs
        self.session.run_with_iobinding(self._binding)
        return self._bound


def first_line(error: Exception) -> str:
    """What went wrong, in a line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def is_stated(length: object) -> bool:
    """Whether a graph fixes a length; a dynamic one has a name, or is -1."""
    return isinstance(length, int) and length > 0


def _open(card: ModelCard, graph: bytes | None) -> Any:
    graph = card.path.read_bytes() if graph is None else graph
    if sha256(graph).hexdigest() != card.sha256:
        raise InputError(card.path, "changed after its card was read")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Spinning threads take the cores of the other satellites: with shared cores the default loses 2-3x.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # Without VNNI, sums of 8-bit products overflow 16 bits, and a model in 8-bit integers would answer otherwise.
    options.add_session_config_entry("session.x64quantprecision", "1")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 4  # what fails is raised, and told in one line
    try:
        # The hashed bytes, not the path: weights in a second file would fly unhashed, and are refused here.
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise InputError(card.path, f"is not an ONNX graph that can run here: {first_line(error)}") from None
