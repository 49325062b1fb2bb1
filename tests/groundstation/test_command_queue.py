"""The mission centre's end of telecommanding."""

from itertools import product

import pytest

from groundstation.command_queue import BULK_WINDOW, TRANSITIONS, CommandQueue, State
from groundstation.grant_room import GrantRoom
from onboard.comms.reports import MIN_REPORT_BYTES
from onboard.comms.telecommand_catalogue import decode
from onboard.comms.telecommand_packets import COMMAND_WINDOW, CommandPacket, ReportPacket, parse_packets
from onboard.comms.telecommands import (
    ActivateModel,
    LoadModelPart,
    PlannedPass,
    SetPassPlan,
    SetStrategy,
    SetThreshold,
    Telecommand,
)
from onboard.mission_time import NS_PER_S
from onboard.storage import MemoryStore, Store
from sim.world.disk import SimulatedDisk

OVERHEAD, MOST = 7, 1017
SETTLE_NS = 2 * NS_PER_S


def queue(store: Store | None = None, most_packet_bytes: int = 930) -> CommandQueue:
    return CommandQueue(MemoryStore() if store is None else store, "ember-1", most_packet_bytes, SETTLE_NS)


def heard(store: Store | None = None, accepted: int = 0) -> CommandQueue:
    it = queue(store)
    it.hear(0, accepted, 0)
    return it


def sent(
    it: CommandQueue, now_s: int, granted_bytes: int = 4_000, report: bytes | None = None
) -> list[CommandPacket | ReportPacket]:
    room = GrantRoom(granted_bytes, OVERHEAD, MOST)
    it.fill(now_s * NS_PER_S, room, None if report is None else lambda most: report[:most])
    assert sum(OVERHEAD + len(data) for data in room.data_fields) <= granted_bytes
    return [packet for data in room.data_fields for packet in parse_packets(data)]


def numbers(packets: list[CommandPacket | ReportPacket]) -> list[int]:
    return [packet.sequence for packet in packets if isinstance(packet, CommandPacket)]


def model_parts(count: int, size: int = 900) -> list[Telecommand]:
    return [LoadModelPart(1, size * place, bytes(size)) for place in range(count)]


def test_what_is_missing_is_repeated_and_nothing_else() -> None:
    it = heard()
    for name in ("a", "b", "c", "d"):
        it.enqueue(SetStrategy(name))
    assert numbers(sent(it, 10)) == [1, 2, 3, 4]
    assert numbers(sent(it, 11)) == []
    it.hear(11 * NS_PER_S, 1, 0b10)
    assert numbers(sent(it, 12)) == []  # made before they could be there
    it.hear(12 * NS_PER_S, 1, 0b10)
    assert numbers(sent(it, 13)) == [2, 4]
    it.hear(20 * NS_PER_S, 4, 0)
    assert numbers(sent(it, 21)) == []
    assert not it.has_work


def test_states_are_told_once_each() -> None:
    it = queue()
    told = list(it.enqueue(SetStrategy("a")))
    room = GrantRoom(4_000, OVERHEAD, MOST)
    assert it.fill(0, room) == ()  # nothing is numbered before the spacecraft was heard
    told += it.hear(0, 0, 0)
    told += it.fill(0, room)
    for told_s in (1, 2, 3):
        told += it.hear(told_s * NS_PER_S, 1, 0)
    told += it.tell(1, State.COMPLETED)
    told += it.tell(1, State.FAILED, "late")
    assert [(one.order, one.sequence, one.word, one.state) for one in told] == [
        (1, 0, "set_strategy", "queued"),
        (1, 1, "set_strategy", "radiated"),
        (1, 1, "set_strategy", "accepted"),
        (1, 1, "set_strategy", "completed"),
    ]
    assert it.telecommand(1) is None


def in_state(state: State) -> CommandQueue:
    it = heard()
    it.enqueue(SetStrategy("a"))
    if state is not State.QUEUED:
        sent(it, 1)
    if state is not State.RADIATED and state is not State.QUEUED:
        it.hear(5 * NS_PER_S, 1, 0)
    if not TRANSITIONS[state]:
        it.tell(1, state)
    return it


@pytest.mark.parametrize(("state", "news"), list(product(State, State)))
def test_every_cell_of_the_table(state: State, news: State) -> None:
    it = in_state(state)
    if news is State.QUEUED or state is State.QUEUED:
        assert not it.tell(1, news)
        return
    told = it.tell(1, news, "why")
    assert [(one.state, one.reason) for one in told] == ([(news, "why")] if news in TRANSITIONS[state] else [])


def test_a_report_may_overtake_housekeeping() -> None:
    it = heard()
    it.enqueue(SetStrategy("a"))
    sent(it, 1)
    assert [one.state for one in it.tell(1, State.COMPLETED)] == [State.COMPLETED]
    assert it.hear(9 * NS_PER_S, 1, 0) == ()
    assert numbers(sent(it, 10)) == []


def test_no_number_beyond_the_window() -> None:
    it = heard()
    for name in range(100):
        it.enqueue(SetStrategy(f"s{name}"))
    assert numbers(sent(it, 1, 100_000)) == list(range(1, COMMAND_WINDOW + 1))
    it.hear(2 * NS_PER_S, 3, 0)
    assert numbers(sent(it, 3, 100_000)) == [COMMAND_WINDOW + 1, COMMAND_WINDOW + 2, COMMAND_WINDOW + 3]


