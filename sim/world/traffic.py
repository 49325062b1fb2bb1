"""What goes over radio links and the ground network: granted, sent, delayed, lost, and told.

No byte between the nodes of a run takes another way.
"""

from collections.abc import Callable

from groundstation import messages as ground
from onboard import commands, events
from onboard.comms.runs import frames_in, sent_bytes
from onboard.mission_time import to_ns
from sim.executive import Delivery
from sim.facts import SlotSent, UplinkSent
from sim.radiation.striking import Striking
from sim.scenario import Scenario
from sim.streams import Streams
from sim.world.channels import channel_bytes
from sim.world.link import Channel, Contact, transmission_ns
from sim.world.slots import Slot

CENTRE = "centre"
GRANT_LAST = 1
"""Within an instant radio grants come after whatever else arrived."""

Answer = object
"""A delivery, or a fact for the journal."""
Arrivals = Callable[[str, int], tuple[int, ...]]
"""When a telecommand to a satellite that would arrive at an instant does."""


class Traffic:
    """Methods answer with deliveries and facts. Satellites and stations are counted as in the scenario."""

    def __init__(
        self,
        scenario: Scenario,
        arrivals_ns: Arrivals = lambda _satellite, at_ns: (at_ns,),
        striking: Striking | None = None,
    ) -> None:
        self._scenario = scenario
        self._arrivals_ns = arrivals_ns
        self._striking = striking or Striking(scenario)
        self._index = {satellite.name: index for index, satellite in enumerate(scenario.satellite)}
        self._channel = Channel(scenario.link, Streams(scenario.seed))
        self._slots: dict[int, Slot] = {}

    def names(self, contact: Contact) -> tuple[str, str]:
        """A contact's satellite and station."""
        return self._scenario.satellite[contact.satellite].name, self._scenario.station[contact.station].name

    def grant(self, slot: Slot, *, is_silent: bool) -> list[Answer]:
        """A slot begins; a satellite whose radio is off neither speaks nor hears."""
        satellite, station = self.names(slot.contact)
        self._slots[slot.contact.satellite] = slot
        if is_silent:
            return []
        answers: list[Answer] = []
        if slot.down_bytes:
            granted = events.TransmitGranted(slot.down_bytes, slot.is_rest)
            answers.append(Delivery(slot.start_ns, satellite, granted, GRANT_LAST))
        if slot.up_bytes:
            granted_up = ground.UplinkGranted(satellite, slot.up_bytes)
            answers.append(Delivery(slot.start_ns, station, granted_up, GRANT_LAST))
        return answers

    def transmit(self, now_ns: int, satellite: str, sent: commands.Transmit) -> list[Answer]:
        """Frames leave a satellite in a slot granted to it."""
        slot = self._slots[self._index[satellite]]
        n_bytes = sent_bytes(sent.parts)
        assert slot.start_ns == now_ns, "transmission outside a granted slot"
        assert n_bytes <= slot.down_bytes, "transmission beyond the grant"
        _, station = self.names(slot.contact)
        length = self._scenario.satellite[slot.contact.satellite].radio.frame_length_bytes
        arrived = self._channel.surviving(now_ns, satellite, sent.parts, length, slot.down_error_rate)
        arrived, struck = self._striking.damaged(slot.contact.satellite, slot.start_ns, slot.end_ns, arrived)
        delivered = sum(frames_in(part, length) for part in arrived)
        lost = n_bytes // length - delivered
        channels = channel_bytes(sent.parts, length)
        at_ns = now_ns + transmission_ns(n_bytes, slot.down_rate_bps) + slot.delay_ns
        arrives_ns = at_ns + self._network_ns(satellite)
        answers: list[Answer] = [
            SlotSent(satellite, station, slot.down_bytes, n_bytes, lost, delivered, channels, arrives_ns)
        ]
        answers.extend(struck)
        if arrived:
            answers.append(Delivery(at_ns, station, ground.FramesReceived(satellite, arrived)))
        return answers

    def radiate(self, now_ns: int, station: str, sent: ground.Radiate) -> list[Answer]:
        """Telecommand frames leave a station, one after another."""
        satellite = self._index[sent.spacecraft]
        slot = self._slots[satellite]
        assert slot.start_ns == now_ns, "telecommand outside a granted slot"
        assert sum(map(len, sent.frames)) <= slot.up_bytes, "telecommand beyond the grant"
        rate_bps = self._scenario.satellite[satellite].radio.uplink_rate_bps
        answers: list[Answer] = []
        n_bytes = 0
        for frame in sent.frames:
            n_bytes += len(frame)
            is_lost = self._channel.loses(now_ns, station, slot.up_error_rate)
            answers.append(UplinkSent(sent.spacecraft, station, len(frame), is_lost))
            if not is_lost:
                at_ns = now_ns + transmission_ns(n_bytes, rate_bps) + slot.delay_ns
                received = events.TelecommandReceived(frame)
                arrivals_ns = self._arrivals_ns(sent.spacecraft, at_ns)
                answers += [Delivery(arrives_ns, sent.spacecraft, received) for arrives_ns in arrivals_ns]
        return answers

    def forward(self, now_ns: int, station: str, sent: ground.ForwardFrames) -> Delivery:
        """A station's frames go to the mission centre."""
        forwarded = ground.FramesForwarded(station, sent.spacecraft, sent.parts)
        return Delivery(now_ns + self._network_ns(sent.spacecraft), CENTRE, forwarded)

    def queue(self, now_ns: int, sent: ground.SendTelecommands) -> Delivery:
        """The mission centre's telecommands go to a station."""
        queued = ground.TelecommandsQueued(sent.spacecraft, sent.frames, sent.until_ns)
        return Delivery(now_ns + self._network_ns(sent.spacecraft), sent.station, queued)

    def _network_ns(self, spacecraft: str) -> int:
        return to_ns(self._scenario.satellite[self._index[spacecraft]].radio.station_latency_s)
