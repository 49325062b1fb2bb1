"""Capella's amplitudes: they become sigma0 by the factor that the product tells."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onboard.errors import InputError
from sim.scenes.image_folder import Picture, read_image_folder
from tests.sim.scenes.products.product_folders import capella_metadata, write_capella

AMPLITUDES = np.random.default_rng(4).integers(60, 2500, (60, 80)).astype(np.uint16)
SIGMA0 = (AMPLITUDES * 3.2e-4) ** 2


def only(folder: Path) -> Picture:
    (picture,) = read_image_folder(folder)
    return picture


def sigma0(picture: Picture) -> np.ndarray:
    return picture.planes[0] * picture.scale[0] + picture.offset[0]


@pytest.mark.parametrize("is_inside", [False, True])
def test_amplitudes_become_sigma0_as_the_radar_digitises_it(tmp_path: Path, is_inside: bool) -> None:
    write_capella(tmp_path, AMPLITUDES, is_inside=is_inside)
    picture = only(tmp_path)
    assert (picture.bands, picture.gsd_m, picture.bit_depth, picture.scale) == (("hh",), 0.5, 16, (1e-4,))
    np.testing.assert_allclose(sigma0(picture), np.maximum(SIGMA0, 1e-4), atol=0.501e-4, rtol=0)
    assert picture.notes[0] == "Capella GEO, sigma0 = (number x 0.00032)²; calibration full"


def test_previews_are_no_pictures(tmp_path: Path) -> None:
    path = write_capella(tmp_path, AMPLITUDES)
    for name in (f"{path.stem}_preview.tif", f"{path.stem}_thumb.png"):
        (tmp_path / name).write_bytes(path.read_bytes())
    assert only(tmp_path).name == path.stem


def test_nothing_stays_nothing_and_the_brightest_saturate(tmp_path: Path) -> None:
    amplitudes = AMPLITUDES.copy()
    amplitudes[0, 0], amplitudes[0, 1], amplitudes[0, 2] = 0, 65_535, 1
    write_capella(tmp_path, amplitudes)
    assert only(tmp_path).planes[0, 0, :3].tolist() == [0, 65_535, 1]


@pytest.mark.parametrize(("radiometry", "share"), [("beta_nought", 0.5), ("gamma_nought", np.sqrt(0.75))])
def test_other_radiometry_is_turned_to_sigma0_at_the_centres_angle(
    tmp_path: Path, radiometry: str, share: float
) -> None:
    told = capella_metadata(radiometry=radiometry, center_pixel={"incidence_angle": 30.0})
    write_capella(tmp_path, AMPLITUDES, told)
    np.testing.assert_allclose(sigma0(only(tmp_path)), np.maximum(SIGMA0 * share, 1e-4), atol=0.501e-4, rtol=0)


def test_power_is_averaged_and_not_amplitude(tmp_path: Path) -> None:
    write_capella(tmp_path, AMPLITUDES)
    (tmp_path / "images.toml").write_text("gsd_m = 1.0")
    picture = only(tmp_path)
    expected = SIGMA0.reshape(30, 2, 40, 2).mean(axis=(1, 3))
    assert picture.shape == (1, 30, 40)
    # Amplitudes are rounded to whole numbers between.
    np.testing.assert_allclose(sigma0(picture), expected, rtol=0.01, atol=1e-4)


def test_polarisation_names_the_band(tmp_path: Path) -> None:
    told = capella_metadata()
    told["collect"]["radar"] |= {"transmit_polarization": "V", "receive_polarization": "V"}
    write_capella(tmp_path, AMPLITUDES, told)
    assert only(tmp_path).bands == ("vv",)


def changed(*keys: str, to: Any) -> dict[str, Any]:
    told = capella_metadata()
    table = told
    for key in keys[:-1]:
        table = table[key]
    table[keys[-1]] = to
    return told


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        (changed("product_type", to="SLC"), "product_type = 'SLC': only GEO and GEC are read"),
        (changed("collect", "image", to=None), "collect.image: must be an object"),
        (changed("collect", "image", "scale_factor", to=None), "collect.image.scale_factor: must be a number above 0"),
        (changed("collect", "image", "scale_factor", to=True), "scale_factor = True: must be a number above 0"),
        (
            changed("collect", "image", "radiometry", to="beta_nought"),
            "radiometry = 'beta_nought': must be sigma_nought",
        ),
        (
            capella_metadata(radiometry="beta_nought", center_pixel=[30.0]),
            "radiometry = 'beta_nought': must be sigma_nought",
        ),
        (changed("collect", "radar", "transmit_polarization", to="L"), "transmit_polarization = 'l': must be H or V"),
    ],
)
def test_wrong_metadata_are_told_in_one_line(tmp_path: Path, metadata: dict[str, Any], told: str) -> None:
    write_capella(tmp_path, AMPLITUDES, metadata)
    with pytest.raises(InputError) as caught:
        read_image_folder(tmp_path)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_image_without_metadata_is_told(tmp_path: Path) -> None:
    path = write_capella(tmp_path, AMPLITUDES)
    extended = path.with_name(f"{path.stem}_extended.json")
    for damaged in (b"{", b'{"collect": "\xff"}'):
        extended.write_bytes(damaged)
        with pytest.raises(InputError, match="is not readable as JSON"):
            read_image_folder(tmp_path)
    extended.unlink()
    path.with_suffix(".json").write_text(json.dumps({"type": "Feature"}))  # the STAC item tells no factor
    with pytest.raises(InputError, match=r"needs its metadata, CAPELLA_.*_extended\.json, beside it"):
        read_image_folder(tmp_path)
