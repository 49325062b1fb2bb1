"""The spacecraft's end of telecommanding."""

import pytest

from onboard.comms.command_receiver import Acceptance, CommandReceiver
from onboard.comms.telecommand_catalogue import encode
from onboard.comms.telecommand_packets import COMMAND_WINDOW
from onboard.comms.telecommands import Reset, SetStrategy, Telecommand
from onboard.storage import MemoryStore
from sim.world.disk import SimulatedDisk


class Log:
    """Executes by writing down."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, Telecommand | None]] = []

    def __call__(self, sequence: int, command: Telecommand | None) -> None:
        self.seen.append((sequence, command))


def command(number: int) -> bytes:
    return encode(SetStrategy(f"s{number}"))


def test_any_order_in_and_the_order_of_numbers_out() -> None:
    receiver, log = CommandReceiver(MemoryStore()), Log()
    for number in (3, 1, 4):
        assert receiver.receive(number, command(number)) is Acceptance.ACCEPTED
        assert not receiver.execute(log)
    assert log.seen == [(1, SetStrategy("s1"))]
    assert (receiver.accepted, receiver.window) == (1, 0b110)
    receiver.receive(2, command(2))
    assert (receiver.accepted, receiver.window) == (4, 0)
    receiver.execute(log)
    assert [number for number, _ in log.seen] == [1, 2, 3, 4]


def test_duplicates_and_what_is_beyond_the_window_change_nothing() -> None:
    receiver, log = CommandReceiver(MemoryStore()), Log()
    assert receiver.receive(1, command(1)) is Acceptance.ACCEPTED
    assert receiver.receive(1, command(9)) is Acceptance.DUPLICATE
    receiver.execute(log)
    assert receiver.receive(1, command(9)) is Acceptance.DUPLICATE
    assert receiver.receive(1 + COMMAND_WINDOW, command(0)) is Acceptance.ACCEPTED
    assert receiver.receive(2 + COMMAND_WINDOW, command(0)) is Acceptance.BEYOND_WINDOW
    receiver.execute(log)
    assert log.seen == [(1, SetStrategy("s1"))]
    assert receiver.window == 1 << COMMAND_WINDOW - 1


def test_what_cannot_be_read_has_its_turn_too() -> None:
    receiver, log = CommandReceiver(MemoryStore()), Log()
    receiver.receive(1, b"\x07nonsense")
    receiver.receive(2, command(2))
    receiver.execute(log)
    assert log.seen == [(1, None), (2, SetStrategy("s2"))]


def test_nothing_follows_a_reset_before_the_restart() -> None:
    store, log = MemoryStore(), Log()
    receiver = CommandReceiver(store)
    for number, data in enumerate((command(1), encode(Reset()), command(3)), 1):
        receiver.receive(number, data)
    assert receiver.execute(log)
    assert [number for number, _ in log.seen] == [1, 2]
    rebooted = CommandReceiver(store)
    assert not rebooted.execute(log)
    assert [number for number, _ in log.seen] == [1, 2, 3]


@pytest.mark.parametrize("dies_after_sync", [False, True])
def test_a_death_between_acceptance_and_execution_loses_nothing(dies_after_sync: bool) -> None:
    disk, log = SimulatedDisk(), Log()
    receiver = CommandReceiver(disk)
    receiver.receive(1, command(1))
    if dies_after_sync:
        disk.sync()
    disk.crash()
    rebooted = CommandReceiver(disk)
    assert rebooted.accepted == int(dies_after_sync)
    assert rebooted.receive(1, command(1)) is (Acceptance.DUPLICATE if dies_after_sync else Acceptance.ACCEPTED)
    rebooted.execute(log)
    assert log.seen == [(1, SetStrategy("s1"))]


def test_a_death_between_execution_and_sync_executes_again_on_what_was_there_before() -> None:
    disk = SimulatedDisk()

    def count(_sequence: int, _command: Telecommand | None) -> None:
        disk.put("effect", bytes([(disk.get("effect") or b"\0")[0] + 1]))

    receiver = CommandReceiver(disk)
    receiver.receive(1, command(1))
    disk.sync()
    receiver.execute(count)
    disk.crash()
    rebooted = CommandReceiver(disk)
    rebooted.execute(count)
    disk.sync()
    disk.crash()
    CommandReceiver(disk).execute(count)
    assert disk.get("effect") == b"\x01"


def test_a_store_that_is_drained_holds_one_mark() -> None:
    store = MemoryStore()
    receiver = CommandReceiver(store)
    for number in range(1, 300):
        receiver.receive(number, command(number))
        receiver.execute(lambda *_: None)
    assert len(store.items("")) == 1
    assert CommandReceiver(store).accepted == 299
