"""Makes this folder's model: draws seas, trains, sets its threshold, exports float32 and 8-bit ONNX.

Run from the repository's root, with the `train` extra (torch) installed; about an hour on one core:

    python sample_data/models/raft-sar/train.py

Then `skysift exam raft --write` writes the evaluation. Seeds and steps are fixed; another processor or library rounds
otherwise: compare figures after retraining, not bits.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "training"), str(HERE.parents[2])]

from blocks import LIGHT, HalfHead, Trunk, parameters_of  # noqa: E402
from loop import Stage, run_stage, turned  # noqa: E402
from study import UNJUDGED, Study, draw_earth_seas, draw_study, joined  # noqa: E402

BUILD = HERE.parents[2] / "build" / "raft-sar"
SEED = 11
BATCH, CROP_PX = 8, 192
OUTLINES = Stage("outlines", steps=2000, learning_rate=3e-3, seed=2111)
RAFTS = Stage("rafts", steps=9000, learning_rate=2.5e-3, seed=2112)
GENTLE = 0.3
"""How much of the augmentation the second stage keeps: bright crests are told from rafts by how bright they are."""
TOP, WIDE_TOP = 0.9, 0.15
"""From this height of a hill on a cell is the target. A raft that rocks is not seen where it is: the second stage asks
for no more than a place within three metres, so that it may be sure of it, and judges no cell lower on the hill."""
WIDE_WEIGHT = 0.3
"""Of each of the many cells that are targets then."""
MARGIN_WEIGHT = 0.3
"""In the second stage, of what lies round a hull and of a ship's ghost: no ship, but no grave mistake."""

NOTHING = -1e3
"""In place of the logarithm of what holds no data."""
USUAL_LEVEL, LEVEL_SPREAD, CALIBRATED = -3.5, 1.0, 3.5
"""Mean and about the deviation of the logarithm of a sea's sigma0 (-15 and 4 dB), and how many of them a sea may lie
off: from -30 dB to 0."""
SAMPLED_PX = 4
"""One pixel in so many each way is looked at for the sea's level."""


