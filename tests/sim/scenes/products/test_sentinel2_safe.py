"""Sentinel-2 products: what their metadata say of their numbers, and how their bands come to one grid."""

from pathlib import Path

import numpy as np
import pytest

from onboard.errors import InputError
from sim.scenes.image_folder import Picture, read_image_folder
from tests.sim.scenes.products.product_folders import ramp, write_raster, write_safe


def reflectance(picture: Picture, band: str) -> np.ndarray:
    at = picture.bands.index(band)
    return picture.planes[at] * picture.scale[at] + picture.offset[at]


def only(folder: Path) -> Picture:
    (picture,) = read_image_folder(folder)
    return picture


@pytest.mark.parametrize("level", ["1C", "2A"])
@pytest.mark.parametrize(("offset", "added"), [(-1000, -0.1), (None, 0.0)])
def test_reflectance_is_as_the_metadata_say(tmp_path: Path, level: str, offset: int | None, added: float) -> None:
    picture = only(write_safe(tmp_path, level=level, offset=offset, suffix=".jp2", skip=("B09",)))
    assert (picture.gsd_m, picture.bit_depth, picture.imagery) == (20.0, 12, "real")
    assert set(picture.bands) == {"blue", "red", "nir", "nir08", "swir1", "swir2"}
    # 12 bits over reflectance 0 to 1.3 or more: steps of 4 of the file's numbers.
    np.testing.assert_allclose(reflectance(picture, "swir2"), ramp(20) / 10_000 + added, atol=2.001e-4, rtol=0)
    assert picture.scale == pytest.approx([4e-4] * 6)


def test_numbers_are_as_stored_where_the_depth_is_said_to_be_theirs(tmp_path: Path) -> None:
    folder = write_safe(tmp_path, skip=("B09",))
    (folder / "images.toml").write_text("bit_depth = 16")
    picture = only(folder)
    assert np.array_equal(picture.planes[picture.bands.index("swir1")], ramp(20))
    assert picture.scale == pytest.approx([1e-4] * 6)


def test_another_quantification_value_is_heeded(tmp_path: Path) -> None:
    picture = only(write_safe(tmp_path, quantification=20_000, skip=("B09",)))
    np.testing.assert_allclose(reflectance(picture, "swir2"), ramp(20) / 20_000 - 0.05, atol=2.001e-4, rtol=0)


def test_finer_bands_are_averaged_onto_the_coarsest(tmp_path: Path) -> None:
    folder = write_safe(tmp_path, skip=("B02", "B08", "B8A", "B09", "B11"))
    checks = np.indices((480, 480)).sum(axis=0) % 2 * 800 + 1000
    (red,) = folder.rglob("*_B04.tif")
    write_raster(red, checks.astype(np.uint16), 10)
    picture = only(folder)
    assert (picture.bands, picture.shape) == (("red", "swir2"), (2, 240, 240))
    np.testing.assert_allclose(reflectance(picture, "red"), np.full((240, 240), 0.04), atol=2.001e-4, rtol=0)


def test_a_surface_product_is_read_where_its_files_have_the_grid(tmp_path: Path) -> None:
    picture = only(write_safe(tmp_path, level="2A", skip=("B09",)))
    # The folder R20m holds double the numbers of R10m.
    np.testing.assert_allclose(reflectance(picture, "red"), 2 * ramp(20) / 10_000 - 0.1, atol=2.001e-4, rtol=0)


@pytest.mark.parametrize(("gsd_m", "side_px"), [(10, 480), (60, 80), (40, 120)])
def test_the_grid_is_as_coarse_as_is_asked(tmp_path: Path, gsd_m: int, side_px: int) -> None:
    folder = write_safe(tmp_path, skip=("B09",))
    (folder / "images.toml").write_text(f"gsd_m = {gsd_m}")
    picture = only(folder)
    assert (picture.gsd_m, picture.shape[1:]) == (gsd_m, (side_px, side_px))
    assert reflectance(picture, "red").mean() == pytest.approx(ramp(60).mean() / 10_000 - 0.1, abs=3e-4)


