"""What is loaded into a spacecraft before launch: its identity, flight rules and beliefs about its own equipment."""

from dataclasses import dataclass

from onboard.commands import ProcessingStep
from onboard.modes import Limits
from onboard.payload.image_products import LOSSY_PSNR_DB


@dataclass(frozen=True, slots=True)
class Safeguards:
    """What the flight software does against radiation; nothing by default.

    Weights in memory, `weight_bytes` in all copies, are held against their hash every `scrub_ns`, never where that is
    0. `voting` is "tmr", "diverse"
    with the model in `second_model_path`, or "none". Results with more than `most_detections` are doubted, and those
    that mean nothing; 0 doubts none. `ecc`: mass memory corrects one bit in a word and finds two.
    """

    scrub_ns: int = 0
    weight_bytes: int = 0
    voting: str = "none"
    second_model_path: str = ""
    most_detections: int = 0
    ecc: bool = False

    @property
    def copies(self) -> int:
        """Of weights in memory."""
        return {"none": 1, "tmr": 3, "diverse": 2}[self.voting]


@dataclass(frozen=True, slots=True)
class SpacecraftConfig:
    """Everything the flight software starts from. Rates and powers are beliefs; the plant has the true ones.

    `model_path` is of the model loaded before launch. `steps` hold the work a pixel of the instrument's processing
    steps, done at `signal_macs_per_s`. The payload computer takes `accelerators` jobs at a time, each at the
    rates and the power given here; in eclipse it runs in `eclipse_power_mode` where that is not empty.

    Durable storage is at `store_path`, or in memory where that is empty; without `link_keys`, by id, the link is clear;
    `at_rest` seals what is stored with the first of them. Alerts are repeated to field terminals where it `broadcasts`.
    A reset takes `boot_ns`. At most `retained_bytes` of frames
    are kept after processing; `lifetime_ns` says by kind after how long products expire. `bands` are what the camera
    sees. What models find is kept below `cache_root` on the host, where that is not empty: at no cost to any result.

    `cloud_mask_path` is of the cloud mask's folder, empty where the camera cannot use one; a frame is cloudy of which
    it covers more than `cloud_fraction_limit`. A thumbnail's sides are shortened `thumbnail_shrink` times.

    `land_map` is the map of land and sea that it carries, as `payload.land_map` has it, empty for none; its coasts may
    be off by `coast_margin_m`. Detections count from a confidence of `threshold` on, below 0 the card's.
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
    store_path: str = ""
    link_keys: tuple[tuple[int, bytes], ...] = ()
    at_rest: bool = False
    broadcasts: bool = False
    boot_ns: int = 0
    retained_bytes: int = 0
    lifetime_ns: tuple[tuple[str, int], ...] = ()
    lane: str = "runs"
    bands: tuple[str, ...] = ()
    cache_root: str = ""
    cloud_mask_path: str = ""
    cloud_fraction_limit: float = 1.0
    lossy_psnr_db: float = LOSSY_PSNR_DB
    thumbnail_shrink: int = 8
    land_map: bytes = b""
    coast_margin_m: float = 0.0
    threshold: float = -1.0
    safeguards: Safeguards = Safeguards()
