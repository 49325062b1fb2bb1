"""Chips as pictures: what is drawn, what lists it, and where else it is named."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pystac
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.archive import Archive, ArchivedProduct
from groundstation.chips import ArchivedChip, archived_chips, chips_of
from groundstation.events import EventRule
from groundstation.exports import stac
from groundstation.exports.chips import BOX_RGB, LINE_PX, WAVELENGTHS, drawn, files, picture, shown_bands
from groundstation.publishing import reported_events
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from onboard.payload.card_layout import BAND_NAMES
from onboard.payload.products import ImageProduct, decode_chips, encode, encode_chips, encode_image
from tests.groundstation.lists_for_tests import MISSION, MODEL, a_list, chips_bytes, square

BOX, FAR, LARGE = (500, 500, 502, 501), (100, 900, 101, 901), (300, 300, 340, 302)
SCALE = 16


def chip(box: tuple[int, int, int, int] = BOX, **shape: object) -> ArchivedChip:
    (made,) = chips_of("lark-1", chips_bytes(a_list(1, 100.0, box), **shape), 1000 * NS_PER_S)  # type: ignore[arg-type]
    return made


def test_a_picture_is_a_png_with_the_target_within_its_line() -> None:
    pixels = imagecodecs.png_decode(picture(chip()))
    assert (pixels.shape, pixels.dtype) == ((256, 256, 3), np.uint8)
    assert np.array_equal(pixels, drawn(chip()))
    on_line = (pixels == BOX_RGB).all(axis=2)
    rows, columns = np.nonzero(on_line)
    left, top = 500 - 493, 500 - 492
    assert (columns.min(), columns.max() + 1) == (left * SCALE - LINE_PX, (left + 2) * SCALE + LINE_PX)
    assert (rows.min(), rows.max() + 1) == (top * SCALE - LINE_PX, (top + 1) * SCALE + LINE_PX)
    within = pixels[top * SCALE : (top + 1) * SCALE, left * SCALE : (left + 2) * SCALE]
    assert (within == (255, 0, 0)).all(), "the longest waves are red, and the line hides nothing of the target"


def test_every_band_of_a_camera_has_its_place() -> None:
    assert sorted({*WAVELENGTHS, "vv", "vh", "hh", "hv"}) == sorted(BAND_NAMES)


def test_of_a_box_beyond_its_chip_the_sides_within_are_drawn() -> None:
    on_line = (drawn(chip(LARGE)) == BOX_RGB).all(axis=2)
    assert on_line.any(axis=1).sum() == 2 * LINE_PX
    assert on_line.all(axis=1).sum() == 2 * LINE_PX


@pytest.mark.parametrize(
    ("bands", "shown"),
    [
        (("red", "nir", "swir2"), ("swir2", "nir", "red")),
        (("swir2", "nir", "red"), ("swir2", "nir", "red")),
        (("yellow", "nir08", "lwir1"), ("lwir1", "nir08", "yellow")),
        (("x", "red", "y"), ("x", "red", "y")),
        (("nir", "swir1"), ("swir1", "nir", "nir")),
        (("hh",), ("hh", "hh", "hh")),
    ],
)
def test_the_longest_waves_are_red_where_bands_are_known(bands: tuple[str, ...], shown: tuple[str, ...]) -> None:
    made = chip(bands=bands)
    assert shown_bands(made) == shown
    pixels = drawn(made)
    if len(bands) == 1:
        off_line = pixels[~(pixels == BOX_RGB).all(axis=2)]
        assert (off_line == off_line[:, :1]).all(), "one band is grey"


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 64), st.floats(allow_nan=False, allow_infinity=False), st.floats(-1e3, 1e3))
def test_whatever_the_calibration_there_is_a_picture(side_px: int, scale: float, offset: float) -> None:
    product = decode_chips(chips_bytes(a_list(1, 100.0, BOX, FAR, LARGE), side_px))
    odd = replace(product, scale=(scale,) * 3, offset=(offset,) * 3)
    for made in chips_of("lark-1", encode_chips(odd), 1000 * NS_PER_S):
        height, width, _ = drawn(made).shape
        assert height == width >= 256


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "archive.sqlite")
    made.add_model(MODEL)
    first, second = a_list(1, 100.0, BOX, FAR, confidence=1.0), a_list(2, 200.0, BOX)
    planes = np.arange(6, dtype=np.uint16).reshape(1, 2, 3)
    corners = square(10.0, 20.0)
    small = ImageProduct(3, 300 * NS_PER_S, "jpegls", 3, 2, ("nir",), (1.0,), (0.0,), 12, corners, planes)
    products = [
        (ProductKind.ALERT, 1, encode(first)),
        (ProductKind.CHIP, 1, chips_bytes(first)),
        (ProductKind.CHIP, 2, chips_bytes(second)),
        (ProductKind.THUMBNAIL, 3, encode_image(small)),
    ]
    for product_id, (kind, frame_id, payload) in enumerate(products, 1):
        made.add_product(ArchivedProduct("lark-1", product_id, kind, frame_id, 1000 * NS_PER_S, payload))
    made.commit()
    return made


def test_an_index_tells_of_every_picture(archive: Archive) -> None:
    with closing(archive):
        events = reported_events(archive, EventRule())
        written = dict(files(archived_chips(archive), events, MISSION))
    index = json.loads(written.pop("index.geojson"))["features"]
    assert [feature["properties"]["chip"] for feature in index] == list(written)
    assert sorted(written) == ["lark-1-000001-1.png", "lark-1-000001-2.png", "lark-1-000002-1.png"]
    told = index[0]["properties"]
    assert (told["class"], told["confidence"], told["chip_bands"]) == ("fire", 1.0, ["swir2", "nir", "red"])
    assert (told["time_utc"], told["box_px"]) == ("2026-06-01T10:01:40.000Z", list(BOX))
    assert {feature["properties"]["event"] for feature in index} == {one.event.event_id for one in events}
    assert all(feature["properties"]["event_confirmed"] for feature in index)


def test_items_have_chips_and_thumbnails_as_assets(archive: Archive, tmp_path: Path) -> None:
    with closing(archive):
        for name, content in stac.catalogue(archive, MISSION):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
    catalogue = pystac.Catalog.from_file(tmp_path / "catalog.json")
    assert catalogue.validate_all() == 3
    items = {item.id: item for item in catalogue.get_items(recursive=True)}
    assert {name: sorted(item.assets) for name, item in items.items()} == {
        "lark-1-000001": ["chip-1", "chip-2", "detections"],
        "lark-1-000002": ["chip-1", "detections"],
        "lark-1-000003": ["thumbnail"],
    }
    asset = items["lark-1-000002"].assets["chip-1"]
    assert (asset.media_type, asset.title, asset.roles) == ("image/png", "fire, confidence 0.902", ["visual"])
    assert imagecodecs.png_decode(Path(asset.get_absolute_href() or "").read_bytes()).shape == (256, 256, 3)
