"""Real pictures in the layouts of products: values and places are those of the pictures."""

from pathlib import Path

import numpy as np
import pytest

from sim.scenes.image_folder import Picture, read_image_folder
from tests.sim.scenes.products.product_folders import write_raster, write_safe

REAL = Path(__file__).resolve().parents[4] / "../shared/data"


def real(name: str) -> tuple[Picture, ...]:
    if not (REAL / name).is_dir():
        pytest.skip(f"shared data {name} is not here")
    return read_image_folder(REAL / name)


def test_real_fires_in_a_product_are_the_same_reflectance(tmp_path: Path) -> None:
    for at, picture in enumerate(real("fire_s2_swir/false_color")):
        folder = write_safe(tmp_path / str(at), skip=("B02", "B04", "B08", "B8A", "B09", "B11", "B12"))
        reflectance = picture.planes * np.reshape(picture.scale, (3, 1, 1))
        for code, plane in zip(("B12", "B11", "B04"), reflectance, strict=True):
            write_raster(
                folder / f"GRANULE/L1C_A/IMG_DATA/T10SGJ_{code}.tif",
                np.rint(plane * 10_000 + 1000).astype(np.uint16),
                20,
            )
        (product,) = read_image_folder(folder)
        rows = [product.bands.index(band) for band in ("swir2", "swir1", "red")]
        found = product.planes[rows] * np.reshape(product.scale, (3, 1, 1)) + np.reshape(product.offset, (3, 1, 1))
        np.testing.assert_allclose(found, reflectance, atol=2.501e-4, rtol=0)


@pytest.mark.parametrize(
    ("name", "place_deg", "within_deg"),
    [
        ("sar_s1_scene", (33.74, -118.22), 0.12),  # the port of Los Angeles
        ("ocean_s2_houston", (29.3, -94.7), 0.5),  # Galveston Bay
        ("generic_eo", (24.6, -77.7), 1.0),  # the Bahamas
    ],
)
def test_real_pictures_lie_where_they_were_taken(name: str, place_deg: tuple[float, float], within_deg: float) -> None:
    for picture in real(name):
        assert picture.footprint_deg is not None
        centre = np.reshape(picture.footprint_deg, (4, 2)).mean(axis=0)
        assert centre == pytest.approx(place_deg, abs=within_deg)
