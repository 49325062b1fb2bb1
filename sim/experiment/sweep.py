"""What the headline ratio depends on: how many targets there are, and how large a frame is.

A list of detections costs a little for every frame and a little for every target, a frame of pixels costs what its
area costs. So the ratio grows with the frame until its targets fill the list, and falls with their density.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from sim.experiment.comparison import Flown, Reference
from sim.experiment.flights import Tell, flights
from sim.scenario import Scenario

DENSITIES = (0.1, 1.0, 10.0)
"""Times the scenario's own density of targets."""
SIDES = (0.25, 0.5, 1.0)
"""Times the instrument's own sides of a frame."""
DENSITY_KEYS = {"synthetic": "land_fires_per_1000_km2", "sar-sea": "rafts_per_1000_km2"}
"""Of a scene, by its source."""


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One run with detections. `events_per_1000_km2` is the scene's density of fires or rafts, `events_per_frame`
    counts the targets that were there: a fire's front is several. Recall is None where none were."""

    events_per_1000_km2: float
    width_px: int
    height_px: int
    frames: int
    coverage: float | None
    events_per_frame: float | None
    spent_bytes: int
    bytes_per_frame: float | None
    vs_raw: float | None
    vs_lossless: float | None
    recall: float | None


def sweep(
    scenario: Scenario,
    root: Path,
    *,
    densities: Sequence[float] = DENSITIES,
    sides: Sequence[float] = SIDES,
    cache: Path | None = None,
    tell: Tell = lambda _word: None,
) -> list[SweepRow]:
    """Fly detections over each density and each size of frame, as shares of the scenario's, into folders below `root`.

    Frames are drawn and searched in the folder `cache` if they are to last. Raises InputError for pictures, whose
    targets are what they are.
    """
    key = DENSITY_KEYS.get(scenario.scene.source)
    if key is None:
        rule = f"a sweep draws its scenes: must be one of {', '.join(DENSITY_KEYS)}"
        raise InputError(scenario.name, rule, key="scene.source", value=scenario.scene.source)
    rows = []
    with flights(cache, tell) as flying:
        for side, density in product(sides, densities):
            one = varied(scenario, key, density, side)
            (flown,) = flying.fly([one], [root / f"sweep-density{density:g}-side{side:g}"])
            rows.append(_row(one, getattr(one.scene, key), flown))
    return rows


def varied(scenario: Scenario, key: str, density: float, side: float) -> Scenario:
    """The scenario with another density of targets and other frames, flown with detections."""
    scene = scenario.scene.model_copy(update={key: getattr(scenario.scene, key) * density})
    satellites = tuple(
        one.model_copy(
            update={
                "instrument": one.instrument.model_copy(
                    update={
                        "width_px": max(round(one.instrument.width_px * side), 1),
                        "height_px": max(round(one.instrument.height_px * side), 1),
                    }
                )
            }
        )
        for one in scenario.satellite
    )
    return scenario.model_copy(update={"scene": scene, "satellite": satellites, "strategy": "detections"})


def sweep_table(rows: Sequence[SweepRow]) -> list[Mapping[str, Any]]:
    """The `sweep` entry of `compare --sweep --json`."""
    return [asdict(row) for row in rows]


def _row(scenario: Scenario, density: float, flown: Flown) -> SweepRow:
    instrument, frames = scenario.satellite[0].instrument, flown.planned.frames
    return SweepRow(
        events_per_1000_km2=density,
        width_px=instrument.width_px,
        height_px=instrument.height_px,
        frames=frames,
        coverage=flown.coverage,
        events_per_frame=flown.truth / frames if flown.truth is not None else None,
        spent_bytes=flown.sent_bytes,
        bytes_per_frame=flown.sent_bytes / flown.completed.frames if flown.completed.frames else None,
        vs_raw=flown.saving(Reference("raw")),
        vs_lossless=flown.saving(Reference("lossless")),
        recall=flown.recall,
    )
