"""What the mission's own model finds on the ground in pixels that arrived.

Strategies that send pixels are scored by the same model as those that send what it found, on what arrived: whole
frames, frames that lost something to their coder, and small pictures, which are enlarged to the scale of the frame.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from groundstation.archive import Archive, ArchivedProduct
from onboard.comms.packets import ProductKind
from onboard.payload.detections import Detection
from onboard.payload.findings import list_of
from onboard.payload.imagery import Frame
from onboard.payload.inference_cache import engine_for
from onboard.payload.land_map import LandMap, Split
from onboard.payload.models import ModelCard, ModelFault
from onboard.payload.products import ImageProduct, decode_image, encode
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey
from sim.facts import FrameExposed

IMAGES = (ProductKind.IMAGE, ProductKind.THUMBNAIL)


@dataclass(frozen=True, slots=True)
class Gate:
    """The map of land and sea, and one sigma of position by spacecraft."""

    land: LandMap
    position_error_m: Mapping[str, float]

    def split(self, spacecraft: str, frame: Frame, found: Sequence[Detection], surface: str) -> Split:
        """As `LandMap.split`."""
        return self.land.split(frame, found, surface, self.position_error_m[spacecraft])


def search_images(
    archive: Archive,
    log: FlightLog,
    card: ModelCard,
    known: Collection[FrameKey],
    cache: Path | None = None,
    gate: Gate | None = None,
) -> tuple[str, ...]:
    """Note in the archive what the model finds in its images, frames in `known` left out; returns what to say of it.

    Of several images of a frame the one of most bytes is searched. What lies where the model's targets cannot be is
    left out, as aloft, and counted.
    """
    engine = None
    enlarged: set[int] = set()
    failed = gated = 0
    for product, image in _finest(archive, log, known):
        exposure = log.frames[product.spacecraft, product.frame_id].exposure
        times = shrunk_times(image, exposure)
        whole = enlarge(image, times)
        engine = engine or engine_for(card, str(cache or ""))
        try:
            frame = _as_frame(whole, exposure.gsd_m)
            detections = engine.infer(frame, whole.planes)
        except ModelFault:
            failed += 1
            continue
        if gate is not None:
            detections, elsewhere = gate.split(product.spacecraft, frame, detections, card.surface)
            gated += len(elsewhere)
        enlarged |= {times} - {1}
        if detections:
            found = encode(list_of(card, frame, detections, 0.0))
            archive.add_ground_finding(product.spacecraft, product.product_id, product.archived_ns, found)
    notes = [
        f"pictures shortened {times} times a side were enlarged to the scale of their frames, by bilinear"
        f" interpolation, before {card.name} searched them"
        for times in sorted(enlarged)
    ]
    if failed:
        notes.append(f"{card.name} gave no result on {failed} of the images that arrived")
    if gated:
        notes.append(f"{gated} finds of {card.name} in images lie where none of its targets can be, and were left out")
    return tuple(notes)


def shrunk_times(image: ImageProduct, exposure: FrameExposed) -> int:
    """How many times shorter than its frame's the sides of an image are; its last pixels may have been cut."""
    return max(1, exposure.width_px // image.width_px)


def enlarge(image: ImageProduct, times: int) -> ImageProduct:
    """The image with each side so many times as long: pixels in between are interpolated, nothing is put in."""
    if times == 1:
        return image
    size = (image.width_px * times, image.height_px * times)
    planes = np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in image.planes])
    return replace(image, width_px=size[0], height_px=size[1], planes=planes)


def _finest(
    archive: Archive, log: FlightLog, known: Collection[FrameKey]
) -> Iterator[tuple[ArchivedProduct, ImageProduct]]:
    """The image of each frame that has most bytes, by spacecraft and product; what cannot be read is left out."""
    best: dict[FrameKey, tuple[int, int]] = {}
    for entry in archive.product_list():
        key = (entry.spacecraft, entry.frame_id)
        if entry.kind in IMAGES and key in log.frames and key not in known:
            best[key] = max(best.get(key, (0, 0)), (entry.payload_bytes, entry.product_id))
    for spacecraft, product_id in sorted((spacecraft, best[spacecraft, frame_id][1]) for spacecraft, frame_id in best):
        product = archive.product(spacecraft, product_id)
        assert product is not None
        if image := _read(product):
            yield product, image


def _read(product: ArchivedProduct) -> ImageProduct | None:
    try:
        return decode_image(product.payload)
    except ValueError:
        return None


def _as_frame(image: ImageProduct, gsd_m: float) -> Frame:
    return Frame(
        frame_id=image.frame_id,
        memory_ref="",
        width_px=image.width_px,
        height_px=image.height_px,
        bands=image.bands,
        sensed_bands=len(image.bands),
        scale=image.scale,
        offset=image.offset,
        bit_depth=image.bit_depth,
        exposed_ns=image.exposed_ns,
        footprint_deg=image.footprint_deg,
        gsd_m=gsd_m,
    )
