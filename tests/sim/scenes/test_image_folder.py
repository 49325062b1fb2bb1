"""Folders of pictures: every layout, what is inferred, and what the refusals say."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from onboard.errors import InputError
from sim.scenes.image_folder import Picture, read_image_folder
from sim.scenes.products import rasters

REAL = Path(__file__).resolve().parents[3] / "../shared/data"
PLANES = np.arange(3 * 5 * 7, dtype=np.uint16).reshape(3, 5, 7) + 1000
BANDS = 'bands = ["swir2", "nir", "red"]\n'


def real(name: str) -> tuple[Picture, ...]:
    if not (REAL / name).is_dir():
        pytest.skip(f"shared data {name} is not here")
    return read_image_folder(REAL / name)


def folder_of(tmp_path: Path, description: str = "", **files: NDArray[np.generic]) -> Path:
    for name, values in files.items():
        np.save(tmp_path / f"{name}.npy", values)
    if description:
        (tmp_path / "images.toml").write_text(description, "utf-8")
    return tmp_path


def only(folder: Path) -> Picture:
    (picture,) = read_image_folder(folder)
    return picture


@pytest.mark.parametrize("planar", ["separate", "contig"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_geotiff_layouts_are_read_alike(tmp_path: Path, planar: str, compression: str | None) -> None:
    values = PLANES if planar == "separate" else np.moveaxis(PLANES, 0, 2)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", planarconfig=planar, compression=compression)
    picture = only(folder_of(tmp_path, BANDS))
    assert np.array_equal(picture.planes, PLANES)
    assert picture.bands == ("swir2", "nir", "red")
    assert picture.scale == (1 / 65_535,) * 3
    assert picture.bit_depth == 16


def test_png_and_jpeg_are_in_file_order_and_sorted_by_name(tmp_path: Path) -> None:
    colours = np.zeros((8, 9, 4), np.uint8)
    colours[...] = (30, 20, 10, 255)  # OpenCV writes blue, green, red, alpha
    cv2.imwrite(str(tmp_path / "b.png"), colours)
    cv2.imwrite(str(tmp_path / "a.jpg"), np.full((8, 8), 99, np.uint8))
    (tmp_path / "readme.txt").write_text("not a picture")
    grey, colour = read_image_folder(tmp_path)
    assert (grey.name, grey.bands, grey.bit_depth, grey.gsd_m) == ("a.jpg", ("pan",), 8, 10.0)
    assert (colour.name, colour.bands) == ("b.png", ("red", "green", "blue"))
    assert colour.planes[:, 0, 0].tolist() == [10, 20, 30]
    assert colour.notes == ("bands red, green, blue assumed", "scale 1/255 assumed", "gsd_m 10 assumed")


def test_ignored_bands_are_dropped_and_surrogates_added(tmp_path: Path) -> None:
    description = (
        'gsd_m = 20\nbands = ["red", "", "swir2"]\nscale = [1e-3, 0.0, 2e-3]\noffset = [0.0, 9.0, -0.5]\n'
        'bit_depth = 12\nsurrogate = { swir1 = { from = "swir2", factor = 0.5 } }\n'
    )
    picture = only(folder_of(tmp_path, description, a=PLANES))
    assert picture.bands == ("red", "swir2", "swir1")
    assert np.array_equal(picture.planes, PLANES[[0, 2, 2]])
    assert (picture.scale, picture.offset) == ((1e-3, 2e-3, 1e-3), (0.0, -0.5, -0.25))
    assert picture.surrogate == ("swir1 is swir2 x 0.5",)
    assert (picture.gsd_m, picture.bit_depth, picture.notes) == (20.0, 12, ())


def test_empty_pixels_are_masked_and_zero(tmp_path: Path) -> None:
    values = PLANES.astype(np.float64)
    values[1, 0, 0] = np.nan
    values[:, 2, 2] = -9999
    values[0, 3, 3] = 0
    picture = only(folder_of(tmp_path, BANDS + "scale = [1e-4, 1e-4, 1e-4]\nnodata = -9999\n", a=values))
    assert picture.nodata is not None
    assert np.argwhere(picture.nodata).tolist() == [[0, 0], [2, 2]]
    assert not picture.planes[:, picture.nodata].any()
    assert np.array_equal(picture.planes[:, ~picture.nodata], values[:, ~picture.nodata])
    assert only(folder_of(tmp_path, BANDS, a=PLANES)).nodata is None


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0.0, 1.3, 105).reshape(3, 5, 7),
        np.linspace(-40.0, 31.0, 105, dtype=np.float32).reshape(3, 5, 7),
        np.linspace(0, 4e9, 105).astype(np.uint32).reshape(3, 5, 7),
    ],
)
def test_physical_values_are_digitised_at_the_depth(tmp_path: Path, values: NDArray[np.generic]) -> None:
    picture = only(folder_of(tmp_path, BANDS + "scale = [1.0, 1.0, 1.0]\nbit_depth = 10\n", a=values))
    scale, offset = (np.reshape(each, (3, 1, 1)) for each in (picture.scale, picture.offset))
    assert picture.planes.max() == 1023
    assert np.abs(picture.planes * scale + offset - values).max() <= 0.501 * max(picture.scale)
    assert "digitised" in picture.notes[0]


def test_negative_whole_numbers_are_shifted_without_loss(tmp_path: Path) -> None:
    values = PLANES.astype(np.int16) - 1050
    picture = only(folder_of(tmp_path, BANDS + "scale = [0.1, 0.1, 0.1]\n", a=values))
    restored = picture.planes * 0.1 + np.reshape(picture.offset, (3, 1, 1))
    assert restored == pytest.approx(values * 0.1)
    assert picture.scale == (0.1, 0.1, 0.1)


def test_geographic_coordinates_give_footprint_and_sampling(tmp_path: Path) -> None:
    keys = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326)
    tags = [
        (33550, "d", 3, (1e-3, 1e-3, 0.0), True),
        (33922, "d", 6, (0.0, 0.0, 0.0, 20.0, 60.0, 0.0), True),
        (34735, "H", 16, keys, True),
        (42113, "s", 0, "1000", True),
    ]
    tifffile.imwrite(tmp_path / "a.tif", PLANES, photometric="minisblack", planarconfig="separate", extratags=tags)
    picture = only(folder_of(tmp_path, BANDS))
    assert picture.footprint_deg == pytest.approx((60, 20, 60, 20.007, 59.995, 20.007, 59.995, 20))
    assert picture.gsd_m == pytest.approx(111.32 * np.sqrt(0.5), rel=1e-3)
    assert picture.nodata is None  # the file's nodata value is 1000, and no pixel has it in every band


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("band = []", "band: unknown key; the nearest known one is bands"),
        (
            BANDS + "scale = [1.0]",
            "lists must have one entry for each band of the file: bands has 3, scale has 1",
        ),
        (BANDS + "scale = [1.0, 0.0, 1.0]", "scale = [1.0, 0.0, 1.0]: must not be 0 for a band that is used"),
        ('bands = ["red", "nir"]', "a.npy: bands = ['red', 'nir']: the file has 3 bands, and bands has 2"),
        ("scale = [1.0]", "a.npy: scale = [1.0]: the file has 3 bands, and scale has 1"),
        ('bands = ["red", "red", ""]', "must be different names"),
        ('bands = ["swir-2", "", ""]', "must be different names"),
        ("scale = [nan, 1.0, 1.0]", "must be a list of numbers"),
        ("gsd_m = 0", "gsd_m = 0: must be a number above 0"),
        ("bit_depth = 17", "bit_depth = 17: must be a whole number, 1 to 16"),
        ("bit_depth = true", "bit_depth = True: must be a whole number, 1 to 16"),
        (BANDS + 'surrogate = { swir1 = { from = "blue" } }', "a.npy must have the band blue"),
        (BANDS + 'surrogate = { red = { from = "nir" } }', "and not the band red"),
        (
            BANDS + 'surrogate = { swir1 = { form = "nir", from = "nir" } }',
            "the nearest known one is surrogate.swir1.from",
        ),
        (BANDS + 'surrogate = { swir1 = "nir" }', "must be like { swir1"),
        ("gsd_m", "is not readable as TOML"),
    ],
)
def test_a_wrong_description_is_told_in_one_line(tmp_path: Path, description: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_image_folder(folder_of(tmp_path, description, a=PLANES))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_empty_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no such folder"):
        read_image_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no picture; known kinds: \.tif"):
        read_image_folder(tmp_path)
    with pytest.raises(InputError, match=r"5 bands; write an images\.toml"):
        read_image_folder(folder_of(tmp_path, a=np.zeros((5, 9, 9), np.uint8)))


@pytest.mark.parametrize("name", ["a.tif", "a.png", "a.jpg", "a.npy"])
@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file_is_told(tmp_path: Path, name: str, kept: float) -> None:
    path = tmp_path / name
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    if name.endswith("npy"):
        np.save(path, noise)
    elif name.endswith("tif"):
        tifffile.imwrite(path, noise)
    else:
        cv2.imwrite(str(path), noise)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(InputError, match=f"{name}: cannot be read, it may be truncated"):
        read_image_folder(tmp_path)


def test_npy_of_objects_and_complex_numbers_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((3, 4, 4), complex))
    with pytest.raises(InputError, match="must hold bands of numbers, and holds complex128"):
        read_image_folder(tmp_path)
    np.save(tmp_path / "a.npy", np.array([None]))
    with pytest.raises(InputError, match="cannot be read"):
        read_image_folder(tmp_path)


def test_real_active_fires() -> None:
    pictures = real("fire_s2_swir/false_color")
    assert len(pictures) == 4
    for picture in pictures:
        assert (picture.planes.shape, picture.bands) == ((3, 256, 256), ("swir2", "swir1", "red"))
        assert (picture.bit_depth, picture.gsd_m, picture.nodata) == (8, 20.0, None)
        assert 200 < picture.planes[0].max() <= 255


def test_real_burn_scars() -> None:
    pictures = real("fire_s2_burned/post_fire")
    assert len(pictures) == 10
    for picture in pictures:
        assert picture.bands == ("red", "nir", "swir2", "swir1")
        assert picture.surrogate == ("swir1 is swir2 x 1",)
        reflectance = picture.planes[1] * picture.scale[1]
        assert 0.05 < reflectance.mean() < 0.5
        assert picture.footprint_deg is not None
        assert 32 < picture.footprint_deg[0] < 43
    assert [picture.name for picture in pictures if picture.nodata is not None] == ["RANCH_20240601.tif"]


def test_real_landsat_with_a_projection() -> None:
    (picture,) = real("generic_eo")
    assert picture.bands == ("red", "green", "blue")
    assert picture.gsd_m == pytest.approx(300.04, abs=0.01)
    if rasters.is_installed():
        # The corners that rasterio's own documentation shows for this file, to a hundredth of a degree.
        assert picture.footprint_deg == pytest.approx(
            (25.51, -78.96, 25.55, -76.60, 23.61, -76.57, 23.56, -78.90), abs=0.01
        )
    else:
        assert picture.footprint_deg is None
    assert picture.nodata is not None
    assert 0.2 < picture.nodata.mean() < 0.5


def test_real_radar_in_decibels() -> None:
    (picture,) = real("sar_s1_scene")
    assert (picture.bands, picture.gsd_m, picture.planes.max()) == (("pan",), 30.0, 4095)
    assert picture.offset[0] == pytest.approx(-40.1, abs=0.01)
    assert picture.nodata is not None
