"""Alerts become the same events whatever arrives when; who belongs together is checked by a plain second reading."""

import gc
import tracemalloc
from dataclasses import replace
from itertools import combinations
from math import acos, cos, radians, sin, sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.alerts import EARTH_RADIUS_M, Alert, alert_key
from groundstation.events import Event, EventRule
from groundstation.grouping import AlertGrouper, EventGrouper
from onboard.mission_time import NS_PER_S
from tests.groundstation.lists_for_tests import GSD_M, a_list, alerts

RULE = EventRule(join_distance_m=100.0, sigmas=2.0, gap_s=3600.0, sightings=2, confidence=0.99)


def grouped(rule: EventRule, *batches: list[Alert]) -> AlertGrouper:
    grouper = AlertGrouper(rule)
    for batch in batches:
        grouper.add(batch)
    return grouper


def events_of(*batches: list[Alert], rule: EventRule = RULE) -> list[Event]:
    return grouped(rule, *batches).events()


def groups(grouper: AlertGrouper) -> set[frozenset[Alert]]:
    return {frozenset(members) for _, members in grouper.with_alerts()}


def distance_m(a: Alert, b: Alert) -> float:
    lat_a, lat_b = radians(a.latitude_deg), radians(b.latitude_deg)
    cosine = sin(lat_a) * sin(lat_b) + cos(lat_a) * cos(lat_b) * cos(radians(a.longitude_deg - b.longitude_deg))
    return EARTH_RADIUS_M * acos(min(1.0, cosine))


def are_linked(rule: EventRule, a: Alert, b: Alert) -> bool:
    apart_s = abs(a.found.exposed_ns - b.found.exposed_ns) / NS_PER_S
    is_one_frame = (a.spacecraft, a.found.frame_id) == (b.spacecraft, b.found.frame_id)
    error_m = 0.0 if is_one_frame else sqrt(a.found.position_error_m**2 + b.found.position_error_m**2)
    allowed_m = rule.join_distance_m + rule.drift_m_s * apart_s + rule.sigmas * error_m + a.radius_m + b.radius_m
    return a.found.task == b.found.task and apart_s <= rule.gap_s and distance_m(a, b) <= allowed_m


def components(rule: EventRule, found: list[Alert]) -> set[frozenset[Alert]]:
    """Connected components, by repeated union of whatever is linked."""
    parts = [{alert} for alert in found]
    while pair := next(
        ((a, b) for a, b in combinations(parts, 2) if any(are_linked(rule, one, other) for one in a for other in b)),
        None,
    ):
        parts.remove(pair[1])
        pair[0].update(pair[1])
    return {frozenset(part) for part in parts}


@st.composite
def lists(draw: st.DrawFn) -> list[list[Alert]]:
    """Lists of a few satellites near one place, which may be a pole or on the antimeridian."""
    lat, lon = draw(st.sampled_from([(10.0, 20.0), (0.0, 179.99), (-60.0, -179.99), (89.5, 0.0)]))
    made = []
    for frame_id in range(draw(st.integers(1, 6))):
        corners = st.integers(0, 990)
        boxes = draw(st.lists(st.tuples(corners, corners), max_size=4, unique=True))
        found = a_list(
            frame_id,
            draw(st.sampled_from([0.0, 60.0, 3600.0, 3660.0, 9000.0])),
            *((x, y, x + 5, y + 5) for x, y in boxes),
            at=(lat + draw(st.sampled_from([0.0, 0.001, 0.01])), lon + draw(st.sampled_from([0.0, 0.002]))),
            confidence=draw(st.sampled_from([0.5, 0.9, 1.0])),
            error_m=draw(st.sampled_from([0.0, 150.0, 2000.0])),
            task=draw(st.sampled_from(["wildfire", "raft"])),
        )
        made.append(alerts(draw(st.sampled_from(["lark-1", "lark-2"])), found, 9000.0 + frame_id))
    return made


