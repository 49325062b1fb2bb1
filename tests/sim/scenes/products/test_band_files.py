"""Sets of one file per band: which files are one, and what their numbers mean."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onboard.errors import InputError
from sim.scenes.image_folder import Picture, read_image_folder
from sim.scenes.products.band_names import band_of, bands_described
from tests.sim.scenes.products.product_folders import ramp, write_raster


def write_set(root: Path, *names: str, low: int = 2000, **profile: Any) -> Path:
    """A file of 20 m for each name."""
    for name in names:
        write_raster(root / name, ramp(20, low), 20, **profile)
    return root


def only(folder: Path) -> Picture:
    (picture,) = read_image_folder(folder)
    return picture


@pytest.mark.parametrize(
    ("names", "scene", "scale", "offset"),
    [
        (("B04.tif", "B8A.tif", "B12.tif"), "", 4e-4, 0.0),
        (("T31TGL_20240816T103629_B04_10m.jp2", "T31TGL_20240816T103629_B12_20m.jp2"), "T31TGL", 4e-4, -0.1),
        (("T31TGL_20190816T103629_B04.jp2", "T31TGL_20190816T103629_B12.jp2"), "T31TGL", 4e-4, 0.0),
        (("LC08_L2SP_197031_SR_B4.TIF", "LC08_L2SP_197031_SR_B7.TIF"), "LC08", 2.75e-5, -0.2),
    ],
)
def test_names_tell_bands_and_calibration(
    tmp_path: Path, names: tuple[str, ...], scene: str, scale: float, offset: float
) -> None:
    picture = only(write_set(tmp_path, *names))
    assert {"red", "swir2"} <= set(picture.bands)
    assert picture.name.startswith(scene or tmp_path.name)
    assert picture.scale[0] == pytest.approx(scale)
    assert picture.offset[0] == pytest.approx(offset)
    assert any("assumed" in note for note in picture.notes)
    assert picture.footprint_deg is not None


def test_common_names_need_a_scale(tmp_path: Path) -> None:
    write_set(tmp_path, "red.tif", "nir.tif", "swir16.tif", "swir22.tif")
    with pytest.raises(InputError, match=r"nir\.tif: does not tell what its numbers mean: write an images\.toml"):
        read_image_folder(tmp_path)
    (tmp_path / "images.toml").write_text("scale = [1e-4]\noffset = [-0.1]")
    picture = only(tmp_path)
    assert picture.bands == ("nir", "red", "swir1", "swir2")
    assert np.array_equal(picture.planes[0], ramp(20))
    assert (picture.scale, picture.offset) == ((1e-4,) * 4, (-0.1,) * 4)
    (tmp_path / "images.toml").write_text("scale = [1e-4, 1e-4]")
    with pytest.raises(InputError, match=r"one for each file in order: nir\.tif, red\.tif, swir16\.tif, swir22\.tif"):
        read_image_folder(tmp_path)


def test_scale_and_offset_of_the_files_count(tmp_path: Path) -> None:
    import rasterio

    write_set(tmp_path, "red.tif", "nir.tif")
    for path in tmp_path.iterdir():
        with rasterio.open(path, "r+") as raster:
            raster.scales, raster.offsets = (2e-4,), (-0.05,)
    picture = only(tmp_path)
    assert (picture.scale, picture.offset) == ((2e-4,) * 2, (-0.05,) * 2)


def test_an_offset_alone_takes_the_inferred_ones_place(tmp_path: Path) -> None:
    write_set(tmp_path, "T31TGL_20240816T103629_B04_10m.jp2", "T31TGL_20240816T103629_B12_20m.jp2")
    assert only(tmp_path).offset == (-0.1,) * 2
    (tmp_path / "images.toml").write_text("offset = [0.0]")
    picture = only(tmp_path)
    assert picture.offset == (0.0,) * 2
    assert picture.scale == pytest.approx((4e-4,) * 2)
    assert any("offset from images.toml" in note for note in picture.notes)
    (tmp_path / "images.toml").write_text("offset = [0.0, 0.1, 0.2]")
    with pytest.raises(InputError, match=r"offset = .*: must have one number for all, or one for each file"):
        read_image_folder(tmp_path)


def test_nothing_but_0_marks_an_empty_pixel_of_a_set(tmp_path: Path) -> None:
    write_set(tmp_path, "B04.tif", "B12.tif")
    (tmp_path / "images.toml").write_text("nodata = 0")
    assert only(tmp_path).bands == ("red", "swir2")
    (tmp_path / "images.toml").write_text("nodata = 65535")
    with pytest.raises(InputError, match=r"images\.toml: nodata = 65535: must be 0 for a set of one file per band"):
        read_image_folder(tmp_path)


def test_two_scenes_of_one_folder_are_told_apart(tmp_path: Path) -> None:
    write_set(tmp_path, "east_B04.tif", "east_B12.tif", "west_B04.tif", "west_B12.tif")
    assert [picture.name for picture in read_image_folder(tmp_path)] == ["east", "west"]


def test_what_lies_beside_a_set_is_no_picture(tmp_path: Path) -> None:
    write_set(
        tmp_path, "B04.tif", "B12.tif", "SCL.tif", "visual.tif", "x_TCI_10m.tif", "x_QA_PIXEL.TIF", "x_ST_B10.TIF"
    )
    write_set(tmp_path, "mine.tif")
    assert [picture.name for picture in read_image_folder(tmp_path)] == [tmp_path.name, "mine.tif"]


def test_bands_of_other_grids_are_brought_to_one(tmp_path: Path) -> None:
    write_raster(tmp_path / "a_B04.tif", ramp(10), 10)
    write_raster(tmp_path / "a_B12.tif", ramp(20), 20)
    write_raster(tmp_path / "a_B8A.tif", ramp(20), 20, crs="EPSG:32630")
    with pytest.raises(InputError, match="holds nothing"):
        only(tmp_path)  # zone 30 lies elsewhere: the bands have no ground in common
    (tmp_path / "a_B8A.tif").unlink()
    picture = only(tmp_path)
    assert picture.shape == (2, 240, 240)
    assert np.abs(np.diff(picture.planes.astype(int), axis=0)).max() <= 1


def test_single_bands_and_named_pictures_are_no_set(tmp_path: Path) -> None:
    write_set(tmp_path, "east_B12.tif", "west_B12.tif")
    assert [picture.bands for picture in read_image_folder(tmp_path)] == [("pan",), ("pan",)]
    write_set(tmp_path, "east_B04.tif")
    (tmp_path / "images.toml").write_text('bands = ["swir2"]')
    assert [picture.bands for picture in read_image_folder(tmp_path)] == [("swir2",)] * 3


@pytest.mark.parametrize(
    ("values", "profile", "told"),
    [
        (ramp(20).astype(np.float32), {}, "holds float32; a set of one file per band must hold uint8 or uint16"),
        (np.stack([ramp(20), ramp(20)]), {}, "is named as one band of a set, and has 2"),
        (ramp(20), {"nodata": 65_535}, "nodata = 65535.0: must be 0"),
    ],
)
def test_files_that_fit_no_set_are_told(tmp_path: Path, values: Any, profile: dict[str, Any], told: str) -> None:
    write_set(tmp_path, "B04.tif")
    write_raster(tmp_path / "B12.tif", values, 20, **profile)
    with pytest.raises(InputError, match=told):
        read_image_folder(tmp_path)


def test_a_number_alone_means_a_band_only_where_the_satellite_is_known() -> None:
    assert band_of("B4", "LC08_L2SP_SR") == "red"
    assert band_of("B4", "LE07_L1TP") == "nir"
    assert band_of("B4", "export") is None
    assert band_of("B10", "LC08_L1TP") is None  # thermal
    assert band_of("b8a") == "nir08"
    assert bands_described(("B04", "QA60", "swir22")) == ("red", "", "swir2")
    assert bands_described(("red", "red")) is None
    assert bands_described(("", "")) is None
