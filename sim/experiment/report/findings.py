"""The best detections that the ground has, with the pixels round them where pixels came down too.

A picture shows only what the archive holds: a chip, or a crop of an image that was delivered. Frames that stayed on
board are never drawn.
"""

import base64
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import imagecodecs
import numpy as np

from groundstation.alerts import Alert
from groundstation.archive import Archive
from groundstation.chips import ArchivedChip
from groundstation.exports.chips import shown_bands, stretched
from onboard.payload.detections import Detection
from onboard.payload.products import Chip, ChipsProduct, ImageProduct, chip_corner, decode_image
from sim.experiment.finished_run import FinishedRun
from sim.experiment.flight_records import FrameKey
from sim.experiment.ground_search import IMAGES, shrunk_times
from sim.experiment.matching import matches
from sim.experiment.report.gather import RunRecord
from sim.run_directory import ARCHIVE

MOST_SHOWN = 12
CROP_SIDE_PX = 48
MOST_IMAGES, MOST_IMAGE_BYTES = 4, 24 * 2**20
"""What is decoded for pictures at most: the page is to be there in seconds."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels as they came down, as a PNG in a data URI, and the box in them: x, y, width and height in pixels."""

    uri: str
    side_px: int
    box: tuple[int, int, int, int]
    bands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A detection on the ground. `verdict` is what the truth says of it, empty where nobody knows it."""

    alert: Alert
    class_name: str
    verdict: str
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Findings:
    """The most confident first, frames in turn.

    `source` says what their pictures are made of: "chips" or "images"; "unopened" where the images that came down are
    too large to make any, and nothing where none came down.
    """

    shown: tuple[Finding, ...]
    total: int
    source: str


def best_findings(run: RunRecord) -> Findings:
    """What the archive holds, best first."""
    with closing(Archive(run.directory / ARCHIVE, read_only=True)) as archive:
        finished = FinishedRun(run.directory, archive)
        alerts = finished.alerts
        pictured = [(chip.alert, chip) for chip in finished.chips()]
        source = "chips" if pictured else ""
        if not pictured:
            held = _held_images(archive, {_key(alert) for alert in alerts})
            pictured = list(_crops(run, archive, held, alerts))
            source = "images" if pictured else "unopened" if held else ""
        chip_of = dict(pictured)
        chosen = _in_turn(chip_of or alerts)
        shown = tuple(
            Finding(
                alert,
                finished.mission.class_name(
                    alert.found.task, alert.found.model_sha256_prefix, alert.detection.class_index
                ),
                _verdict(run, alert),
                _picture(chip_of[alert]) if alert in chip_of else None,
            )
            for alert in chosen
        )
    return Findings(shown, len(alerts), source)


def _in_turn(alerts: Iterable[Alert]) -> list[Alert]:
    """The most confident of each frame, then each frame's second, and so on: one fire must not fill the page."""
    ranked = sorted(alerts, key=lambda alert: (-alert.detection.confidence, -alert.detection.size_class))
    turns: dict[FrameKey, int] = {}
    placed = []
    for alert in ranked:
        turn = turns[_key(alert)] = turns.get(_key(alert), 0) + 1
        placed.append((turn, alert))
    return [alert for _, alert in sorted(placed, key=lambda one: one[0])][:MOST_SHOWN]


def _verdict(run: RunRecord, alert: Alert) -> str:
    exposure = run.log.frames[_key(alert)].exposure
    if exposure.targets is None:
        return ""
    if matches([alert.detection], exposure.targets)[1].any():
        return "true"
    return "true, faint" if matches([alert.detection], exposure.faint or ())[1].any() else "false"


def _crops(
    run: RunRecord, archive: Archive, held: Mapping[FrameKey, tuple[int, int]], alerts: list[Alert]
) -> Iterator[tuple[Alert, ArchivedChip]]:
    """Alerts with the pixels round them, of the images that were delivered."""
    of_frame: dict[FrameKey, list[Alert]] = {}
    for alert in sorted(alerts, key=lambda alert: -alert.detection.confidence):
        of_frame.setdefault(_key(alert), []).append(alert)
    for key, image in _images(archive, held, of_frame):
        times = shrunk_times(image, run.log.frames[key].exposure)
        for alert in of_frame[key][: MOST_SHOWN // 2]:
            yield alert, _crop(alert, image, times)


def _held_images(archive: Archive, wanted: Collection[FrameKey]) -> dict[FrameKey, tuple[int, int]]:
    """Of the wanted frames' images in the archive those of most bytes: their bytes and product."""
    held: dict[FrameKey, tuple[int, int]] = {}
    for entry in archive.product_list():
        key = (entry.spacecraft, entry.frame_id)
        if entry.kind in IMAGES and key in wanted:
            held[key] = max(held.get(key, (0, 0)), (entry.payload_bytes, entry.product_id))
    return held


def _images(
    archive: Archive, held: Mapping[FrameKey, tuple[int, int]], wanted: Iterable[FrameKey]
) -> Iterator[tuple[FrameKey, ImageProduct]]:
    """A few of the wanted frames' images, in the order in which the frames are wanted."""
    left_bytes, decoded = MOST_IMAGE_BYTES, 0
    for key in wanted:
        size_bytes, product_id = held.get(key, (0, 0))
        if not 0 < size_bytes <= left_bytes or decoded == MOST_IMAGES:
            continue
        product = archive.product(key[0], product_id)
        assert product is not None
        try:
            image = decode_image(product.payload)
        except ValueError:
            continue
        left_bytes, decoded = left_bytes - size_bytes, decoded + 1
        yield key, image


def _crop(alert: Alert, image: ImageProduct, times: int) -> ArchivedChip:
    """What a chip would show, cut from an image whose pixels are `times` a frame's pixel."""
    box = alert.detection
    x0, y0 = min(box.x0 // times, image.width_px - 1), min(box.y0 // times, image.height_px - 1)
    x1, y1 = (
        min(max(-(-end // times), begin + 1), length)
        for begin, end, length in ((x0, box.x1, image.width_px), (y0, box.y1, image.height_px))
    )
    found = replace(alert.found, width_px=image.width_px, height_px=image.height_px, detections=())
    small = Detection(x0, y0, x1, y1, box.class_index, box.confidence, box.size_class)
    side = min(CROP_SIDE_PX, image.width_px, image.height_px)
    left, top = chip_corner(found, small, side)
    chip = Chip(small, image.planes[:, top : top + side, left : left + side])
    product = ChipsProduct(found, side, image.bit_depth, image.bands, image.scale, image.offset, (chip,))
    return ArchivedChip(alert, product, chip, 1)


def _picture(chip: ArchivedChip) -> Picture:
    product, bands = chip.product, shown_bands(chip)
    order = [product.bands.index(band) for band in bands]
    # Any finite number may have come down, and what is made of it must be finite as well.
    scale, offset = (np.clip(one, -1e100, 1e100)[order, None, None] for one in (product.scale, product.offset))
    rgb = stretched(chip.chip.planes[order] * scale + offset)
    png = imagecodecs.png_encode(np.ascontiguousarray(rgb))
    (left, top), box = chip.corner_px, chip.chip.detection
    return Picture(
        f"data:image/png;base64,{base64.b64encode(png).decode()}",
        product.side_px,
        (box.x0 - left, box.y0 - top, box.x1 - box.x0, box.y1 - box.y0),
        bands,
    )


def _key(alert: Alert) -> FrameKey:
    return alert.spacecraft, alert.found.frame_id
