"""What is loaded into a spacecraft before launch: its identity, flight rules and beliefs about its own equipment."""

from dataclasses import dataclass

from onboard.commands import ProcessingStep
from onboard.modes import Limits


@dataclass(frozen=True, slots=True)
class SpacecraftConfig:
    """Everything the flight software starts from. Rates and powers are beliefs; the plant has the true ones.

    `model_path` is empty for a strategy that runs no model. `steps` hold the work a pixel of the instrument's
    processing steps, done at `signal_macs_per_s`. The payload computer takes `accelerators` jobs at a time, each at the
    rates and the power given here; in eclipse it runs in `eclipse_power_mode` where that is not empty.
    """

    name: str
    spacecraft_id: int
    strategy: str
    task: str
    model_path: str
    memory_root: str
    mass_memory_bytes: int
    outbox_bytes: int
    frame_length_bytes: int
    limits: Limits
    battery_capacity_j: float
    job_power_w: float
    macs_per_s: float
    coded_bytes_per_s: float
    position_error_m: float
    accelerators: int = 1
    signal_macs_per_s: float = 1e9
    steps: tuple[ProcessingStep, ...] = ()
    power_mode: str = ""
    eclipse_power_mode: str = ""
