"""`telemetry.npz`: housekeeping over time, an array a channel and satellite, and the true temperatures beside it."""

from array import array
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from onboard import events
from sim.experiment.flight_log import FlightLog
from sim.world.world import World

CHANNELS = ("state_of_charge", "computer_temperature_k", "sunlit", "pending_bytes")


class NodeTemperatures:
    """An observer: true temperatures of a satellite's thermal nodes, whenever it samples its housekeeping.

    In single precision, good to 0.03 mK: they are half of what a run holds in memory for every sample.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, tuple[tuple[int, str], ...]] = {}
        self._sampled_k: dict[str, array[float]] = {}

    def record(
        self, _now_ns: int, node: str, granted: tuple[object, ...], _answers: tuple[object, ...], world: World
    ) -> None:
        """Take one record."""
        for event in granted:
            if isinstance(event, events.HousekeepingSampled):
                place = world.index_of(node)
                if node not in self._nodes:
                    self._nodes[node] = world.plant.nodes_of(place)
                rows = [row for row, _ in self._nodes[node]]
                self._sampled_k.setdefault(node, array("f")).extend(world.plant.temperature_k[rows, place])

    def close(self) -> None:
        """Nothing is open."""

    def arrays(self, satellite: str) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
        """Names of the nodes, (n_node,), and their temperatures, (n_sample, n_node)."""
        names = np.array([name for _, name in self._nodes[satellite]])
        return names, np.array(self._sampled_k[satellite]).reshape(-1, len(names))


def write_telemetry(path: Path, log: FlightLog, temperatures: NodeTemperatures) -> None:
    """Arrays named SATELLITE/CHANNEL, each as long as SATELLITE/met_s.

    What the satellite itself sampled, and SATELLITE/temperature_k, (n_sample, n_node), which only the world knows: its
    columns are named by SATELLITE/nodes.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, satellite in log.satellites.items():
        arrays[f"{name}/met_s"] = np.array(satellite.sampled_ns) / 1e9
        arrays |= {f"{name}/{channel}": np.array(getattr(satellite, channel)) for channel in CHANNELS}
        arrays[f"{name}/nodes"], arrays[f"{name}/temperature_k"] = temperatures.arrays(name)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
