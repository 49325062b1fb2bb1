"""Landsat Collection 2 scenes: which of the MTL's groups counts, and for which instrument."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onboard.errors import InputError
from sim.scenes.image_folder import Picture, read_image_folder
from tests.sim.scenes.products.product_folders import ramp, write_landsat

STORED = ramp(30, 20_000).astype(float)


def only(folder: Path) -> Picture:
    (picture,) = read_image_folder(folder)
    return picture


def reflectance(picture: Picture, band: str) -> np.ndarray:
    at = picture.bands.index(band)
    return picture.planes[at] * picture.scale[at] + picture.offset[at]


@pytest.mark.parametrize("is_json", [False, True])
def test_level_1_is_divided_by_the_suns_height(tmp_path: Path, is_json: bool) -> None:
    picture = only(write_landsat(tmp_path, is_json=is_json, numbers=(4, 5, 6, 7, 10)))
    assert picture.bands == ("red", "nir", "swir1", "swir2")
    assert (picture.gsd_m, picture.shape, picture.bit_depth) == (30.0, (4, 160, 160), 12)
    expected = (2e-5 * (STORED + 7) - 0.1) / np.sin(np.radians(30.0))
    np.testing.assert_allclose(reflectance(picture, "swir2"), expected, atol=8.001 * 4e-5, rtol=0)
    assert "with the Sun at 30.0°" in picture.notes[0]


@pytest.mark.parametrize("is_json", [False, True])
def test_level_2_is_surface_reflectance_by_its_own_group(tmp_path: Path, is_json: bool) -> None:
    picture = only(write_landsat(tmp_path, level="L2SP", is_json=is_json, numbers=(4, 5, 6, 7)))
    np.testing.assert_allclose(reflectance(picture, "nir"), 2.75e-5 * (STORED + 5) - 0.2, atol=8.001 * 2.75e-5, rtol=0)
    assert "surface reflectance" in picture.notes[0]


@pytest.mark.parametrize(
    ("sensor", "bit_depth", "bands"),
    [
        ("LC09", 14, ("green", "red", "nir", "swir1", "swir2")),
        ("LE07", 8, ("green", "red", "nir", "swir1", "swir2")),
        ("LT05", 8, ("green", "red", "nir", "swir1", "swir2")),
    ],
)
def test_numbers_of_bands_are_the_instruments(
    tmp_path: Path, sensor: str, bit_depth: int, bands: tuple[str, ...]
) -> None:
    numbers = (3, 4, 5, 6, 7, 10) if sensor == "LC09" else (2, 3, 4, 5, 6, 7)
    picture = only(write_landsat(tmp_path, sensor=sensor, level="L2SP", numbers=numbers))
    assert (picture.bands, picture.bit_depth) == (bands, bit_depth)
    step = picture.scale[0]
    assert 1.3 <= step * 2**bit_depth < 2.6
    green = 3 if sensor == "LC09" else 2
    np.testing.assert_allclose(reflectance(picture, "green"), 2.75e-5 * (STORED + green) - 0.2, atol=step, rtol=0)


def test_the_panchromatic_band_comes_at_its_own_distance_when_it_is_alone(tmp_path: Path) -> None:
    picture = only(write_landsat(tmp_path, numbers=(8,)))
    assert (picture.bands, picture.gsd_m, picture.shape) == (("pan",), 15.0, (1, 320, 320))


def test_scenes_that_lie_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    write_landsat(tmp_path, level="L2SP")
    write_landsat(tmp_path, sensor="LE07", numbers=(3, 4))
    assert [picture.name[:9] for picture in read_image_folder(tmp_path)] == ["LC08_L2SP", "LE07_L1TP"]


def replaced(folder: Path, old: str, new: str) -> None:
    (mtl,) = folder.glob("*_MTL.txt")
    mtl.write_text(mtl.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("SUN_ELEVATION", "SUN_AZIMUTH"), "SUN_ELEVATION = 'nothing': must tell a number, in the group IMAGE_ATTRIB"),
        (("30.00000000", "-3.0"), "SUN_ELEVATION = -3.0: the Sun must be up"),
        (("PRODUCT_CONTENTS", "METADATA_FILE_INFO"), "only Collection 2 is read, this looks like Collection 1"),
        (("2.0000E-05", "much"), "REFLECTANCE_MULT_BAND_4 = 'much': must tell a number, in the group LEVEL1_RAD"),
        (("_T1_B", "_T1_C"), "none of the bands that it names lies beside it"),
    ],
)
def test_a_wrong_mtl_is_told_in_one_line(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    replaced(write_landsat(tmp_path), *change)
    with pytest.raises(InputError) as caught:
        read_image_folder(tmp_path)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"LANDSAT_METADATA_FILE": []}'])
def test_a_json_that_is_no_mtl_is_told(tmp_path: Path, text: str) -> None:
    folder = write_landsat(tmp_path, is_json=True)
    (mtl,) = folder.glob("*_MTL.json")
    mtl.write_text(text)
    with pytest.raises(InputError, match="MTL"):
        read_image_folder(folder)


def test_other_sensors_are_told(tmp_path: Path) -> None:
    kept: dict[str, Any] = {"numbers": (4,)}
    with pytest.raises(InputError, match="only scenes of TM, ETM"):
        read_image_folder(write_landsat(tmp_path, sensor="LM03", **kept))
