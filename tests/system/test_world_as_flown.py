"""The world without the payload against a flight with next to none: their idle computers draw the same."""

from pathlib import Path

import pytest

from sim.experiment.world_report import report_of
from sim.resolve import resolve
from tests.system.small_mission import fly

FEW_FRAMES = tuple(
    f"satellite.{index}.{key}" for index in (0, 1) for key in ("instrument.interval_s=1500", "device.storage_sync_s=0")
)
ECLIPSE = tuple(f"satellite.{index}.device.eclipse_power_mode=10W" for index in (0, 1))


SHED = tuple(
    f"satellite.{index}.bus.{key}"
    for index in (0, 1)
    for key in (
        "battery.initial_state_of_charge=0.24",
        "battery.capacity_wh=30.0",
        "limits.critical_state_of_charge=0.0",  # no safe mode, of which the world without flight software knows nothing
    )
)


@pytest.mark.parametrize(
    ("settings", "starts_up"),
    [
        (("duration_s=5700",), False),
        (("duration_s=5700", *ECLIPSE), True),
        (("duration_s=3333", "start_utc=2026-06-01T10:35:00Z", *ECLIPSE), True),
        (("duration_s=5700", *ECLIPSE, *SHED), True),
    ],
)
def test_idle_computers_draw_what_they_draw_in_a_flight(
    mission: Path, tmp_path: Path, settings: tuple[str, ...], *, starts_up: bool
) -> None:
    settings = (*settings, *FEW_FRAMES)
    flown = fly(mission, tmp_path / "out", *settings).summary["satellites"]
    for story in report_of(resolve(mission, settings=settings)).satellites:
        flight = flown[story.name]
        assert ("start_up" in flight["computer_j"]) == starts_up
        assert story.spent_j["computer"] == pytest.approx(flight["energy_j"]["computer"], abs=1e-3)


def test_a_computer_that_sleeps_and_would_change_its_mode_stays_off(mission: Path) -> None:
    settings = ("duration_s=5700", "satellite.0.device.sleep_after_s=50", *ECLIPSE)
    asleep, awake = report_of(resolve(mission, settings=settings)).satellites
    assert asleep.spent_j["computer"] == 0.0 < awake.spent_j["computer"]
