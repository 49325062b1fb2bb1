"""Faults that an operator orders: what a line means, what is refused, and the same again from a run's folder."""

import json
from pathlib import Path

import pytest

from onboard.errors import InputError
from sim.facts import FaultCleared, FaultInjected
from sim.faults.active import FaultDue
from sim.operator_file import order_of, read_operator_file
from sim.resolve import resolve
from sim.scenario import Scenario
from tests.system.small_mission import write_small_mission
from tests.system.troubled import flown

LINES = (
    '{"at_s": 30, "satellite": "lark-1", "command": "fault", "kind": "camera_blind", "until_s": 90}',
    '{"at_s": 40, "station": "North/2", "command": "fault", "kind": "rain_fade", "fade_db": 6}',
    '{"at_s": 45, "satellite": "lark-1", "command": "fault", "kind": "radio_out"}',
    '{"at_s": 70, "satellite": "lark-1", "command": "clear_fault", "kind": "radio_out"}',
    '{"at_s": 80, "station": "centre", "command": "fault", "kind": "process_killed", "boot_s": 5}',
    '{"at_s": 95, "satellite": "lark-2", "command": "fail_accelerator", "accelerator": 1}',
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_mission(tmp_path_factory.mktemp("mission"))


@pytest.fixture(scope="module")
def scenario(path: Path) -> Scenario:
    return resolve(path)


def test_a_line_says_what_a_table_says(scenario: Scenario) -> None:
    order = order_of(LINES[1], scenario, "line", Path(), 1)
    assert isinstance(order.wish, FaultDue)
    assert (order.at_ns, order.satellite, order.wish.is_over) == (40 * 10**9, "North/2", False)
    assert order.wish.fault.own == {"fade_db": 6.0, "frame_loss": 0.3}
    assert json.loads(order.line) == json.loads(LINES[1])


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('{"at_s": 1, "command": "fault", "kind": "radio_out"}', "needs one of satellite and station"),
        ('{"at_s": 1, "satellite": "lark-1", "command": "fault"}', "kind: is missing"),
        ('{"satellite": "lark-1", "command": "fault", "kind": "radio_out"}', "at_s: is missing"),
        ('{"at_s": 1, "satellite": "lark-1", "command": "fault", "kind": "radio"}', "no such kind of fault"),
        ('{"at_s": 1, "satellite": "x", "command": "fault", "kind": "radio_out"}', "satellite = 'x': not known here"),
        ('{"at_s": 999, "satellite": "lark-1", "command": "fault", "kind": "radio_out"}', "must lie in the run"),
        (
            '{"at_s": 1, "satellite": "lark-1", "command": "clear_fault", "kind": "clock_jump"}',
            "kind = 'clock_jump': happens once, and has no end",
        ),
        (
            '{"at_s": 1, "satellite": "lark-1", "command": "clear_fault", "kind": "radio_out", "until_s": 4}',
            "until_s: clear_fault takes at_s, satellite, station, kind",
        ),
        ('{"at_s": 1, "satellite": "lark-1", "command": "fail_accelerator"}', "accelerator: is missing"),
    ],
)
def test_a_bad_line_is_refused_in_one_line(line: str, rule: str, scenario: Scenario) -> None:
    with pytest.raises(InputError) as refused:
        order_of(line, scenario, "orders.jsonl, line 3", Path(), 1)
    assert str(refused.value).startswith("orders.jsonl, line 3: ")
    assert rule in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_was_ordered_strikes_ends_and_is_given_again_by_the_run(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text("\n".join(LINES), "utf-8")
    scenario = resolve(path)
    first = flown(path, tmp_path / "first", (), orders=read_operator_file(file, scenario))
    again = flown(path, tmp_path / "again", (), orders=read_operator_file(tmp_path / "first", scenario))
    assert again.summary["digest"] == first.summary["digest"]
    told = [(at_s, kind, target) for at_s, kind, target, _ in first.faults]
    assert told == [
        *((30, "camera_blind", "lark-1"), (40, "rain_fade", "North/2"), (45, "radio_out", "lark-1")),
        *((80, "process_killed", "centre"), (95, "accelerator_failed", "lark-2")),
        *((70, "radio_out", "lark-1"), (90, "camera_blind", "lark-1")),
    ]
    lines = [fact.line for kind in (FaultInjected, FaultCleared) for _, fact in first.told(kind)]
    assert sorted(map(json.loads, filter(None, lines)), key=str) == sorted(map(json.loads, LINES), key=str)
