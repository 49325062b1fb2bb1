"""What faults do to radio links: silence, passes that end early, rain, interference, telecommands late and twice."""

from dataclasses import replace

import numpy as np

from onboard.mission_time import to_ns
from sim.faults.active import ActiveFaults
from sim.faults.settings import Fault
from sim.planning import FlightPlan
from sim.scenario import Scenario
from sim.world.link import Contact
from sim.world.radio import volume_bytes
from sim.world.slots import Slot, downlink, path, uplink_error_rate


class LinkFaults:
    """Satellites and stations are counted as in the scenario."""

    def __init__(self, scenario: Scenario, flight_plan: FlightPlan, active: ActiveFaults) -> None:
        self._scenario = scenario
        self._plan = flight_plan
        self._active = active
        self._ends_ns: dict[Contact, int] = {}

    def cut(self, now_ns: int, satellite: int, fault: Fault) -> None:
        """The pass that goes on, or the next, loses its end."""
        assert fault.lost_s is not None
        later = [one for one in self._plan.contacts if one.satellite == satellite and one.los_ns > now_ns]
        if later:
            contact = min(later, key=lambda one: one.aos_ns)
            self._ends_ns[contact] = contact.los_ns - to_ns(fault.lost_s)

    def is_silent(self, slot: Slot) -> bool:
        """Whether nothing goes either way in a slot."""
        satellite, station = self._names(slot)
        is_over = slot.start_ns >= self._ends_ns.get(slot.contact, slot.end_ns)
        return is_over or self.is_mute(satellite) or self._active.holds("station_out", station)

    def is_mute(self, satellite: str) -> bool:
        """Whether a satellite's radio is out."""
        return self._active.holds("radio_out", satellite)

    def worsened(self, slot: Slot) -> Slot:
        """A slot as rain and interference leave it."""
        satellite, station = self._names(slot)
        loss = self._active.worst("loss_burst", satellite, "frame_loss")
        if fade_db := self._active.worst("rain_fade", station, "fade_db"):
            slot = self._faded(slot, fade_db)
        if self._scenario.satellite[slot.contact.satellite].radio.downlink is None:
            loss = _either(loss, self._active.worst("rain_fade", station, "frame_loss"))
        if not loss:
            return slot
        down, up = (_either(error, loss) for error in (slot.down_error_rate, slot.up_error_rate))
        return replace(slot, down_error_rate=down, up_error_rate=up)

    def arrivals_ns(self, satellite: str, at_ns: int) -> tuple[int, ...]:
        """When a telecommand that would be there at an instant is: later, or twice."""
        at_ns += to_ns(self._active.worst("command_late", satellite, "delay_s"))
        if not self._active.holds("command_duplicated", satellite):
            return (at_ns,)
        return (at_ns, at_ns + to_ns(self._active.worst("command_duplicated", satellite, "delay_s")))

    def _faded(self, slot: Slot, fade_db: float) -> Slot:
        """With so much less of the carrier; only radios with a link budget know theirs."""
        contact = slot.contact
        radio = self._scenario.satellite[contact.satellite].radio
        antenna = self._scenario.station[contact.station].antenna
        edges_ns = np.array([slot.start_ns, slot.end_ns])
        way = path(contact.satellite, contact.station, edges_ns, self._scenario, self._plan.orbits, self._plan.sites)
        up_error = uplink_error_rate(radio, antenna, way.look, way.air, fade_db)
        slot = replace(slot, up_error_rate=max(slot.up_error_rate, float(up_error[0])))
        if radio.downlink is None or not slot.down_bytes:
            return slot
        rates_bps, errors = downlink(radio, antenna, way.look, way.air, fade_db)
        rate_bps = min(slot.down_rate_bps, int(rates_bps[0]))
        room = volume_bytes(rate_bps, slot.end_ns - slot.start_ns)
        return replace(
            slot,
            down_rate_bps=rate_bps,
            down_bytes=min(slot.down_bytes, room),
            down_error_rate=max(slot.down_error_rate, float(errors[0])),
        )

    def _names(self, slot: Slot) -> tuple[str, str]:
        contact = slot.contact
        return self._scenario.satellite[contact.satellite].name, self._scenario.station[contact.station].name


def _either(one: float, other: float) -> float:
    """The chance of one of two independent causes."""
    return 1.0 - (1.0 - one) * (1.0 - other)
