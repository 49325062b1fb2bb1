"""The wheel is whole: it carries the sample data inside `sim`, and works away from the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    pytest.importorskip("hatchling", reason="builds with the dev extra's hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(folder))
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True, capture_output=True)
    (built,) = folder.glob("skysift-*.whl")
    return zipfile.ZipFile(built)


@pytest.fixture(scope="module")
def site(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    wheel.extractall(folder)
    return folder


def _skysift(site: Path, cwd: Path, *arguments: str) -> Any:
    """What a command of the unpacked wheel prints; the dependencies are those of this interpreter."""
    done = subprocess.run(
        [sys.executable, "-m", "sim", *arguments, "--json"],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_wheel_holds_three_packages_and_the_sample_data_inside_sim(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    (information,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    assert {name.split("/")[0] for name in names} == {"onboard", "groundstation", "sim", information}
    assert f"{information}/licenses/LICENSE" in names
    files = {path.relative_to(ROOT) for path in (ROOT / "sample_data").rglob("*") if path.is_file()}
    expected = {f"sim/{path.as_posix()}" for path in files if "__pycache__" not in path.parts}
    assert {name for name in names if "/sample_data/" in name} == expected


def test_wheel_looks_into_its_own_sample_data(site: Path, tmp_path: Path) -> None:
    assert "wildfire-watch" in _skysift(site, tmp_path, "scenario", "list")
    told = _skysift(site, tmp_path, "doctor")
    assert all(check["ok"] or not check["needed"] for check in told.values())
    assert str(site / "sim" / "sample_data") in told["sample data"]["told"]


def test_wheel_flies_in_processes(site: Path, tmp_path: Path) -> None:
    pictures = site / "sim" / "sample_data" / "scenes" / "wildfire-small"
    summary = _skysift(site, tmp_path, "run", "wildfire-watch", "--images", str(pictures), "--processes")
    assert summary["processes"] > 1
    assert summary["frames"]["completed"] == 6
    assert (tmp_path / "runs").is_dir()
