"""Holds memory and handles of long runs: after they have warmed up, no process may grow by more than 2 %.

`python -m tests.soak.memory --hours 24` flies four satellites, in one process or, with `--processes`, in one each. Each
quarter of a virtual hour it reads every process's resident set, open files and threads from proc(5). It prints what
they were at the end of the warm-up, a quarter of the run, and at the end, as JSON, and ends with 1 where handles grew
at all, or memory by more than 2 %. What grows is what the executive makes ledger, score and telemetry from, and the
alerts that the mission centre groups.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from onboard.mission_time import to_ns
from sim.resolve import resolve
from sim.run import RunOptions, run
from sim.world.world import World
from tests.soak.outcome import write_mission
from tests.system.small_mission import CAMERA, SCENARIO

INTERVAL_S = 900.0
WARM_UP, AROUND = 0.25, 5
"""The share of a run before its memory counts, and how many samples around an instant are its median."""
MOST_GROWTH = 0.02
EXECUTIVE = "executive"
SATELLITE = """
[[satellite]]
name = "lark-{number}"
orbit = {{ altitude_km = 550, inclination_deg = 97.6, ltan_h = 10.5, mean_anomaly_deg = {anomaly_deg} }}
bus = "6u-cubesat"
device = {{ name = "jetson-orin-nx", power_mode = "15W" }}
instrument = "camera"
radio = "slow"
"""
STATIONS = """
[[station]]
network = "ksat"
names = ["Svalbard", "Troll", "Punta Arenas"]
min_elevation_deg = 5

[scene]
source = "targets"
"""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """A process at an instant."""

    resident_bytes: int
    files: int
    threads: int


def sample_of(pid: int) -> Sample:
    """By proc(5)."""
    process = Path(f"/proc/{pid}")
    resident_pages = int((process / "statm").read_text().split()[1])
    return Sample(
        resident_pages * _PAGE_BYTES, len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))
    )


class MemoryWatch:
    """An observer that samples every process of a run."""

    def __init__(self) -> None:
        self.samples: dict[str, list[Sample]] = defaultdict(list)
        self._pids = {EXECUTIVE: os.getpid()}
        self._next_ns = 0

    def launched(self, processes: dict[str, int]) -> None:
        """Who there is."""
        self._pids |= processes

    def record(self, now_ns: int, _node: str, _granted: object, _answers: object, _world: World) -> None:
        """Look when it is time."""
        if now_ns >= self._next_ns:
            self._next_ns = now_ns + to_ns(INTERVAL_S)
            for name, pid in self._pids.items():
                self.samples[name].append(sample_of(pid))

    def close(self) -> None:
        """Nothing is held."""

    def table(self) -> dict[str, dict[str, float]]:
        """By process: after the warm-up and at the end."""
        return {name: _growth(samples) for name, samples in self.samples.items()}


def _growth(samples: list[Sample]) -> dict[str, float]:
    warm = samples[int(len(samples) * WARM_UP) :][:AROUND]
    end = samples[-AROUND:]
    told: dict[str, float] = {}
    for key in ("resident_bytes", "files", "threads"):
        before, after = (median(getattr(one, key) for one in some) for some in (warm, end))
        told |= {f"{key}_warm": before, f"{key}_end": after}
    told["growth"] = round(told["resident_bytes_end"] / told["resident_bytes_warm"] - 1.0, 4)
    return told


def failures(table: dict[str, dict[str, float]]) -> list[str]:
    """What must not be."""
    told = [f"{name} grew by {one['growth']:.2%}" for name, one in table.items() if one["growth"] > MOST_GROWTH]
    for key in ("files", "threads"):
        told += [
            f"{name} has {one[f'{key}_end']:g} {key}, and had {one[f'{key}_warm']:g}"
            for name, one in table.items()
            if one[f"{key}_end"] > one[f"{key}_warm"]
        ]
    return told


def write_long_mission(folder: Path) -> Path:
    """Four satellites, 1,440 frames a day: twice as many as four of wildfire-watch's take."""
    path = write_mission(folder)
    head = SCENARIO.split("[[satellite]]")[0]
    fleet = "".join(SATELLITE.format(number=number + 1, anomaly_deg=90 * number) for number in range(4))
    path.write_text(head + fleet + STATIONS, "utf-8")
    (folder / "camera.toml").write_text(CAMERA.replace("interval_s = 20.0", "interval_s = 240.0"), "utf-8")
    return path


def soak(hours: float, folder: Path, *, processes: bool) -> dict[str, dict[str, float]]:
    """Fly, and look."""
    watch = MemoryWatch()
    # Small stores, so that they are full when the warm-up ends.
    stores = (f"satellite.{number}.bus.limits.retained_bytes=400000" for number in range(4))
    settings = (f"duration_s={hours * 3600}", "ground.sightings=1", *stores)
    scenario = resolve(write_long_mission(folder), settings=settings)
    run(scenario, folder / "run", RunOptions(processes=processes, observers=[watch], on_launch=watch.launched))
    return watch.table()


def main() -> int:
    """Run from the command line: each of the two in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--processes", action="store_true", help="every participant in its own process")
    options = parser.parse_args()
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        table = soak(options.hours, Path(folder), processes=options.processes)
    bad = failures(table)
    told = {
        "hours": options.hours,
        "processes": table,
        "wall_s": round(time.monotonic() - started_s, 1),
        "failures": bad,
    }
    print(json.dumps(told, indent=2))
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
