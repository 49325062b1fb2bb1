"""The catalogue's table, the tables of a scenario that are made from it, and faults drawn from a seed."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.errors import InputError
from sim.blame import validated
from sim.faults.catalogue import CATALOGUE, OWN_KEYS, Kind
from sim.faults.drawing import draw_fault, with_drawn
from sim.faults.settings import Fault, Faults
from sim.resolve import resolve
from sim.scenario import Scenario
from tests.system.small_mission import write_small_mission

ROWS = list(CATALOGUE.values())
KINDS = """camera_stuck camera_blind model_corrupt heater_stuck_on heater_stuck_off array_string_lost cell_lost
radio_out station_out pass_cut_short rain_fade loss_burst clock_drift clock_jump process_killed disk_full memory_short
command_late command_duplicated false_acknowledgement accelerator_failed latch_up software_hung"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_mission(tmp_path_factory.mktemp("mission"))


@pytest.fixture(scope="module")
def scenario(path: Path) -> Scenario:
    return resolve(path)


def test_the_catalogue_is_whole() -> None:
    assert set(CATALOGUE) == set(KINDS.split())
    assert set(OWN_KEYS) < set(Fault.model_fields)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_what_there_is_to_say(row: Kind) -> None:
    assert row.words
    assert row.noticed
    assert row.strikes
    for key in row.keys:
        assert key.low <= key.drawn[0] <= key.drawn[1] <= key.high
        assert key.low <= key.default <= key.high


@given(row=st.sampled_from(ROWS), seed=st.integers(0, 2**32))
def test_what_is_drawn_is_a_good_table_and_ends(row: Kind, seed: int) -> None:
    fault = draw_fault(np.random.default_rng(seed), row, SCENARIO)
    table = fault.model_dump(exclude_none=True)
    assert validated(Fault, table, "drawn") == fault
    assert 0 <= fault.at_s <= SCENARIO.duration_s
    assert (fault.until_s is not None) == row.lasts
    assert set(fault.own) == {key.name for key in row.keys}
    validated(Scenario, {**SCENARIO.model_dump(), "fault": [table]}, "drawn")


def test_every_kind_is_drawn_and_a_name_is_given_to_each(scenario: Scenario) -> None:
    drawn = with_drawn(scenario.model_copy(update={"faults": Faults(drawn=400)}))
    assert {fault.kind for fault in drawn.fault} == set(CATALOGUE)
    assert drawn.faults.drawn == 0
    assert with_drawn(drawn) is drawn
    assert [fault.at_s for fault in drawn.fault] == sorted(fault.at_s for fault in drawn.fault)


def test_the_resolved_scenario_is_a_scenario_again(path: Path) -> None:
    drawn = resolve(path, settings=("faults.drawn=5",))
    again = validated(Scenario, drawn.model_dump(mode="json", exclude_none=True), "again")
    assert again.fault == drawn.fault
    assert len(again.fault) == 5


@pytest.mark.parametrize(
    ("table", "rule"),
    [
        ({"kind": "rain_fad"}, "fault[0].kind = 'rain_fad': no such kind of fault; did you mean rain_fade?"),
        ({"kind": "rain_fade"}, "needs one of satellite and station"),
        ({"kind": "rain_fade", "satellite": "lark-1"}, "rain_fade strikes a station, not a satellite"),
        ({"kind": "disk_full", "station": "North/2"}, "disk_full strikes a satellite or centre, not a station"),
        ({"kind": "rain_fade", "station": "North"}, "fault[0].station = North: not known here; did you mean North/2?"),
        ({"kind": "radio_out", "satellite": "lark"}, "fault[0].satellite = lark: not known here; did you mean lark"),
        ({"kind": "rain_fade", "station": "North/2", "fade_db": 99}, "fade_db must be from 0 to 60"),
        ({"kind": "radio_out", "satellite": "lark-1", "fade_db": 9}, "radio_out takes no fade_db; its own keys: none"),
        ({"kind": "radio_out", "satellite": "lark-1", "fade": 9}, "fault[0].fade = 9: unknown key; did you mean fade"),
        ({"kind": "clock_jump", "satellite": "lark-1", "until_s": 9}, "clock_jump happens once: it takes no until_s"),
        ({"kind": "radio_out", "satellite": "lark-1", "until_s": 1}, "until_s must be later than at_s"),
        ({"kind": "radio_out", "satellite": "lark-1", "at_s": 401}, "at_s = 401.0: must lie in the run: 0 to 400"),
        ({"kind": "radio_out", "satellite": "lark-1", "at_s": -1}, "fault[0].at_s = -1"),
        ({"kind": "latch_up", "satellite": "lark-1", "unit": "heater"}, "no such unit; known: computer, instrument"),
        ({"kind": "accelerator_failed", "satellite": "lark-1", "accelerator": 2}, "accelerator = 2: must be 1 to 1"),
        ({"kind": "cell_lost", "satellite": "lark-1", "lost_share": True}, "fault[0].lost_share"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(table: dict[str, Any], rule: str, scenario: Scenario) -> None:
    whole = {**scenario.model_dump(), "fault": [{"at_s": 2, **table}]}
    with pytest.raises(InputError) as refused:
        validated(Scenario, whole, "bad.toml")
    assert rule in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_heater_that_is_not_there_cannot_stick(path: Path) -> None:
    with pytest.raises(InputError, match="lark-1 has no heater"):
        resolve(
            path,
            settings=(
                "satellite.0.bus.heater=[]",
                "fault=[{kind = 'heater_stuck_on', at_s = 1, satellite = 'lark-1'}]",
            ),
        )


def _small() -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        return resolve(write_small_mission(Path(folder)))


SCENARIO = _small()
