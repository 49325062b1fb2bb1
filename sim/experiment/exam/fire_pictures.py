"""The fire exam on real pictures, where somebody has them: what a model that learnt from drawn scenes makes of them.

Expected are the folders `fire_s2_swir` (Sentinel-2 patches that burn, with masks) and `fire_s2_burned` (fresh scars
that do not). Neither comes with the project.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from onboard.errors import InputError
from sim.experiment.exam.fire_detector import FireDetector
from sim.experiment.exam.scoring import components, grown, labels_in
from sim.scenes.spectra import BANDS

BURNING, MASKS = ("fire_s2_swir", "false_color"), ("fire_s2_swir", "masks")
BURNT = ("fire_s2_burned", "post_fire")
TOLERANCE_PX = 2


def pictures(folder: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Names and reflectances (4, h, w) of a folder's pictures, as its images.toml says; what is missing is zero."""
    settings = tomllib.loads((folder / "images.toml").read_text("utf-8"))
    for path in sorted(folder.glob("*.tif")):
        stored = np.nan_to_num(tifffile.imread(path)).astype(np.float32)
        planes = np.zeros((len(BANDS), *stored.shape[:2]), np.float32)
        for index, band in enumerate(settings["bands"]):
            if band:
                planes[BANDS.index(band)] = stored[..., index] * settings["scale"][index] + settings["offset"][index]
        for band, source in settings.get("surrogate", {}).items():
            planes[BANDS.index(band)] = planes[BANDS.index(source["from"])] * source["factor"]
        yield path.name, planes


def burning(detector: FireDetector, real: Path, threshold: float | None = None) -> dict[str, Any]:
    """Objects of the masks met within TOLERANCE_PX, and the share of detected pixels that lie so near to a mask."""
    objects = found = detected_px = right_px = burning_px = found_px = 0
    for name, planes in pictures(real.joinpath(*BURNING)):
        mask = tifffile.imread(real.joinpath(*MASKS, name)) > 0
        detected = detector.mask(detector.probability(planes), threshold)
        count, labels = components(mask)
        objects += count
        found += labels_in(labels, grown(detected, TOLERANCE_PX))
        detected_px += int(detected.sum())
        right_px += int((detected & grown(mask, TOLERANCE_PX)).sum())
        burning_px += int(mask.sum())
        found_px += int((mask & detected).sum())
    return {
        "objects": objects,
        "object_recall": round(found / max(objects, 1), 4),
        "pixel_recall": round(found_px / max(burning_px, 1), 4),
        "pixel_precision_2_px": round(right_px / max(detected_px, 1), 4),
    }


def burnt(detector: FireDetector, real: Path, threshold: float | None = None) -> dict[str, Any]:
    """How many objects are seen in scars that no longer burn."""
    masks = [detector.mask(detector.probability(planes), threshold) for _, planes in pictures(real.joinpath(*BURNT))]
    return {"pictures": len(masks), "false_objects": sum(components(mask)[0] for mask in masks)}


def check_pictures(real: Path | None) -> None:
    """Raise InputError where a folder is named that lacks a set."""
    if real is not None and not all(real.joinpath(*folder).is_dir() for folder in (BURNING, BURNT)):
        raise InputError(real, f"must hold {'/'.join(BURNING)} and {'/'.join(BURNT)}", key="--real")


def examine_pictures(detector: FireDetector, real: Path | None) -> dict[str, Any]:
    """Both sets at the card's threshold; where none are named, that is said. Raises InputError where one is absent."""
    check_pictures(real)
    if real is None:
        return {"skipped": "no real pictures: name the folder that holds fire_s2_swir and fire_s2_burned with --real"}
    return {"fire_s2_swir": burning(detector, real), "fire_s2_burned": burnt(detector, real)}
