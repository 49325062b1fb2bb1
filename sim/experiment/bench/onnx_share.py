"""What share of the satellites' CPU time is the model: the rest is the price of emulating them.

The model's part is what bare `session.run` takes for their frames, measured beside the flight; nothing is put into the
flying processes.
"""

import os
from pathlib import Path

from onboard.events import JobFinished
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from sim.experiment.bench.figure import Benchmark, Figure
from sim.experiment.bench.satellites import MODEL, reference_scenario
from sim.modelling import speed
from sim.run import RunOptions, run
from sim.world.world import World

DURATION_S = 1400.0
"""Thirteen frames, and a pass over each station."""
PAIRS = 9
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
FIGURES = (
    Figure(
        "onnx_share",
        "",
        f"of the satellites' CPU time after start-up, the model's: wildfire-watch, first {DURATION_S:.0f} s",
        bar=0.7,
    ),
)


def measure(scratch: Path) -> tuple[float, ...]:
    """One run at full pace, a process for every participant."""
    scenario = reference_scenario(DURATION_S)
    spent = _Spent({satellite.name for satellite in scenario.satellite})
    run(scenario, scratch / "run", RunOptions(processes=True, observers=[spent], on_launch=spent.launched))
    card = load_card(MODEL)
    frame_px = scenario.satellite[0].instrument.width_px
    bare_s = speed.measure(card, InferenceEngine(card), frame_px, PAIRS).bare_s
    return (spent.frames * bare_s / spent.cpu_s,)


BENCHMARK = Benchmark(FIGURES, measure)


class _Spent:
    """Observes what CPU time the satellites' processes take from the launch to their last answer."""

    def __init__(self, satellites: set[str]) -> None:
        self.frames = 0
        self._satellites = satellites
        self._pids: dict[str, int] = {}
        self._first_s: dict[str, float] = {}
        self._last_s: dict[str, float] = {}

    @property
    def cpu_s(self) -> float:
        """Of all satellites."""
        return sum(self._last_s.values()) - sum(self._first_s.values())

    def launched(self, processes: dict[str, int]) -> None:
        """All are ready."""
        self._pids = {name: pid for name, pid in processes.items() if name in self._satellites}
        self._first_s = {name: _cpu_s(pid) for name, pid in self._pids.items()}

    def record(
        self, _now_ns: int, node: str, granted: tuple[object, ...], _answers: tuple[object, ...], _world: World
    ) -> None:
        """Take one record: in `wildfire-watch` every job is a frame's inference."""
        if node in self._pids:
            self.frames += sum(isinstance(event, JobFinished) for event in granted)
            self._last_s[node] = _cpu_s(self._pids[node])

    def close(self) -> None:
        """Nothing is held."""


def _cpu_s(pid: int) -> float:
    """CPU time of a process and its threads: fields 14 and 15 of its status, behind its name (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
