"""Cameras: planned and commanded frames lie in mass memory until flight software lets go of them."""

from collections.abc import Iterator
from math import cos, hypot, radians
from pathlib import Path

import pytest

from onboard import events
from onboard.payload.imagery import Frame, MassMemory
from sim.executive import Delivery
from sim.facts import ExposureMissed, FrameExposed
from sim.planning import FlightPlan, plan
from sim.resolve import resolve
from sim.scenario import Scenario
from sim.scenes.renderer import Renderer
from sim.world.cameras import Cameras
from tests.system.small_mission import write_small_mission


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return resolve(write_small_mission(tmp_path_factory.mktemp("mission")))


@pytest.fixture(scope="module")
def planned(scenario: Scenario) -> FlightPlan:
    return plan(scenario)


@pytest.fixture
def cameras(scenario: Scenario, planned: FlightPlan, tmp_path: Path) -> Iterator[Cameras]:
    made = Cameras(scenario, planned, Renderer(planned.source, planned.exposures, tmp_path, drawn_px=0), tmp_path)
    yield made
    made.close()


def frame_of(answers: list[object]) -> Frame:
    exposed, delivery = answers
    assert isinstance(exposed, FrameExposed)
    assert isinstance(delivery, Delivery)
    assert isinstance(delivery.message, events.FrameCaptured)
    frame = delivery.message.frame
    assert (exposed.satellite, exposed.frame_id) == (delivery.to, frame.frame_id)
    assert exposed.captured_bytes == frame.captured_bytes
    assert delivery.at_ns == frame.exposed_ns
    return frame


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.dn")}


def test_a_frame_lies_in_mass_memory_until_it_is_released(
    cameras: Cameras, planned: FlightPlan, tmp_path: Path
) -> None:
    first = planned.exposures[0]
    frame = frame_of(cameras.expose_planned(first, is_on=True))
    assert (frame.frame_id, frame.exposed_ns) == (first.frame_id, first.at_ns)
    assert MassMemory(tmp_path).read(frame).shape == (1, 64, 64)
    cameras.release(first.satellite, frame.frame_id)
    assert frame.memory_ref not in files(tmp_path)


def test_a_camera_without_power_takes_nothing(cameras: Cameras, planned: FlightPlan, tmp_path: Path) -> None:
    first = planned.exposures[0]
    (missed,) = cameras.expose_planned(first, is_on=False)
    assert isinstance(missed, ExposureMissed)
    assert (missed.satellite, missed.frame_id, missed.captured_bytes) == ("lark-1", first.frame_id, 64 * 64 * 12 // 8)
    assert 0 < missed.lossless_bytes < missed.captured_bytes
    assert missed.targets is not None
    assert f"{first.satellite}-{first.frame_id}.dn" not in files(tmp_path)


def test_a_commanded_frame_is_what_a_planned_one_of_that_instant_is(cameras: Cameras, planned: FlightPlan) -> None:
    exposure = planned.exposures[2]
    as_planned = [frame_of(cameras.expose_planned(one, is_on=True)) for one in planned.exposures[:3]][-1]
    commanded = frame_of(cameras.expose_commanded(exposure.at_ns, exposure.satellite, is_on=True))
    assert commanded.footprint_deg == pytest.approx(as_planned.footprint_deg, abs=1e-6)
    assert commanded.gsd_m == pytest.approx(as_planned.gsd_m)
    assert (commanded.bands, commanded.bit_depth) == (as_planned.bands, as_planned.bit_depth)


def test_commanded_frames_are_numbered_after_the_planned_ones(cameras: Cameras, planned: FlightPlan) -> None:
    last = max(exposure.frame_id for exposure in planned.exposures if exposure.satellite == 1)
    frames = [frame_of(cameras.expose_commanded(at_ns, 1, is_on=True)) for at_ns in (10**9, 10**10)]
    assert [frame.frame_id for frame in frames] == [last + 1, last + 2]
    (south, west), (north, east) = (frame.footprint_deg[:2] for frame in frames)
    assert 0.5 < hypot(north - south, (east - west) * cos(radians(north))) < 0.6, "nine seconds of an orbit, in degrees"


def test_a_commanded_frame_that_is_missed_uses_its_number_up(cameras: Cameras, planned: FlightPlan) -> None:
    last = max(exposure.frame_id for exposure in planned.exposures if exposure.satellite == 0)
    (missed,) = cameras.expose_commanded(10**9, 0, is_on=False)
    assert isinstance(missed, ExposureMissed)
    assert (missed.satellite, missed.frame_id) == ("lark-1", last + 1)
    assert frame_of(cameras.expose_commanded(10**10, 0, is_on=True)).frame_id == last + 2


def test_flight_software_that_died_keeps_what_it_says_it_holds(
    cameras: Cameras, planned: FlightPlan, tmp_path: Path
) -> None:
    mine = [exposure for exposure in planned.exposures[:6] if exposure.satellite == 0]
    frames = [frame_of(cameras.expose_planned(one, is_on=True)) for one in planned.exposures[:6]]
    held = [frame for frame in frames if frame.memory_ref.startswith("0-")]
    others = {frame.memory_ref for frame in frames} - {frame.memory_ref for frame in held}
    cameras.keep_only(mine[-1].at_ns, 0, {mine[0].frame_id})
    left = {held[0].memory_ref, held[-1].memory_ref} | others
    assert {frame.memory_ref for frame in frames} & files(tmp_path) == left, "the newest is on its way"
