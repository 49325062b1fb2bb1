"""A spacecraft that loses its charge or a unit, survives, and comes back by itself, with the ground told of it."""

from contextlib import closing
from pathlib import Path

from groundstation.archive import Archive
from groundstation.web.view import SatelliteState
from onboard.commands import MonitorChanged, PowerCycle, SwitchUnit
from onboard.comms import event_reports, housekeeping
from onboard.comms.health_reports import ModeChanged, UnitCycled, UnitLeftOff
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from sim.facts import UnitsSwitched
from sim.mission_control.replay import Recording
from sim.world.world import World
from tests.system.small_mission import fly

DRAINED = (
    *("satellite.0.bus.battery.capacity_wh=4.0", "satellite.0.bus.battery.initial_state_of_charge=0.40"),
    *("satellite.0.bus.limits.critical_state_of_charge=0.405", "satellite.0.bus.limits.min_state_of_charge=0.41"),
    *("satellite.0.bus.limits.resume_state_of_charge=0.415", "satellite.0.bus.limits.proven_after_s=40"),
)
SHORT = ("satellite.0.bus.limits.proven_after_s=40",)


class LatchUps:
    """Has the first satellite's payload computer latch up, at instants in seconds; keeps what follows."""

    def __init__(self, *at_s: int) -> None:
        self._at_s = set(at_s)
        self.said: list[tuple[float, object]] = []

    def record(
        self, now_ns: int, _node: str, _granted: tuple[object, ...], answers: tuple[object, ...], world: World
    ) -> None:
        wanted = PowerCycle | SwitchUnit | MonitorChanged | UnitsSwitched
        self.said += [(now_ns / 1e9, answer) for answer in answers if isinstance(answer, wanted)]
        for at_s in [at_s for at_s in self._at_s if at_s <= now_ns / 1e9]:
            self._at_s.remove(at_s)
            world.plant.trip(0, "computer", overcurrent_w=20.0)

    def close(self) -> None:
        """Nothing is open."""


def test_a_drained_spacecraft_comes_back_through_safe_mode_and_recovery(mission: Path, tmp_path: Path) -> None:
    here = fly(mission, tmp_path / "here", *DRAINED)
    there = fly(mission, tmp_path / "there", *DRAINED, processes=True)
    assert here.summary["digest"] == there.summary["digest"]
    one, other = (here.summary["satellites"][name] for name in ("lark-1", "lark-2"))
    assert one["mode_s"]["power_saving"] == 10.0, "from the first sample to the second"
    assert one["mode_s"]["safe"] > 40.0
    assert one["mode_s"]["recovery"] == 50.0
    assert one["mode_s"]["nominal"] > 100.0
    assert one["exposures_missed"] > 0
    assert one["frames"]["completed"] > 0
    assert one["monitors"] == {"charge_low": 1, "charge_critical": 1}
    assert other["monitors"] == {}
    assert other["mode_s"] == {"nominal": 400.0}
    assert other["exposures_missed"] == 0


def test_a_latch_up_costs_a_power_cycle_and_no_frame(mission: Path, tmp_path: Path) -> None:
    latched = LatchUps(101)
    result = fly(mission, tmp_path / "run", observers=(latched,))
    told = [(at_s, type(said).__name__) for at_s, said in latched.said]
    assert told == [
        (110.0, "UnitsSwitched"),
        (110.0, "MonitorChanged"),
        (110.0, "PowerCycle"),
        (115.0, "UnitsSwitched"),
        (120.0, "MonitorChanged"),
    ]
    one = result.summary["satellites"]["lark-1"]
    assert one["monitors"] == {"overcurrent_computer": 1}
    assert one["mode_s"] == {"nominal": 400.0}
    assert one["frames"]["dropped"] == one["exposures_missed"] == 0
    assert one["frames"]["completed"] > 15


def test_a_computer_that_latches_again_and_again_is_left_off(mission: Path, tmp_path: Path) -> None:
    latched = LatchUps(101, 116, 126, 136)
    result = fly(mission, tmp_path / "run", *SHORT, observers=(latched,))
    one = result.summary["satellites"]["lark-1"]
    assert sum(isinstance(said, PowerCycle) for _, said in latched.said) == 3
    assert list(one["mode_s"]) == ["nominal", "safe", "recovery"]
    off = [(said.unit, said.is_on) for _, said in latched.said if isinstance(said, SwitchUnit)]
    assert off == [("computer", False), ("instrument", False), ("instrument", True)]
    assert one["mode_s"]["nominal"] > 200.0, "without its computer, which rests"
    assert one["frames"]["deferred"] > 0
    with closing(Archive(tmp_path / "run" / "archive.sqlite")) as archive:
        products = [product for product in archive.products(ProductKind.REPORT) if product.spacecraft == "lark-1"]
        reports = [report for product in products for report in event_reports.decode(product.payload) or ()]
        beacons = [housekeeping.decode(data) for data in archive.housekeeping_data()]
    assert [one.mode for one in reports if isinstance(one, ModeChanged)] == ["safe", "recovery", "nominal"]
    assert [one.tries for one in reports if isinstance(one, UnitCycled)] == [1, 2, 3]
    assert [one.unit for one in reports if isinstance(one, UnitLeftOff)] == ["computer"]
    assert any(beacon is not None and beacon.computer_off for beacon in beacons)
    with closing(Recording(result.directory)) as recording:
        true, _ = shown(recording, 112)
        assert (true["mode"], true["units_off"], true["monitors"]) == (
            "nominal",
            [],
            {"overcurrent_computer": "medium"},
        )
        true, _ = shown(recording, 150)
        assert (true["mode"], true["units_off"], true["monitors"]) == ("safe", ["computer", "instrument"], {})
        _, known = shown(recording, 400)
        assert (known["mode"], known["units_off"], known["monitors"]) == ("nominal", ["computer"], {})


def shown(recording: Recording, at_s: int) -> tuple[SatelliteState, SatelliteState]:
    """The first satellite on mission control's page: as it is, and as the ground knows it."""
    recording.play(at_s * NS_PER_S)
    one = recording.observer.snapshot(at_s * NS_PER_S, "paused", "max", whole=True)["satellites"][0]
    return one["true"], one["known"]
