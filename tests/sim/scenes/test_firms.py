"""Fires where a FIRMS file has them: which rows are read, where and when they burn, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onboard.errors import InputError
from sim.scenes.earth.firms import BURNS_S, area_of, burning_points, check_some_burn, read_fire_points
from sim.scenes.earth.places import GroundPatch
from sim.scenes.earth.wildfire import draw_wildfire_scene, onset_of
from sim.scenes.sensor import FLIGHT_SENSOR
from sim.scenes.truth import targets_from

SEED = 1
NOW_S = datetime(2026, 6, 1, 10, 30, tzinfo=UTC).timestamp()
PATCH = GroundPatch.of(9.0, 22.0, 190.0, 20.0, 256, 256)
SILENT = replace(FLIGHT_SENSOR, noise=(0.0,) * 4)
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def firms_file(path: Path, *rows: str, header: str = "latitude,longitude,acq_date,acq_time,frp,type") -> Path:
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def test_fires_burn_at_the_points_of_a_firms_file(tmp_path: Path) -> None:
    path = firms_file(tmp_path / "a.csv", "9.0,22.0,2026-06-01,1030,40.0,0", "9.01,22.0,2026-06-01,1030,9.0,2")
    points = read_fire_points(path)
    assert len(points) == 1
    # Stefan-Boltzmann: 40 MW at 900 K over 300 K and emissivity .95.
    assert points[0].area_m2 == pytest.approx(40e6 / (0.95 * 5.670374419e-8 * (900.0**4 - 300.0**4)))
    (fire,) = burning_points(SEED, points, PATCH, NOW_S)
    assert fire.area_m2.sum() == pytest.approx(area_of(40.0))
    assert not burning_points(SEED, points, PATCH, NOW_S + BURNS_S + 60.0)
    assert not burning_points(SEED, points, GroundPatch.of(12.0, 22.0, 190.0, 20.0, 256, 256), NOW_S)
    scene = draw_wildfire_scene(
        SEED, PATCH, NOW_S, fires_per_1000_km2=0.0, more_fires=[fire], sensor=SILENT, is_cloudy=False
    )
    targets = targets_from(scene.fire_swir2)
    assert any(abs(target.x0 - 128) < 15 and abs(target.y0 - 128) < 15 for target in targets)
    assert all(onset_of(target, scene.onsets) is None for target in targets)


@pytest.mark.parametrize(
    ("rows", "header", "said"),
    [
        ((), "latitude,longitude,frp", "no column acq_date, acq_time"),
        (("9,22,2026-06-01,1030,much,0",), None, "line 2 is no fire point"),
        (("99,22,2026-06-01,1030,3,0",), None, "line 2 is no fire point"),
        (("9,22",), None, "line 2 is no fire point"),
        (("9,22,2026-06-01,1030,3," + 200_000 * "0",), None, "no readable CSV .*limit"),
        ((), "latitude," + 200_000 * "0", "no readable CSV .*limit"),
    ],
)
def test_a_file_that_is_no_list_of_fires_is_refused(
    tmp_path: Path, rows: tuple[str, ...], header: str | None, said: str
) -> None:
    path = tmp_path / "bad.csv"
    firms_file(path, *rows, header=header) if header else firms_file(path, *rows)
    with pytest.raises(InputError, match=said):
        read_fire_points(path)


def test_a_byte_order_mark_is_no_part_of_a_files_header(tmp_path: Path) -> None:
    path = firms_file(tmp_path / "a.csv", "9.0,22.0,2026-06-01,1030,40.0,0")
    path.write_text(path.read_text(), "utf-8-sig")
    assert len(read_fire_points(path)) == 1


def test_a_run_during_which_no_point_burns_is_refused(tmp_path: Path) -> None:
    path = firms_file(tmp_path / "a.csv", "9.0,22.0,2026-06-01,1030,40.0,0", "9.0,22.0,2026-06-02,1030,40.0,0")
    points = read_fire_points(path)
    for start_s in (NOW_S - BURNS_S - 600.0, NOW_S, NOW_S + 86_400.0 + BURNS_S):
        check_some_burn(path, points, start_s, start_s + 600.0)
    for start_s in (NOW_S - BURNS_S - 700.0, NOW_S + 43_200.0 - 300.0, NOW_S + 86_400.0 + BURNS_S + 60.0):
        with pytest.raises(InputError, match="none of its fires burns during the run: set start_utc"):
            check_some_burn(path, points, start_s, start_s + 600.0)


def test_real_firms_files_are_read() -> None:
    files = sorted((DATA / "fire_firms_csv").glob("*.csv"))
    if not files:
        pytest.skip("the FIRMS files of ../shared/data are not here")
    for path in files:
        points = read_fire_points(path)
        assert len(points) > 100
        assert all(0.0 <= point.area_m2 < 1e5 for point in points)
