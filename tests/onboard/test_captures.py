"""Commanded exposures."""

from onboard.answers import Answers, Progress
from onboard.captures import MAX_ORDERS, Captures
from onboard.commands import CommandEnded, Expose
from onboard.comms.event_reports import CommandCompleted, CommandFailed, Reason
from onboard.comms.telecommands import Area, CaptureAt
from onboard.mission_time import NEVER_NS
from onboard.settings import DurableSettings, Settings
from onboard.storage import MemoryStore
from tests.flight_for_tests import told

AREA = Area(0.0, 0.0, 1.0, 1.0)


def captures(store: MemoryStore | None = None) -> tuple[Captures, Answers]:
    answers = Answers()
    return Captures(DurableSettings(store or MemoryStore(), Settings("raw")), answers), answers


def test_each_exposure_is_ordered_at_its_instant_and_the_last_completes() -> None:
    one, answers = captures()
    assert one.order(5, 1, CaptureAt((5, 20), AREA)) is Progress.UNDER_WAY
    assert one.order(5, 2, CaptureAt((20,), AREA)) is Progress.UNDER_WAY
    assert one.next_ns == 5
    one.expose(5)
    assert told(answers) == ((Expose(),), [])
    one.expose(6)
    assert told(answers) == ((), [])
    assert one.next_ns == 20
    one.expose(20)
    said, reports = told(answers)
    assert said == (Expose(), CommandEnded(1, "capture_at", ""), CommandEnded(2, "capture_at", ""))
    assert reports == [CommandCompleted(20, 1), CommandCompleted(20, 2)]
    assert one.next_ns == NEVER_NS


def test_what_is_past_is_not_exposed_and_fails_the_telecommand() -> None:
    one, answers = captures()
    assert one.order(50, 1, CaptureAt((20, 49), AREA)) is Reason.IN_THE_PAST
    assert one.order(50, 2, CaptureAt((49, 60), AREA)) is Progress.UNDER_WAY
    one.expose(60)
    said, reports = told(answers)
    assert said == (Expose(), CommandEnded(2, "capture_at", "1 exposures missed"))
    assert reports == [CommandFailed(60, 2, Reason.IN_THE_PAST, "1 exposures missed")]


def test_what_passed_while_the_computer_was_down_is_missed() -> None:
    store = MemoryStore()
    captures(store)[0].order(0, 1, CaptureAt((20, 30, 40), AREA))
    one, answers = captures(store)
    assert one.next_ns == 20
    one.expose(35)
    assert told(answers) == ((), [])
    one.expose(40)
    said, reports = told(answers)
    assert said == (Expose(), CommandEnded(1, "capture_at", "2 exposures missed"))
    assert reports == [CommandFailed(40, 1, Reason.IN_THE_PAST, "2 exposures missed")]


def test_orders_are_bounded() -> None:
    one, _ = captures()
    outcomes = [one.order(0, number, CaptureAt((number,), AREA)) for number in range(1, MAX_ORDERS + 2)]
    assert outcomes == [Progress.UNDER_WAY] * MAX_ORDERS + [Reason.NO_ROOM]
