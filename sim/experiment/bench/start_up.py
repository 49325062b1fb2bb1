"""How long eight satellites take to be ready with their model, and what memory each then really costs."""

import time
from pathlib import Path
from statistics import mean

from sim.experiment.bench.figure import Benchmark, Figure
from sim.experiment.bench.satellites import flying_satellites

SATELLITES = 8
_PSS_NOTE = f"proportional set size of a satellite, {SATELLITES} running"
FIGURES = (
    Figure("start_up", "s", f"wall time until {SATELLITES} satellites are ready", bar=2.0, is_ceiling=True),
    Figure("start_up_pss_mean", "MB", f"mean {_PSS_NOTE}", bar=100.0, is_ceiling=True),
    Figure("start_up_pss_max", "MB", f"largest {_PSS_NOTE}", bar=100.0, is_ceiling=True),
)


def measure(scratch: Path) -> tuple[float, ...]:
    """One start of all satellites."""
    started_s = time.perf_counter()
    with flying_satellites(SATELLITES, scratch) as nodes:
        ready_s = time.perf_counter() - started_s
        sizes_mb = [_pss_mb(node.pid) for node in nodes]
    return ready_s, mean(sizes_mb), max(sizes_mb)


BENCHMARK = Benchmark(FIGURES, measure)


def _pss_mb(pid: int) -> float:
    """Memory of a process, where a page that n processes share counts as 1/n of a page (proc(5), smaps_rollup)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024 / 1e6