def test_a_narrow_nir_stands_in_where_the_wide_one_is_not_there(tmp_path: Path) -> None:
    picture = only(write_safe(tmp_path, skip=("B08", "B09")))
    assert {"nir", "nir08"} <= set(picture.bands)
    assert "nir is B8A: there is no B08" in picture.notes


def test_pixels_without_one_of_the_bands_are_empty(tmp_path: Path) -> None:
    hole = (slice(0, 10), slice(0, 20))
    picture = only(write_safe(tmp_path, holes={"B12": hole}, skip=("B09",)))
    empty = ~picture.planes.any(axis=0)
    assert empty[hole].all()
    assert empty.sum() == 200


def test_empty_pixels_take_no_part_in_an_average(tmp_path: Path) -> None:
    picture = only(write_safe(tmp_path, holes={"B04": (slice(0, 480), slice(0, 1))}, skip=("B09",)))
    np.testing.assert_allclose(reflectance(picture, "red"), ramp(20) / 10_000 - 0.1, atol=2.001e-4, rtol=0)


def test_a_folder_of_products_is_read_with_one_description(tmp_path: Path) -> None:
    write_safe(tmp_path, skip=("B09",))
    write_safe(tmp_path, level="2A", skip=("B09",))
    (tmp_path / "images.toml").write_text('gsd_m = 60\nimagery = "synthetic"\nbands = ["red", "", ""]')
    pictures = read_image_folder(tmp_path)
    assert [(picture.gsd_m, picture.imagery) for picture in pictures] == [(60.0, "synthetic")] * 2
    (tmp_path / pictures[0].name / "images.toml").write_text("gsd_m = 20")
    assert [picture.gsd_m for picture in read_image_folder(tmp_path)] == [20.0, 60.0]


def test_a_surrogate_is_made_where_the_product_lacks_the_band(tmp_path: Path) -> None:
    folder = write_safe(tmp_path, skip=("B11", "B09"))
    (folder / "images.toml").write_text('surrogate = { swir1 = { from = "swir2", factor = 0.5 } }')
    picture = only(folder)
    assert picture.surrogate == ("swir1 is swir2 x 0.5",)
    np.testing.assert_allclose(reflectance(picture, "swir1"), 0.5 * reflectance(picture, "swir2"))
    assert picture.shape[0] == len(picture.bands) == len(picture.scale) == len(picture.planes)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("<a><b></a>", "MTD_MSIL1C.xml: is not readable as XML"),
        ("<a/>", "QUANTIFICATION_VALUE = 'nothing': must tell a number"),
        ("<a><QUANTIFICATION_VALUE>0</QUANTIFICATION_VALUE></a>", "QUANTIFICATION_VALUE = 0.0: must be above 0"),
        (
            '<a><QUANTIFICATION_VALUE>1</QUANTIFICATION_VALUE><RADIO_ADD_OFFSET band_id="3">-1</RADIO_ADD_OFFSET></a>',
            "tell offsets, and none for its band, number 1",
        ),
    ],
)
def test_wrong_metadata_are_told_in_one_line(tmp_path: Path, written: str, told: str) -> None:
    folder = write_safe(tmp_path)
    (folder / "MTD_MSIL1C.xml").write_text(written)
    with pytest.raises(InputError) as caught:
        read_image_folder(folder)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_damaged_images_are_told(tmp_path: Path) -> None:
    folder = write_safe(tmp_path, suffix=".jp2", skip=("B09",))
    (swir2,) = folder.rglob("*_B12.jp2")
    swir2.write_bytes(swir2.read_bytes()[:3000])
    with pytest.raises(InputError, match=r"_B12\.jp2: cannot be read, it may be truncated"):
        read_image_folder(folder)
    for image in folder.rglob("*_B*.jp2"):
        image.unlink()
    with pytest.raises(InputError, match="holds no band images"):
        read_image_folder(folder)
    (folder / "images.toml").write_text('bands = ["red"]')
    with pytest.raises(InputError, match=r"bands = \['red'\]: is not for a Sentinel-2 product, which tells it itself"):
        read_image_folder(folder)
