"""What share of the satellites' CPU time is the model: the rest is the price of emulating them."""

import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sim.assembly
from sim.nodes import ProcessNode
from sim.run import RunOptions, run
from tests.benchmarks.figure import Figure
from tests.benchmarks.measured_satellite import REPORTS
from tests.benchmarks.satellites import reference_scenario

DURATION_S = 1400.0
"""Thirteen frames, and a pass over each station."""
FIGURES = (
    Figure(
        "onnx_share",
        "",
        f"of the satellites' CPU time after start-up, inside onnxruntime: wildfire-watch, first {DURATION_S:.0f} s",
        bar=0.7,
    ),
)


class _MeasuredNode(ProcessNode):
    def __init__(self, name: str, module: str, *rest: Any, **options: Any) -> None:
        module = "tests.benchmarks.measured_satellite" if module == "onboard" else module
        super().__init__(name, module, *rest, **options)


def measure(scratch: Path) -> tuple[float, ...]:
    """One run at full pace, a process for every participant."""
    reports = scratch / "reports"
    reports.mkdir()
    with patch.object(sim.assembly, "ProcessNode", _MeasuredNode), patch.dict(os.environ, {REPORTS: str(reports)}):
        run(reference_scenario(DURATION_S), scratch / "run", RunOptions(processes=True))
    spent = [json.loads(report.read_text("utf-8")) for report in reports.iterdir()]
    return (sum(each["onnx_s"] for each in spent) / sum(each["cpu_s"] for each in spent),)
