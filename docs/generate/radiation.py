"""What upsets cost and countermeasures save, from what `skysift exam radiation --write` measured."""

import json
from typing import Any

from docs.generate.markdown import table
from sim.data import sample_path

_WORDS = {
    "none": "none",
    "no radiation": "no radiation",
    "scrubbing": "weights held against their hash every 600 s",
    "plausibility": "plausibility checks",
    "tmr": "three copies vote",
    "tmr, scrubbing": "three copies vote, and are scrubbed",
    "diverse": "a classical test (`kumar-roy`) must agree",
}


def measured() -> str:
    """A row for each rate and countermeasure."""
    answer = json.loads(sample_path("exam", "radiation.json").read_text("utf-8"))
    columns = (
        *("upsets a day", "countermeasure", "recall", "by draw", "false alerts a satellite-day"),
        *("frames without a result", "work of the payload, J a day"),
    )
    return table(columns, (_row(figures) for figures in answer["figures"].values()))


def _row(figures: dict[str, Any]) -> tuple[object, ...]:
    n_frames = figures["frames"]
    return (
        f"{figures['upsets_per_day']:g}",
        _WORDS[figures["way"]],
        f"{figures['recall']:.3f}",
        ", ".join(f"{recall:.3f}" for recall in figures["recall_by_draw"]),
        f"{figures['false_alerts_per_satellite_day']:.1f}",
        f"{figures['frames_without_result']} of {n_frames}",
        f"{figures['work_j_per_day']:.1f}",
    )
