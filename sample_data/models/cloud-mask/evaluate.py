"""Judges this folder's mask on drawn scenes, whose clouds are known; writes evaluation.json.

    python sample_data/models/cloud-mask/evaluate.py

Nothing here was trained, and the thresholds are published ones. Which tests to use was seen on other scenes.
"""

import hashlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from onboard.payload.imagery import Frame  # noqa: E402
from onboard.payload.models import load_card  # noqa: E402
from onboard.payload.screening import CloudMask  # noqa: E402
from sim.scenes.earth.chips import draw_earth_chip  # noqa: E402
from sim.scenes.sensor import REFLECTANCE_SCALE, digitise  # noqa: E402
from sim.scenes.spectra import BANDS  # noqa: E402
from sim.scenes.truth import targets_from  # noqa: E402
from sim.scenes.wildfire import WildfireScene  # noqa: E402

STREAM, SCENES, SIDE_PX, GSD_M = 32, 300, 256, 20.0
FIRES_PER_1000_KM2 = 20.0
LIMITS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Of the share of a frame's pixels under cloud, from which a frame counts as cloudy."""


def draw(number: int) -> WildfireScene:
    """A place on another Earth, as the mission's camera sees it."""
    return draw_earth_chip(STREAM, number, SIDE_PX, gsd_m=GSD_M, is_cloudy=True, fires_per_1000_km2=FIRES_PER_1000_KM2)


@dataclass
class Tally:
    """Counts over scenes: pixels, and for each frame its true cover, the mask's, and how many fires it shows."""

    true_px: int = 0
    said_px: int = 0
    both_px: int = 0
    truly: list[float] = field(default_factory=list)
    said: list[float] = field(default_factory=list)
    fires: list[int] = field(default_factory=list)

    def add(self, scene: WildfireScene, marked: NDArray[np.bool_], fraction: float) -> None:
        """Count a scene."""
        self.true_px += int(scene.cloudy.sum())
        self.said_px += int(marked.sum())
        self.both_px += int((scene.cloudy & marked).sum())
        self.truly.append(float(scene.cloudy.mean()))
        self.said.append(fraction)
        self.fires.append(len(targets_from(scene.fire_swir2)))

    def at(self, limit: float) -> dict[str, float | None]:
        """Frames held for cloudy at a limit, and what goes with them."""
        truly, said, fires = np.array(self.truly) > limit, np.array(self.said) > limit, np.array(self.fires)
        both = int((truly & said).sum())
        return {
            "truly_cloudy": int(truly.sum()),
            "dropped": int(said.sum()),
            "precision": round(both / said.sum(), 4) if said.any() else None,
            "recall": round(both / truly.sum(), 4) if truly.any() else None,
            "fires_dropped": round(float(fires[said].sum() / fires.sum()), 4),
        }


def judge() -> Tally:
    """Run the mask, as it flies, over all scenes."""
    mask, session = CloudMask(load_card(HERE)), onnxruntime.InferenceSession(str(HERE / "model.onnx"))
    tally = Tally()
    for number in range(SCENES):
        scene = draw(number)
        planes = digitise(scene.reflectance)
        frame = Frame(
            number, "", SIDE_PX, SIDE_PX, BANDS, 4, (REFLECTANCE_SCALE,) * 4, (0.0,) * 4, 12, 0, (0.0,) * 8, GSD_M
        )
        shown = planes[None].astype(np.float32) * np.float32(REFLECTANCE_SCALE)
        marked = session.run(None, {mask.card.input_name: shown})[0][0, 0] >= mask.card.threshold
        tally.add(scene, marked, mask.cloud_fraction(frame, planes))
    return tally


def main() -> None:
    """Judge, and write what was found."""
    tally = judge()
    graph = (HERE / "model.onnx").read_bytes()
    report = {
        "model": "cloud-mask",
        "sha256": hashlib.sha256(graph).hexdigest(),
        "truth": "a drawn pixel is cloudy where less than half of the ground's light comes through",
        "stream": STREAM,
        "scenes": SCENES,
        "pixels": {
            "true_share": round(tally.true_px / (SCENES * SIDE_PX**2), 4),
            "precision": round(tally.both_px / tally.said_px, 4),
            "recall": round(tally.both_px / tally.true_px, 4),
        },
        "mean_error_of_a_frame": round(float(np.abs(np.subtract(tally.said, tally.truly)).mean()), 4),
        "cloudiest_frame": round(max(tally.truly), 4),
        "most_marked_in_a_clear_frame": round(
            max(said for said, truly in zip(tally.said, tally.truly, strict=True) if not truly), 4
        ),
        "frames_by_limit": {f"{limit:g}": tally.at(limit) for limit in LIMITS},
        "libraries": {each.__name__: each.__version__ for each in (cv2, np, onnx, onnxruntime)},
    }
    (HERE / "evaluation.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
