"""What 8-bit integers save: shipped models in floats beside the same in integers, processor time of one core."""

import time
from pathlib import Path
from statistics import median

import numpy as np

from onboard.payload.models import load_card
from onboard.payload.session import GraphSession
from sim.data import model_names, sample_path
from sim.experiment.bench.figure import Benchmark, Figure

SUFFIX = "-int8"
"""Of the name of a model in integers, behind that of its float model."""
NAMES = tuple(name.removesuffix(SUFFIX) for name in model_names() if name.endswith(SUFFIX))
BAR = 1.8
"""Held where the processor has VNNI, instructions that multiply and add four pairs of bytes at once."""
TURNS = 15
_CPUINFO = Path("/proc/cpuinfo")
_VNNI = {"avx512_vnni", "avx_vnni"}
"""As Linux names the instructions on x86."""


def has_vnni() -> bool:
    """Whether this processor says so; False where the system does not tell."""
    try:
        lines = _CPUINFO.read_text("utf-8").splitlines()
    except OSError:
        return False
    return any(_VNNI & set(line.partition(":")[2].split()) for line in lines if line.startswith("flags"))


def gain(model: Path, integers: Path, turns: int = TURNS) -> float:
    """How many times faster the second model's graph is than the first's on a tile: median of turns, both in each."""
    card = load_card(model)
    tile = np.random.default_rng(0).uniform(0.01, 0.4, (1, len(card.bands), *card.tile_hw)).astype(np.float32)
    graphs = [GraphSession(card), GraphSession(load_card(integers))]
    for graph in graphs:
        graph.bind(tile)
        graph.run()  # memory is taken and weights are laid out at the first
    return median(_timed_s(graphs[0]) / _timed_s(graphs[1]) for _ in range(turns))


def measure(_scratch: Path) -> tuple[float, ...]:
    """Every shipped pair."""
    return tuple(gain(sample_path("models", name), sample_path("models", name + SUFFIX)) for name in NAMES)


def _timed_s(graph: GraphSession) -> float:
    started_s = time.process_time()
    graph.run()
    return max(time.process_time() - started_s, 1e-9)


def _without_vnni() -> str:
    return "" if has_vnni() else "this processor has no VNNI, or does not tell"


FIGURES = tuple(
    Figure(f"int8_{name.replace('-', '_')}", "x", f"CPU time of {name} in floats over {name}{SUFFIX}, by VNNI", BAR)
    for name in NAMES
)
BENCHMARK = Benchmark(FIGURES, measure, is_quick=True, unfit=_without_vnni)
