"""Where the time from exposure to archive went, on transfers written by hand."""

from dataclasses import replace
from typing import Any

import pytest

from groundstation.messages import ProductArchived
from onboard import commands, events
from onboard.commands import JobKind
from onboard.mission_time import NS_PER_S
from sim.experiment.flight_log import FlightLog
from sim.experiment.latency import PARTS, latency_table, parts_ns
from sim.experiment.oracle import Oracle
from sim.facts import ContactPlanned, FrameExposed, SlotSent
from sim.scenes.truth import Target

SAT = "ember-1"
TARGET = Target(0, 0, 2, 2, 4, 1.0, "fire", 1600.0)
FLIGHT_S = 0.3
"""From a slot's start until its frames are archived."""


def ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)


class Flight:
    """A satellite's records, by second."""

    def __init__(self, *contacts: tuple[float, float]) -> None:
        self.log = FlightLog((SAT,))
        planned = tuple(ContactPlanned(SAT, "Troll", ns(aos), ns(los), 45.0, ns(0.005)) for aos, los in contacts)
        self.log.record(0, "world", (), planned)

    def expose(self, at: float, *targets: Target, frame_id: int = 1) -> "Flight":
        fact = FrameExposed(SAT, frame_id, "", "synthetic", 1, 1, 1.0, targets, ())
        self.log.record(ns(at), "world", (), (fact,))
        return self

    def start(self, at: float, job_id: int = 1, frame_id: int = 1) -> "Flight":
        return self.say(at, commands.StartJob(job_id, JobKind.INFERENCE, frame_id, 1, 0))

    def finish(self, at: float, product_id: int = 1, job_id: int = 1, frame_id: int = 1) -> "Flight":
        done = commands.FrameProcessed(frame_id, product_id, 60 if product_id >= 0 else 0, ())
        self.log.record(ns(at), SAT, (events.JobFinished(job_id),), (done,))
        return self

    def made(self) -> "Flight":
        """Exposed at 10 s, job from 12 s to 15 s."""
        return self.expose(10).start(12).finish(15)

    def slot(
        self, at: float, *, first: bool = False, whole: bool = False, product_id: int = 1, late_s: float = FLIGHT_S
    ) -> "Flight":
        told = [commands.ProductSent(product_id)] * first + [commands.ProductSentWhole(product_id)] * whole
        self.say(at, *told, commands.Transmit((bytes(1115),), 60, 55, 1000, 0, 0))
        sent = SlotSent(SAT, "Troll", 5000, 1115, 0, 1, (1115,), ns(at + late_s))
        self.log.record(ns(at), "world", (), (sent,))
        return self

    def archive(self, at: float, product_id: int = 1, frame_id: int = 1) -> "Flight":
        self.log.record(ns(at), "centre", (), (ProductArchived(SAT, product_id, frame_id, 60),))
        return self

    def say(self, at: float, *answers: object) -> "Flight":
        self.log.record(ns(at), SAT, (), answers)
        return self

    @property
    def parts_s(self) -> dict[str, float] | None:
        frame = self.log.frames[SAT, 1]
        parts = parts_ns(frame)
        if parts is None:
            return None
        assert tuple(parts) == PARTS
        assert frame.archived_ns is not None
        assert sum(parts.values()) == frame.archived_ns - frame.exposed_ns
        assert min(parts.values()) >= 0
        return {part: duration_ns / NS_PER_S for part, duration_ns in parts.items()}

    @property
    def table(self) -> dict[str, Any]:
        return latency_table(self.log)


def split(*seconds: float) -> dict[str, float]:
    return dict(zip(PARTS, map(pytest.approx, seconds), strict=True))


def test_nothing_lost() -> None:
    assert Flight().made().slot(100, first=True, whole=True).archive(100.3).parts_s == split(2, 3, 85, 0.3, 0)


def test_a_product_whose_last_byte_goes_in_a_later_slot() -> None:
    flight = Flight().made().slot(100, first=True).slot(101).slot(102, whole=True).archive(102.3)
    assert flight.parts_s == split(2, 3, 85, 2.3, 0)


def test_what_was_lost_and_sent_again_is_told_apart() -> None:
    flight = Flight().made().slot(100, first=True, whole=True).slot(101).slot(104).archive(104.3)
    assert flight.parts_s == split(2, 3, 85, 0.3, 4)


def test_the_first_sending_may_end_in_the_next_pass() -> None:
    flight = Flight().made().slot(100, first=True).slot(6000, whole=True).slot(6003).archive(6003.3)
    assert flight.parts_s == split(2, 3, 85, 5900.3, 3)


def test_of_two_slots_in_a_row_the_second_may_arrive_first() -> None:
    """A short slot after a full one, of a satellite that comes nearer: the product is whole with the full one."""
    flight = Flight().made().slot(100, first=True, late_s=1.01).slot(101, whole=True, late_s=0.00999).archive(101.01)
    assert flight.parts_s == split(2, 3, 85, 1.01, 0)


def test_a_slot_without_the_product_changes_nothing_once_it_is_sent() -> None:
    flight = Flight().made().slot(100, first=True, whole=True, late_s=0.5).slot(101, late_s=9.0).archive(103)
    assert flight.parts_s == split(2, 3, 85, 0.5, 2.5)


def test_after_a_restart_what_counts_is_what_was_sent_first() -> None:
    held = commands.HeldProduct(1, 1, 60)
    flight = Flight().made().slot(100, first=True, whole=True)
    flight.say(200, commands.Booted(2, 0, (held,), ()))
    flight.slot(300, first=True, whole=True).archive(300.3)
    assert flight.parts_s == split(2, 3, 85, 0.3, 200)


