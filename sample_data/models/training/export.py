"""A trained network as one ONNX file, dynamic in batch, height and width."""

from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

OPSET = 17


class Probability(nn.Module):  # type: ignore[misc]
    """A network's logits through the sigmoid: what the graph answers."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor) -> Tensor:
        return torch.sigmoid(self.net(pictures))


def export(net: nn.Module, path: Path, *, bands: int, given: str, made: str = "probability") -> None:
    """Write a network of logits as float32 ONNX; `given` and `made` name its input (N, bands, H, W) and its output.

    The older exporter, `dynamo=False`: needs no package beside onnx, and keeps the weights inside the file.
    """
    graph = Probability(net).to(memory_format=torch.contiguous_format).eval()
    axes = {0: "batch", 2: "height", 3: "width"}
    made_axes = {0: "batch", 2: f"{made}_height", 3: f"{made}_width"}
    torch.onnx.export(
        graph,
        (torch.full((1, bands, 64, 64), 0.2),),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=[given],
        output_names=[made],
        dynamic_axes={given: axes, made: made_axes},
    )
    onnx.checker.check_model(onnx.load(path), full_check=True)
