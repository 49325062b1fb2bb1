"""Measures our own speed: `python -m tests.benchmarks.run`. Writes build/bench.json; exit code 1 where a bar is missed.

Repeats are interleaved and their median counts: on a machine that others use too, all benchmarks share its bad minutes.
"""

import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.benchmarks import engine, frame_lane, grants, image_pass, onnx_share, plant, scene, start_up, windows
from tests.benchmarks.figure import Figure

BENCHMARKS = (start_up, grants, onnx_share, engine, frame_lane, image_pass, scene, windows, plant)
ROUNDS = 5
REPORT = Path("build/bench.json")


def main() -> int:
    """Measure, print, write."""
    _measured(start_up)  # unrecorded: fills the caches of files and of compiled modules
    samples: dict[Figure, list[float]] = {figure: [] for benchmark in BENCHMARKS for figure in benchmark.FIGURES}
    loads = [os.getloadavg()[0]]
    for number in range(1, ROUNDS + 1):
        for benchmark in BENCHMARKS:
            for figure, value in _measured(benchmark).items():
                samples[figure].append(value)
        loads.append(os.getloadavg()[0])
        print(f"round {number} of {ROUNDS}", file=sys.stderr)
    rows = {figure: figure.row(values) for figure, values in samples.items()}
    machine = _machine(loads)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps({"benchmarks": list(rows.values()), "machine": machine}, indent=2) + "\n", "utf-8")
    for figure, row in rows.items():
        print(figure.line(row))
    print(f"Load was {min(loads):.1f} to {max(loads):.1f} on {machine['cpus']} cores: others' work slows wall times.")
    return int(not all(row["ok"] for row in rows.values()))


def _measured(benchmark: ModuleType) -> dict[Figure, float]:
    with tempfile.TemporaryDirectory(prefix="skysift-") as scratch:
        return dict(zip(benchmark.FIGURES, benchmark.measure(Path(scratch)), strict=True))


def _machine(loads: list[float]) -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "load": [round(load, 2) for load in loads],
        "caches_bytecode": not sys.dont_write_bytecode,
        "measured_utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


if __name__ == "__main__":
    sys.exit(main())
