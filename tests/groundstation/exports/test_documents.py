"""What is exported, judged by those who defined or read the formats: shapely, pystac, the OASIS schema."""

import csv
import io
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import shapely
import tifffile
import xmlschema

from groundstation.alerts import alerts_of, archived_alerts
from groundstation.archive import Archive, ArchivedProduct, LostProduct
from groundstation.command_queue import CommandChanged
from groundstation.events import EventRule
from groundstation.exports import cap, czml, geojson, stac
from groundstation.exports.tables import tables
from groundstation.publishing import ReportedEvent, reported_events
from onboard.comms import housekeeping
from onboard.comms.event_reports import ModelRolledBack, Reason, encode
from onboard.comms.health_reports import Cause, ModeChanged, MonitorRaised
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from onboard.payload.products import Codec, DetectionList, ImageProduct, decode, encode_image
from tests.groundstation.lists_for_tests import GSD_M, MISSION, a_list, an_archive, square

CAP_SCHEMA = Path(__file__).resolve().parents[3] / "../shared/data/schemas/CAP-v1.2.xsd"
RULE = EventRule()
BOX, BESIDE, FAR = (500, 500, 502, 501), (503, 500, 505, 502), (100, 900, 101, 901)
AT_180 = (10.0, 179.95)

BEACON = housekeeping.encode(
    housekeeping.Housekeeping(0, 0.5, 290.0, 3, True, 0, 0, 1, 99, 0, computer_off=True, monitors=0b10001)
)
TOLD = (
    MonitorRaised(1 * NS_PER_S, "battery_hot"),
    ModeChanged(2 * NS_PER_S, "safe", Cause.MONITOR),
    ModelRolledBack(3 * NS_PER_S, b"\1\2\3\4", Reason.COMMANDED),
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    lists = (
        ("lark-1", a_list(1, 100.0, BOX, BESIDE, FAR)),
        ("lark-1", a_list(2, 200.0)),
        ("lark-2", a_list(1, 300.0, BOX)),
        ("lark-2", a_list(5, 400.0, BOX, at=AT_180, confidence=1.0)),
    )
    with closing(an_archive(tmp_path / "archive.sqlite", *lists)) as made:
        made.add_product(ArchivedProduct("lark-2", 90, ProductKind.IMAGE, 5, 1500 * NS_PER_S, image_bytes()))
        made.add_product(ArchivedProduct("lark-2", 91, ProductKind.CHIP, 5, 1500 * NS_PER_S, b"chips"))
        made.add_product(ArchivedProduct("lark-2", 92, ProductKind.ALERT, 6, 1500 * NS_PER_S, b"unreadable"))
        made.add_product(ArchivedProduct("lark-2", 93, ProductKind.IMAGE, 7, 1500 * NS_PER_S, b"unreadable"))
        made.add_product(ArchivedProduct("lark-2", 94, ProductKind.REPORT, 0, 1500 * NS_PER_S, encode(TOLD)))
        made.add_housekeeping("lark-1", 1000 * NS_PER_S, (999 * NS_PER_S, 0.5, 290.0, 0, 1, 0, 1, 99), BEACON)
        made.add_lost(LostProduct("lark-1", 77, "no room", 1200 * NS_PER_S))
        made.commands.note(1300 * NS_PER_S, CommandChanged("lark-1", 1, 0, "set_mode", "queued"))
        yield made


def image_bytes(codec: Codec = "jpegls") -> bytes:
    planes = np.arange(2 * 20 * 30, dtype=np.uint16).reshape(2, 20, 30)
    corners = square(*AT_180)
    return encode_image(
        ImageProduct(5, 400 * NS_PER_S, codec, 30, 20, ("nir", "swir2"), (0.1, 0.2), (0.0, 1.0), 12, corners, planes)
    )


@pytest.fixture
def events(archive: Archive) -> list[ReportedEvent]:
    return reported_events(archive, RULE)


def shapes(collection: dict[str, Any]) -> list[shapely.Geometry]:
    assert json.loads(json.dumps(collection)) == collection
    assert collection["type"] == "FeatureCollection"
    found = [shapely.geometry.shape(feature["geometry"]) for feature in collection["features"]]
    assert all(shape.is_valid for shape in found)
    return found


def test_alerts_are_points_with_what_the_ground_knows(archive: Archive) -> None:
    written = geojson.alert_collection(archived_alerts(archive), MISSION)
    first, *_ = shapes(written)
    assert (len(written["features"]), first.geom_type) == (5, "Point")
    assert written["features"][0]["properties"] == {
        "time_utc": "2026-06-01T10:01:40.000Z",
        "satellite": "lark-1",
        "task": "wildfire",
        "class": "fire",
        "confidence": 0.902,
        "size_class": "C",
        "frame_id": 1,
        "box_px": list(BOX),
        "position_error_m": 100.0,
        "model_sha256": "01020304" + "ab" * 28,
        "archived_utc": "2026-06-01T10:16:40.000Z",
    }


def test_events_are_outlines_of_their_boxes_or_points(events: list[ReportedEvent]) -> None:
    written = geojson.event_collection(events, MISSION)
    drawn = dict(zip((feature["id"] for feature in written["features"]), shapes(written), strict=True))
    grown = next(feature for feature in written["features"] if feature["properties"]["sightings"] == 2)
    assert {feature["properties"]["detections"] for feature in written["features"]} == {1, 3}
    outline = drawn[grown["id"]]
    assert outline.geom_type == "Polygon"
    assert outline.exterior.is_ccw
    assert outline.contains(shapely.Point(grown["properties"]["longitude_deg"], grown["properties"]["latitude_deg"]))
    assert grown["properties"].keys() >= {"task", "classes", "first_utc", "last_utc", "satellites", "confidence"}
    assert grown["properties"]["satellites"] == ["lark-1", "lark-2"]
    assert (grown["properties"]["confirmed"], grown["properties"]["published"]) == (True, True)
    assert grown["properties"]["published_utc"] == "2026-06-01T10:16:42.000Z"
    alone = next(feature for feature in written["features"] if not feature["properties"]["confirmed"])
    assert (alone["geometry"]["type"], alone["properties"]["published_utc"]) == ("Point", None)


def test_a_sink_gets_one_line(events: list[ReportedEvent]) -> None:
    line = geojson.event_line(events[0].event, MISSION, 5)
    assert b"\n" not in line
    assert json.loads(line)["id"] == events[0].event.event_id


def test_classes_of_a_model_that_nobody_knows_are_numbered() -> None:
    assert MISSION.class_name("wildfire", b"\xff" * 4, 3) == "class-3"
    assert MISSION.class_name("wildfire", b"\1\2\3\4", 3) == "class-3"
    assert MISSION.model_sha256("wildfire", b"\xff" * 4) == "ffffffff"


@pytest.fixture
def catalogue(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pystac.Catalog:
    for name, content in stac.catalogue(archive, MISSION):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)

    def refuse(*_: object) -> None:
        raise AssertionError("a validator wanted the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return pystac.Catalog.from_file(tmp_path / "catalog.json")


def test_the_catalogue_is_valid_by_pystac(catalogue: pystac.Catalog) -> None:
    assert catalogue.validate_all() == 4
    assert [child.id for child in catalogue.get_children()] == ["lark-1", "lark-2"]
    for item in catalogue.get_items(recursive=True):
        assert shapely.geometry.shape(item.geometry).is_valid
        for asset in item.get_assets().values():
            assert Path(asset.get_absolute_href() or "").is_file()


@pytest.mark.parametrize(("described", "lead"), [("", ""), ("Looks for fires", "Looks for fires. "), ("A.", "A. ")])
def test_a_catalogue_says_what_its_mission_is_and_that_nothing_flew(tmp_path: Path, described: str, lead: str) -> None:
    with closing(an_archive(tmp_path / "archive.sqlite")) as empty:
        written = dict(stac.catalogue(empty, replace(MISSION, description=described)))
    assert json.loads(written["catalog.json"])["description"] == lead + stac.EMULATED


def test_items_are_the_frames_that_have_a_readable_product(catalogue: pystac.Catalog) -> None:
    items = {item.id: item for item in catalogue.get_items(recursive=True)}
    assert items.keys() == {"lark-1-000001", "lark-1-000002", "lark-2-000001", "lark-2-000005"}
    item = items["lark-2-000005"]
    assert (item.common_metadata.platform, item.common_metadata.instruments) == ("lark-2", ["camera"])
    assert item.common_metadata.gsd == pytest.approx(GSD_M * 1000 / 30, rel=0.01), "the image has 30 columns"
    assert item.datetime == datetime.fromisoformat("2026-06-01T10:06:40+00:00")
    assert item.bbox is not None
    west, _, east, _ = item.bbox
    assert west > 0 > east, "across the antimeridian"
    assert item.get_assets().keys() == {"image", "detections"}, "what cannot be read is left out"
    detections = json.loads(Path(item.assets["detections"].get_absolute_href() or "").read_text())
    assert len(shapes(detections)) == item.properties["skysift:detections"] == 1


@pytest.mark.parametrize(("codec", "title"), [("jpegls", "as the sensor gave"), ("jpeg2000", "with losses")])
def test_an_image_that_was_coded_with_losses_says_so(codec: Codec, title: str, tmp_path: Path) -> None:
    with closing(an_archive(tmp_path / "archive.sqlite")) as made:
        made.add_product(ArchivedProduct("lark-2", 90, ProductKind.IMAGE, 5, 1500 * NS_PER_S, image_bytes(codec)))
        item = json.loads(dict(stac.catalogue(made, MISSION))["lark-2/lark-2-000005/lark-2-000005.json"])
    assert title in item["assets"]["image"]["title"]


def test_an_image_is_a_tiff_with_its_place_and_calibration(catalogue: pystac.Catalog) -> None:
    item = next(catalogue.get_items("lark-2-000005", recursive=True))
    with tifffile.TiffFile(item.assets["image"].get_absolute_href()) as file:
        assert (file.asarray() == np.arange(2 * 20 * 30).reshape(2, 20, 30)).all()
        assert file.is_geotiff
        page = file.pages.first
        assert json.loads(page.description)["scale"] == [0.1, 0.2]
        ties = np.reshape(page.tags["ModelTiepointTag"].value, (4, 6))
        assert file.geotiff_metadata is not None
        assert file.geotiff_metadata["GeographicTypeGeoKey"] == 4326
    assert ties[:, :2].tolist() == [[0, 0], [30, 0], [30, 20], [0, 20]]
    assert ties[:, 3].tolist() == pytest.approx([179.95, 180.1326, 180.1326, 179.95], abs=1e-3), "without a jump"


def test_every_published_event_is_one_valid_cap_message(events: list[ReportedEvent]) -> None:
    if not CAP_SCHEMA.is_file():
        pytest.skip("the OASIS schema of CAP 1.2 is not beside the repository")
    schema = xmlschema.XMLSchema(CAP_SCHEMA)
    written = dict(cap.messages(events, MISSION))
    assert len(written) == sum(reported.published_ns is not None for reported in events) == 2
    for text in written.values():
        told = schema.to_dict(io.BytesIO(text))
        assert (told["status"], told["msgType"], told["sender"]) == ("Test", "Alert", cap.SENDER)
        assert told["sent"].endswith("-00:00"), "CAP 3.3.2"
        assert "Emulated" in told["note"]
        assert not set(" ,<&") & set(told["identifier"]), "CAP 3.2.1"
        (info,) = told["info"]
        assert (info["category"], info["urgency"], info["severity"]) == (["Fire"], "Immediate", "Unknown")
        place, radius_km = info["area"][0]["circle"][0].split()
        assert abs(float(place.split(",")[0])) <= 90
        assert float(radius_km) > 0.1


def test_a_satellite_seen_twice_is_observed_and_once_only_likely(events: list[ReportedEvent]) -> None:
    told = [text.decode() for _, text in cap.messages(events, MISSION)]
    assert [("Observed" in text, "Likely" in text) for text in told] == [(True, False), (False, True)]


def test_text_in_a_message_is_escaped(events: list[ReportedEvent]) -> None:
    odd = replace(events[0], event=replace(events[0].event, task="<fire> & rescue"))
    text = cap.message(odd, MISSION, 5)
    assert b"&lt;fire&gt; &amp; rescue" in text


def footprints(archive: Archive) -> Iterator[czml.Footprint]:
    for product in archive.products(ProductKind.ALERT):
        if product.product_id < 90:
            shown: DetectionList = decode(product.payload)
            yield product.spacecraft, shown, product.archived_ns


def test_czml_begins_with_its_document_and_shows_things_when_they_were_known(
    archive: Archive, events: list[ReportedEvent]
) -> None:
    written = czml.document(MISSION, footprints(archive), archived_alerts(archive), events)
    packets = json.loads(json.dumps(written, allow_nan=False))
    head, *rest = packets
    assert (head["id"], head["version"]) == ("document", "1.0")
    assert head["clock"]["interval"] == "2026-06-01T10:00:00.000Z/2026-06-01T11:35:00.000Z"
    names = [packet["id"] for packet in packets]
    assert len(set(names)) == len(names)
    kinds = {
        kind: [packet for packet in rest if packet["id"].startswith(kind + "/")]
        for kind in ("station", "pass", "frame", "alert", "event")
    }
    assert {kind: len(found) for kind, found in kinds.items()} == {
        "station": 1,
        "pass": 1,
        "frame": 4,
        "alert": 5,
        "event": 3,
    }
    for packet in rest[1:]:
        start, end = (datetime.fromisoformat(instant) for instant in packet["availability"].split("/"))
        assert MISSION.utc(0) <= start <= end <= MISSION.utc(MISSION.end_ns)
    (contact,) = kinds["pass"]
    assert contact["position"]["reference"] == f"{kinds['station'][0]['id']}#position"
    assert contact["availability"] == "2026-06-01T10:10:00.000Z/2026-06-01T10:15:00.000Z"
    assert kinds["alert"][0]["availability"].startswith("2026-06-01T10:16:40")
    assert len(kinds["frame"][0]["polygon"]["positions"]["cartographicDegrees"]) == 12


def test_tables_hold_a_row_for_each_thing(archive: Archive, events: list[ReportedEvent]) -> None:
    written = dict(tables(archive, MISSION, list(archived_alerts(archive)), events))
    read = {name: list(csv.DictReader(io.StringIO(text.decode(), newline=""))) for name, text in written.items()}
    assert {name: len(rows) for name, rows in read.items()} == {
        "products.csv": 9,
        "lost_products.csv": 1,
        "commands.csv": 1,
        "alerts.csv": 5,
        "events.csv": 3,
        "housekeeping.csv": 1,
        "reports.csv": len(TOLD),
        "passes.csv": 1,
    }
    assert all(None not in row for rows in read.values() for row in rows), "as many cells as columns"
    assert read["housekeeping.csv"][0]["time_utc"] == "2026-06-01T10:16:39.000Z"
    assert read["housekeeping.csv"][0]["units_off"] == "computer"
    assert read["housekeeping.csv"][0]["monitors"] == "charge_low battery_hot"
    assert read["commands.csv"][0]["accepted_utc"] == ""
    assert [tuple(row.values()) for row in read["reports.csv"]] == [
        ("2026-06-01T10:00:01.000Z", "lark-2", "high", "MonitorRaised", "monitor=battery_hot"),
        ("2026-06-01T10:00:02.000Z", "lark-2", "low", "ModeChanged", "mode=safe cause=monitor"),
        (
            *("2026-06-01T10:00:03.000Z", "lark-2", "medium", "ModelRolledBack"),
            "model_sha256_prefix=01020304 reason=commanded",
        ),
    ]
    assert read["events.csv"][0]["satellites"] == "lark-1 lark-2"


def test_a_list_from_the_future_or_with_odd_text_makes_no_alert(tmp_path: Path) -> None:
    future = ("lark-1", a_list(1, 9000.0, BOX))
    odd = ("lark-1", a_list(1, 0.0, BOX, task="fire\n"))
    with closing(an_archive(tmp_path / "other.sqlite", future, odd)) as made:
        assert list(archived_alerts(made)) == []


def test_a_list_without_detections_has_no_alerts() -> None:
    assert list(alerts_of("lark-1", a_list(1, 0.0), 5)) == []
