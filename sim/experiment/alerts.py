"""What is known on the ground after a run: detections that arrived, or that the same model finds in arrived pixels."""

import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from groundstation.alerts import Alert, archived_alerts, ground_alerts
from groundstation.archive import Archive, FlownModel
from groundstation.exports.geojson import collection, event_collection
from groundstation.publications import DeliveryCounts, Publications
from groundstation.publishing import ReportedEvent, reported_events, rule_of
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from onboard.payload.detections import Detection
from onboard.payload.land_map import ANY, LandMap
from onboard.payload.models import ModelCard
from onboard.payload.products import awaits_verdict
from sim.configuration import land_map
from sim.experiment.finished_run import FinishedRun
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey
from sim.experiment.ground_search import Gate, search_images
from sim.experiment.latency import parts_ns
from sim.experiment.verdicts import Judge, judge_candidates
from sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Findings:
    """Alerts, in order of spacecraft and product, their detections by frame, and the events that they make.

    `was_judged` where candidates came, of which the ground's model had to say what they are.
    """

    alerts: tuple[Alert, ...]
    notes: tuple[str, ...] = ()
    events: tuple[ReportedEvent, ...] = ()
    was_judged: bool = False

    @property
    def detections(self) -> dict[FrameKey, tuple[Detection, ...]]:
        """Detections that the ground has, by frame."""
        found: dict[FrameKey, list[Detection]] = {}
        for alert in self.alerts:
            found.setdefault((alert.spacecraft, alert.found.frame_id), []).append(alert.detection)
        return {key: tuple(detections) for key, detections in found.items()}


def flown_models(scenario: Scenario, card: ModelCard, log: FlightLog, ground_card: ModelCard) -> list[FlownModel]:
    """The model loaded before launch, those that came by uplink and flew, and the ground's."""
    swaps = (swap for satellite in log.satellites.values() for _, swap in satellite.models)
    return [
        FlownModel(scenario.task, card.name, card.sha256, card.classes),
        FlownModel(scenario.task, ground_card.name, ground_card.sha256, ground_card.classes),
        *(FlownModel(scenario.task, swap.model, swap.sha256, swap.classes) for swap in swaps),
    ]


def gather_findings(
    archive_path: Path,
    scenario: Scenario,
    card: ModelCard,
    log: FlightLog,
    cache: Path | None = None,
    ground_card: ModelCard | None = None,
) -> Findings:
    """Alerts of the archive: detection lists as they came, what the same model finds in images, and what the ground's
    model, without one the same, says of candidates.

    What is found here, and which models flew, is noted in the archive too. An image of a frame whose list, or whose
    candidates, came as well tells nothing new: it was fetched, or follows the list. What a model finds is kept in the
    `cache`, for other runs.
    """
    ground_card = ground_card or card
    archive = Archive(archive_path)
    try:
        for model in flown_models(scenario, card, log, ground_card):
            archive.add_model(model)
        listed = tuple(archived_alerts(archive))
        known = {(alert.spacecraft, alert.found.frame_id) for alert in listed}
        chips = archive.products(ProductKind.CHIP)
        known |= {(one.spacecraft, one.frame_id) for one in chips if awaits_verdict(one.payload)}
        searched = search_images(archive, log, card, known, cache, _gate(scenario, card))
        judged = judge_candidates(archive, log, Judge(ground_card, cache))
        events = tuple(reported_events(archive, rule_of(archive)))
        alerts = (*listed, *ground_alerts(archive))
        return Findings(alerts, (*searched, *judged.notes), events, judged.was_judged)
    finally:
        archive.close()


def _gate(scenario: Scenario, card: ModelCard) -> Gate | None:
    if card.surface == ANY or not scenario.scene.is_in_place:
        return None
    errors_m = {satellite.name: satellite.instrument.position_error_m for satellite in scenario.satellite}
    return Gate(LandMap.decode(land_map(), scenario.alerts.coast_margin_m), errors_m)


def delivery_counts(archive_path: Path) -> DeliveryCounts:
    """How far published events came to their sinks."""
    with closing(Archive(archive_path, read_only=True)) as archive:
        return Publications(archive).counts()


def command_states(archive_path: Path) -> Counter[str]:
    """How many telecommands came how far."""
    with closing(Archive(archive_path, read_only=True)) as archive:
        return Counter(command.state for command in archive.commands.all())


def export_events(directory: Path, archive_path: Path) -> None:
    """Write `events.geojson`: alerts grouped over space, time and satellites, with their confirmation."""
    with closing(Archive(archive_path, read_only=True)) as archive:
        run = FinishedRun(directory, archive)
        features = event_collection(run.events, run.mission)
    path = directory / "exports" / "events.geojson"
    path.write_text(json.dumps(features, indent=1) + "\n", encoding="utf-8")


def export_alerts(
    path: Path, scenario: Scenario, card: ModelCard, log: FlightLog, findings: Findings, ground_card: ModelCard
) -> None:
    """Write `alerts.geojson`, with what only the emulator knows: the picture, and the latency by part."""

    # Four bytes of the hash came down; they name a model that flew.
    flown = {bytes.fromhex(model.sha256[:8]): model for model in flown_models(scenario, card, log, ground_card)}

    def extra(alert: Alert) -> dict[str, object]:
        frame = log.frames[alert.spacecraft, alert.found.frame_id]
        parts = parts_ns(frame) or {}
        return {
            "model_sha256": flown[alert.found.model_sha256_prefix].sha256,
            "frame": frame.exposure.picture or None,
            "imagery": frame.exposure.imagery,
            "capture_to_alert_s": (alert.archived_ns - frame.exposed_ns) / NS_PER_S,
            **{f"{part}_s": duration_ns / NS_PER_S for part, duration_ns in parts.items()},
        }

    def class_name(alert: Alert) -> str:
        return flown[alert.found.model_sha256_prefix].classes[alert.detection.class_index]

    features = collection(findings.alerts, scenario.start_utc, class_name, extra)
    path.write_text(json.dumps(features, indent=1) + "\n", encoding="utf-8")
