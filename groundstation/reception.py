"""One spacecraft as the mission centre sees it: frames in, telecommands and reports out, and what is kept of it."""

from collections.abc import Iterable, Iterator

from groundstation.clock_correlation import LIGHT_NS, ClockCorrelation
from groundstation.command_queue import Changes, CommandQueue, State
from groundstation.deframer import Deframer
from groundstation.grant_room import GrantRoom
from groundstation.messages import ReceptionCounts, SpacecraftLink
from groundstation.reassembly import Reassembly
from groundstation.stretches import ImageStretch
from onboard.comms.packets import Packet
from onboard.comms.runs import Part
from onboard.comms.security import OVERHEAD_BYTES, Direction, Opener, OpenerCounts, OpenerState, Sealer
from onboard.comms.tc_frames import MAX_TC_FRAME_BYTES, TC_FRAME_OVERHEAD_BYTES, build_tc_frame, most_tc_data_bytes
from onboard.comms.telecommands import RotateKey, Telecommand
from onboard.sequences import DurableCounter
from onboard.storage import Store
from onboard.wire import Codec

SEQUENCE_BLOCK = 4096
_CODEC = Codec(OpenerState)


class Reception:
    """Both directions of a link. What it keeps becomes durable with the store's next sync."""

    def __init__(self, link: SpacecraftLink, store: Store) -> None:
        self.name = link.name
        self.hold_ns = link.network_ns + link.slot_ns
        """A telecommand handed out now reaches its station, and a grant there, within this time."""
        self._link = link
        self._store = store
        self._counter = DurableCounter(store, f"security/{link.name}/uplink", SEQUENCE_BLOCK)
        self._opener_key = f"security/{link.name}/opener"
        self._rotations_key = f"security/{link.name}/rotations"
        self._keys = dict(link.keys)
        self._sealer: Sealer | None = None
        self._opener: Opener | None = None
        self._kept = OpenerState()
        if self._keys:
            self._secure()
        self._frame_overhead_bytes = TC_FRAME_OVERHEAD_BYTES + (OVERHEAD_BYTES if self._keys else 0)
        self._deframer = Deframer(link.spacecraft_id, link.frame_length_bytes, self._opener)
        self.reassembly = Reassembly()
        most_packet_bytes = min(link.report_bytes, MAX_TC_FRAME_BYTES) - self._frame_overhead_bytes
        settle_ns = self.hold_ns + link.slot_ns + LIGHT_NS
        self.commands = CommandQueue(store, link.name, most_packet_bytes, settle_ns)
        self.awaits_report = False
        self.clock = ClockCorrelation(store, link.name, link.network_ns, link.slot_ns)

    @property
    def wants_uplink(self) -> bool:
        """Whether there is anything to tell the spacecraft."""
        return self.awaits_report or self.commands.has_work

    @property
    def counts(self) -> ReceptionCounts:
        """What came of all frames since the start."""
        deframed, reassembled = self._deframer.counts, self.reassembly.counts
        opened = self._opener.counts if self._opener else OpenerCounts()
        return ReceptionCounts(
            frames_accepted=deframed.frames,
            frames_damaged=deframed.bad_frames,
            frames_repeated=deframed.duplicates,
            frames_unknown_key=opened.unknown,
            frames_retired_key=opened.retired,
            frames_replayed=opened.replayed,
            frames_forged=opened.forged,
            gaps=deframed.gaps,
            packets_discarded=deframed.discarded_packets,
            segments_repeated=reassembled.duplicates,
            segments_contradictory=reassembled.conflicts,
            products_damaged=reassembled.damaged,
            products_evicted=reassembled.evicted,
        )

    def receive(self, parts: Iterable[Part]) -> list[Packet | ImageStretch]:
        """What frames carried. Which of them were opened is put into the store, before any effect of theirs."""
        heard = self._deframer.receive(parts)
        self._keep()
        return heard

    def uplink(self, now_ns: int) -> tuple[tuple[bytes, ...], Changes]:
        """Transfer frames for a grant, and the telecommands among them that go up for the first time."""
        room = GrantRoom(self._link.report_bytes, self._frame_overhead_bytes, most_tc_data_bytes(self._sealer))
        changes = self.commands.fill(now_ns, room, self.reassembly.report if self.awaits_report else None)
        return tuple(self._frames(room.data_fields)), changes

    def order(self, commands: Iterable[Telecommand]) -> Changes:
        """Take an operator's order, all of it or, where it could have no effect, none: ValueError says why.

        A key for the downlink is accepted from now on: the spacecraft will be told to use it.
        """
        commands = tuple(commands)
        for command in commands:
            if isinstance(command, RotateKey):
                self._check_rotation(command)
        changes = self.commands.enqueue(*commands)
        for command in commands:
            if isinstance(command, RotateKey) and command.direction == "downlink" and self._opener:
                self._opener.expect(command.key_id)
        self._keep()
        return changes

    def completed(self, sequence: int) -> Changes:
        """Learn that a telecommand was executed; a spacecraft that accepts another key is spoken to with it."""
        command = self.commands.telecommand(sequence)
        changes = self.commands.tell(sequence, State.COMPLETED)
        if changes and isinstance(command, RotateKey) and command.direction == "uplink":
            self._rotate(command.key_id)
        return changes

    def refill(self) -> None:
        """Reserve sequence numbers for what is sent next; this synchronises the store."""
        if self._sealer is not None:
            self._counter.refill()

    def _check_rotation(self, command: RotateKey) -> None:
        if self._sealer is None or self._opener is None:
            raise ValueError("the link is clear: it has no keys")
        if command.key_id not in self._keys:
            raise ValueError(f"the mission centre has no key {command.key_id} of {self.name}")
        active_id = self._opener.state.active_id if command.direction == "downlink" else self._sealer.rotations[-1][1]
        if command.key_id <= active_id:
            raise ValueError(f"key {active_id} is in use, and a rotation goes to a higher one")

    def _rotate(self, key_id: int) -> None:
        if self._sealer is not None and self._sealer.rotate(key_id, 0):
            self._store.put(self._rotations_key, _CODEC.encode(self._sealer.rotations))

    def _keep(self) -> None:
        if self._opener is not None and self._opener.state != self._kept:
            self._kept = self._opener.state
            self._store.put(self._opener_key, _CODEC.encode(self._kept))

    def _secure(self) -> None:
        spacecraft_id = self._link.spacecraft_id
        kept = self._store.get(self._rotations_key)
        rotations = ((0, min(self._keys)),) if kept is None else _CODEC.decode(kept)
        self._sealer = Sealer(self._keys, spacecraft_id, Direction.UP, self._counter, rotations)
        state = self._store.get(self._opener_key)
        self._kept = OpenerState() if state is None else _CODEC.decode(state)
        self._opener = Opener(self._keys, spacecraft_id, Direction.DOWN, self._kept)

    def _frames(self, data_fields: tuple[bytes, ...]) -> Iterator[bytes]:
        return (build_tc_frame(self._link.spacecraft_id, data, self._sealer) for data in data_fields)
