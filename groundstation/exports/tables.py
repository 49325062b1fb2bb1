"""The archive as tables of comma-separated values (RFC 4180), with units in the columns' names."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from groundstation.alerts import Alert
from groundstation.archive import HOUSEKEEPING_COLUMNS, Archive
from groundstation.exports.geojson import SIZE_CLASSES
from groundstation.exports.mission import Mission
from groundstation.publishing import ReportedEvent
from onboard.comms import event_reports, housekeeping
from onboard.comms.housekeeping import raised_monitors, units_off
from onboard.comms.packets import ProductKind

Row = Iterable[object]

PRODUCTS = ("spacecraft", "product_id", "kind", "frame_id", "archived_utc", "payload_bytes")
LOST = ("spacecraft", "product_id", "reason", "told_utc")
COMMANDS = (
    *("spacecraft", "order", "sequence", "command", "state", "queued_utc", "radiated_utc", "accepted_utc"),
    *("ended_utc", "reason"),
)
ALERTS = (
    *("time_utc", "archived_utc", "satellite", "task", "class", "confidence", "size_class", "latitude_deg"),
    *("longitude_deg", "position_error_m", "frame_id", "x0_px", "y0_px", "x1_px", "y1_px", "model_sha256"),
)
EVENTS = (
    *("id", "task", "classes", "first_utc", "last_utc", "published_utc", "confirmed", "sightings", "detections"),
    *("satellites", "confidence", "size_class", "latitude_deg", "longitude_deg", "radius_m", "former_ids"),
)
HOUSEKEEPING = ("time_utc", *HOUSEKEEPING_COLUMNS, "units_off", "monitors")
REPORTS = ("time_utc", "spacecraft", "severity", "report", "details")
PASSES = ("satellite", "station", "aos_utc", "los_utc", "max_elevation_deg", "volume_bytes")


def tables(
    archive: Archive, mission: Mission, alerts: Sequence[Alert], events: Sequence[ReportedEvent]
) -> Iterator[tuple[str, bytes]]:
    """Files' names and contents, one at a time."""
    yield "products.csv", _table(PRODUCTS, _products(archive, mission))
    yield "lost_products.csv", _table(LOST, _lost(archive, mission))
    yield "commands.csv", _table(COMMANDS, _commands(archive, mission))
    yield "alerts.csv", _table(ALERTS, (_alert(alert, mission) for alert in alerts))
    yield "events.csv", _table(EVENTS, (_event(reported, mission) for reported in events))
    yield "housekeeping.csv", _table(HOUSEKEEPING, _housekeeping(archive, mission))
    yield "reports.csv", _table(REPORTS, _reports(archive, mission))
    yield "passes.csv", _table(PASSES, _passes(mission))


def _table(columns: Row, rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _products(archive: Archive, mission: Mission) -> Iterator[Row]:
    for entry in archive.product_list():
        archived_utc = mission.utc_text(entry.archived_ns)
        kind = entry.kind.name.lower()
        yield entry.spacecraft, entry.product_id, kind, entry.frame_id, archived_utc, entry.payload_bytes


def _lost(archive: Archive, mission: Mission) -> Iterator[Row]:
    for lost in archive.lost_products():
        yield lost.spacecraft, lost.product_id, lost.reason, mission.utc_text(lost.told_ns)


def _commands(archive: Archive, mission: Mission) -> Iterator[Row]:
    for command in archive.commands.all():
        instants = (command.queued_ns, command.radiated_ns, command.accepted_ns, command.ended_ns)
        times = ("" if instant_ns is None else mission.utc_text(instant_ns) for instant_ns in instants)
        named = (command.spacecraft, command.order, command.sequence, command.word, command.state)
        yield *named, *times, command.reason


def _alert(alert: Alert, mission: Mission) -> Row:
    found, box = alert.found, alert.detection
    prefix = found.model_sha256_prefix
    return (
        *(mission.utc_text(found.exposed_ns), mission.utc_text(alert.archived_ns), alert.spacecraft, found.task),
        *(mission.class_name(found.task, prefix, box.class_index), round(box.confidence, 3)),
        *(SIZE_CLASSES[box.size_class], round(alert.latitude_deg, 6), round(alert.longitude_deg, 6)),
        *(found.position_error_m, found.frame_id, box.x0, box.y0, box.x1, box.y1),
        mission.model_sha256(found.task, prefix),
    )


def _event(reported: ReportedEvent, mission: Mission) -> Row:
    event = reported.event
    classes = sorted({mission.class_name(event.task, prefix, index) for prefix, index in event.classes})
    return (
        *(event.event_id, event.task, " ".join(classes)),
        *(mission.utc_text(event.first_ns), mission.utc_text(event.last_ns)),
        "" if reported.published_ns is None else mission.utc_text(reported.published_ns),
        *(event.is_confirmed, event.sightings, event.detections, " ".join(event.satellites)),
        *(round(event.confidence, 3), SIZE_CLASSES[event.size_class]),
        *(round(event.latitude_deg, 6), round(event.longitude_deg, 6), round(event.radius_m, 1)),
        " ".join(reported.former_ids),
    )


def _housekeeping(archive: Archive, mission: Mission) -> Iterator[Row]:
    for row, data in zip(archive.housekeeping(), archive.housekeeping_data(), strict=True):
        met_ns = row[1]
        assert isinstance(met_ns, int)
        sample = housekeeping.decode(data)
        off = "" if sample is None else " ".join(units_off(sample))
        raised = "" if sample is None else " ".join(name for name, _ in raised_monitors(sample.monitors))
        yield mission.utc_text(met_ns), *row, off, raised


def _reports(archive: Archive, mission: Mission) -> Iterator[Row]:
    for product in archive.products(ProductKind.REPORT):
        for report in event_reports.decode(product.payload) or ():
            told = asdict(report)
            told_utc = mission.utc_text(told.pop("met_ns"))
            details = " ".join(f"{name}={_plain(value)}" for name, value in told.items())
            yield told_utc, product.spacecraft, event_reports.severity_of(report), type(report).__name__, details


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _passes(mission: Mission) -> Iterator[Row]:
    for window in mission.windows:
        yield (
            *(window.satellite, window.station, mission.utc_text(window.aos_ns), mission.utc_text(window.los_ns)),
            *(round(window.max_elevation_deg, 3), window.volume_bytes),
        )
