"""Scenes larger than a camera's frame: how they are cut, where the frames lie, and what GDAL tells of pictures."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.control import GroundControlPoint
from rasterio.shutil import copy as copy_raster
from rasterio.transform import from_origin

from onboard.errors import InputError
from sim.data import sample_path
from sim.equipment.instrument import Instrument
from sim.equipment.records import read_record
from sim.scenes.image_folder import read_image_folder
from sim.scenes.picture import pieces_of
from sim.scenes.products import rasters
from tests.sim.scenes.products.product_folders import ramp, write_capella, write_landsat, write_raster, write_safe

SWIR = read_record(Instrument, sample_path("instruments", "swir-imager.toml"))


def camera(side_px: int, *bands: str) -> Instrument:
    per_band = (1e-4,) * len(bands)
    changes = {"bands": bands, "scale": per_band, "offset": per_band, "width_px": side_px, "height_px": side_px}
    return SWIR.model_copy(update=changes)


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(16, 200), st.integers(16, 200))
def test_pieces_cover_everything_once_and_fit(height: int, width: int, frame_height: int, frame_width: int) -> None:
    covered = np.zeros((height, width), np.uint8)
    pieces = pieces_of(height, width, (frame_height, frame_width))
    for piece in pieces:
        covered[piece.slices] += 1
        assert piece.height_px <= frame_height
        assert piece.width_px <= frame_width
    assert (covered == 1).all()
    assert len(pieces) == -(-height // frame_height) * -(-width // frame_width)


def test_a_product_is_cut_to_the_frames_and_bands_of_the_camera(tmp_path: Path) -> None:
    folder = write_safe(tmp_path, skip=("B09",))
    (whole,) = read_image_folder(folder, [camera(1024, "swir2", "red")])
    frames = read_image_folder(folder, [camera(100, "swir2", "red")])
    assert whole.bands == frames[0].bands == ("red", "swir2")
    assert [frame.name.rpartition("@")[2] for frame in frames[:4]] == ["0,0", "0,80", "0,160", "80,0"]
    rebuilt = np.zeros_like(whole.planes)
    for frame in frames:
        row, col = map(int, frame.name.rpartition("@")[2].split(","))
        _, height, width = frame.shape
        rebuilt[:, row : row + height, col : col + width] = frame.planes
    assert np.array_equal(rebuilt, whole.planes)
    assert frames[0].notes[-1] == "cut into 9 frames of up to 80 x 80 pixels"
    assert not frames[1].notes


def test_a_surrogate_brings_the_cameras_frame(tmp_path: Path) -> None:
    write_capella(tmp_path, ramp(60))
    (tmp_path / "images.toml").write_text('surrogate = { vv = { from = "hh", factor = 2.0 } }')
    frames = read_image_folder(tmp_path, [camera(40, "vv")])
    assert [frame.bands for frame in frames] == [("hh", "vv")] * 4
    assert frames[0].scale == pytest.approx((1e-4, 2e-4))


def test_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    folder = write_safe(tmp_path, skip=("B09",))
    (picture,) = read_image_folder(folder, [camera(1024, "swir2")])
    before = picture.planes
    assert picture.planes is before
    assert not before.flags.writeable
    write_raster(next(folder.rglob("*_B12.tif")), ramp(20, 4000), 20)
    assert (picture.planes.astype(int) - before == 500).all()


def test_frames_that_hold_nothing_are_left_out(tmp_path: Path) -> None:
    west = {"B12": (slice(None), slice(0, 81))}
    frames = read_image_folder(write_safe(tmp_path, holes=west, skip=("B09",)), [camera(80, "swir2", "red")])
    assert sorted({frame.name.rpartition(",")[2] for frame in frames}) == ["160", "80"]
    assert frames[0].notes[-1] == "cut into 9 frames of up to 80 x 80 pixels, 3 of them empty and left out"
    everywhere = {"B12": (slice(None), slice(None))}
    folder = write_safe(tmp_path / "b", holes=everywhere, skip=("B09",))
    with pytest.raises(InputError, match=r"holds nothing, .*: every pixel is 0"):
        read_image_folder(folder)


def latitude_deg_of(northing_m: float) -> float:
    """On the central meridian of a UTM zone: the meridian's arc of WGS 84, summed, over the scale .9996."""
    latitudes = np.radians(np.linspace(0, 60, 600_001))
    eccentricity_2 = 0.00669437999014
    radius_m = 6_378_137.0 * (1 - eccentricity_2) / (1 - eccentricity_2 * np.sin(latitudes) ** 2) ** 1.5
    arc_m = np.concatenate([[0.0], np.cumsum((radius_m[1:] + radius_m[:-1]) / 2 * np.diff(latitudes))])
    return float(np.degrees(np.interp(northing_m / 0.9996, arc_m, latitudes)))


def test_footprints_of_a_projection_are_in_wgs_84(tmp_path: Path) -> None:
    at_meridian = from_origin(500_000.0, 4_500_000.0, 20, 20)
    write_raster(tmp_path / "a_B12.tif", ramp(20), 20, transform=at_meridian)
    write_raster(tmp_path / "a_B04.tif", ramp(20), 20, transform=at_meridian)
    write_raster(tmp_path / "plain.tif", np.stack([ramp(20)] * 3), 20, transform=at_meridian)
    for frames in (read_image_folder(tmp_path, [camera(120, "red", "swir2")]),):
        assert len(frames) == 8
        for name, top in (("0,0", 4_500_000.0), ("120,0", 4_497_600.0)):
            corners = [f.footprint_deg for f in frames if f.name.endswith(f"@{name}")]
            assert len(corners) == 2
            for corner in corners:
                assert corner is not None
                north_west, south_west = corner[:2], corner[6:]
                assert north_west == pytest.approx((latitude_deg_of(top), 3.0), abs=2e-6)
                assert south_west == pytest.approx((latitude_deg_of(top - 2400.0), 3.0), abs=2e-6)
                assert corner[3] > 3.0


