"""Five published detectors flown over photographs: what arrives on the ground is what their own projects find."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from sim.cli import main
from tests.onboard.payload.detectors.pictures import large_and_small, portrait, quartet, resized
from tests.onboard.payload.detectors.reference_decoders import Found, overlap
from tests.system.reference_detectors import (
    FASTESTDET,
    NIGHT_LIGHTS,
    RADIANCE_STEPS,
    ULTRA_LIGHT,
    YOLOX,
    YUNET,
    Detector,
    Pixels,
)
from tests.system.small_mission import DATA, check_ledger

COLOURS = ("red", "green", "blue")
WIDE_HW, TALL_HW = (520, 700), (900, 600)
"""Larger than every input, and of another shape."""
MIN_BOXES = 3
MIN_IOU = 0.95
MAX_SCORE_ERROR = 0.01
MAX_EDGE_ERROR_PX = 1.0
"""Of boxes so small that rounding to whole pixels alone leaves less overlap."""

Skysift = Callable[..., str]
Fly = Callable[[str], list[dict[str, Any]]]
Draw = Callable[[int, int], Pixels]


def sextet(height: int, width: int) -> Pixels:
    """Six people in two rows, nearer and farther."""
    whole = portrait()
    near, nearer, middle = whole[:420, 50:470], whole[:350, 80:430], whole[:450, 31:481]
    crops = ((near, whole[:, ::-1], middle), (nearer, near[:, ::-1], whole))
    drawn = np.vstack([np.hstack([resized(crop, height // 2, width // 3) for crop in row]) for row in crops])
    return resized(drawn, height, width)


@pytest.fixture
def skysift(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Skysift:
    """Runs a command that must succeed; returns its standard output."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["skysift", *arguments])
        assert main() == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def fly(tmp_path: Path, skysift: Skysift) -> Fly:
    """Flies the pictures of the test's folder with a model; returns the properties of the alerts."""

    def run(model: str) -> list[dict[str, Any]]:
        pictures, out = tmp_path / "pictures", tmp_path / "out"
        flown = ("wildfire-watch", "--images", str(pictures), "--model", f"wildfire={model}")
        summary = json.loads(skysift("run", *flown, "--json", "--out", str(out)))
        check_ledger(summary)
        assert summary["status"] == "complete"
        assert summary["frames"]["completed"] == len(list(pictures.glob("*.png")))
        features = json.loads((out / "exports/alerts.geojson").read_text("utf-8"))["features"]
        assert len(features) == summary["alerts"]
        return [feature["properties"] for feature in features]

    return run


def write_pictures(folder: Path, pictures: dict[str, Pixels], bands: Sequence[str], scale: Sequence[float]) -> None:
    folder.mkdir()
    for name, picture in pictures.items():
        assert cv2.imwrite(str(folder / name), picture)
    zeros = [0.0] * len(bands)
    described = {"gsd_m": 10.0, "bit_depth": 8 * picture.itemsize, "bands": bands, "scale": scale, "offset": zeros}
    lines = [f"{key} = {json.dumps(value)}" for key, value in described.items()]
    (folder / "images.toml").write_text("\n".join(lines), "utf-8")


def check(alerts: Sequence[dict[str, Any]], expected: Sequence[Found], detector: Detector) -> None:
    """One alert for each box of the reference, and no other, but for those at the threshold's very edge."""
    left = list(alerts)
    for wanted in sorted(expected, key=lambda found: -found[4]):
        same = [alert for alert in left if alert["class"] == detector.classes[wanted[5]]]
        nearest = max(same, key=lambda alert: overlap(box_of(alert), wanted), default=None)
        if nearest is None or not agrees(nearest, wanted):
            assert is_marginal(wanted[4], detector), f"{wanted} has no alert; the nearest is {nearest}"
            continue
        left.remove(nearest)
    unasked = [alert for alert in left if not is_marginal(alert["confidence"], detector)]
    assert not unasked


def box_of(alert: dict[str, Any]) -> Found:
    x0, y0, x1, y1 = alert["box_px"]
    return x0, y0, x1, y1, alert["confidence"], 0


def agrees(alert: dict[str, Any], wanted: Found) -> bool:
    box = box_of(alert)
    edge_error_px = max(abs(edge - other) for edge, other in zip(box[:4], wanted[:4], strict=True))
    is_same_place = overlap(box, wanted) >= MIN_IOU or edge_error_px <= MAX_EDGE_ERROR_PX
    return is_same_place and abs(box[4] - wanted[4]) <= MAX_SCORE_ERROR


