"""Chips that have arrived: crops round detections, each with the alert that it shows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from groundstation.alerts import Alert, AlertKey, alert_key, alerts_of, is_sound
from groundstation.archive import Archive
from onboard.comms.packets import ProductKind
from onboard.payload.products import Chip, ChipsProduct, awaits_verdict, chip_corner, decode_chips


@dataclass(frozen=True, slots=True, eq=False)
class ArchivedChip:
    """A chip of an archived product. `number` counts those of a frame from 1 on, the most confident first."""

    alert: Alert
    product: ChipsProduct
    chip: Chip
    number: int

    @property
    def name(self) -> str:
        """No other chip of the archive has it."""
        return f"{self.alert.spacecraft}-{self.alert.found.frame_id:06d}-{self.number}"

    @property
    def corner_px(self) -> tuple[int, int]:
        """Column and row, in the frame, of its first pixel."""
        return chip_corner(self.product.found, self.chip.detection, self.product.side_px)


def chips_of(spacecraft: str, payload: bytes, archived_ns: int, clock_offset_ns: int = 0) -> list[ArchivedChip]:
    """The chips in a product, the most confident first; none in bytes that hold none or tell of the future.

    Instants are corrected by how much the spacecraft's clock was ahead.
    """
    try:
        product = decode_chips(payload)
    except ValueError:
        return []
    if clock_offset_ns:
        exposed_ns = max(0, product.found.exposed_ns - clock_offset_ns)
        product = replace(product, found=replace(product.found, exposed_ns=exposed_ns))
    if not is_sound(product.found, archived_ns):
        return []
    alert_of = {alert.detection: alert for alert in alerts_of(spacecraft, product.found, archived_ns)}
    best_first = sorted(product.chips, key=lambda chip: -chip.detection.confidence)
    return [ArchivedChip(alert_of[chip.detection], product, chip, number) for number, chip in enumerate(best_first, 1)]


def archived_chips(archive: Archive) -> Iterator[ArchivedChip]:
    """Every chip of an alert, by spacecraft and product. Where it came with several the first product's is taken."""
    seen: set[AlertKey] = set()
    counts: Counter[tuple[str, int]] = Counter()
    for product in archive.products(ProductKind.CHIP):
        if awaits_verdict(product.payload):
            continue
        for chip in chips_of(product.spacecraft, product.payload, product.archived_ns, product.clock_offset_ns):
            if (key := alert_key(chip.alert)) not in seen:
                seen.add(key)
                counts[key.spacecraft, key.frame_id] += 1
                yield replace(chip, number=counts[key.spacecraft, key.frame_id])
