"""Makes this folder's model: draws scenes, trains in two stages, exports ONNX and evaluates it.

Run from the repository's root, with the `train` extra (torch) installed; about ten minutes on one core:

    python sample_data/models/wildfire-swir/train.py

Writes model.onnx, card.toml and evaluation.json beside itself. Seeds and steps are fixed; another processor
or library rounds otherwise, so compare figures after retraining, not bits.
"""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from evaluate import HERE, evaluate
from numpy.typing import NDArray
from study import FAINT_SWIR2, STREAMS, Study, draw_study
from torch import Tensor, nn
from torch.nn import functional

from sim.scenes.sensor import REFLECTANCE_SCALE
from sim.scenes.spectra import NIR, RED, SWIR1, SWIR2
from sim.scenes.truth import FIRE_SWIR2, label_targets

BATCH = 12
SEED = 7
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Stage:
    """One round of training. `balanced`: every fire weighs about the same, however small."""

    steps: int
    learning_rate: float
    fire_gain: float
    dice_share: float
    balanced: bool


STAGES = (
    Stage(steps=2000, learning_rate=3e-3, fire_gain=3.0, dice_share=0.5, balanced=False),
    Stage(steps=1200, learning_rate=2e-3, fire_gain=2.0, dice_share=0.4, balanced=True),
)


class Block(nn.Sequential):  # type: ignore[misc]
    """Convolution, normalisation, rectifier."""

    def __init__(self, inputs: int, outputs: int) -> None:
        convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class FireNet(nn.Module):  # type: ignore[misc]
    """U-Net from reflectance (N, 4, H, W) to logits (N, 1, H, W); H and W are multiples of 16.

    Space-to-depth at the entrance and depth-to-space at the exit keep full resolution at a third of the cost.
    Log ratios of bands do not change with illumination; a band of zeros reads as 'missing'.
    """

    def __init__(self, widths: tuple[int, int, int, int] = (24, 32, 40, 40)) -> None:
        super().__init__()
        a, b, c, d = widths
        self.down1 = nn.Sequential(Block(28, a), Block(a, a))
        self.down2 = nn.Sequential(Block(a, b), Block(b, b))
        self.down3 = nn.Sequential(Block(b, c), Block(c, c))
        self.down4 = nn.Sequential(Block(c, d), Block(d, d))
        self.up3, self.up2, self.up1 = Block(d + c, c), Block(c + b, b), Block(b + a, a)
        self.head = nn.Conv2d(a, 4, 3, padding=1)
        nn.init.constant_(self.head.bias, -4.0)  # fire is rare: begin by expecting none

    def forward(self, reflectance: Tensor) -> Tensor:
        log = torch.log(reflectance.clamp(0.0, 2.0) + 0.01)
        nir, swir1, swir2 = log[:, NIR : NIR + 1], log[:, SWIR1 : SWIR1 + 1], log[:, SWIR2 : SWIR2 + 1]
        features = torch.cat([(log + 1.8) * 0.8, swir2 - nir, swir2 - swir1, swir1 - nir], 1)
        level1 = self.down1(functional.pixel_unshuffle(features, 2))
        level2 = self.down2(functional.max_pool2d(level1, 2))
        level3 = self.down3(functional.max_pool2d(level2, 2))
        level4 = self.down4(functional.max_pool2d(level3, 2))

        def rise(coarse: Tensor, fine: Tensor) -> Tensor:
            return torch.cat([functional.interpolate(coarse, scale_factor=2.0, mode="nearest"), fine], 1)

        rising = self.up3(rise(level4, level3))
        rising = self.up2(rise(rising, level2))
        rising = self.up1(rise(rising, level1))
        return functional.pixel_shuffle(self.head(rising), 2)


def object_weights(fire_swir2: NDArray[np.float16]) -> NDArray[np.float16]:
    """Weights under which every fire counts about the same: 20 / its size in pixels, within 0.3 and 8."""
    weights = np.ones(fire_swir2.shape, np.float16)
    for fire, weight in zip(fire_swir2, weights, strict=True):
        labels, targets = label_targets(fire.astype(np.float32))
        by_label = np.clip([20.0 / target.pixels for target in targets], 0.3, 8)
        weight[...] = np.concatenate([[1.0], by_label])[labels]
    return weights


