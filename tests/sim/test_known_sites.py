"""Lists of static hot spots: files, and the drawn Earth's."""

from pathlib import Path

import pytest

from groundstation.screening import KnownSite
from onboard.errors import InputError
from sim import api
from sim.known_sites import geojson_of, known_sites, read_sites, seeded_sites
from sim.scenes.earth.works import static_hot_spots

POINT = '{"features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}}]}'
SITES = (KnownSite(10.5, 20.25, 300.0), KnownSite(-60.0, 179.5))


def test_a_written_list_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "hot.geojson"
    path.write_text(geojson_of(SITES), "utf-8")
    assert read_sites(path) == SITES


def test_a_csv_may_have_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "hot.csv"
    path.write_text("name,latitude,longitude,radius_m\nkiln,10.5,20.25,300\nflare,-60,179.5,\n", "utf-8")
    assert read_sites(path) == SITES


@pytest.mark.parametrize("name", ["hot.csv", "hot.geojson"])
def test_a_byte_order_mark_is_no_part_of_a_list(name: str, tmp_path: Path) -> None:
    text = "latitude,longitude\n2,1\n" if name.endswith("csv") else POINT
    (tmp_path / name).write_text(text, "utf-8-sig")
    assert read_sites(tmp_path / name) == (KnownSite(2.0, 1.0),)


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("a.csv", "lat,lon\n1,2\n", "must have a column latitude"),
        ("a.csv", "latitude,longitude\n1,far\n", "line 2 has no numbers"),
        ("a.csv", "latitude,longitude\n91,0\n", "line 2: a place has a latitude to 90"),
        ("a.csv", "latitude,longitude\nnan,0\n", "line 2: a place has a latitude to 90"),
        ("a.csv", "latitude,longitude\n5\n", "line 2 has no numbers"),
        ("a.csv", f"latitude,longitude,name\n1,2,{'x' * 200_000}\n", r"is no readable CSV \(field larger"),
        ("a.geojson", "[" * 100_000, "must be a GeoJSON FeatureCollection"),
        ("a.geojson", POINT.replace("1", "1" + "0" * 400), "feature 1 has no numbers"),
        ("a.geojson", "{}", "must be a GeoJSON FeatureCollection"),
        ("a.geojson", '{"features": [{"geometry": {"type": "Polygon", "coordinates": [1, 2]}}]}', "points alone"),
    ],
)
def test_a_bad_list_is_told(name: str, text: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=rule):
        read_sites(tmp_path / name)


def test_the_drawn_earth_knows_most_of_its_hot_spots() -> None:
    every = static_hot_spots(3)
    known = seeded_sites(3, 0.2)
    assert len(known) == pytest.approx(0.8 * len(every), rel=0.02)
    places = {(round(spot.latitude_deg, 5), round(spot.longitude_deg, 5)) for spot in every}
    assert {(site.latitude_deg, site.longitude_deg) for site in known} <= places
    assert seeded_sites(3, 0.2) == known
    assert set(seeded_sites(3, 0.5)) < set(known)
    assert not seeded_sites(3, 1.0)


def test_a_scenario_names_its_list(tmp_path: Path) -> None:
    (tmp_path / "hot.geojson").write_text(geojson_of(SITES), "utf-8")
    (tmp_path / "own.toml").write_text(
        'extends = "wildfire-watch"\nname = "own"\n[ground]\nstatic_sites = "hot.geojson"\n', "utf-8"
    )
    assert known_sites(api.load(str(tmp_path / "own.toml"))) == (SITES, ())
    seeded = known_sites(api.load("wildfire-watch", settings=("ground.static_sites=seeded",)))
    assert seeded.sites == seeded_sites(1, 0.2)
    assert "lacks 20%" in seeded.notes[0]


def test_where_no_land_is_drawn_none_of_its_hot_spots_is_known() -> None:
    assert known_sites(api.load("sea-rescue", settings=("ground.static_sites=''",))) == ((), ())
    elsewhere = known_sites(api.load("sea-rescue", settings=("ground.static_sites=seeded",)))
    assert elsewhere.sites == ()
    assert "knows of none" in elsewhere.notes[0]
