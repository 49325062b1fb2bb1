"""Observers of a run: they read its records and the true world, and change neither."""

import json
from pathlib import Path
from typing import Any

from onboard import events
from onboard.mission_time import to_s
from sim.world.world import World


class TruthProbe:
    """Writes the true charge and temperature of every satellite at every world tick, as JSON lines."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def record(
        self, now_ns: int, node: str, granted: tuple[object, ...], _answers: tuple[object, ...], world: World
    ) -> None:
        """Take one record."""
        for event in granted:
            if isinstance(event, events.HousekeepingSampled):
                self._file.write(json.dumps(self._row(now_ns, node, world)) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _row(self, now_ns: int, node: str, world: World) -> dict[str, Any]:
        index = world.index_of(node)
        return {
            "met_s": to_s(now_ns),
            "satellite": node,
            "state_of_charge": float(world.plant.state_of_charge[index]),
            "temperature_k": {
                node: float(world.plant.temperature_k[row, index]) for row, node in world.plant.nodes_of(index)
            },
            "sunlit": bool(world.plant.sunlit[index]),
        }
