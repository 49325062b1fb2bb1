"""What goes out to field terminals: granted, sent once for all who hear it, lost to each by its own chance."""

from groundstation.messages import FramesReceived
from onboard.commands import BroadcastFrames
from onboard.events import BroadcastGranted
from sim.executive import Delivery
from sim.facts import BroadcastSent
from sim.scenario import Scenario
from sim.streams import Streams
from sim.world.broadcasts import BroadcastSlot
from sim.world.link import Channel, transmission_ns
from sim.world.traffic import GRANT_LAST, Answer


class Broadcasting:
    """Methods answer with deliveries and facts."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._index = {satellite.name: index for index, satellite in enumerate(scenario.satellite)}
        self._channel = Channel(scenario.link, Streams(scenario.seed))
        self._slots: dict[int, BroadcastSlot] = {}

    def grant(self, slot: BroadcastSlot, *, is_silent: bool) -> list[Answer]:
        """A slot begins; a satellite whose radio is off does not speak."""
        self._slots[slot.satellite] = slot
        if is_silent:
            return []
        name = self._scenario.satellite[slot.satellite].name
        return [Delivery(slot.start_ns, name, BroadcastGranted(slot.down_bytes), GRANT_LAST)]

    def airtime_ns(self, satellite: int, sent: BroadcastFrames) -> int:
        """How long a satellite's transmitter is on for what it sends."""
        return transmission_ns(len(sent.frames), self._slots[satellite].rate_bps)

    def send(self, now_ns: int, satellite: str, sent: BroadcastFrames) -> list[Answer]:
        """Frames leave a satellite in a slot granted to it, for every terminal that hears it."""
        slot = self._slots[self._index[satellite]]
        assert slot.start_ns == now_ns, "broadcast outside a granted slot"
        assert len(sent.frames) <= slot.down_bytes, "broadcast beyond the grant"
        length = self._scenario.satellite[slot.satellite].radio.frame_length_bytes
        sent_ns = now_ns + transmission_ns(len(sent.frames), slot.rate_bps)
        answers: list[Answer] = []
        lost: list[tuple[str, int]] = []
        for listener in slot.listeners:
            terminal = self._scenario.station[listener.station].name
            name = f"{satellite}/{terminal}"
            arrived = self._channel.surviving(now_ns, name, (sent.frames,), length, listener.error_rate)
            frames = b"".join(part for part in arrived if isinstance(part, bytes))
            lost.append((terminal, (len(sent.frames) - len(frames)) // length))
            if frames:
                answers.append(Delivery(sent_ns + listener.delay_ns, terminal, FramesReceived(satellite, (frames,))))
        return [BroadcastSent(satellite, slot.down_bytes, len(sent.frames), tuple(lost)), *answers]
