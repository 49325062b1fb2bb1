"""The same ground exposed again: when, from where, and where the frames lie."""

from pathlib import Path

import numpy as np
import pytest

from onboard.errors import InputError
from sim import api
from sim.data import sample_path
from sim.planning import plan
from sim.world.camera import Exposure, footprint_deg

SHORT = ("duration_s=1500",)
ORBIT = ("duration_s=5700",)


def looks(
    count: int, gap_s: float = 10.0, name: str = "wildfire-watch", more: tuple[str, ...] = SHORT
) -> tuple[Exposure, ...]:
    settings = (
        *more,
        *(f"satellite.{n}.instrument.looks_per_scene={count}" for n in range(2)),
        *(f"satellite.{n}.instrument.look_gap_s={gap_s}" for n in range(2)),
    )
    scenario = api.load(name, settings=settings)
    return plan(scenario).exposures


def of(satellite: int, exposures: tuple[Exposure, ...]) -> list[Exposure]:
    return [one for one in exposures if one.satellite == satellite]


def test_looks_lie_about_the_instant_of_the_scene() -> None:
    once, twice = looks(1, more=ORBIT), looks(3, 5.0, more=ORBIT)
    for satellite in (0, 1):
        planned = [at_ns / 1e9 for one in of(satellite, once) for at_ns in (one.at_ns - 5 * 10**9, one.at_ns)]
        seen = {one.at_ns / 1e9 for one in of(satellite, twice)}
        assert set(planned) <= seen
        assert len(seen) == 3 * len(of(satellite, once))
    assert of(2, once)
    assert of(2, once) == of(2, twice)


def test_frames_are_numbered_in_order_of_time() -> None:
    seen = looks(2)
    assert list(seen) == sorted(seen, key=lambda one: (one.at_ns, one.satellite))
    for satellite in range(3):
        assert [one.frame_id for one in of(satellite, seen)] == list(range(1, len(of(satellite, seen)) + 1))


@pytest.mark.parametrize("name", ["wildfire-watch", "sea-rescue"])
def test_looks_show_the_same_ground(name: str) -> None:
    """The camera of a first look is pitched ahead, that of a second one back, and both centres are one place."""
    by_place: dict[tuple[float, float], list[Exposure]] = {}
    for look in of(0, looks(2, 20.0, name, more=ORBIT)):
        by_place.setdefault((look.latitude_deg, look.longitude_deg), []).append(look)
    pairs = [seen for seen in by_place.values() if len(seen) == 2]
    assert len(pairs) >= len(by_place) - 2 > 0  # at the run's ends one of two lies outside
    for first, second in pairs:
        assert second.at_ns - first.at_ns == 20 * 10**9
        assert 6.0 < first.viewpoint.pitch_deg < 9.0
        assert first.viewpoint.pitch_deg == pytest.approx(-second.viewpoint.pitch_deg, abs=0.1)
        assert abs(first.viewpoint.roll_deg) < 0.1
        corners = [np.array(footprint_deg(one, 1024, 1024, one.gsd_m)) for one in (first, second)]
        assert np.abs(corners[0] - corners[1]).max() < 0.01  # of 20 km, with another pitch and course


def test_a_look_that_lies_outside_the_run_is_not_taken() -> None:
    assert all(0 <= one.at_ns < 1500 * 10**9 for one in looks(2, 50.0))


def test_a_scenario_names_an_instrument_with_its_looks(tmp_path: Path) -> None:
    text = sample_path("scenarios", "sea-rescue.toml").read_text("utf-8")
    named = text.replace("looks_per_scene = 3, look_gap_s = 10", "looks_per_scene = 2, look_gap_s = 12.5")
    (tmp_path / "twice.toml").write_text(named, "utf-8")
    thrice, twice = (api.load(name).satellite[0].instrument for name in ("sea-rescue", str(tmp_path / "twice.toml")))
    assert (thrice.looks_per_scene, thrice.interval_s) == (3, 240.0)
    assert twice == thrice.model_copy(update={"looks_per_scene": 2, "look_gap_s": 12.5})


def test_looks_must_end_before_the_next_scene() -> None:
    with pytest.raises(InputError, match=r"satellite\[0\]\.instrument.*before the next, within interval_s"):
        looks(3, 30.0)
