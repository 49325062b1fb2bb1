"""`telemetry.npz`: what a satellite sampled, and beside it the true temperatures of its nodes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.experiment.telemetry import CHANNELS, NodeTemperatures
from sim.run import RunResult
from tests.system.small_mission import fly

NAMES = ("lark-1", "lark-2")
BUS = "satellite.1.bus=3u-cubesat"
"""Satellites whose buses have other nodes than each other's."""


@pytest.fixture(scope="module")
def flight(mission: Path) -> RunResult:
    return fly(mission, mission.parent / "telemetry", BUS)


def arrays_of(result: RunResult) -> Mapping[str, NDArray[Any]]:
    with np.load(result.directory / "telemetry.npz") as stored:
        return dict(stored)


def test_every_satellites_nodes_have_temperatures(flight: RunResult) -> None:
    arrays = arrays_of(flight)
    for name in NAMES:
        temperature_k, nodes = arrays[f"{name}/temperature_k"], arrays[f"{name}/nodes"].tolist()
        summary = flight.summary["satellites"][name]
        assert nodes == list(summary["temperature_max_k"])
        assert {len(arrays[f"{name}/{channel}"]) for channel in CHANNELS} == {len(arrays[f"{name}/met_s"])}
        assert temperature_k.shape == (len(arrays[f"{name}/met_s"]), len(nodes))
        assert temperature_k.min(axis=0) == pytest.approx(list(summary["temperature_min_k"].values()), abs=1e-3)
        assert temperature_k.max(axis=0) == pytest.approx(list(summary["temperature_max_k"].values()), abs=1e-3)
        computer_k = temperature_k[:, nodes.index("computer")]
        assert np.ptp(computer_k) > 0.1
        assert arrays[f"{name}/computer_temperature_k"] == pytest.approx(computer_k, abs=0.051)


def test_temperatures_are_the_same_from_one_process_and_from_many(
    mission: Path, tmp_path: Path, flight: RunResult
) -> None:
    here, there = arrays_of(flight), arrays_of(fly(mission, tmp_path / "many", BUS, processes=True))
    assert here.keys() == there.keys()
    assert all(np.array_equal(here[name], there[name]) for name in here)


def test_looking_at_the_nodes_changes_no_digest(
    mission: Path, tmp_path: Path, flight: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NodeTemperatures, "record", lambda *_: None)
    monkeypatch.setattr(NodeTemperatures, "arrays", lambda *_: (np.array(["none"]), np.zeros((1, 1))))
    assert fly(mission, tmp_path / "blind", BUS).summary["digest"] == flight.summary["digest"]
