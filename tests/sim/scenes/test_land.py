"""The land mask against places everybody knows."""

from pathlib import Path

import numpy as np
import pytest

from onboard.errors import InputError
from sim.scenes.land import LandMask

LAND = {
    "Paris": (48.9, 2.3),
    "Nairobi": (-1.3, 36.8),
    "Denver": (39.7, -105.0),
    "Alice Springs": (-23.7, 133.9),
    "Novosibirsk": (55.0, 82.9),
    "South Pole": (-90.0, 0.0),
    "Summit, Greenland": (72.6, -38.5),
    "Anadyr's west": (66.0, 172.0),
    "Amazon": (-5.0, -62.0),
}
SEA = {
    "Gulf of Guinea": (0.0, 0.0),
    "Caspian": (42.0, 51.0),
    "Pacific at the date line": (-20.0, 180.0),
    "North Pole": (90.0, 0.0),
    "Mediterranean": (35.0, 18.0),
    "Hudson Bay": (60.0, -86.0),
    "Southern Ocean": (-58.0, 100.0),
}


@pytest.fixture(scope="module")
def mask() -> LandMask:
    return LandMask.load()


def test_places(mask: LandMask) -> None:
    for places, expected in ((LAND, True), (SEA, False)):
        latitude_deg, longitude_deg = np.array(list(places.values())).T
        found = mask.is_land(latitude_deg, longitude_deg)
        assert found.tolist() == [expected] * len(places), dict(zip(places, found, strict=True))


def test_share_of_land(mask: LandMask) -> None:
    # Land is 29.2 % of the Earth's surface (CIA World Factbook); small islands and lakes are not on this map.
    latitude_deg = 90.0 - (np.arange(1800) + 0.5) / 10.0
    weight = np.cos(np.radians(latitude_deg))
    assert (mask.cells.mean(axis=1) * weight).sum() / weight.sum() == pytest.approx(0.292, abs=0.01)


def test_longitudes_wrap_and_shapes_stay(mask: LandMask) -> None:
    latitude_deg = np.linspace(-90.0, 90.0, 50)[:, None]
    longitude_deg = np.linspace(-180.0, 179.9, 70)
    here = mask.is_land(latitude_deg, longitude_deg)
    assert here.shape == (50, 70)
    assert np.array_equal(here, mask.is_land(latitude_deg, longitude_deg + 360.0))


def test_a_map_that_is_none_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "map.geojson"
    bad.write_text('{"features": []}')
    with pytest.raises(InputError, match="MultiPolygon"):
        LandMask.load(bad)
