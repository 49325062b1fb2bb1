"""`skysift fit`: what it answers, and that it asks nobody to fly."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from onboard.errors import InputError
from sim.cli import main
from sim.experiment.fit.fit import fit
from sim.experiment.fit.relief import Constraint, faster, frame_s, heavier
from sim.experiment.fit.result import SatelliteFit
from sim.resolve import resolve
from tests.system.small_mission import write_small_mission

ROOT = Path(__file__).resolve().parents[4]
FLYING = ("sim.executive", "sim.world.world", "sim.nodes", "sim.assembly", "sim.run")
TRY = """
import sys
from pathlib import Path
from sim.experiment.fit.fit import fit
from sim.resolve import resolve
print(fit(resolve(Path(sys.argv[1]))).verdict)
print(*(name for name in sys.modules if name in sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_mission(tmp_path_factory.mktemp("mission"))


def judged(mission: Path, *settings: str) -> SatelliteFit:
    """The first satellite's answer."""
    return fit(resolve(mission, settings=settings)).satellites[0]


def test_it_never_loads_what_flies(mission: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", TRY, str(mission), *FLYING]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    verdict, loaded, *_ = told.stdout.split("\n")
    assert "yes, " in verdict
    assert loaded == ""


def test_a_spacecraft_with_plenty_is_bound_by_nothing(mission: Path) -> None:
    told = judged(mission)
    assert told.binds is None
    assert told.completed + told.late == told.asked == 20
    assert told.frames_per_orbit == told.completed / told.orbits
    assert told.constraints.keys() == set(Constraint)
    for allowance in told.constraints.values():
        assert not allowance.loses
        assert allowance.ratio >= 1.0
        assert allowance.frames_per_orbit >= told.asked_per_orbit
        assert allowance.lift is None


def test_a_link_too_thin_is_named_with_the_rate_that_would_do(mission: Path) -> None:
    strategy = ("strategy=raw", "station[0].min_elevation_deg=5", "station[1].min_elevation_deg=5")
    told = judged(mission, *strategy, "satellite[0].radio.downlink_rate_bps=1000")
    link = told.constraints[Constraint.LINK]
    assert told.binds is Constraint.LINK
    assert link.have < link.need
    assert link.lift is not None
    times = float(link.lift.split()[0])
    wider = judged(mission, *strategy, f"satellite[0].radio.downlink_rate_bps={1000 * times}")
    assert wider.binds is not Constraint.LINK


def test_an_outbox_that_cannot_hold_what_waits_for_a_pass_is_named(mission: Path) -> None:
    told = judged(mission, "strategy=raw", "satellite[0].bus.limits.outbox_bytes=7000")
    memory = told.constraints[Constraint.MEMORY]
    assert told.binds is Constraint.MEMORY
    assert memory.what == "outbox"
    assert memory.have == pytest.approx(0.007)
    assert memory.lift is not None
    assert memory.lift.startswith("an outbox of at least ")


def test_a_model_beyond_the_computers_memory_is_an_answer(mission: Path) -> None:
    told = judged(mission, "satellite[0].device.memory_mb=4", "satellite[1].device.memory_mb=4")
    memory = told.constraints[Constraint.MEMORY]
    assert told.binds is Constraint.MEMORY
    assert told.completed == 0
    assert (memory.need, memory.have, memory.frames_per_orbit) == (5.0, 4.0, 0.0)
    assert memory.lift == "a computer with at least 5 MB"


def test_accelerators_that_have_failed_are_missed(mission: Path) -> None:
    told = judged(mission, "satellite[0].device.failed=[{accelerator = 1, at_s = 100}]")
    assert told.binds is Constraint.COMPUTE
    assert told.constraints[Constraint.COMPUTE].have == 0.0
    assert 0 < told.completed + told.late < told.asked


def test_a_faster_computer_takes_the_same_joules(mission: Path) -> None:
    device = resolve(mission).satellite[0].device
    satellite = resolve(mission).satellite[0]
    same = faster(satellite, 4.0, joules_stay=True).device.setting
    assert same.throughput_gmac_s == 4.0 * device.setting.throughput_gmac_s
    assert same.active_w - same.idle_w == 4.0 * (device.setting.active_w - device.setting.idle_w)
    assert same.start_up_w == pytest.approx(device.setting.start_up_w)
    more = heavier(satellite, 3.0)
    assert frame_s(more.device, ()) == 0.0
    assert more.instrument.energy_per_frame_j == 3.0 * satellite.instrument.energy_per_frame_j


def test_a_model_of_another_task_is_refused_as_in_a_run(mission: Path) -> None:
    scenario = resolve(mission)
    model = scenario.models["wildfire"]
    with pytest.raises(InputError, match="the scenario flies it for floods"):
        fit(scenario.model_copy(update={"models": {"floods": model}}))


def test_the_command_says_one_line_and_json_beneath(
    mission: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["skysift", "fit", str(mission), "--json"])
    assert main() == 0
    told = json.loads(capsys.readouterr().out)
    assert told.keys() >= {"verdict", "binds", "frames_per_orbit", "constraints", "satellites"}
    assert told["satellites"].keys() == {"lark-1", "lark-2"}
    for satellite in told["satellites"].values():
        assert satellite["constraints"].keys() == set(Constraint)
        for allowance in satellite["constraints"].values():
            assert allowance.keys() == {"frames_per_orbit", "margin", "need", "have", "what", "lift"}
            assert allowance["margin"].keys() == {"ratio", "value", "unit"}
    monkeypatch.setattr(sys, "argv", ["skysift", "fit", str(mission)])
    assert main() == 0
    assert capsys.readouterr().out.startswith(told["verdict"])


def test_a_satellite_that_is_bound_speaks_before_one_that_completes_less(mission: Path) -> None:
    whole = fit(resolve(mission))
    first, second = whole.satellites
    ending = replace(first, completed=first.asked - 1, late=0)  # the end of the run cut a frame off
    bound = replace(second, binds=Constraint.LINK, tightest=Constraint.LINK)
    told = replace(whole, satellites=(ending, bound))
    assert told.worst is bound
    assert told.as_table()["binds"] == Constraint.LINK
