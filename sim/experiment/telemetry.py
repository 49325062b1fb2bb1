"""`telemetry.npz`: housekeeping over time, an array a channel and satellite."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.experiment.flight_log import FlightLog

CHANNELS = ("state_of_charge", "temperature_k", "sunlit", "pending_bytes")


def write_telemetry(path: Path, log: FlightLog) -> None:
    """Arrays named SATELLITE/CHANNEL, each as long as SATELLITE/met_s: what the satellite itself sampled."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, satellite in log.satellites.items():
        arrays[f"{name}/met_s"] = np.array(satellite.sampled_ns) / 1e9
        arrays |= {f"{name}/{channel}": np.array(getattr(satellite, channel)) for channel in CHANNELS}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
