"""Confirmed events are published once, in the commit that archives what confirmed them, whatever dies when."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.alerts import alerts_of
from groundstation.archive import Archive
from groundstation.events import EventRule
from groundstation.exports.geojson import event_line
from groundstation.publications import DeliveryCounts, Publications
from groundstation.publishing import Publisher, reported_events, rule_of
from onboard.mission_time import NS_PER_S
from onboard.payload.products import DetectionList
from tests.groundstation.lists_for_tests import MISSION, a_list, add_lists, an_archive

RULE = EventRule(sightings=2, confidence=0.99)
SINKS = ("file", "hook")
HERE, THERE, FAR = (500, 500, 501, 501), (505, 500, 506, 501), (900, 100, 901, 101)
LISTS = (
    ("lark-1", a_list(1, 100.0, HERE)),
    ("lark-2", a_list(1, 300.0, THERE)),
    ("lark-1", a_list(2, 50.0, THERE)),
    ("lark-1", a_list(3, 400.0, FAR, confidence=1.0)),
)


def publisher(archive: Archive, rule: EventRule = RULE) -> Publisher:
    return Publisher(archive, rule, SINKS, lambda event, published_ns: event_line(event, MISSION, published_ns))


def receive(archive: Archive, to: Publisher, number: int) -> list[str]:
    """The n-th list arrives, as the mission centre takes it in; what it published. Not committed."""
    spacecraft, found = LISTS[number]
    now_ns = (1000 + number) * NS_PER_S
    add_lists(archive, [(spacecraft, found)], number)
    return [event.event_id for event in to.take(now_ns, alerts_of(spacecraft, found, now_ns))]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with closing(an_archive(tmp_path / "archive.sqlite")) as empty:
        yield empty


def test_an_event_is_published_when_it_is_first_confirmed(archive: Archive) -> None:
    ground, publications = publisher(archive), Publications(archive)
    assert receive(archive, ground, 0) == []
    assert list(publications.undelivered()) == []
    (event_id,) = receive(archive, ground, 1)
    file, hook = publications.undelivered()
    assert (file.sink, hook.sink, file.event_id, file.body) == ("file", "hook", event_id, hook.body)
    feature = json.loads(file.body)
    assert feature["id"] == event_id
    assert feature["properties"]["published_utc"] == "2026-06-01T10:16:41.000Z"
    assert publications.known() == {event_id: 1001 * NS_PER_S}


def test_an_earlier_alert_renames_a_published_event_and_does_not_publish_it_again(archive: Archive) -> None:
    ground, publications = publisher(archive), Publications(archive)
    receive(archive, ground, 0)
    (old_id,) = receive(archive, ground, 1)
    assert receive(archive, ground, 2) == []
    ((new_id, published_ns),) = publications.known().items()
    assert new_id != old_id
    assert published_ns == 1001 * NS_PER_S
    assert publications.former_ids() == {new_id: (old_id,)}
    assert len(list(publications.undelivered())) == 2
    (reported,) = reported_events(archive, RULE)
    assert (reported.event.event_id, reported.former_ids, reported.published_ns) == (new_id, (old_id,), published_ns)


def test_two_published_events_that_become_one_were_published_when_the_first_was(archive: Archive) -> None:
    sure = [("lark-1", a_list(n, 100.0 * n, box, confidence=1.0)) for n, box in ((1, HERE), (2, (530, 500, 531, 501)))]
    bridge = ("lark-2", a_list(3, 10.0, (515, 500, 516, 501)))
    ground, publications = publisher(archive), Publications(archive)
    for number, (spacecraft, found) in enumerate((*sure, bridge)):
        now_ns = (1000 + number) * NS_PER_S
        ground.take(now_ns, alerts_of(spacecraft, found, now_ns))
        assert len(publications.known()) == (1, 2, 1)[number]
    ((event_id, published_ns),) = publications.known().items()
    assert published_ns == 1000 * NS_PER_S
    assert len(publications.former_ids()[event_id]) == 2


def outcome(archive: Archive) -> tuple[object, ...]:
    publications = Publications(archive)
    queued = sorted((delivery.event_id, delivery.sink) for delivery in publications.undelivered())
    return publications.known(), publications.former_ids(), queued, archive.known_ids("lark-1")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["commit", "die", "half"]), min_size=4, max_size=4))
def test_deaths_change_nothing_of_what_is_published(tmp_path_factory: pytest.TempPathFactory, fates: list[str]) -> None:
    """`die`: before the commit. `half`: after one that covered the product only, as a counter's `sync` may make."""
    folder = tmp_path_factory.mktemp("archives")
    with closing(an_archive(folder / "calm.sqlite")) as calm:
        ground = publisher(calm)
        for number in range(len(LISTS)):
            receive(calm, ground, number)
        expected = outcome(calm)
    archive = an_archive(folder / "deadly.sqlite")
    ground = publisher(archive)
    for number, fate in enumerate(fates):
        if fate == "die":
            receive(archive, ground, number)
        elif fate == "half":
            add_lists(archive, [LISTS[number]], number)
            archive.store.sync()
        if fate != "commit":
            archive.database.close()
            archive = Archive(folder / "deadly.sqlite")
            ground = publisher(archive)
        if fate == "half":
            ground.take((1000 + number) * NS_PER_S, ())
        else:
            receive(archive, ground, number)
        archive.commit()
    assert outcome(archive) == expected
    archive.close()


