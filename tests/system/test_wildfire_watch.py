"""The scenario that all later figures are compared on, cut to its first pass, as one process and as many."""

from pathlib import Path
from typing import Any

import pytest

from sim.data import sample_path
from sim.resolve import scenario_path
from sim.run import RunResult
from tests.system.small_mission import fly

SHORT = "duration_s=1100"
"""The first satellite exposes frames over Africa and Europe, and has all of them down over Svalbard."""


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where drawn frames are kept: all runs see the same ones, drawn once."""
    return tmp_path_factory.mktemp("frames")


@pytest.mark.parametrize("strategy", ["detections", "lossless"])
def test_one_process_or_many(tmp_path: Path, frames: Path, strategy: str) -> None:
    """Every other frame, to be quick."""
    imager = tmp_path / "imager.toml"
    usual = sample_path("instruments", "swir-imager.toml").read_text("utf-8")
    imager.write_text(usual.replace("interval_s = 60.0", "interval_s = 120.0"), "utf-8")
    here, many = (
        flown(
            tmp_path / name,
            imager,
            strategy,
            processes=name == "many",
            cache=with_frames(tmp_path / f"{name}-cache", frames),
        )
        for name in ("here", "many")
    )
    assert (here.summary["processes"], many.summary["processes"]) == (1, 7)
    for key in ("digest", "frames", "bytes", "score", "latency_s", "satellites", "alerts"):
        assert here.summary[key] == many.summary[key]
    assert here.summary["frames"]["completed"] == here.summary["frames"]["exposed"] > 2
    assert here.summary["score"]["wildfire"]["truth"] > 0


def flown(out: Path, imager: Path, strategy: str, **options: Any) -> RunResult:
    instruments = (f"satellite[{index}].instrument={imager}" for index in range(3))
    return fly(scenario_path("wildfire-watch"), out, SHORT, f"strategy={strategy}", *instruments, **options)


def with_frames(cache: Path, frames: Path) -> Path:
    """A run's own cache but for the frames: what a model finds in them, each run finds by itself."""
    cache.mkdir()
    (cache / "frames").symlink_to(frames)
    return cache
