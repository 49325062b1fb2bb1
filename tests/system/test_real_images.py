"""Real Sentinel-2 pictures through the whole chain: fires become alerts on the ground, fresh burn scars do not."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from sim.cli import main
from tests.system.small_mission import DATA, check_ledger

FIRES = DATA / "fire_s2_swir"
SCARS = DATA / "fire_s2_burned"
Fly = Callable[[Path], tuple[dict[str, Any], list[dict[str, Any]]]]


@pytest.fixture
def fly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fly:
    """Flies a folder of pictures; returns the summary and the alerts' properties."""

    def run(pictures: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        if not pictures.is_dir():
            pytest.skip(f"real pictures are not here: {pictures}")
        command = [
            "skysift",
            "run",
            "wildfire-watch",
            "--images",
            str(pictures),
            "--json",
            "--out",
            str(tmp_path / "out"),
        ]
        monkeypatch.setattr(sys, "argv", command)
        assert main() == 0
        summary = json.loads(capsys.readouterr().out)
        check_ledger(summary)
        assert summary["imagery"] == {"wildfire": "real"}
        features = json.loads((tmp_path / "out" / "exports" / "alerts.geojson").read_text("utf-8"))["features"]
        assert len(features) == summary["alerts"]
        return summary, [feature["properties"] for feature in features]

    return run


def test_fires_become_alerts(fly: Fly) -> None:
    """At least 95 of 100 fire objects are touched by small boxes, for a hundredth of the bytes."""
    summary, alerts = fly(FIRES / "false_color")
    assert summary["frames"]["completed"] == summary["frames"]["exposed"] == 4
    assert summary["savings"]["vs_captured"] >= 100
    objects = touched = burning_px = boxed_px = 0
    for path in sorted((FIRES / "masks").glob("*.tif")):
        burning = tifffile.imread(path) > 0
        boxes = [alert["box_px"] for alert in alerts if alert["frame"] == path.name]
        assert boxes
        assert all(x1 - x0 <= 16 and y1 - y0 <= 16 for x0, y0, x1, y1 in boxes)
        count, found = fires(burning, painted(boxes, burning.shape, grown_px=2))
        objects, touched = objects + count, touched + found
        burning_px += int(burning.sum())
        boxed_px += int(painted(boxes, burning.shape).sum())
    print(f"{touched} of {objects} fires, boxes of {boxed_px / burning_px:.2f} times the fires' area")
    print(f"{summary['alerts']} alerts, saved {summary['savings']['vs_captured']:.0f} times")
    assert objects == 100
    assert touched >= 95
    assert boxed_px <= 6 * burning_px


def test_burn_scars_do_not(fly: Fly) -> None:
    summary, alerts = fly(SCARS / "post_fire")
    print(f"{len(alerts)} alerts: {[alert['frame'] for alert in alerts]}")
    assert summary["frames"]["completed"] == 10
    assert len(alerts) <= 2


def painted(boxes: list[list[int]], shape: tuple[int, ...], grown_px: int = 0) -> NDArray[np.bool_]:
    """Where any box lies."""
    inside = np.zeros(shape, bool)
    for x0, y0, x1, y1 in boxes:
        inside[max(0, y0 - grown_px) : y1 + grown_px, max(0, x0 - grown_px) : x1 + grown_px] = True
    return inside


def fires(burning: NDArray[np.bool_], alerted: NDArray[np.bool_]) -> tuple[int, int]:
    """How many 8-connected objects of at least 2 pixels there are, and how many of them are alerted."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(burning.astype(np.uint8), connectivity=8)
    large = {label for label in range(1, len(stats)) if stats[label, cv2.CC_STAT_AREA] >= 2}
    return len(large), len(large & set(np.unique(labels[alerted]).tolist()))