def augment(rng: np.random.Generator, reflectance: Floats) -> None:
    """What other sensors and products do to a picture, in place: calibration, 8 bits, missing bands."""
    count = len(reflectance)
    gain = np.exp(rng.normal(0, 0.12, (count, 1)) + rng.normal(0, 0.04, (count, 4)))
    offset = rng.normal(0, 0.006, (count, 4))
    reflectance *= gain[..., None, None].astype(np.float32)
    reflectance += offset[..., None, None].astype(np.float32)
    for picture in reflectance:
        if rng.random() < 0.25:  # reflectance x 255, saturated at 1
            picture[...] = np.rint(np.clip(picture, 0, 1) * 255) / 255
        if rng.random() < 0.10:  # the red of a true-colour picture saturates early
            picture[RED] = np.rint(np.clip(picture[RED] / 0.356, 0, 1) * 255) / 255 * 0.356
        if rng.random() < 0.20:  # a product without SWIR1 flies with SWIR2 in its place
            picture[SWIR1] = picture[SWIR2]
        missing = rng.random()
        if missing < 0.35:
            picture[NIR] = 0
        elif missing > 0.85:
            picture[RED] = 0


def batch(rng: np.random.Generator, study: Study, weights: NDArray[np.float16]) -> tuple[Tensor, Tensor, Tensor]:
    """Reflectance, fire and weights of a random dozen, turned and mirrored alike."""
    chosen = rng.integers(0, len(study.planes), BATCH)
    reflectance = study.planes[chosen].astype(np.float32) * np.float32(REFLECTANCE_SCALE)
    augment(rng, reflectance)
    turns, mirrored = int(rng.integers(4)), rng.random() < 0.5

    def turned(array: Floats) -> Tensor:
        array = np.rot90(array, turns, (-2, -1))
        return torch.from_numpy(np.ascontiguousarray(array[..., ::-1] if mirrored else array))

    fire, weight = (part[chosen].astype(np.float32) for part in (study.fire_swir2, weights))
    return turned(reflectance), turned(fire), turned(weight)


def loss_of(stage: Stage, logits: Tensor, fire: Tensor, weight: Tensor) -> Tensor:
    """Focal cross-entropy plus Dice over pixels that are clearly fire or clearly not."""
    burning = (fire > FIRE_SWIR2).float()
    judged = ((fire > FIRE_SWIR2) | (fire < FAINT_SWIR2)).float()
    probability = torch.sigmoid(logits)
    entropy = functional.binary_cross_entropy_with_logits(logits, burning, reduction="none")
    focus = (burning - probability).abs() + 0.05
    gain = torch.where(burning > 0, stage.fire_gain, 1.0)
    true = burning * weight
    focal = (entropy * judged * weight * gain * focus).sum() / (stage.fire_gain * true.sum() + 200)
    overlap = 2 * (probability * true * judged).sum() + 10
    total = (probability * judged * weight).sum() + (true * judged).sum() + 10
    return (1 - stage.dice_share) * focal + stage.dice_share * (1 - overlap / total)


def train(net: FireNet, study: Study) -> None:
    """All stages, one after the other."""
    rng = np.random.default_rng(STREAMS["training"])
    even = np.ones(study.fire_swir2.shape, np.float16)
    for number, stage in enumerate(STAGES, start=1):
        weights = object_weights(study.fire_swir2) if stage.balanced else even
        optimiser = torch.optim.AdamW(net.parameters(), stage.learning_rate, weight_decay=1e-3)
        recent = 0.0
        for step in range(stage.steps):
            decay = 0.5 * (1 + np.cos(np.pi * step / stage.steps)) + 0.003
            for group in optimiser.param_groups:
                group["lr"] = stage.learning_rate * min(1.0, (step + 1) / 40) * decay
            reflectance, fire, weight = batch(rng, study, weights)
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(reflectance)[:, 0]
            loss = loss_of(stage, logits.float(), fire, weight)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            recent = loss.item() if step == 0 else 0.98 * recent + 0.02 * loss.item()
            if (step + 1) % 100 == 0:
                print(f"stage {number} step {step + 1} of {stage.steps} loss {recent:.4f}", file=sys.stderr)


def export(net: FireNet, path: Path) -> None:
    """The network with its sigmoid as float32 ONNX, dynamic in batch, height and width."""
    probability = nn.Sequential(net, nn.Sigmoid()).eval()
    torch.onnx.export(
        probability,
        (torch.full((1, 4, 64, 64), 0.2),),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["reflectance"],
        output_names=["probability"],
        dynamic_axes={
            "reflectance": {0: "batch", 2: "height", 3: "width"},
            "probability": {0: "batch", 2: "height", 3: "width"},
        },
    )
    onnx.checker.check_model(onnx.load(path), full_check=True)


def main() -> None:
    """Draw, train, export, evaluate."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    net = FireNet()
    train(net, draw_study("training"))
    export(net, HERE / "model.onnx")
    evaluate(
        {
            "torch": torch.__version__,
            "seed": SEED,
            "parameters": sum(parameter.numel() for parameter in net.parameters()),
            "batch": BATCH,
            "stages": [asdict(stage) for stage in STAGES],
        }
    )


if __name__ == "__main__":
    main()
