"""What confirms no event: alerts at known places, and those that are less sure than the rule asks."""

from pathlib import Path

import pytest

from groundstation.archive import Archive, FlownModel
from groundstation.events import EventRule
from groundstation.grouping import EventGrouper
from groundstation.publishing import Publisher, reported_events, rule_of
from groundstation.screening import KnownSite, KnownSites
from onboard.mission_time import NS_PER_S
from tests.groundstation.lists_for_tests import GSD_M, a_list, alerts, an_archive

BOX = (500, 500, 504, 504)
(ALERT,) = alerts("lark-1", a_list(1, 10.0, BOX, error_m=100.0))
DEG_M = 111_195.0


def is_confirmed(rule: EventRule, *confidences: float) -> bool:
    """Of the same box in one frame a confidence."""
    grouper = EventGrouper(rule)
    for number, confidence in enumerate(confidences, 1):
        grouper.add(alerts("lark-1", a_list(number, 10.0 * number, BOX, confidence=confidence)))
    (event,) = grouper.events()
    assert event.sightings == len(confidences)
    return event.is_confirmed


@pytest.mark.parametrize(("off_m", "is_held"), [(0.0, True), (330.0, True), (370.0, False), (5000.0, False)])
def test_a_known_place_reaches_as_far_as_it_the_box_and_the_error(off_m: float, is_held: bool) -> None:
    """Half the diagonal of 4 x 4 pixels is 57 m; two sigmas are 200 m, and the place has a radius of 100 m."""
    site = KnownSite(ALERT.latitude_deg + off_m / DEG_M, ALERT.longitude_deg, 100.0)
    assert KnownSites([site], 2.0).hold(ALERT) is is_held
    assert ALERT.radius_m == pytest.approx(2 * GSD_M * 2**0.5, rel=0.01)


def test_a_place_counts_whatever_else_is_in_the_list() -> None:
    others = [KnownSite(float(latitude), float(longitude)) for latitude in range(-80, 81, 5) for longitude in (-180, 7)]
    far, near = KnownSite(-ALERT.latitude_deg, ALERT.longitude_deg), KnownSite(ALERT.latitude_deg, ALERT.longitude_deg)
    assert not KnownSites(others, 2.0).hold(ALERT)
    assert not KnownSites([*others, far], 2.0).hold(ALERT)
    assert KnownSites([*others, far, near], 2.0).hold(ALERT)
    assert not KnownSites([], 2.0).hold(ALERT)


def test_a_place_beyond_the_antimeridian_is_near() -> None:
    (alert,) = alerts("lark-1", a_list(1, 10.0, (0, 0, 1, 1), at=(0.0, 179.9999)))
    assert KnownSites([KnownSite(0.0, -179.9999)], 2.0).hold(alert)


def test_alerts_at_a_known_place_confirm_nothing() -> None:
    plain = EventRule(sightings=2, confidence=0.95)
    known = EventRule(sightings=2, confidence=0.95, known_sites=(KnownSite(ALERT.latitude_deg, ALERT.longitude_deg),))
    assert is_confirmed(plain, 0.9, 0.9)
    assert is_confirmed(plain, 0.97)
    assert not is_confirmed(known, 0.9, 0.9)
    assert not is_confirmed(known, 0.97)


def test_alerts_below_the_least_confidence_are_no_sightings() -> None:
    rule = EventRule(sightings=2, confidence=0.99, least_confidence=0.8)
    assert not is_confirmed(rule, 0.9)
    assert not is_confirmed(rule, 0.9, 0.7)
    assert is_confirmed(rule, 0.9, 0.7, 0.85)


def test_alerts_of_classes_that_nobody_asked_for_confirm_nothing() -> None:
    rule = EventRule(sightings=2, confidence=0.95, unpublished_classes=("ship",))
    grouper = EventGrouper(rule, lambda alert: "ship" if alert.detection.confidence > 0.5 else None)
    grouper.add(alerts("lark-1", a_list(1, 10.0, BOX, confidence=0.97)))
    grouper.add(alerts("lark-1", a_list(2, 20.0, BOX, confidence=0.4)))
    assert [event.is_confirmed for event in grouper.events()] == [False]
    grouper.add(alerts("lark-1", a_list(3, 30.0, BOX, confidence=0.4)))
    assert [event.is_confirmed for event in grouper.events()] == [True]


@pytest.mark.parametrize(("classes", "published"), [(("fire",), 0), (("smoke",), 1), ((), 1)])
def test_classes_are_known_by_the_models_that_an_archive_knows(
    tmp_path: Path, classes: tuple[str, ...], published: int
) -> None:
    """Of a model that nobody has told of, every class counts."""
    listed = a_list(1, 10.0, BOX, confidence=0.97)
    archive = an_archive(tmp_path / "archive.sqlite", ("lark-1", listed))
    archive.add_model(FlownModel(listed.task, "mine", listed.model_sha256_prefix.hex() + 56 * "0", ("fire",)))
    rule = EventRule(confidence=0.95, unpublished_classes=classes)
    assert len(Publisher(archive, rule, (), lambda _event, _now_ns: b"").take(NS_PER_S, ())) == published
    archive.commit()
    assert rule_of(archive) == rule
    (event,) = reported_events(archive, rule)
    assert (event.published_ns is not None) == bool(published)
    (otherwise,) = reported_events(archive, EventRule(confidence=0.95, unpublished_classes=("fire",)))
    assert otherwise.published_ns is None
    archive.close()


@pytest.mark.parametrize(("steady_s", "events"), [(0.0, 1), (15.0, 2), (10.0, 1)])
def test_frames_that_one_satellite_took_soon_after_another_are_off_together(steady_s: float, events: int) -> None:
    """Two boxes 10 pixels, 200 m, apart in two frames taken 10 s apart: with 100 m of error each they may be one."""
    first, second = a_list(1, 10.0, BOX), a_list(2, 20.0, (510, 500, 514, 504))
    grouper = EventGrouper(EventRule(join_distance_m=50.0, steady_s=steady_s))
    grouper.add([*alerts("lark-1", first), *alerts("lark-1", second)])
    assert len(grouper.events()) == events
    other = EventGrouper(EventRule(join_distance_m=50.0, steady_s=steady_s))
    other.add([*alerts("lark-1", first), *alerts("lark-2", second)])
    assert len(other.events()) == 1


def test_an_archive_tells_the_rule_that_it_went_by(tmp_path: Path) -> None:
    site = KnownSite(1.0, 2.0, 3.0)
    rule = EventRule(sightings=3, least_confidence=0.5, unpublished_classes=("ship",), known_sites=(site,))
    archive = an_archive(tmp_path / "archive.sqlite", ("lark-1", a_list(1, 10.0, BOX)))
    Publisher(archive, rule, (), lambda _event, _now_ns: b"").take(NS_PER_S, ())
    archive.commit()
    archive.close()
    again = Archive(tmp_path / "archive.sqlite", read_only=True)
    assert rule_of(again) == rule
    again.close()