def test_an_operators_telecommand_overtakes_a_models_parts() -> None:
    it = heard()
    for command in (*model_parts(200), ActivateModel(1)):
        it.enqueue(command)
    assert numbers(sent(it, 1, 3_000)) == [1, 2, 3]
    it.enqueue(SetStrategy("raw"))
    packets = sent(it, 2, 2_000)
    assert decode(packets[0].data) == SetStrategy("raw")
    assert numbers(packets) == [4, 5, 6]
    assert numbers(sent(it, 3, 1_000_000))[-1] == BULK_WINDOW + 1
    it.enqueue(SetThreshold("wildfire", 0.5))
    assert numbers(sent(it, 4)) == [BULK_WINDOW + 2]


def test_a_model_is_activated_after_its_parts() -> None:
    it = heard()
    for command in (*model_parts(60), ActivateModel(1)):
        it.enqueue(command)
    words: dict[int, str] = {}
    for second in range(1, 20):
        for one in sent(it, 10 * second, 20_000):
            assert isinstance(one, CommandPacket)
            words[one.sequence] = type(decode(one.data)).__name__
        it.hear((10 * second + 5) * NS_PER_S, len(words), 0)
    assert words[61] == "ActivateModel"
    # Parts end with their acceptance, the activation with its report.
    assert [number for number in words if it.telecommand(number)] == [61]


def test_a_long_upload_starves_no_report_and_no_report_the_upload() -> None:
    it = heard()
    for command in model_parts(300):
        it.enqueue(command)
    for second, granted_bytes in enumerate([1_200, 2_000, 9_600, 1_200, 4_000], 1):
        packets = sent(it, second, granted_bytes, report=bytes(5_000))
        reports = [one for one in packets if isinstance(one, ReportPacket)]
        assert len(reports) == 1 or second in (2, 5)  # the grant before was too small for both
        if reports and numbers(packets):
            assert MIN_REPORT_BYTES <= len(reports[0].data) <= granted_bytes // 2
        it.hear(second * NS_PER_S, 0, 0)


def test_in_grants_too_small_for_both_they_take_turns() -> None:
    it = heard()
    for command in model_parts(40, size=150):
        it.enqueue(command)
    kinds = []
    for second in range(1, 9):
        packets = sent(it, second, 190, report=bytes(500))
        kinds.append("".join("r" if isinstance(one, ReportPacket) else "c" for one in packets))
    assert kinds == ["r", "c"] * 4


def test_a_short_report_leaves_its_room_to_telecommands() -> None:
    it = heard()
    for command in model_parts(4):
        it.enqueue(command)
    packets = sent(it, 1, 4_000, report=bytes(20))
    assert isinstance(packets[0], ReportPacket)
    assert numbers(packets) == [1, 2, 3, 4]


def test_alone_a_report_has_all_the_room() -> None:
    (packet,) = sent(heard(), 1, 600, report=bytes(5_000))
    assert len(packet.data) == 600 - OVERHEAD - 6


def test_a_long_pass_plan_becomes_several_telecommands_of_one_packet_each() -> None:
    it = queue(most_packet_bytes=100)
    plan = SetPassPlan(tuple(PlannedPass(n * 10**12, n * 10**12 + 10**11, 10**8) for n in range(1, 20)))
    assert len(it.enqueue(plan)) > 3
    it.hear(0, 0, 0)
    plans = [decode(packet.data) for packet in sent(it, 1, 100_000)]
    assert tuple(one for each in plans if isinstance(each, SetPassPlan) for one in each.passes) == plan.passes
    with pytest.raises(ValueError, match="load_model_part takes"):
        it.enqueue(model_parts(1)[0])


def test_after_a_restart_all_that_is_not_known_as_accepted_goes_up_again() -> None:
    disk = SimulatedDisk()
    it = heard(disk)
    for name in ("a", "b", "c"):
        it.enqueue(SetStrategy(name))
    sent(it, 1)
    it.hear(5 * NS_PER_S, 1, 0)
    disk.sync()
    it.enqueue(SetStrategy("lost, and nobody was told"))
    disk.crash()
    it = queue(disk)
    assert numbers(sent(it, 6)) == [2, 3]
    assert [it.telecommand(number) is not None for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert it.tell(1, State.REFUSED, "unknown strategy")[0].reason == "unknown strategy"


def test_a_centre_that_lost_its_store_numbers_on_from_what_the_spacecraft_has() -> None:
    it = queue()
    it.enqueue(SetStrategy("a"))
    it.enqueue(SetStrategy("b"))
    assert sent(it, 1) == []
    it.hear(2 * NS_PER_S, 100, 0b10)
    assert numbers(sent(it, 3)) == [101, 103]


def test_late_housekeeping_takes_nothing_back() -> None:
    it = heard()
    for name in ("a", "b", "c"):
        it.enqueue(SetStrategy(name))
    sent(it, 1)
    it.hear(9 * NS_PER_S, 2, 0)
    assert it.hear(2 * NS_PER_S, 0, 0) == ()
    assert numbers(sent(it, 10)) == [3]


def test_ended_telecommands_leave_nothing_in_the_store() -> None:
    store = MemoryStore()
    it = heard(store)
    for command in model_parts(30):
        it.enqueue(command)
    sent(it, 1, 100_000)
    it.hear(9 * NS_PER_S, 30, 0)
    assert [key for key, _ in store.items("")] == ["commands/ember-1/counters"]


@pytest.mark.parametrize("granted_bytes", [0, 5, 7, 8])
def test_a_grant_for_nothing_is_left_alone(granted_bytes: int) -> None:
    it = heard()
    it.enqueue(SetStrategy("a"))
    assert sent(it, 1, granted_bytes, report=bytes(100)) == []
    assert it.has_work


def test_a_room_packs_whole_packets() -> None:
    room = GrantRoom(100, 10, 40)
    assert [room.put(bytes(size)) for size in (41, 30, 10, 30, 30, 10)] == [False, True, True, True, False, True]
    assert [len(data) for data in room.data_fields] == [40, 40]
    assert room.largest == 0
