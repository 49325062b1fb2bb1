"""Rasters whose coordinates are none on the Earth's face are read, and lie nowhere."""

from pathlib import Path

import numpy as np
import pytest

from onboard.errors import InputError
from sim.scenes.image_folder import read_image_folder
from sim.scenes.products import rasters
from tests.sim.scenes.products.product_folders import ramp, write_raster

SITE = 'LOCAL_CS["a site\'s own",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
GEOCENTRIC = "EPSG:4978"


@pytest.mark.parametrize("crs", [SITE, GEOCENTRIC])
def test_a_picture_in_coordinates_of_its_own_lies_nowhere(tmp_path: Path, crs: str) -> None:
    write_raster(tmp_path / "mine.tif", ramp(20), 20, crs=crs)
    (picture,) = read_image_folder(tmp_path)
    assert picture.footprint_deg is None
    assert np.array_equal(picture.planes[0], ramp(20))


@pytest.mark.parametrize("crs", [SITE, GEOCENTRIC])
def test_so_does_a_set_of_band_files(tmp_path: Path, crs: str) -> None:
    for name in ("B04.tif", "B12.tif"):
        write_raster(tmp_path / name, ramp(20), 20, crs=crs)
    (picture,) = read_image_folder(tmp_path)
    assert picture.footprint_deg is None
    assert picture.shape == (2, 240, 240)
    assert picture.planes.any()


def test_what_gdal_refuses_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import rasterio

    path = write_raster(tmp_path / "mine.tif", ramp(20), 20)
    for error in (rasterio._err.CPLE_NotSupportedError(1, 6, "not supported"), rasterio.errors.CRSError("no such CRS")):

        def refuse(*_: object, told: Exception = error) -> None:
            raise told

        monkeypatch.setattr(rasters, "_gsd_m", refuse)
        with pytest.raises(InputError, match=r"mine\.tif: cannot be read.*(not supported|no such CRS)"):
            rasters.facts_of(path)
