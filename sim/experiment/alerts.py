"""What is known on the ground after a run: detections that arrived, or that the same model finds in arrived pixels."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundstation.alerts import Alert, alerts_of, archived_alerts
from groundstation.archive import Archive
from groundstation.exports.geojson import collection
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard
from onboard.payload.products import DetectionList, ImageProduct, decode_image
from sim.experiment.flight_log import FlightLog, FrameKey
from sim.experiment.latency import parts_ns
from sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Findings:
    """Alerts, in order of spacecraft and product, and their detections by frame."""

    alerts: tuple[Alert, ...]

    @property
    def detections(self) -> dict[FrameKey, tuple[Detection, ...]]:
        """Detections that the ground has, by frame."""
        found: dict[FrameKey, tuple[Detection, ...]] = {}
        for alert in self.alerts:
            key = (alert.spacecraft, alert.found.frame_id)
            found[key] = (*found.get(key, ()), alert.detection)
        return found


def gather_findings(archive_path: Path, scenario: Scenario, card: ModelCard) -> Findings:
    """Alerts of the archive: detection lists as they came, images through the same model."""
    archive = Archive(archive_path)
    try:
        return Findings((*archived_alerts(archive), *_found_in_images(archive, scenario, card)))
    finally:
        archive.close()


def _found_in_images(archive: Archive, scenario: Scenario, card: ModelCard) -> Iterator[Alert]:
    images = archive.products(ProductKind.IMAGE)
    first = next(images, None)
    if first is None:
        return
    engine = InferenceEngine(card)
    gsd_m = scenario.satellite[0].instrument.gsd_m
    for product in (first, *images):
        image = decode_image(product.payload)
        detections = engine.infer(_as_frame(image, gsd_m), image.planes)
        if detections:
            yield from alerts_of(product.spacecraft, _as_list(image, card, detections), product.archived_ns)


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


def _as_list(image: ImageProduct, card: ModelCard, detections: tuple[Detection, ...]) -> DetectionList:
    return DetectionList(
        model_sha256_prefix=bytes.fromhex(card.sha256[:8]),
        task=card.task,
        frame_id=image.frame_id,
        exposed_ns=image.exposed_ns,
        width_px=image.width_px,
        height_px=image.height_px,
        footprint_deg=image.footprint_deg,
        position_error_m=0.0,
        detections=detections,
    )


def export_alerts(path: Path, scenario: Scenario, card: ModelCard, log: FlightLog, findings: Findings) -> None:
    """Write `alerts.geojson`, with what only the emulator knows: the picture, and the latency by part."""

    def extra(alert: Alert) -> dict[str, object]:
        frame = log.frames[alert.spacecraft, alert.found.frame_id]
        parts = parts_ns(frame) or {}
        # Four bytes of the hash came down; they name the model that the run flew.
        assert card.sha256.startswith(alert.found.model_sha256_prefix.hex())
        return {
            "model_sha256": card.sha256,
            "frame": frame.exposure.picture or None,
            "imagery": frame.exposure.imagery,
            "capture_to_alert_s": (alert.archived_ns - alert.found.exposed_ns) / NS_PER_S,
            **{f"{part}_s": duration_ns / NS_PER_S for part, duration_ns in parts.items()},
        }

    features = collection(findings.alerts, scenario.start_utc, card.classes, extra)
    path.write_text(json.dumps(features, indent=1) + "\n", encoding="utf-8")