def test_a_restart_half_way_through_a_product() -> None:
    held = commands.HeldProduct(1, 1, 60)
    flight = Flight().made().slot(100, first=True)
    flight.say(200, commands.Booted(2, 0, (held,), ()))
    flight.slot(300, first=True).slot(301, whole=True).archive(301.3)
    assert flight.parts_s == split(2, 3, 85, 201.3, 0)


def test_a_product_that_was_stored_when_its_computer_died_has_all_parts() -> None:
    flight = Flight().expose(10).start(12)
    flight.log.record(ns(15), SAT, (events.JobFinished(1),), ())
    flight.say(30, commands.Booted(2, 0, (commands.HeldProduct(1, 1, 60),), ()))
    assert flight.slot(100, first=True, whole=True).archive(100.3).parts_s == split(2, 3, 85, 0.3, 0)


def test_work_that_was_lost_waits_in_the_queue_again() -> None:
    flight = Flight().expose(10).start(12)
    flight.log.record(ns(20), SAT, (events.JobLost(1),), ())
    flight.start(30, job_id=2).finish(33, job_id=2)
    assert flight.slot(100, first=True, whole=True).archive(101).parts_s == split(20, 3, 67, 0.3, 0.7)


def test_a_frame_with_two_jobs_computes_from_the_first_to_the_end_of_the_second() -> None:
    flight = Flight().expose(10).start(12)
    flight.log.record(ns(13), SAT, (events.JobFinished(1),), ())
    flight.start(14, job_id=2).finish(18, job_id=2).slot(100, first=True, whole=True).archive(100.3)
    assert flight.parts_s == split(2, 6, 82, 0.3, 0)


def superseded() -> Flight:
    """The first product goes out; the work is done again, and its product goes out too."""
    flight = Flight().made().slot(20, first=True, whole=True)
    flight.start(30, job_id=2).finish(35, product_id=2, job_id=2)
    return flight.slot(40, first=True, whole=True, product_id=2)


def test_of_two_results_the_one_that_is_archived_first_counts_with_its_own_work() -> None:
    assert superseded().archive(50, product_id=2).parts_s == split(2, 23, 5, 0.3, 9.7)
    assert superseded().archive(60, product_id=1).parts_s == split(2, 3, 5, 0.3, 39.7)
    assert superseded().archive(50, product_id=2).archive(60, product_id=1).parts_s == split(2, 23, 5, 0.3, 9.7)


def test_a_superseded_product_that_is_given_up_does_not_lose_its_frame() -> None:
    flight = superseded().say(45, commands.ProductDropped(1, 1, 60, "outbox full"))
    assert not flight.log.frames[SAT, 1].lost_because
    assert flight.parts_s is None


def test_what_was_never_delivered_is_infinite_unprocessed_frames_with_targets_too() -> None:
    flight = Flight().made().slot(100, first=True, whole=True).archive(100.3)
    flight.expose(20, TARGET, frame_id=2).expose(30, frame_id=3)
    assert flight.table["capture_to_alert"] == {"n": 2, "undelivered": 1, "p50": 90.3, "p90": None, "p99": None}
    assert flight.table["retransmit"] == {"n": 2, "undelivered": 1, "p50": 0.0, "p90": None, "p99": None}


def test_a_frame_that_was_processed_and_held_nothing_is_no_alert() -> None:
    flight = Flight().expose(10, TARGET).start(12).finish(15, product_id=-1)
    assert flight.table["capture_to_alert"]["n"] == 0


def test_nobody_knows_when_events_began() -> None:
    told = Flight().made().table["event_to_capture"]
    assert (told["n"], told["p50"]) == (0, None)
    assert told["reason"]


def test_an_event_counts_from_its_onset_to_the_first_frame_that_shows_it() -> None:
    flight = Flight()
    for at, frame_id, began_s in ((10, 1, -20.0), (70, 2, -20.0), (80, 3, 75.0)):
        flight.expose(at, replace(TARGET, onset_ns=ns(began_s)), frame_id=frame_id)
    told = flight.table["event_to_capture"]
    assert (told["n"], told["p50"], told["p90"]) == (2, 5.0, 30.0)
    assert "1 had begun before" in told["reason"]


@pytest.mark.parametrize(
    ("ready", "delivered"), [(15, 100.005), (100, 100.005), (120, 120.005), (160, 900.005), (950, None)]
)
def test_the_oracle_takes_the_first_instant_of_the_first_contact(ready: float, delivered: float | None) -> None:
    contacts = Flight((900, 950), (100, 160)).log.contacts
    told = Oracle(contacts).delivery_ns(SAT, ns(ready))
    assert told == (None if delivered is None else ns(delivered))
    assert Oracle(contacts).delivery_ns("ember-2", ns(ready)) is None


def test_the_excess_is_what_the_run_took_beyond_the_oracle() -> None:
    table = Flight((90, 200)).made().slot(91, first=True, whole=True).archive(91.3).table
    assert table["oracle"]["p50"] == pytest.approx(80.005)
    assert table["excess_over_oracle"] == {
        **{"n": 1, "undelivered": 0, "p50": pytest.approx(1.295), "p90": pytest.approx(1.295)},
        "p99": pytest.approx(1.295),
    }


def test_without_a_contact_nobody_is_late() -> None:
    table = Flight((0, 14)).made().table
    assert (table["oracle"]["n"], table["oracle"]["undelivered"]) == (1, 1)
    assert table["excess_over_oracle"]["n"] == 0
    late = Flight((90, 200)).made().table
    assert (late["excess_over_oracle"]["n"], late["excess_over_oracle"]["undelivered"]) == (1, 1)