def test_a_restart_with_nothing_to_put_right_writes_nothing(archive: Archive) -> None:
    ground = publisher(archive)
    for number in range(len(LISTS)):
        receive(archive, ground, number)
    before = outcome(archive)
    assert publisher(archive).take(9999 * NS_PER_S, ()) == ()
    assert outcome(archive) == before


def test_an_archive_of_before_there_were_events_is_caught_up_with(tmp_path: Path) -> None:
    with closing(an_archive(tmp_path / "archive.sqlite", *LISTS)) as archive:
        assert {reported.published_ns for reported in reported_events(archive, RULE)} == {
            1001 * NS_PER_S,
            1003 * NS_PER_S,
        }
        assert len(publisher(archive).take(5000 * NS_PER_S, ())) == 2
        assert Publications(archive).counts() == DeliveryCounts(0, 4, 0)
        assert {reported.published_ns for reported in reported_events(archive, RULE)} == {5000 * NS_PER_S}


def test_the_rule_is_noted_for_whoever_reads_the_archive(archive: Archive) -> None:
    assert rule_of(archive) == EventRule()
    odd = replace(RULE, drift_m_s=0.5, sightings=7)
    publisher(archive, odd)
    assert rule_of(archive) == odd


def test_what_the_ground_found_in_images_is_reported_too(archive: Archive) -> None:
    found: DetectionList = a_list(5, 100.0, HERE, confidence=1.0)
    from onboard.payload.products import encode

    archive.add_ground_finding("lark-1", 9, 1000 * NS_PER_S, encode(found))
    archive.add_ground_finding("lark-1", 10, 1000 * NS_PER_S, b"no list")
    (reported,) = reported_events(archive, RULE)
    assert (reported.event.first_ns, reported.published_ns) == (100 * NS_PER_S, 1000 * NS_PER_S)


def test_an_archive_that_takes_anothers_place_tells_no_sink_again(archive: Archive, tmp_path: Path) -> None:
    """What one sink took, and another gave up, is over there too; what waits is queued as it is published."""
    ground, before = publisher(archive), Publications(archive)
    receive(archive, ground, 0)
    (event_id,) = receive(archive, ground, 1)
    file, hook = before.undelivered()
    before.delivered(file.delivery_id, 1, "2026-06-01T10:20:00Z")
    before.given_up(hook.delivery_id, 8, "HTTP 410", "2026-06-01T10:21:00Z")
    receive(archive, ground, 3)
    archive.commit()
    with closing(an_archive(tmp_path / "new.sqlite")) as new:
        after = Publications(new)
        for _ in range(2):
            after.adopt(before.settled())
        assert after.counts() == DeliveryCounts(1, 0, 1)
        again = publisher(new)
        receive(new, again, 0)
        assert receive(new, again, 1) == [event_id]
        assert list(after.undelivered()) == []
        receive(new, again, 3)
        assert [one.sink for one in after.undelivered()] == list(SINKS)
        assert after.settled() == before.settled()
