"""Detection lists and archives of them, made without a flight."""

from collections.abc import Iterable
from datetime import UTC, datetime
from math import cos, radians
from pathlib import Path

import numpy as np

from groundstation.alerts import Alert, alerts_of
from groundstation.archive import Archive, ArchivedProduct, FlownModel
from groundstation.exports.mission import Mission, Site, Window
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from onboard.payload.detections import Detection
from onboard.payload.products import Chip, ChipsProduct, DetectionList, chip_corner, decode, encode, encode_chips

SIDE_PX = 1000
GSD_M = 20.0
MODEL_SHA256 = "01020304" + "ab" * 28
MODEL = FlownModel("wildfire", "test-model", MODEL_SHA256, ("fire",))
MISSION = Mission(
    name="test-mission",
    description="A mission of tests.",
    epoch=datetime(2026, 6, 1, 10, tzinfo=UTC),
    end_ns=5700 * NS_PER_S,
    instruments={"lark-1": "camera", "lark-2": "camera"},
    sites=(Site("Troll", -72.0, 2.5, 1270.0),),
    windows=(Window("lark-1", "Troll", 600 * NS_PER_S, 900 * NS_PER_S, 45.0, 1_000_000),),
    models={(bytes.fromhex(MODEL_SHA256[:8]), "wildfire"): MODEL},
)


def square(latitude_deg: float, longitude_deg: float, side_m: float = SIDE_PX * GSD_M) -> tuple[float, ...]:
    """Corners of a frame whose first corner lies at a place, columns to the east, rows to the south."""
    side_deg = side_m / 111_195.0
    east_deg = (longitude_deg + side_deg / cos(radians(latitude_deg)) + 180.0) % 360.0 - 180.0
    south_deg = latitude_deg - side_deg
    return (latitude_deg, longitude_deg, latitude_deg, east_deg, south_deg, east_deg, south_deg, longitude_deg)


def a_list(
    frame_id: int,
    exposed_s: float,
    *boxes: tuple[int, int, int, int],
    at: tuple[float, float] = (10.0, 20.0),
    footprint_deg: tuple[float, ...] = (),
    confidence: float = 0.9,
    error_m: float = 100.0,
    task: str = "wildfire",
) -> DetectionList:
    """A list as the ground reads it."""
    found = tuple(Detection(*box, 0, confidence, 2) for box in boxes)
    made = DetectionList(
        model_sha256_prefix=bytes.fromhex(MODEL_SHA256[:8]),
        task=task,
        frame_id=frame_id,
        exposed_ns=round(exposed_s * NS_PER_S),
        width_px=SIDE_PX,
        height_px=SIDE_PX,
        footprint_deg=footprint_deg or square(*at),
        position_error_m=error_m,
        detections=found,
    )
    return decode(encode(made))


def chips_bytes(
    found: DetectionList,
    side_px: int = 16,
    bands: tuple[str, ...] = ("red", "nir", "swir2"),
    *,
    awaits_verdict: bool = False,
) -> bytes:
    """A list with a chip of each detection: dark, but for the box in the last of the bands."""
    chips = []
    for box in found.detections:
        left, top = chip_corner(found, box, side_px)
        planes = np.full((len(bands), side_px, side_px), 100, np.uint16)
        rows = slice(max(0, box.y0 - top), box.y1 - top)
        planes[-1, rows, max(0, box.x0 - left) : box.x1 - left] = 4000
        chips.append(Chip(box, planes))
    n_bands = len(bands)
    calibration = (0.5,) * n_bands, (0.0,) * n_bands
    return encode_chips(ChipsProduct(found, side_px, 12, bands, *calibration, tuple(chips), awaits_verdict))


def alerts(spacecraft: str, found: DetectionList, archived_s: float = 5000.0) -> list[Alert]:
    """A list's alerts."""
    return list(alerts_of(spacecraft, found, round(archived_s * NS_PER_S)))


def an_archive(path: Path, *products: tuple[str, DetectionList]) -> Archive:
    """An archive in which the n-th product, of identifier n, arrived n seconds after 1,000 s."""
    archive = Archive(path)
    archive.add_model(MODEL)
    add_lists(archive, products)
    archive.commit()
    return archive


def add_lists(archive: Archive, products: Iterable[tuple[str, DetectionList]], first_id: int = 0) -> None:
    """Archive lists, without a commit."""
    for product_id, (spacecraft, found) in enumerate(products, first_id):
        archived_ns = (1000 + product_id) * NS_PER_S
        product = ArchivedProduct(spacecraft, product_id, ProductKind.ALERT, found.frame_id, archived_ns, encode(found))
        archive.add_product(product)