class RaftNet(nn.Module):  # type: ignore[misc]
    """From sigma0 (N, 1, H, W), linear, zero where there is no data, to logits (N, 2, H/2, W/2) of small targets and of
    what is larger: ships and icebergs. H and W are multiples of 16.

    Sees the logarithm less its median over the picture, and that median in a plane of its own, out of which it reads
    how rough the sea is. A median that no sea has is of a picture without calibration, and counts as the usual one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk(3, LIGHT, overview=True)
        self.head = HalfHead(LIGHT[0], 2)

    def forward(self, sigma0: Tensor) -> Tensor:
        is_valid = sigma0 > 0
        level = torch.log(sigma0.clamp(min=1e-12))
        median = _median(level, is_valid)
        excess = torch.where(is_valid, level - median, torch.zeros_like(level)).clamp(-5.0, 8.0)
        amplitude = torch.exp(0.5 * excess.clamp(max=5.0))
        roughness = (median - USUAL_LEVEL) / LEVEL_SPREAD
        roughness = torch.where(roughness.abs() < CALIBRATED, roughness, torch.zeros_like(roughness))
        planes = torch.cat([0.6 * excess, 0.5 * amplitude - 0.4, roughness.expand_as(level)], 1)
        logits: Tensor = self.head(self.trunk(planes))
        return logits


def _median(level: Tensor, is_valid: Tensor) -> Tensor:
    """Of the valid pixels of each picture, from a sample of them; shape (N, 1, 1, 1)."""
    level, is_valid = (plane[:, 0, ::SAMPLED_PX, ::SAMPLED_PX].flatten(1) for plane in (level, is_valid))
    falling = torch.where(is_valid, level, torch.full_like(level, NOTHING)).sort(1, descending=True).values
    middle = is_valid.sum(1, keepdim=True) // 2
    return falling.gather(1, middle.clamp(max=falling.shape[1] - 1))[:, :, None, None]


def augment(rng: np.random.Generator, sigma0: np.ndarray, share: float) -> None:
    """What other radars and products do to a picture, in place: contrast, 8 bits, amplitude for power, no data."""
    for picture in sigma0:
        picture **= np.float32(np.exp(rng.normal(0, 0.06 * share)))
        level = np.median(picture)
        if rng.random() < 0.3 * share:  # no calibration
            picture *= 1e3
        if rng.random() < 0.25 * share:  # an amplitude in 8 bits, which saturates
            amplitude = np.sqrt(picture / level) * rng.uniform(8, 70)
            picture[...] = np.clip(np.rint(amplitude), 0, 255) ** 2
        if rng.random() < 0.12 * share:  # shown as amplitude
            picture[...] = np.sqrt(picture)
        if rng.random() < 0.04:  # the edge of a swath
            rows, columns = np.mgrid[: len(picture), : len(picture)] / len(picture) - 0.5
            angle = rng.uniform(0, 2 * np.pi)
            picture[rows * np.sin(angle) + columns * np.cos(angle) > rng.uniform(0, 0.4)] = 0


def drawer(study: Study, share: float):  # type: ignore[no-untyped-def]
    """Draws batches: crops, augmented and turned."""
    places = (study.sigma0.shape[1] - CROP_PX) // 2 + 1

    def draw(rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        chosen = rng.integers(0, len(study.sigma0), BATCH)
        corners = 2 * rng.integers(0, places, (BATCH, 2))
        crops = [
            (index, slice(row, row + CROP_PX), slice(column, column + CROP_PX))
            for index, (row, column) in zip(chosen.tolist(), corners.tolist(), strict=True)
        ]
        sigma0 = np.stack([study.sigma0[crop] for crop in crops])
        augment(rng, sigma0, share)
        hills = np.stack([study.hills[crop] for crop in crops]).astype(np.float32)
        large, hulls = (np.stack([of[crop] for crop in crops]).astype(np.float32) for of in (study.large, study.hulls))
        pictures, hills_seen, large_seen, hulls_seen = turned(rng, sigma0, hills, large, hulls)
        return pictures[:, None], hills_seen, large_seen, hulls_seen

    return draw


def _halved(plane: Tensor) -> Tensor:
    return functional.max_pool2d(plane[:, None], 2)[:, 0]


def _focal(logits: Tensor, hills: Tensor, judged: Tensor, top: float, weight: float) -> Tensor:
    """Focal loss on hills after CornerNet (Law and Deng 2018, ECCV); the targets have a weight of their own."""
    height = _halved(hills.clamp(min=0.0))
    probability = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    is_top = (height > top).float()
    hit = weight * is_top * (1 - probability) ** 2 * torch.log(probability)
    miss = (1 - is_top) * (1 - height) ** 4 * probability**2 * torch.log(1 - probability)
    return -((hit + miss) * judged).sum() / (weight * is_top.sum() + 5)


def loss_by_outlines(logits: Tensor, hills: Tensor, large: Tensor, _hulls: Tensor) -> Tensor:
    """Tops of hills, and ships and ice with all round them: quick to learn."""
    judged = 1.0 - _halved((hills == UNJUDGED).float())
    outline = functional.binary_cross_entropy_with_logits(logits[:, 1], _halved(large), pos_weight=torch.tensor(3.0))
    return _focal(logits[:, 0], hills, judged, TOP, 1.0) + 0.5 * outline


def loss_by_hulls(logits: Tensor, hills: Tensor, large: Tensor, hulls: Tensor) -> Tensor:
    """Places near targets, and ships and ice as large as they are."""
    height = _halved(hills.clamp(min=0.0))
    judged = 1.0 - torch.maximum(_halved((hills == UNJUDGED).float()), ((height > 0) & (height <= WIDE_TOP)).float())
    steel, outline = _halved(hulls), _halved(large)
    weight = torch.where((outline > 0) & (steel == 0), MARGIN_WEIGHT, 1.0)
    shape = functional.binary_cross_entropy_with_logits(logits[:, 1], steel, weight=weight)
    return _focal(logits[:, 0], hills, judged, WIDE_TOP, WIDE_WEIGHT) + 1.5 * shape


def trained() -> RaftNet:
    """The network after both stages."""
    torch.manual_seed(SEED)
    net = RaftNet()
    study = draw_study(BUILD / "study.npz")
    run_stage(net, OUTLINES, drawer(study, 1.0), loss_by_outlines, kept=BUILD / f"{OUTLINES.name}.pt")
    everything = joined(study, draw_earth_seas(BUILD / "earth.npz"))
    run_stage(net, RAFTS, drawer(everything, GENTLE), loss_by_hulls, kept=BUILD / f"{RAFTS.name}.pt")
    return net.eval()


if __name__ == "__main__":
    from finish import finish

    net = trained()
    finish(net, {"torch": torch.__version__, "seed": SEED, "parameters": parameters_of(net), "batch": BATCH})