@settings(max_examples=60, deadline=None)
@given(lists(), st.randoms(use_true_random=False), st.sampled_from([0.0, 0.5]))
def test_any_order_any_pieces_and_duplicates_give_the_same_events(
    found: list[list[Alert]], shuffler: Random, drift_m_s: float
) -> None:
    rule = replace(RULE, drift_m_s=drift_m_s)
    whole = grouped(rule, *found)
    singles = [alert for batch in found for alert in batch]
    again = [*singles, *singles[::2]]
    shuffler.shuffle(again)
    pieces = grouped(rule, *(again[at : at + 3] for at in range(0, len(again), 3)))
    assert pieces.events() == whole.events()
    lean = EventGrouper(rule)
    for alert in again:
        lean.add([alert])
    assert lean.with_keys() == whole.with_keys(), "who keeps no alerts knows the same events"
    assert pieces.with_alerts() == whole.with_alerts()
    distinct = {alert_key(alert): alert for alert in singles}
    assert groups(whole) == components(rule, list(distinct.values()))


@settings(max_examples=40, deadline=None)
@given(lists())
def test_changes_tell_every_event_and_whatever_it_replaces(found: list[list[Alert]]) -> None:
    grouper = AlertGrouper(RULE)
    told: dict[str, Event] = {}
    for batch in found:
        changes = grouper.add(batch)
        for former_id, heir_id in changes.replaced.items():
            del told[former_id]
            assert heir_id in {event.event_id for event in changes.events}
        told |= {event.event_id: event for event in changes.events}
        assert sorted(told.values(), key=lambda event: (event.first_ns, event.event_id)) == grouper.events()
        assert not grouper.add(batch).events, "what is known changes nothing"


@settings(max_examples=40, deadline=None)
@given(lists())
def test_confirmations_stay(found: list[list[Alert]]) -> None:
    grouper = AlertGrouper(RULE)
    confirmed: set[Alert] = set()
    for batch in found:
        grouper.add(batch)
        now = {alert for event, members in grouper.with_alerts() if event.is_confirmed for alert in members}
        assert confirmed <= now
        confirmed = now


def test_two_satellites_an_orbit_apart_see_one_fire() -> None:
    first = alerts("lark-1", a_list(1, 100.0, (500, 500, 502, 501)))
    second = alerts("lark-2", a_list(9, 1900.0, (510, 500, 512, 501)))
    (event,) = events_of(first, second)
    assert (event.sightings, event.detections, event.satellites) == (2, 2, ("lark-1", "lark-2"))
    assert (event.first_ns, event.last_ns) == (100 * NS_PER_S, 1900 * NS_PER_S)
    assert event.is_confirmed
    assert event.radius_m == pytest.approx(100.0 + 5 * GSD_M + 0.5 * GSD_M * sqrt(5), rel=0.01)


def test_position_errors_decide_across_frames_and_not_within_one() -> None:
    # 1 km apart; four sigmas of 300 m at two frames make 2 x 300 x sqrt(2) = 849 m, and the rule adds 100 m.
    here, there = (500, 500, 501, 501), (550, 500, 551, 501)
    for error_m, n_events in ((300.0, 2), (400.0, 1)):
        split = [alerts("lark-1", a_list(n, 100.0, box, error_m=error_m)) for n, box in enumerate((here, there))]
        assert len(events_of(*split)) == n_events
    assert len(events_of(alerts("lark-1", a_list(1, 100.0, here, there, error_m=400.0)))) == 2


def test_cells_of_one_large_fire_are_one_event_seen_once() -> None:
    cells = [(16 * n, 400, 16 * (n + 1), 416) for n in range(10)]
    (event,) = events_of(alerts("lark-1", a_list(1, 100.0, *cells)))
    assert (event.sightings, event.detections, event.is_confirmed) == (1, 10, False)


@pytest.mark.parametrize(("apart_s", "n_events"), [(3600.0, 1), (3600.001, 2)])
def test_the_time_gap_ends_an_event(apart_s: float, n_events: int) -> None:
    box = (500, 500, 501, 501)
    assert len(events_of(*(alerts("lark-1", a_list(n, n * apart_s, box)) for n in range(2)))) == n_events


