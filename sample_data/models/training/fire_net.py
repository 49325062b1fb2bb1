"""The wildfire models' network, and how it is trained: in two stages, from drawn scenes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from sample_data.models.training.blocks import FullHead, Trunk
from sample_data.models.training.fire_study import Floats, Study
from sample_data.models.training.loop import Batch, Draw, Loss, Stage, run_stage, turned
from sim.scenes.sensor import REFLECTANCE_SCALE
from sim.scenes.spectra import NIR, RED, SWIR1, SWIR2
from sim.scenes.truth import FIRE_SWIR2

BATCH = 12
FAINT_SWIR2 = 0.012
"""Fire between this and FIRE_SWIR2 is neither rewarded nor punished."""
_FURTHEST_RATIO = 3.0
"""Logarithm of a ratio of bands beyond which nothing more is learnt: 20 times is fire, and a missing band is more."""


class FireNet(nn.Module):  # type: ignore[misc]
    """From reflectance (N, 4, H, W) to logits (N, 1, H, W); H and W are multiples of 16.

    Ratios of bands do not change with illumination; a band of zeros reads as 'missing'.
    """

    def __init__(self, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.trunk = Trunk(7, widths)
        self.head = FullHead(widths[0], 1)

    def forward(self, reflectance: Tensor) -> Tensor:
        log = torch.log(reflectance.clamp(0.0, 2.0) + 0.01)
        nir, swir1, swir2 = log[:, NIR : NIR + 1], log[:, SWIR1 : SWIR1 + 1], log[:, SWIR2 : SWIR2 + 1]
        ratios = torch.cat([swir2 - nir, swir2 - swir1, swir1 - nir], 1).clamp(-_FURTHEST_RATIO, _FURTHEST_RATIO)
        logits: Tensor = self.head(self.trunk(torch.cat([(log + 1.8) * 0.8, ratios], 1)))
        return logits


class Settled(nn.Module):  # type: ignore[misc]
    """A trained network as it flies: a pixel is fire where it is likely and one of its 3 x 3 neighbours is certain.

    Logits of `likely` and `certain` both become 0, the probability one half: one threshold serves both, and a fire's
    edge is kept without keeping lone pixels that are as faint (hysteresis: Canny 1986).
    """

    def __init__(self, net: nn.Module, likely: float, certain: float) -> None:
        super().__init__()
        self.net, self.likely, self.certain = net, likely, certain

    def forward(self, reflectance: Tensor) -> Tensor:
        logits = self.net(reflectance)
        around = functional.max_pool2d(logits, 3, stride=1, padding=1)
        return torch.minimum(logits - self.likely, around - self.certain)


@dataclass(frozen=True)
class Lesson:
    """A stage and what it weighs: `balanced` gives every fire about the same say, however small."""

    stage: Stage
    fire_gain: float
    dice_share: float
    balanced: bool


def augment(rng: np.random.Generator, reflectance: Floats) -> None:
    """What other sensors and products do to pictures (N, 4, H, W), in place: calibration, 8 bits, missing bands."""
    count = len(reflectance)
    gain = np.exp(rng.normal(0, 0.12, (count, 1)) + rng.normal(0, 0.04, (count, 4)))
    reflectance *= gain[..., None, None].astype(np.float32)
    reflectance += rng.normal(0, 0.006, (count, 4))[..., None, None].astype(np.float32)
    for picture in reflectance:
        if rng.random() < 0.25:  # reflectance x 255, saturated at 1
            picture[...] = np.rint(np.clip(picture, 0, 1) * 255) / 255
        if rng.random() < 0.10:  # the red of a true-colour picture saturates early
            picture[RED] = np.rint(np.clip(picture[RED] / 0.356, 0, 1) * 255) / 255 * 0.356
        if rng.random() < 0.15:  # a product without SWIR1 flies with SWIR2 in its place
            picture[SWIR1] = picture[SWIR2]
        missing = rng.random()
        if missing < 0.30:
            picture[NIR] = 0
        elif missing > 0.88:
            picture[RED] = 0


def batches(study: Study, balanced: bool) -> Draw:
    """Random dozens of scenes: reflectance, fire-made change, weights."""

    def draw(rng: np.random.Generator) -> Batch:
        chosen = rng.integers(0, len(study.planes), BATCH)
        reflectance = study.planes[chosen].astype(np.float32) * np.float32(REFLECTANCE_SCALE)
        augment(rng, reflectance)
        fire = study.fire_swir2[chosen].astype(np.float32)
        weights = study.weights[chosen].astype(np.float32) if balanced else np.ones_like(fire)
        return tuple(turned(rng, reflectance, fire, weights))

    return draw


def loss_of(lesson: Lesson) -> Loss:
    """Focal cross-entropy plus Dice over pixels that are clearly fire or clearly not."""

    def loss(logits: Tensor, fire: Tensor, weights: Tensor) -> Tensor:
        logits = logits[:, 0]
        burning = (fire > FIRE_SWIR2).float()
        judged = ((fire > FIRE_SWIR2) | (fire < FAINT_SWIR2)).float() * weights
        probability = torch.sigmoid(logits)
        entropy = functional.binary_cross_entropy_with_logits(logits, burning, reduction="none")
        focus = (burning - probability).abs() + 0.05
        gain = torch.where(burning > 0, lesson.fire_gain, 1.0)
        true = burning * weights
        focal = (entropy * judged * gain * focus).sum() / (lesson.fire_gain * true.sum() + 200)
        overlap = 2 * (probability * true).sum() + 10
        whole = (probability * judged).sum() + true.sum() + 10
        return (1 - lesson.dice_share) * focal + lesson.dice_share * (1 - overlap / whole)

    return loss


def teach(net: FireNet, study: Study, lessons: tuple[Lesson, ...], kept: Path) -> list[float]:
    """All lessons, one after the other; the answers are their last losses. Their states are kept in a folder."""
    return [
        run_stage(
            net,
            lesson.stage,
            batches(study, lesson.balanced),
            loss_of(lesson),
            kept=kept / f"{lesson.stage.name}.pt",
        )
        for lesson in lessons
    ]


def widened(net: FireNet, heavy: FireNet, noise: float = 0.1) -> FireNet:
    """A network twice as wide that begins where a trained one is (Net2Net: Chen, Goodfellow and Shlens 2016).

    Every channel is doubled, and halved in weight where it is read, so that answers stay. Noise, a share of each
    kernel's spread, lets the twins part.
    """
    state = net.state_dict()
    for name, wide in heavy.state_dict().items():
        narrow = state[name]
        if narrow.ndim and wide.shape[0] == 2 * narrow.shape[0]:
            narrow = narrow.repeat_interleave(2, 0)
        if narrow.ndim == 4 and wide.shape[1] == 2 * narrow.shape[1]:
            narrow = narrow.repeat_interleave(2, 1) / 2
        if narrow.ndim == 4:
            narrow = narrow + noise * narrow.std() * torch.randn_like(narrow)
        wide.copy_(narrow)
    return heavy
