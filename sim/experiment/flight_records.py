"""What a flight log keeps: one record a frame, a product and a satellite."""

from array import array
from collections import Counter
from dataclasses import dataclass, field

from onboard import commands
from onboard.modes import Mode
from onboard.payload.detections import Detection
from sim.facts import BatteryWorn, ComputerAccounted, EnergyAccounted, ExposureMissed, FrameExposed, HeatAccounted

FrameKey = tuple[str, int]
"""A satellite's name and its frame's identifier."""
DIED = "its flight computer died"


@dataclass(slots=True)
class FrameLog:
    """One frame's life; instants are None until they happen.

    `job_started_ns` is of the first of its jobs, and of the last attempt where that was lost; `job_ended_ns` of the
    last. `results` are the products made of it in its turn: more than one only where a flight computer that died did
    the work again.
    """

    exposed_ns: int
    exposure: FrameExposed
    job_started_ns: int | None = None
    job_ended_ns: int | None = None
    results: "list[ProductLog]" = field(default_factory=list)
    product_id: int | None = None
    product_bytes: int = 0
    detections: tuple[Detection, ...] = ()
    gated: tuple[Detection, ...] = ()
    lost_because: str = ""
    deferred_because: str = ""

    @property
    def result(self) -> "ProductLog | None":
        """The result that was archived first, or the newest."""
        if not self.results:
            return None
        archived = [product for product in self.results if product.archived_ns is not None]
        return min(archived, key=lambda product: product.archived_ns or 0, default=self.results[-1])

    @property
    def archived_ns(self) -> int | None:
        """When its result was committed to the archive."""
        return self.result.archived_ns if self.result else None

    def make(self, kind: str, product_bytes: int) -> "ProductLog":
        """A result is made by the work done so far."""
        product = ProductLog(kind, product_bytes, self, self.job_started_ns, self.job_ended_ns)
        self.results.append(product)
        return product

    def lose_work(self) -> None:
        """What was done of its turn is lost: it begins anew."""
        self.job_started_ns = self.job_ended_ns = None

    @property
    def is_processed(self) -> bool:
        """Whether its work on board is done."""
        return self.product_id is not None

    @property
    def is_untold(self) -> bool:
        """Whether its flight computer has not said yet what became of it."""
        return self.product_id is None and not self.deferred_because and self.lost_because in ("", DIED)

    @property
    def is_completed(self) -> bool:
        """Its result is on the ground, or it was processed and held nothing to send."""
        return self.product_id == -1 or self.archived_ns is not None


@dataclass(frozen=True, slots=True)
class RefusedOrder:
    """An operator's order that could have no effect, and the telecommands it was made of: none where none could be."""

    satellite: str
    wish: str
    telecommands: int
    reason: str


@dataclass(slots=True)
class SatelliteLog:
    """One satellite's samples and counts. A day has tens of thousands of samples: they lie in arrays."""

    sampled_ns: "array[int]" = field(default_factory=lambda: array("q"))
    state_of_charge: "array[float]" = field(default_factory=lambda: array("d"))
    computer_temperature_k: "array[float]" = field(default_factory=lambda: array("d"))
    sunlit: list[bool] = field(default_factory=list)
    pending_bytes: "array[int]" = field(default_factory=lambda: array("q"))
    modes: list[tuple[int, str]] = field(default_factory=lambda: [(0, Mode.NOMINAL.value)])
    monitors: Counter[str] = field(default_factory=Counter)
    payload_bytes: int = 0
    header_bytes: int = 0
    fill_bytes: int = 0
    retransmit_bytes: int = 0
    housekeeping_bytes: int = 0
    granted_bytes: int = 0
    sent_bytes: int = 0
    frames_lost: int = 0
    uplink_bytes: int = 0
    exposures_missed: list[ExposureMissed] = field(default_factory=list)
    units_switched_off: list[str] = field(default_factory=list)
    energy: EnergyAccounted | None = None
    heat: HeatAccounted | None = None
    battery: BatteryWorn | None = None
    computer: ComputerAccounted | None = None
    retained_bytes: int = 0
    evicted_bytes: int = 0
    broadcast_bytes: int = 0
    models: list[tuple[int, commands.ModelSwapped]] = field(default_factory=list)
    throttled: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    accelerators_failed: int = 0
    jobs_moved: int = 0
    clock_offset_ns: int = 0


@dataclass(slots=True)
class ProductLog:
    """One product's life: a frame's `result`, or what its kind says. Instants are None until they happen.

    `lossless_ns` is when it would have been archived had nothing of it been lost; it is final once the last byte was
    sent, `is_sent_whole`. After a restart a product is sent anew: what counts is what was sent first.
    """

    kind: str
    payload_bytes: int
    frame: FrameLog | None
    job_started_ns: int | None = None
    job_ended_ns: int | None = None
    first_sent_ns: int | None = None
    lossless_ns: int | None = None
    archived_ns: int | None = None
    is_sent_whole: bool = False
    dropped_because: str = ""

    def send(self, now_ns: int) -> None:
        """Its first byte goes out."""
        if self.first_sent_ns is None:
            self.first_sent_ns = now_ns

    def carry(self, arrives_ns: int) -> None:
        """A slot that may hold some of it will be at the archive by then.

        The latest of its slots counts: of two in a row the second, if it is shorter, may be there by microseconds
        earlier.
        """
        self.lossless_ns = max(self.lossless_ns or 0, arrives_ns)

    def drop(self, reason: str) -> None:
        """It is given up, and its frame's result with it."""
        self.dropped_because = reason
        if self.frame is not None and self.frame.result is self:
            self.frame.lost_because = reason
