"""The network that the shipped detectors share: a small U-Net that computes at half resolution.

A detector makes planes out of its picture (logarithms, ratios), gives them to the trunk, and reads its answer with a
head. Folding 2 x 2 pixels into channels at the entrance keeps what a single pixel says at a third of the cost of a
first stage at full resolution; a head of 4 channels a class, unfolded, gives full resolution back.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

LIGHT = (24, 32, 40, 40)
HEAVY = (48, 64, 80, 80)
"""Channels at 1/2, 1/4, 1/8 and 1/16 of the resolution. Twice the width is four times the cost."""
STRIDE_PX = 16
"""Height and width of a picture are multiples of this."""


class Block(nn.Sequential):  # type: ignore[misc]
    """Convolution of 3 x 3, normalisation over the batch, rectifier; export folds the first two into one."""

    def __init__(self, inputs: int, outputs: int) -> None:
        convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class Overview(nn.Module):  # type: ignore[misc]
    """Adds to every place what the means of all features over the picture tell: of what kind the picture is."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner, self.outer = nn.Conv2d(width, width, 1), nn.Conv2d(width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        means = features.mean((2, 3), keepdim=True)
        told: Tensor = features + self.outer(functional.relu(self.inner(means)))
        return told


class Trunk(nn.Module):  # type: ignore[misc]
    """From planes (N, `planes`, H, W) to features (N, widths[0], H/2, W/2); H and W are multiples of STRIDE_PX.

    Planes share one scale once they are 8-bit integers: give all about the same spread, and clamp what may run far out.
    With `overview`, a place is judged by the whole picture too.
    """

    def __init__(self, planes: int, widths: tuple[int, int, int, int] = LIGHT, *, overview: bool = False) -> None:
        super().__init__()
        a, b, c, d = widths
        self.down1 = nn.Sequential(Block(4 * planes, a), Block(a, a))
        self.down2 = nn.Sequential(Block(a, b), Block(b, b))
        self.down3 = nn.Sequential(Block(b, c), Block(c, c))
        self.down4 = nn.Sequential(Block(c, d), Block(d, d))
        self.overview = Overview(d) if overview else nn.Identity()
        self.up3, self.up2, self.up1 = Block(d + c, c), Block(c + b, b), Block(b + a, a)

    def forward(self, planes: Tensor) -> Tensor:
        half = self.down1(_folded(planes))
        quarter = self.down2(functional.max_pool2d(half, 2))
        eighth = self.down3(functional.max_pool2d(quarter, 2))
        sixteenth = self.overview(self.down4(functional.max_pool2d(eighth, 2)))
        rising = self.up3(_beside(sixteenth, eighth))
        rising = self.up2(_beside(rising, quarter))
        features: Tensor = self.up1(_beside(rising, half))
        return features


class HalfHead(nn.Module):  # type: ignore[misc]
    """Logits (N, `classes`, H/2, W/2) of the trunk's features: where a class needs no full resolution."""

    def __init__(self, width: int, classes: int, *, logit: float = -4.0) -> None:
        super().__init__()
        self.convolution = _rare(width, classes, logit)

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.convolution(features)
        return logits


class FullHead(nn.Module):  # type: ignore[misc]
    """Logits (N, `classes`, H, W) of the trunk's features: four a class for each pixel of theirs, unfolded."""

    def __init__(self, width: int, classes: int, *, logit: float = -4.0) -> None:
        super().__init__()
        self.convolution = _rare(width, 4 * classes, logit)

    def forward(self, features: Tensor) -> Tensor:
        return functional.pixel_shuffle(self.convolution(features), 2)


def parameters_of(net: nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(parameter.numel() for parameter in net.parameters())


def _rare(width: int, outputs: int, logit: float) -> nn.Conv2d:
    """A last convolution that begins by expecting nothing: what is looked for is rare."""
    convolution = nn.Conv2d(width, outputs, 3, padding=1)
    nn.init.constant_(convolution.bias, logit)
    return convolution


def _folded(planes: Tensor) -> Tensor:
    """2 x 2 pixels as channels. As `pixel_unshuffle`, in another order: onnxruntime takes a third of the time of an
    int8 network to turn axes for that, and little for these strides.
    """
    return torch.cat([planes[..., row::2, column::2] for row in (0, 1) for column in (0, 1)], 1)


def _beside(coarse: Tensor, fine: Tensor) -> Tensor:
    """A coarser level at twice its size, with the finer one's channels behind its own."""
    return torch.cat([functional.interpolate(coarse, scale_factor=2.0, mode="nearest"), fine], 1)
