"""What a heavier model on the ground says of candidates: strategy `cascade`, the ground's part.

The light model aloft said where, and cut a chip round it; the heavy one says whether. It looks at each chip by itself.
A candidate is an alert where something that the heavy model finds touches it (its box grown as in `matching`), with
the heavy model's confidence and class. A candidate that no chip shows has no verdict, and is no alert.
"""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from groundstation.alerts import is_sound
from groundstation.archive import Archive, ArchivedProduct
from onboard.comms.packets import ProductKind
from onboard.errors import InputError
from onboard.payload.chip_cutting import CONTEXT_SIDE_PX, shows
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.payload.inference_cache import Engine, engine_for
from onboard.payload.models import ModelCard, ModelFault
from onboard.payload.products import Chip, ChipsProduct, awaits_verdict, chip_corner, decode_chips, encode
from sim.experiment.flight_log import FlightLog
from sim.experiment.matching import REACH_PX


class Judge:
    """A model that looks at chips by themselves: in pictures of their side, where its graph takes any."""

    def __init__(self, card: ModelCard, cache: Path | None = None) -> None:
        self.card = card
        self._cache_root = str(cache or "")
        self._engines: dict[int, Engine] = {}

    def verdicts(self, product: ChipsProduct, gsd_m: float) -> tuple[Detection, ...]:
        """Of the candidates those that the model finds too, with its confidence. Raises ModelFault."""
        best: dict[Detection, Detection] = {}
        for chip in product.chips:
            seen = self._look(product, chip, gsd_m)
            corner = chip_corner(product.found, chip.detection, product.side_px)
            for candidate in product.found.detections:
                if candidate == chip.detection or shows(product.found, candidate, corner, product.side_px):
                    found = max((one for one in seen if touches(one, candidate)), key=_confidence, default=None)
                    if found and (candidate not in best or found.confidence > best[candidate].confidence):
                        best[candidate] = found
        return tuple(
            replace(candidate, confidence=found.confidence, class_index=found.class_index)
            for candidate, found in best.items()
        )

    def _look(self, product: ChipsProduct, chip: Chip, gsd_m: float) -> list[Detection]:
        """What the model finds in a chip, in the pixels of its frame."""
        x, y = chip_corner(product.found, chip.detection, product.side_px)
        found = self._engine(product.side_px).infer(_frame_of(product, gsd_m), chip.planes)
        return [replace(one, x0=one.x0 + x, y0=one.y0 + y, x1=one.x1 + x, y1=one.y1 + y) for one in found]

    def _engine(self, side_px: int) -> Engine:
        if side_px not in self._engines:
            small = replace(self.card, tile_hw=(side_px, side_px), overlap_px=0, stride_px=1)
            try:
                self._engines[side_px] = engine_for(small, self._cache_root)
            except InputError:  # a graph of one size sees the chip mirrored at its edges
                self._engines[side_px] = engine_for(self.card, self._cache_root)
        return self._engines[side_px]


class Judged(NamedTuple):
    """Whether there were candidates to judge, and what to say of it."""

    was_judged: bool
    notes: tuple[str, ...] = ()


def judge_candidates(archive: Archive, log: FlightLog, judge: Judge) -> Judged:
    """Note in the archive what a model says of candidates that arrived."""
    candidates = alerts = failed = 0
    for archived in archive.products(ProductKind.CHIP):
        product = _candidates(archived)
        if product is None or (archived.spacecraft, archived.frame_id) not in log.frames:
            continue
        candidates += len(product.found.detections)
        gsd_m = log.frames[archived.spacecraft, archived.frame_id].exposure.gsd_m
        try:
            verdicts = judge.verdicts(product, gsd_m)
        except ModelFault:
            failed += 1
            continue
        alerts += len(verdicts)
        if verdicts:
            prefix = bytes.fromhex(judge.card.sha256[:8])
            found = replace(product.found, detections=verdicts, model_sha256_prefix=prefix)
            archive.add_ground_finding(archived.spacecraft, archived.product_id, archived.archived_ns, encode(found))
    if not candidates:
        return Judged(was_judged=False)
    told = f"{judge.card.name} on the ground made alerts of {alerts} of {candidates} candidates that arrived"
    if failed:
        told += f", and gave no result on {failed} lists"
    if judge.card.least_side_px > CONTEXT_SIDE_PX:
        told += f"; it needs {judge.card.least_side_px} pixels a side, and their chips have {CONTEXT_SIDE_PX} at most"
    return Judged(was_judged=True, notes=(told,))


def touches(one: Detection, other: Detection) -> bool:
    """Whether a box grown by the matching rule's reach overlaps another."""
    return (
        one.x0 - REACH_PX < other.x1
        and other.x0 < one.x1 + REACH_PX
        and one.y0 - REACH_PX < other.y1
        and other.y0 < one.y1 + REACH_PX
    )


def _confidence(found: Detection) -> float:
    return found.confidence


def _candidates(archived: ArchivedProduct) -> ChipsProduct | None:
    """A product's candidates; None where it has none, is damaged, or tells of the future."""
    if not awaits_verdict(archived.payload):
        return None
    try:
        product = decode_chips(archived.payload)
    except ValueError:
        return None
    return product if is_sound(product.found, archived.archived_ns + archived.clock_offset_ns) else None


def _frame_of(product: ChipsProduct, gsd_m: float) -> Frame:
    """What an engine is told of a chip. It lies where its frame lies."""
    return Frame(
        frame_id=product.found.frame_id,
        memory_ref="",
        width_px=product.side_px,
        height_px=product.side_px,
        bands=product.bands,
        sensed_bands=len(product.bands),
        scale=product.scale,
        offset=product.offset,
        bit_depth=product.bit_depth,
        exposed_ns=product.found.exposed_ns,
        footprint_deg=product.found.footprint_deg,
        gsd_m=gsd_m,
    )
