"""The seas that the raft model learns from: by the exam's two laws, of seeds that the exam never sees, and of Earths on
which nobody flies. Drawn once.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from sim.experiment.exam.raft_plan import raft_plan  # noqa: E402
from sim.scenes.earth.places import GroundPatch  # noqa: E402
from sim.scenes.sar_earth import draw_sea_frame  # noqa: E402
from sim.scenes.sar_study import SIDE_PX, StudySea, draw_study_sea  # noqa: E402

PLAIN, WIDER, MORE = range(1500), range(1500, 2000), range(10_000, 14_000)
"""Seeds of the exam's first law, of its wider one, and of the first again."""
INVISIBLE_DB = -8.0
"""A target fainter than this against its water is neither asked for nor held against the model."""
EARTHS = range(5000, 5400)
PLACES, EARTH_RAFTS_PER_KM2, MOST_LATITUDE_DEG = 4, 60.0, 70.0
"""Of each Earth: as many seas at any time of a year, without ships and ice, whose outlines it does not tell."""
INVISIBLE_PEAK_DB = -4.0
"""There, of the highest sigma0 that a raft alone would show, against the sea's median."""
HILL_M = 1.6
"""Deviation of the hill that marks a target, at least 1.2 pixels."""
UNJUDGED = -1.0


@dataclass(frozen=True)
class Study:
    """Sigma0; hills of small targets, 0 to 1, UNJUDGED round what cannot be seen; ships, ice and ghosts with a margin,
    and ships and ice alone. All (n, side, side)."""

    sigma0: NDArray[np.float32]
    hills: NDArray[np.float16]
    large: NDArray[np.bool_]
    hulls: NDArray[np.bool_]


def joined(*studies: Study) -> Study:
    """One study of all seas."""
    parts = ([getattr(study, name) for study in studies] for name in ("sigma0", "hills", "large", "hulls"))
    return Study(*(np.concatenate(part) for part in parts))


def hills_of(sea: StudySea) -> NDArray[np.float16]:
    """A hill a target."""
    sought = [target for target in sea.targets if not sea.hides(target)]
    return _hills(sea.gsd_m, [(one.row, one.column, one.contrast_db >= INVISIBLE_DB) for one in sought])


def _hills(gsd_m: float, places: list[tuple[float, float, bool]]) -> NDArray[np.float16]:
    """Hills on places, of which each is told by row, column and whether it can be seen."""
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX]
    heights = np.zeros(rows.shape, np.float32)
    deviation_px = max(1.2, HILL_M / gsd_m)
    for row, column, is_visible in places:
        hill = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * deviation_px**2))
        if is_visible:
            heights = np.where(hill > 0.05, np.maximum(heights, hill), heights)
        else:
            heights[(hill > 0.1) & (heights < 0.1)] = UNJUDGED
    return heights.astype(np.float16)


def _read(kept: Path) -> Study | None:
    if not kept.is_file():
        return None
    arrays = np.load(kept)
    return Study(arrays["sigma0"], arrays["hills"], arrays["large"], arrays["hulls"])


def _write(kept: Path, study: Study) -> Study:
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(kept, sigma0=study.sigma0, hills=study.hills, large=study.large, hulls=study.hulls)
    return study


def draw_study(kept: Path) -> Study:
    """All seas by the exam's laws; kept in a file for the next time."""
    if study := _read(kept):
        return study
    plan = raft_plan()
    stream = plan.streams["training"]
    laws = ((PLAIN, plan.law), (WIDER, plan.wider), (MORE, plan.law))
    seas = [draw_study_sea(np.random.default_rng([stream, seed]), law=law) for seeds, law in laws for seed in seeds]
    study = Study(
        np.stack([sea.sigma0 for sea in seas]),
        np.stack([hills_of(sea) for sea in seas]),
        np.stack([sea.large for sea in seas]),
        np.stack([sea.hulls for sea in seas]),
    )
    return _write(kept, study)


def draw_earth_seas(kept: Path) -> Study:
    """Seas of Earths, with their waves, weather and rafts; kept in a file for the next time."""
    if study := _read(kept):
        return study
    drawn = [sea for seed in EARTHS for place in range(PLACES) if (sea := _earth_sea(seed, place))]
    sigma0, hills = (np.stack(planes) for planes in zip(*drawn, strict=True))
    nothing = np.zeros(sigma0.shape, bool)
    return _write(kept, Study(sigma0, hills, nothing, nothing))


def _earth_sea(seed: int, place: int) -> tuple[NDArray[np.float32], NDArray[np.float16]] | None:
    """Sigma0 and hills; None where there is ice."""
    rng = np.random.default_rng([seed, place])
    latitude_deg = float(np.degrees(np.arcsin(rng.uniform(-1, 1) * np.sin(np.radians(MOST_LATITUDE_DEG)))))
    gsd_m = float(rng.uniform(0.5, 1.2))
    patch = GroundPatch.of(latitude_deg, rng.uniform(-180, 180), rng.uniform(0, 360), gsd_m, SIDE_PX, SIDE_PX)
    at_s = float(rng.uniform(0, 365 * 86_400))
    sea = draw_sea_frame(seed, patch, at_s, gsd_m=gsd_m, rafts_per_km2=EARTH_RAFTS_PER_KM2, ships_per_km2=0.0)
    if sea.ship_targets:
        return None
    faintest = 10 ** (INVISIBLE_PEAK_DB / 10) * float(np.median(sea.sigma0))
    places = [((one.y0 + one.y1 - 1) / 2, (one.x0 + one.x1 - 1) / 2, one.peak >= faintest) for one in sea.raft_targets]
    return sea.sigma0[0], _hills(gsd_m, places)
