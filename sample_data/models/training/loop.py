"""Training in a fixed number of steps: one thread, bfloat16, a cosine of learning rates.

A step's batch depends on the seed and the step alone, so a stage that was interrupted goes on where it was kept. Same
seeds, libraries and processor: same weights. Another processor or library rounds otherwise: compare figures, not bits.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

Batch = tuple[Tensor, ...]
"""The network's input (N, C, H, W) first, then whatever the loss compares the logits with."""
Draw = Callable[[np.random.Generator], Batch]
Loss = Callable[..., Tensor]
"""Of the logits in float32, and of the batch's other parts, to a number."""

WEIGHT_DECAY = 1e-3
MAX_GRADIENT = 1.0
LEAST_RATE = 0.003
"""Share of the learning rate that the cosine ends on."""
KEEP_EVERY = 200
"""Steps."""


@dataclass(frozen=True)
class Stage:
    """One round of training. `seed` is of the batches; the rate rises over `warm_up` steps, then falls to nothing."""

    name: str
    steps: int
    learning_rate: float
    seed: int
    warm_up: int = 40

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        cosine = 0.5 * (1.0 + np.cos(np.pi * step / self.steps))
        return float(self.learning_rate * min(1.0, (step + 1) / self.warm_up) * (cosine + LEAST_RATE))


class OneThread:
    """Inside, torch computes on one thread: sums have one order, and other work keeps its cores."""

    def __enter__(self) -> None:
        self._threads = torch.get_num_threads()
        torch.set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        torch.set_num_threads(self._threads)


def run_stage(net: nn.Module, stage: Stage, draw: Draw, loss: Loss, *, kept: Path | None = None) -> float:
    """Train a network in place; the answer is the loss, smoothed over some fifty steps.

    `draw` is given a generator of its own at every step. With `kept`, a file, the stage's state is written there now
    and then, and one that is there already is gone on from (a finished stage is only read).
    """
    optimiser = torch.optim.AdamW(net.parameters(), stage.learning_rate, weight_decay=WEIGHT_DECAY)
    net.to(memory_format=torch.channels_last).train()
    first, recent = _restored(net, optimiser, stage, kept)
    with OneThread():
        for step in range(first, stage.steps):
            for group in optimiser.param_groups:
                group["lr"] = stage.rate(step)
            value = _step(net, optimiser, draw(np.random.default_rng([stage.seed, step])), loss)
            recent = value if step == 0 else 0.98 * recent + 0.02 * value
            done = step + 1
            if done % 100 == 0 or done == stage.steps:
                print(f"{stage.name}: step {done} of {stage.steps}, loss {recent:.4f}", file=sys.stderr, flush=True)
            if kept and (done % KEEP_EVERY == 0 or done == stage.steps):
                _keep(kept, net, optimiser, done, recent)
    return recent


def turned(rng: np.random.Generator, *arrays: np.ndarray) -> list[Tensor]:
    """Arrays of square pictures, all turned and mirrored by the same chance in their last two axes, as tensors."""
    turns, mirrored = int(rng.integers(4)), rng.random() < 0.5

    def one(array: np.ndarray) -> Tensor:
        array = np.rot90(array, turns, (-2, -1))
        return torch.from_numpy(np.ascontiguousarray(array[..., ::-1] if mirrored else array))

    return [one(array) for array in arrays]


def _step(net: nn.Module, optimiser: torch.optim.Optimizer, batch: Batch, loss: Loss) -> float:
    pictures, *truth = batch
    with torch.autocast("cpu", torch.bfloat16):
        logits = net(pictures.contiguous(memory_format=torch.channels_last))
    value = loss(logits.float(), *truth)  # sums over many pixels need the digits that bfloat16 lacks
    optimiser.zero_grad()
    value.backward()
    nn.utils.clip_grad_norm_(net.parameters(), MAX_GRADIENT)
    optimiser.step()
    return float(value.item())


def _keep(path: Path, net: nn.Module, optimiser: torch.optim.Optimizer, done: int, recent: float) -> None:
    state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "done": done, "recent": recent}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    torch.save(state, draft)
    os.replace(draft, path)  # noqa: PTH105 - one file or the other, never half of one


def _restored(net: nn.Module, optimiser: torch.optim.Optimizer, stage: Stage, kept: Path | None) -> tuple[int, float]:
    """Steps already done, and their loss; 0 where nothing was kept."""
    if kept is None or not kept.is_file():
        return 0, 0.0
    state = torch.load(kept, weights_only=True)
    net.load_state_dict(state["net"])
    optimiser.load_state_dict(state["optimiser"])
    print(f"{stage.name}: {state['done']} steps are in {kept}", file=sys.stderr, flush=True)
    return state["done"], state["recent"]
