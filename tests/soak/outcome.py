"""What soaks of processes share: the mission that they fly, and what they saw."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.models_for_tests import write_model
from tests.system.small_mission import COST, SCENARIO, write_small_mission

TARGETS = {"satellite": "lark-1", "station": "Punta Arenas", "centre": "centre"}
EXECUTIVE = "executive"
ORDERS = """
{"at_s": 5, "satellite": "lark-1", "command": "upload_model", "model": "next"}
{"at_s": 40, "satellite": "lark-1", "command": "set_threshold", "task": "wildfire", "threshold": 0.4}
{"at_s": 60, "satellite": "lark-1", "command": "rotate_key", "direction": "downlink", "key_id": 2}
{"at_s": 70, "satellite": "lark-1", "command": "rotate_key", "direction": "uplink", "key_id": 2}
{"at_s": 90, "satellite": "lark-1", "command": "fetch_frame", "frame_id": 2, "thumbnail_factor": 2}
{"at_s": 120, "satellite": "lark-1", "command": "set_strategy", "name": "lossless"}
{"at_s": 180, "satellite": "lark-1", "command": "reset"}
{"at_s": 200, "satellite": "lark-2", "command": "set_strategy", "name": "raw"}
{"at_s": 240, "satellite": "lark-1", "command": "set_strategy", "name": "detections"}
{"at_s": 260, "satellite": "lark-1", "command": "fetch_frame", "frame_id": 4}
{"at_s": 280, "satellite": "lark-1", "command": "rotate_key", "direction": "downlink", "key_id": 3}
"""
SETTINGS = (
    *("link.frame_loss=0.15", "duration_s=600"),
    *("station[0].min_elevation_deg=10", "station[1].min_elevation_deg=10"),
)


@dataclass
class Outcome:
    """What a soak saw. `counts` are sums over its runs."""

    target: str
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    wall_s: float = 0.0

    def as_table(self) -> dict[str, object]:
        """For printing."""
        return {
            "target": self.target,
            "seed": self.seed,
            **self.counts,
            "wall_s": round(self.wall_s, 1),
            "failures": self.failures,
        }


def write_mission(folder: Path) -> Path:
    """The small mission with a second model, and `orders.jsonl` beside it."""
    path = write_small_mission(folder)
    path.write_text(SCENARIO, "utf-8")
    card = write_model(folder / "next", level=0.31) / "card.toml"
    card.write_text(card.read_text("utf-8") + COST, "utf-8")
    (folder / "orders.jsonl").write_text(ORDERS.lstrip(), "utf-8")
    return path