def is_marginal(score: float, detector: Detector) -> bool:
    return abs(score - detector.threshold) <= MAX_SCORE_ERROR


def of_frame(alerts: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [alert for alert in alerts if alert["frame"] == name]


@dataclass(frozen=True)
class Flight:
    """A detector, and what it is shown: as large as its input, and larger ones, wide and tall."""

    detector: Detector
    small: Sequence[Draw]
    wide: Draw
    tall: Draw


FLIGHTS = {
    "yolox": Flight(YOLOX, (quartet, sextet), sextet, sextet),
    "fastestdet": Flight(FASTESTDET, (large_and_small, sextet), sextet, large_and_small),
    "ultra-light": Flight(ULTRA_LIGHT, (quartet, large_and_small), sextet, sextet),
    "yunet": Flight(YUNET, (quartet, sextet), sextet, quartet),
}
flights = pytest.mark.parametrize("flight", FLIGHTS.values(), ids=FLIGHTS)


@flights
def test_a_bare_detector_finds_what_its_project_finds(flight: Flight, tmp_path: Path, fly: Fly) -> None:
    """A picture of the input's size is one tile; a larger one is many, at its own resolution."""
    detector = flight.detector
    model = str(detector.path)
    small = {f"small {index}.png": draw(*detector.input_hw) for index, draw in enumerate(flight.small)}
    pictures = {**small, "wide.png": flight.wide(*WIDE_HW)}
    write_pictures(tmp_path / "pictures", pictures, COLOURS, [1 / 255] * 3)
    alerts = fly(model)
    for name, picture in pictures.items():
        expected = detector.in_tiles(picture)
        assert len(expected) >= MIN_BOXES
        check(of_frame(alerts, name), expected, detector)


@flights
def test_a_card_that_was_edited_to_shrink_the_whole_frame(
    flight: Flight, tmp_path: Path, skysift: Skysift, fly: Fly
) -> None:
    detector = flight.detector
    folder = tmp_path / "model"
    skysift("model", "init", str(detector.path), "--out", str(folder))
    card = folder / "card.toml"
    assert 'fit = "tile"' in card.read_text("utf-8")
    card.write_text(card.read_text("utf-8").replace('fit = "tile"', 'fit = "letterbox"'), "utf-8")
    pictures = {"wide.png": flight.wide(*WIDE_HW), "tall.png": flight.tall(*TALL_HW)}
    write_pictures(tmp_path / "pictures", pictures, COLOURS, [1 / 255] * 3)
    alerts = fly(str(folder))
    for name, picture in pictures.items():
        expected = detector.letterboxed(picture)
        assert len(expected) >= MIN_BOXES
        check(of_frame(alerts, name), expected, detector)


def test_a_bare_classifier_of_night_lights(tmp_path: Path, fly: Fly) -> None:
    """Two chips, and a picture of 70 x 96 pixels, where the last tiles overlap their neighbours."""
    model = str(NIGHT_LIGHTS.path)
    chips = night_lights()
    larger = np.vstack([np.hstack(chips[row * 5 : row * 5 + 5]) for row in range(4)])[:70, :96]
    pictures = {"first.png": chips[0], "second.png": chips[7], "larger.png": larger}
    write_pictures(tmp_path / "pictures", pictures, ["red", "green", "blue", "nir"], RADIANCE_STEPS)
    alerts = fly(model)
    for name, picture in pictures.items():
        expected = NIGHT_LIGHTS.in_tiles(picture)
        assert len(expected) == (1 if name != "larger.png" else 20)
        check(of_frame(alerts, name), expected, NIGHT_LIGHTS)
    assert {alert["class"] for alert in alerts} == set(NIGHT_LIGHTS.classes.values())


def night_lights() -> list[Pixels]:
    """20 labelled chips as pixels of 16 bits, the first band red, the last one transparency."""
    path = DATA / "viirs_night_boats/viirs_boats.npz"
    if not path.is_file():
        pytest.skip("the night-light chips are not here")
    chips = np.load(path)["x"][::53][:20].transpose(0, 2, 3, 1)
    numbers = np.rint(chips / np.array(RADIANCE_STEPS)).astype(np.uint16)
    return list(numbers[..., [2, 1, 0, 3]])
