"""A satellite's process that leaves behind what CPU time it took after start-up, and how much inside onnxruntime."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import onnxruntime

import onboard.__main__
from onboard.config import SpacecraftConfig
from onboard.shell import FlightUnit

REPORTS = "SKYSIFT_BENCH_REPORTS"
"""Environment variable: the folder that the reports go to."""


class _TimedSession(onnxruntime.InferenceSession):  # type: ignore[misc]
    """Adds up the CPU time of its runs. With one thread a session computes in its caller's."""

    spent_s = 0.0

    def run(self, *arguments: Any) -> Any:
        started_s = time.thread_time()
        output = super().run(*arguments)
        _TimedSession.spent_s += time.thread_time() - started_s
        return output


class _MeasuredUnit(FlightUnit):
    def __init__(self, config: SpacecraftConfig) -> None:
        super().__init__(config)
        self._report = Path(os.environ[REPORTS]) / f"{config.name}.json"
        self._onnx_s, self._cpu_s = _TimedSession.spent_s, time.process_time()

    def close(self) -> None:
        super().close()
        spent = {"onnx_s": _TimedSession.spent_s - self._onnx_s, "cpu_s": time.process_time() - self._cpu_s}
        self._report.write_text(json.dumps(spent), encoding="utf-8")


if __name__ == "__main__":
    timed = patch.object(onnxruntime, "InferenceSession", _TimedSession)
    measured = patch.object(onboard.__main__, "FlightUnit", _MeasuredUnit)
    with timed, measured:
        sys.exit(onboard.__main__.main())
