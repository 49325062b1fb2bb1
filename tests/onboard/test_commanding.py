"""Telecommands taken in, executed once, and answered for."""

import pytest

from onboard.answers import Answers, Outcome, Progress
from onboard.commanding import Commanding
from onboard.commands import CommandEnded, CommandTaken
from onboard.comms.event_reports import CommandAccepted, CommandCompleted, CommandRefused, Reason
from onboard.comms.security import Direction, Opener
from onboard.comms.telecommand_packets import COMMAND_WINDOW, command_packet, report_packet
from onboard.comms.telecommands import LoadModelPart, Reset, SetMode, SetStrategy, Telecommand
from onboard.events import TelecommandReceived
from onboard.storage import MemoryStore, Store
from tests.flight_for_tests import KEYS, Operators, told


class Spacecraft:
    """Executes by writing down."""

    def __init__(self, store: Store | None = None, keys: dict[int, bytes] | None = None) -> None:
        self.answers = Answers()
        opener = Opener(keys, 1, Direction.UP) if keys else None
        self.commanding = Commanding(1, store or MemoryStore(), opener, self.answers)
        self.executed: list[Telecommand] = []
        self.outcome: Outcome = Progress.DONE

    def effect(self, _now_ns: int, _sequence: int, command: Telecommand) -> Outcome:
        self.executed.append(command)
        return self.outcome

    def take(self, now_ns: int, *received: TelecommandReceived) -> tuple[bytes, ...]:
        reports = [report for one in received for report in self.commanding.take(now_ns, one.data)]
        self.commanding.execute(now_ns, self.effect)
        return tuple(reports)


def test_accepted_executed_completed_and_told() -> None:
    one, operators = Spacecraft(), Operators()
    one.take(5, *operators.order(SetStrategy("raw")))
    said, reports = told(one.answers)
    assert said == (CommandTaken(1, "accepted"), CommandEnded(1, "set_strategy", ""))
    assert reports == [CommandAccepted(5, 1), CommandCompleted(5, 1)]
    assert (one.commanding.accepted, one.commanding.window) == (1, 0)


def test_a_repeated_telecommand_has_its_effect_once() -> None:
    store = MemoryStore()
    one, (received,) = Spacecraft(store), Operators().order(SetStrategy("raw"))
    one.take(5, received, received)
    one.take(6, received)
    again = Spacecraft(store)
    again.take(7, received)
    assert (one.executed, again.executed) == ([SetStrategy("raw")], [])
    assert told(again.answers) == ((CommandTaken(1, "duplicate"),), [])


def test_what_overtook_waits_for_its_turn() -> None:
    one, operators = Spacecraft(), Operators()
    first, second = operators.order(SetStrategy("raw"), SetStrategy("lossless"))
    one.take(5, second)
    assert (one.executed, one.commanding.accepted, one.commanding.window) == ([], 0, 0b10)
    one.take(6, first)
    assert one.executed == [SetStrategy("raw"), SetStrategy("lossless")]


def test_parts_of_a_model_are_not_told_one_by_one_unless_they_are_refused() -> None:
    one, operators = Spacecraft(), Operators()
    part = LoadModelPart(1, 0, b"part")
    one.take(5, *operators.order(part))
    assert told(one.answers)[1] == []
    one.outcome = Reason.UNKNOWN_UPLOAD
    one.take(6, *operators.order(part))
    assert told(one.answers)[1] == [CommandRefused(6, 2, Reason.UNKNOWN_UPLOAD)]


def test_what_goes_on_is_not_ended_yet() -> None:
    one, operators = Spacecraft(), Operators()
    one.outcome = Progress.UNDER_WAY
    one.take(5, *operators.order(SetMode("safe")))
    assert told(one.answers) == ((CommandTaken(1, "accepted"),), [CommandAccepted(5, 1)])


def test_bytes_that_are_no_telecommand_are_refused_and_hold_up_nothing() -> None:
    one, operators = Spacecraft(), Operators()
    one.take(5, operators.send(command_packet(1, b"\x01\xfejunk")))
    assert told(one.answers)[1] == [CommandRefused(5, 1, Reason.UNKNOWN_COMMAND)]
    operators.sequence = 1
    one.take(6, *operators.order(SetMode("safe")))
    assert one.executed == [SetMode("safe")]


def test_beyond_the_window_nothing_is_accepted() -> None:
    one, operators = Spacecraft(), Operators()
    operators.sequence = COMMAND_WINDOW
    one.take(5, *operators.order(SetMode("safe")))
    assert told(one.answers)[0] == (CommandTaken(COMMAND_WINDOW + 1, "beyond the window"),)


def test_nothing_is_executed_between_a_reset_and_the_restart() -> None:
    store = MemoryStore()
    one, operators = Spacecraft(store), Operators()
    one.take(5, *operators.order(Reset(), SetMode("safe")))
    assert one.commanding.is_restarting
    one.take(5, *operators.order(Reset()))
    assert one.executed == [Reset()]
    again = Spacecraft(store)
    again.take(6)
    assert again.executed == [SetMode("safe"), Reset()], "in the order of their numbers, up to the next reset"
    assert again.commanding.is_restarting
    assert told(again.answers)[1] == [CommandCompleted(6, 2), CommandCompleted(6, 3)]


def test_the_grounds_reports_are_handed_on_beside_telecommands() -> None:
    one, operators = Spacecraft(), Operators()
    received = operators.send(operators.number(SetMode("safe")), report_packet(0, b"have"), report_packet(1, b"more"))
    assert one.take(5, received) == (b"have", b"more")
    assert one.executed == [SetMode("safe")]


@pytest.mark.parametrize("data", [b"", b"\x00" * 20, bytes(2000)])
def test_noise_changes_nothing(data: bytes) -> None:
    one = Spacecraft()
    assert one.take(5, TelecommandReceived(data)) == ()
    assert told(one.answers) == ((), [])


def test_on_a_secured_link_only_the_ground_is_obeyed() -> None:
    one = Spacecraft(keys=KEYS)
    one.take(5, *Operators().order(SetMode("safe")))
    one.take(5, *Operators({1: bytes(32)}).order(SetMode("safe")))
    assert (one.executed, one.answers.take()) == ([], ())
    (received,) = Operators(KEYS).order(SetMode("safe"))
    one.take(5, received)
    one.take(5, received)
    assert one.executed == [SetMode("safe")]
    assert one.answers.take()[0] == CommandTaken(1, "accepted"), "and the replay is not even seen"