def test_a_gap_is_bridged_by_what_lies_between() -> None:
    box = (500, 500, 501, 501)
    (event,) = events_of(*(alerts("lark-1", a_list(n, n * 3600.0, box)) for n in (0, 2, 1)))
    assert event.sightings == 3


def test_what_drifts_is_followed() -> None:
    # 1 km in 1,000 s.
    early, late = (
        alerts("lark-1", a_list(n, 1000.0 * n, (500 + 50 * n, 500, 501 + 50 * n, 501), error_m=0.0)) for n in range(2)
    )
    assert len(events_of(early, late)) == 2
    assert len(events_of(early, late, rule=replace(RULE, drift_m_s=1.0))) == 1


def test_another_task_is_another_event() -> None:
    box = (500, 500, 501, 501)
    assert len(events_of(*(alerts("lark-1", a_list(1, 0.0, box, task=task)) for task in ("wildfire", "raft")))) == 2


@pytest.mark.parametrize(
    ("at", "there"),
    [((0.0, 179.999), (0.0, -179.999)), ((89.999, 0.0), (89.999, 180.0)), ((-89.999, 90.0), (-89.999, -90.0))],
)
def test_neither_antimeridian_nor_pole_divides(at: tuple[float, float], there: tuple[float, float]) -> None:
    box = (0, 0, 1, 1)
    far = [
        alerts("lark-1", a_list(n, 0.0, box, footprint_deg=(*place, *place, *place, *place)))
        for n, place in enumerate((at, there))
    ]
    (event,) = events_of(*far)
    assert event.radius_m < 300.0


def test_one_sure_alert_confirms_alone() -> None:
    box = (500, 500, 501, 501)
    for confidence, is_confirmed in ((0.98, False), (0.992, True)):
        (event,) = events_of(alerts("lark-1", a_list(1, 0.0, box, confidence=confidence)))
        assert event.is_confirmed == is_confirmed


def test_an_event_keeps_its_identifier_as_it_grows_and_tells_when_it_cannot() -> None:
    box = (500, 500, 501, 501)
    first, second, early = (alerts("lark-1", a_list(n, at, box)) for n, at in ((1, 100.0), (2, 200.0), (3, 50.0)))
    grouper = AlertGrouper(RULE)
    (event,) = grouper.add(first).events
    changes = grouper.add(second)
    assert [grown.event_id for grown in changes.events] == [event.event_id]
    assert changes.replaced == {}
    changes = grouper.add(early)
    (renamed,) = changes.events
    assert changes.replaced == {event.event_id: renamed.event_id}


def test_an_identifier_is_the_same_everywhere() -> None:
    (event,) = events_of(alerts("lark-1", a_list(1, 100.0, (500, 500, 501, 501), task="odd task/1")))
    assert event.event_id == "odd-task-1-d04b8b69441613eb"


def test_an_absurd_position_error_holds_nobody_up() -> None:
    lost = alerts("lark-1", a_list(1, 0.0, (500, 500, 501, 501), error_m=1e15))
    (event,) = events_of(lost, lost)
    assert event.detections == 1


def test_what_is_kept_of_an_alert_is_bounded() -> None:
    """The mission centre of a mission of months holds every one: 1.6 kB, as objects, were too many."""
    batches = [alerts("lark-1", a_list(n, 100.0 * n, (500, 500, 501, 501), (100, 500, 101, 501))) for n in range(1500)]
    grouper = EventGrouper(replace(RULE, gap_s=10.0))
    for batch in batches[:500]:
        grouper.add(batch)
    tracemalloc.start()
    try:
        for batch in batches[500:]:
            grouper.add(batch)
        gc.collect()
        kept_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(grouper.events()) == 3000
    # 130 bytes a row, and the array's room is doubled now and then.
    assert kept_bytes / 2000 < 400