def test_a_geotiff_tells_its_bands_and_what_their_numbers_mean(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "scene.tif", np.stack([ramp(20)] * 3), 20, nodata=7)
    with rasterio.open(path, "r+") as raster:
        raster.descriptions = ("B04", "SCL", "swir22")
        raster.scales, raster.offsets = (1e-4,) * 3, (-0.1,) * 3
    (picture,) = read_image_folder(tmp_path)
    assert (picture.bands, picture.scale, picture.offset) == (("red", "swir2"), (1e-4,) * 2, (-0.1,) * 2)
    assert picture.notes == ("bands red, swir2 from the file", "scale and offset from the file", "gsd_m from the file")
    (tmp_path / "images.toml").write_text('bands = ["", "", "nir"]\nscale = [1.0, 1.0, 2e-4]')
    (picture,) = read_image_folder(tmp_path)
    assert (picture.bands, picture.scale, picture.offset) == (("nir",), (2e-4,), (0.0,))


def test_a_cloud_optimised_geotiff_is_read(tmp_path: Path) -> None:
    plain = write_raster(tmp_path / "plain" / "a.tif", np.stack([ramp(10)] * 3), 10)
    (tmp_path / "cog").mkdir()
    copy_raster(plain, tmp_path / "cog" / "a.tif", driver="COG", COMPRESS="DEFLATE")
    (one,), (other,) = (read_image_folder(tmp_path / name) for name in ("plain", "cog"))
    assert np.array_equal(one.planes, other.planes)
    assert one.footprint_deg == other.footprint_deg is not None


def test_ground_control_points_place_a_picture(tmp_path: Path) -> None:
    points = [
        GroundControlPoint(row=row, col=col, x=10.0 + 0.001 * col, y=50.0 - 0.0005 * row)
        for row, col in ((0, 0), (0, 80), (80, 0), (80, 80))
    ]
    path = tmp_path / "slant.tif"
    with rasterio.open(path, "w", driver="GTiff", count=1, height=80, width=80, dtype="uint16") as raster:
        raster.write(ramp(60), 1)
        raster.gcps = (points, rasterio.CRS.from_epsg(4326))
    (picture,) = read_image_folder(tmp_path)
    assert picture.footprint_deg == pytest.approx((50, 10, 50, 10.08, 49.96, 10.08, 49.96, 10), abs=1e-9)
    assert "placed by 4 ground control points" in picture.notes


def test_jpeg_2000_pictures_are_read(tmp_path: Path) -> None:
    write_raster(tmp_path / "true_colour.jp2", np.stack([ramp(60)] * 3), 60)
    (picture,) = read_image_folder(tmp_path)
    assert picture.bands == ("red", "green", "blue")
    assert np.array_equal(picture.planes[1], ramp(60))
    assert picture.gsd_m == 60.0


def test_products_and_pictures_of_a_folder_fly_together(tmp_path: Path) -> None:
    write_safe(tmp_path, skip=("B09",))
    write_landsat(tmp_path / "landsat", level="L2SP", numbers=(4, 5, 6, 7))
    write_capella(tmp_path, ramp(60))
    np.save(tmp_path / "own.npy", np.zeros((3, 8, 8), np.uint8))
    (tmp_path / "notes").mkdir()
    names = [picture.name[:7] for picture in read_image_folder(tmp_path)]
    assert names == ["S2B_MSI", "LC08_L2", "CAPELLA", "own.npy"]


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    safe = write_safe(tmp_path / "a", skip=("B09",))
    write_landsat(tmp_path / "b")
    write_capella(tmp_path / "c", ramp(60))
    for name in ("B04.tif", "B12.tif"):
        write_raster(tmp_path / "d" / name, ramp(20), 20)
    write_raster(tmp_path / "e" / "a.jp2", ramp(60), 60)
    write_raster(tmp_path / "f" / "a.tif", ramp(60), 60)
    monkeypatch.setattr(rasters, "find_spec", lambda _name: None)
    for folder in (safe, *(tmp_path / name for name in "abcde")):
        with pytest.raises(InputError, match=r"to read it, install the extra eo: pip install 'skysift\[eo\]'"):
            read_image_folder(folder)
    (picture,) = read_image_folder(tmp_path / "f")
    assert np.array_equal(picture.planes[0], ramp(60))
    assert picture.footprint_deg is None


def test_folders_that_cannot_fly_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no picture; .*; or a Sentinel-2 \.SAFE folder, a Landsat Coll"):
        read_image_folder(tmp_path)
    (tmp_path / "S2B_MSIL1C.SAFE.zip").touch()
    with pytest.raises(InputError, match=r"; unpack S2B_MSIL1C\.SAFE\.zip first"):
        read_image_folder(tmp_path)
    with pytest.raises(InputError, match="is a file; name the folder it lies in"):
        read_image_folder(tmp_path / "S2B_MSIL1C.SAFE.zip")


def test_a_picture_beyond_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_raster(tmp_path / "a.tif", ramp(60), 60)
    monkeypatch.setattr("sim.scenes.image_folder.MAX_PICTURE_BYTES", 1000)
    with pytest.raises(InputError, match=r"a\.tif: holds 0\.0 GB of pixels, and at most 1e-06 are read: cut it first"):
        read_image_folder(tmp_path)
