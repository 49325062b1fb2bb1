"""The raft exam on real radar pictures, where somebody has them: ships found, and an open sea left silent.

Expected are the folders `sar_hrsid` (800 x 800 pieces of 0.5 to 3 m with ships in boxes) and `sar_lsssdd_s1`
(Sentinel-1, mostly empty sea). Neither comes with the project. No real picture of a raft is public, so none is here.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.detections import Detection
from onboard.payload.models import ModelCard
from sim.experiment.exam.raft_detector import LARGE, SMALL, RaftDetector, flown

SHIPS, OPEN_SEA = "sar_hrsid", "sar_lsssdd_s1"
GSD_M = {SHIPS: 1.0, OPEN_SEA: 10.0}
"""Nominal: the pictures do not tell theirs."""
NEAR_PX = 12
"""What lies so near to a labelled ship is no false alarm."""
LAND_PX, LAND_EXCESS = 41, 2.0
"""Land is where the mean over so many pixels is more than so many times the sea's median, and all within as many pixels
of it: shore and surf. No data is where nothing but zeros lie."""

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels, end exclusive."""


def _amplitude(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None, path
    return np.asarray(picture, np.uint8)


def _seen(card: ModelCard, amplitude: NDArray[np.uint8], gsd_m: float) -> tuple[Detection, ...]:
    """Detections in an amplitude picture of 8 bits, as power."""
    return flown(card, amplitude.astype(np.uint16) ** 2, 1.0, gsd_m)


def _of_class(card: ModelCard, found: tuple[Detection, ...], name: str) -> list[Detection]:
    return [one for one in found if card.classes[one.class_index] == name]


def _touches(one: Detection, box: Box, reach_px: int) -> bool:
    x0, y0, x1, y1 = box
    across = one.x0 - reach_px < x1 and x0 < one.x1 + reach_px
    return across and one.y0 - reach_px < y1 and y0 < one.y1 + reach_px


def _ship_boxes(folder: Path) -> dict[str, list[Box]]:
    boxes: dict[str, list[Box]] = {}
    with (folder / "boxes.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            x, y, width, height = (int(row[key]) for key in ("x", "y", "w", "h"))
            boxes.setdefault(row["file"], []).append((x, y, x + width, y + height))
    return boxes


def ships(card: ModelCard, real: Path) -> dict[str, Any]:
    """The labelled ships that a detection of class LARGE overlaps, those of which its mask marks anything, and what
    else the model sees there. One box may hold several ships that lie close together."""
    detector = RaftDetector(card.path.parent)
    labelled = found = marked = beside = small = 0
    pixels = 0
    boxes = _ship_boxes(real / SHIPS)
    for path in sorted((real / SHIPS / "images").iterdir()):
        amplitude, here = _amplitude(path), boxes.get(path.name, [])
        seen = _seen(card, amplitude, GSD_M[SHIPS])
        large = _of_class(card, seen, LARGE)
        labelled += len(here)
        mask = detector.large(amplitude.astype(np.float32) ** 2)
        marked += sum(bool(mask[y0:y1, x0:x1].any()) for x0, y0, x1, y1 in here)
        found += sum(any(_touches(one, box, 0) for one in large) for box in here)
        beside += sum(not any(_touches(one, box, NEAR_PX) for box in here) for one in large)
        small += sum(not any(_touches(one, box, NEAR_PX) for box in here) for one in _of_class(card, seen, SMALL))
        pixels += amplitude.size
    return {
        "ships": labelled,
        "recall": round(found / max(labelled, 1), 4),
        "recall_by_mask": round(marked / max(labelled, 1), 4),
        "ship_detections_elsewhere": beside,
        "small_targets_elsewhere": small,
        "mpx": round(pixels / 1e6, 2),
    }


def _no_sea(amplitude: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Land with its shore, and what holds no data; (height, width)."""
    power = amplitude.astype(np.float32) ** 2
    median = float(np.median(power[amplitude > 0]))
    bright = cv2.blur(power, (LAND_PX, LAND_PX)) > LAND_EXCESS * median
    empty = cv2.dilate((cv2.blur((amplitude > 0).astype(np.float32), (9, 9)) == 0).astype(np.uint8), np.ones((25, 25)))
    # A lone ship lifts the mean as land does: what is small is none.
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bright.astype(np.uint8))
    land = np.isin(labels, [one for one in range(1, count) if stats[one, cv2.CC_STAT_AREA] > 3 * LAND_PX**2])
    shore = cv2.dilate(land.astype(np.uint8), np.ones((LAND_PX, LAND_PX)))
    return np.asarray((shore > 0) | (empty > 0))


def _vessels(path: Path) -> Iterator[Box]:
    for box in ElementTree.parse(path).getroot().iter("bndbox"):
        x0, y0, x1, y1 = (int(float(box.findtext(key, "0"))) for key in ("xmin", "ymin", "xmax", "ymax"))
        yield x0, y0, x1, y1


def open_sea(card: ModelCard, real: Path) -> dict[str, Any]:
    """Small targets seen on open sea where none is labelled, on a million pixels of it."""
    false, sea_px, large = 0, 0, 0
    for path in sorted((real / OPEN_SEA / "images").iterdir()):
        amplitude = _amplitude(path)
        barred = _no_sea(amplitude)
        vessels = list(_vessels(real / OPEN_SEA / "annotations" / f"{path.stem}.xml"))
        sea_px += int((~barred).sum())
        for one in _seen(card, amplitude, GSD_M[OPEN_SEA]):
            row, column = (one.y0 + one.y1) // 2, (one.x0 + one.x1) // 2
            if barred[row, column] or any(_touches(one, box, NEAR_PX) for box in vessels):
                continue
            if card.classes[one.class_index] == SMALL:
                false += 1
            else:
                large += 1
    mpx = sea_px / 1e6
    return {
        "sea_mpx": round(mpx, 3),
        "false_small_targets": false,
        "false_small_targets_per_mpx": round(false / mpx, 3),
        "ship_detections_unlabelled": large,
    }


def check_pictures(real: Path | None) -> None:
    """Raise InputError where a folder is named that lacks a set."""
    if real is not None and not all((real / folder).is_dir() for folder in (SHIPS, OPEN_SEA)):
        raise InputError(real, f"must hold {SHIPS} and {OPEN_SEA}", key="--real")


def examine_pictures(card: ModelCard, real: Path | None) -> dict[str, Any]:
    """Both sets at the card's threshold; where none are named, that is said. Raises InputError where one is absent."""
    check_pictures(real)
    if real is None:
        return {"skipped": f"no real pictures: name the folder that holds {SHIPS} and {OPEN_SEA} with --real"}
    return {SHIPS: ships(card, real), OPEN_SEA: open_sea(card, real)}
