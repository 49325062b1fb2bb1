"""All that is measured of our own speed.

Repeats are interleaved and their median counts: on a machine that others use too, all benchmarks share its bad minutes.
"""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sim.experiment.bench import (
    engine,
    frame_lane,
    grants,
    image_pass,
    integers,
    mission_page,
    onnx_share,
    peers,
    plant,
    scene,
    start_up,
    windows,
)
from sim.experiment.bench.figure import Benchmark, Figure

BENCHMARKS = (
    *(start_up.BENCHMARK, grants.BENCHMARK, onnx_share.BENCHMARK, engine.BENCHMARK, frame_lane.BENCHMARK),
    *(image_pass.BENCHMARK, scene.BENCHMARK, integers.BENCHMARK, windows.BENCHMARK, plant.BENCHMARK),
    *(peers.STATES_BENCHMARK, peers.PASSES_BENCHMARK, mission_page.BENCHMARK),
)
FIGURES = tuple(figure for benchmark in BENCHMARKS for figure in benchmark.figures)
ROUNDS, QUICK_ROUNDS = 5, 3


def measure(*, quick: bool = False, tell: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """The answer of `skysift bench --json`: `benchmarks`, `skipped` with the reason, and `machine`.

    Quick is fewer rounds of those that take seconds.
    """
    skipped = {
        figure.name: reason
        for benchmark in BENCHMARKS
        if (reason := _why_skipped(benchmark, quick=quick))
        for figure in benchmark.figures
    }
    chosen = [benchmark for benchmark in BENCHMARKS if not _why_skipped(benchmark, quick=quick)]
    loads = [os.getloadavg()[0]]
    samples: dict[Figure, list[float]] = {figure: [] for benchmark in chosen for figure in benchmark.figures}
    if not quick:
        _measured(start_up.BENCHMARK)  # unrecorded: fills the caches of files and of compiled modules
    rounds = QUICK_ROUNDS if quick else ROUNDS
    for number in range(1, rounds + 1):
        for benchmark in chosen:
            for figure, value in _measured(benchmark).items():
                samples[figure].append(value)
        loads.append(os.getloadavg()[0])
        tell(f"round {number} of {rounds}")
    rows = [figure.row(values) for figure, values in samples.items()]
    return {"benchmarks": rows, "skipped": skipped, "machine": _machine(loads)}


def _why_skipped(benchmark: Benchmark, *, quick: bool) -> str:
    """Why a benchmark is left out; empty where it is not."""
    if benchmark.peer and find_spec(benchmark.peer) is None:
        return f"{benchmark.peer} is not installed (it comes with the extra dev)"
    if reason := benchmark.unfit():
        return reason
    return "takes long" if quick and not benchmark.is_quick else ""


def _measured(benchmark: Benchmark) -> dict[Figure, float]:
    with tempfile.TemporaryDirectory(prefix="skysift-") as scratch:
        return dict(zip(benchmark.figures, benchmark.measure(Path(scratch)), strict=True))


def _machine(loads: list[float]) -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "load": [round(load, 2) for load in loads],
        "caches_bytecode": not sys.dont_write_bytecode,
        "measured_utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _processor() -> str:
    """The model's name where Linux tells one, else the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
