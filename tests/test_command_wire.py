"""Both ends of telecommanding joined by a wire that loses, repeats, delays and reorders, and both ends dying.

Every telecommand is executed exactly once or is still pending, in the order of its lane.
"""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundstation.command_queue import Changes, CommandQueue, State
from groundstation.grant_room import GrantRoom
from onboard.comms.command_receiver import Acceptance, CommandReceiver
from onboard.comms.telecommand_catalogue import entry_of
from onboard.comms.telecommand_packets import CommandPacket, parse_packets
from onboard.comms.telecommands import FetchFrame, LoadModelPart, Reset, Telecommand
from onboard.mission_time import NS_PER_S
from onboard.payload.varints import Reader, varints
from sim.world.disk import SimulatedDisk
from tests.lossy_wire import Wire


class Mission:
    """A centre and a spacecraft, each with a disk that loses what was not synchronised when its process dies."""

    def __init__(self, up: Wire, down: Wire) -> None:
        self.up, self.down = up, down
        self.ground_disk, self.flight_disk = SimulatedDisk(), SimulatedDisk()
        self.now_ns = 0
        self.states: dict[int, str] = {}
        self.boot_centre()
        self.boot_spacecraft()

    def boot_centre(self) -> None:
        self.ground_disk.crash()
        self.queue = CommandQueue(self.ground_disk, "ember-1", 930, settle_ns=2 * NS_PER_S)

    def boot_spacecraft(self) -> None:
        self.flight_disk.crash()
        self.receiver = CommandReceiver(self.flight_disk)
        while self.receiver.execute(self.execute):  # each reset is one more boot
            self.flight_disk.sync()
            self.receiver = CommandReceiver(self.flight_disk)

    def order(self, command: Telecommand) -> None:
        """An operator's order."""
        self.note(self.queue.enqueue(command))

    def note(self, changes: Changes) -> None:
        """How far telecommands came, by their order."""
        self.states |= {change.order: change.state for change in changes}

    def executed(self) -> list[Telecommand]:
        """The effects that outlive everything: the spacecraft's own journal of what it did."""
        return [FetchFrame(Reader(data).varint(), "raw", 1) for _, data in self.flight_disk.items("effect/")]

    def execute(self, _sequence: int, command: Telecommand | None) -> None:
        assert command is not None
        key = f"effect/{len(self.flight_disk.items('effect/')):06d}"
        self.flight_disk.put(key, varints(identity(command)))

    def second(self, granted_bytes: int, fate: str = "-") -> None:
        """A second of a pass. Deaths by fate: `C`, `R`, `c` of the centre before it spoke, when it had, and when it had
        heard; `a`, `A`, `e`, `s` of the spacecraft when it had accepted, had synchronised that, had executed, and had
        synchronised all, its word unsaid."""
        self.now_ns += NS_PER_S
        room = GrantRoom(granted_bytes, 7, 1017)
        self.note(self.queue.fill(self.now_ns, room))
        if fate == "C":
            self.boot_centre()
            return
        self.ground_disk.sync()
        for data in self.up.carry(room.data_fields):
            self.arrive(data)
        if fate == "R":
            self.boot_centre()
        if fate in "aA":
            if fate == "A":
                self.flight_disk.sync()
            self.boot_spacecraft()
        else:
            is_reset = self.receiver.execute(self.execute)
            if fate == "e":
                self.boot_spacecraft()
            else:
                self.flight_disk.sync()
                if fate == "s" or is_reset:
                    self.boot_spacecraft()
        told = varints(self.now_ns, self.receiver.accepted) + self.receiver.window.to_bytes(8, "big")
        self.flight_disk.sync()
        for word in self.down.carry((told,)):
            reader = Reader(word)
            self.note(self.queue.hear(reader.varint(), reader.varint(), int.from_bytes(reader.rest(), "big")))
        self.ground_disk.sync()
        if fate == "c":
            self.boot_centre()

    def arrive(self, data: bytes) -> None:
        for packet in parse_packets(data):
            if isinstance(packet, CommandPacket):
                assert self.receiver.receive(packet.sequence, packet.data) is not Acceptance.BEYOND_WINDOW


def identity(command: Telecommand) -> int:
    match command:
        case FetchFrame(frame_id):
            return frame_id
        case LoadModelPart(_, offset):
            return 10_000 + offset
        case _:
            return 20_000


def made(number: int, kind: str) -> Telecommand:
    kinds: dict[str, Telecommand] = {
        "f": FetchFrame(number, "raw", 1),
        "p": LoadModelPart(1, number, bytes(300)),
        "r": Reset(),
    }
    return kinds[kind]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.text("fffpppr", max_size=20), max_size=25),
    st.lists(st.tuples(st.sampled_from([0, 40, 900, 3_000]), st.sampled_from("-------cCRaAes")), max_size=30),
    st.integers(0, 2**32),
    st.floats(0, 0.4),
    st.floats(0, 0.3),
    st.sampled_from([0.0, 0.2, 0.6]),
    st.sampled_from([0.0, 0.1]),
)
def test_every_telecommand_is_executed_once_in_order_or_pending(
    ordered: list[str],
    seconds: list[tuple[int, str]],
    seed: int,
    loss: float,
    repeat: float,
    delay: float,
    damage: float,
) -> None:
    up = Wire(Random(f"up {seed}"), loss, repeat, delay, damage)
    down = Wire(Random(f"down {seed}"), loss, repeat, delay)
    mission = Mission(up, down)
    orders: list[Telecommand] = []
    for granted_bytes, fate in seconds:
        for kind in ordered.pop() if ordered else "":
            command = made(len(orders), kind)
            orders.append(command)
            mission.order(command)
        mission.ground_disk.sync()  # an order that was taken is durable before anybody is told so
        mission.second(granted_bytes, fate)
        check(mission, orders)
    mission.up.loss = mission.up.delay = mission.up.damage = mission.down.loss = mission.down.delay = 0.0
    for _ in range(60):
        mission.second(4_000)
    assert not mission.queue.has_work
    check(mission, orders)
    assert len(mission.executed()) == len(orders)
    mission.second(4_000)
    assert mission.receiver.window == 0


def check(mission: Mission, orders: list[Telecommand]) -> None:
    """Executed exactly once each, in the order of each lane; the rest is pending on the ground or held on board."""
    done = [one.frame_id for one in mission.executed() if isinstance(one, FetchFrame)]
    for is_bulk in (False, True):
        lane = [identity(one) for one in orders if entry_of(one).is_bulk is is_bulk]
        in_lane = [one for one in done if (10_000 <= one < 20_000) is is_bulk]
        assert in_lane == lane[: len(in_lane)]
    waiting = sum(state in (State.QUEUED, State.RADIATED) for state in mission.states.values())
    assert len(orders) - waiting <= mission.receiver.accepted + mission.receiver.window.bit_count()


@pytest.mark.parametrize("loss", [0.0, 0.1])
def test_a_model_goes_up_at_nearly_the_rate_of_the_link(loss: float) -> None:
    """300 parts over 9,600 bit/s; 10 % loss costs at most 1.3 times."""
    mission = Mission(Wire(Random(1), loss, 0.0, 0.0), Wire(Random(2), loss, 0.0, 0.0))
    for number in range(300):
        mission.queue.enqueue(LoadModelPart(1, number, bytes(900)))
    while mission.queue.has_work:
        mission.second(1_200)
        assert mission.now_ns < 1_000 * NS_PER_S
    assert len(mission.executed()) == 300
    assert mission.now_ns / NS_PER_S <= (300 + 6) * (1.3 if loss else 1.0)
