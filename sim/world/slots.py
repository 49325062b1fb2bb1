"""A contact's slots: how long each is, and how many bytes it carries either way at the rates of its geometry.

In a pass the link grants a slot at a time, or less of it where something urgent may come up meanwhile. A slot has one
rate, that of whichever of its ends bears less: elevation has one maximum in a pass, so nothing in between is worse.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import NS_PER_S
from sim.equipment.antenna import OPTICAL, Antenna
from sim.equipment.radio import Downlink, Radio
from sim.scenario import Scenario
from sim.streams import Streams
from sim.world import carrier
from sim.world.access import LookAngles, Sites
from sim.world.carrier import Air
from sim.world.frames import Floats
from sim.world.link import Contact, transmission_ns
from sim.world.link_budget import over_rate_db
from sim.world.modulation import (
    LADDER,
    adaptive_choice,
    bits_per_symbol,
    frame_error_rate,
    needed_es_n0_db,
    shannon_rate_bps,
)
from sim.world.orbit import Orbits
from sim.world.radio import propagation_delay_ns, volume_bytes

Integers = NDArray[np.int64]

SLOT_NS = NS_PER_S
SMALLEST_SLOT_FRAMES = 2
"""A slot carries the beacon and a product's frame at least: a slow radio gets longer slots."""
SMALLEST_SLOT_UPLINK_BYTES = 160
"""And a report upwards, of the smallest useful size, in a sealed frame."""
SLOWEST_SHANNON_BITS_PER_HZ = 0.1
"""What a slot's length is made for where a rate has no lowest value."""
CLOUD_NS = 3600 * NS_PER_S
"""How long a cloud cover stays as it is. Assumed: it changes in hours, not within a pass."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One grant of a contact. Error rates are the link's own; a scenario's losses come on top."""

    contact: Contact
    start_ns: int
    end_ns: int
    delay_ns: int
    down_rate_bps: int
    down_bytes: int
    down_error_rate: float
    up_bytes: int
    up_error_rate: float
    is_rest: bool = False

    def cut(self, at_ns: int, frame_bytes: int) -> tuple["Slot", "Slot"] | None:
        """The slot until the frame that is on the air at an instant has gone out, and the rest of it.

        None where either would be too small to be one. The uplink is not cut: the first part has all of it.
        """
        if not self.start_ns < at_ns < self.end_ns:
            return None
        first_bytes = -(-volume_bytes(self.down_rate_bps, at_ns - self.start_ns) // frame_bytes) * frame_bytes
        if first_bytes < SMALLEST_SLOT_FRAMES * frame_bytes:
            return None
        cut_ns = self.start_ns + transmission_ns(first_bytes, self.down_rate_bps)
        rest_bytes = volume_bytes(self.down_rate_bps, self.end_ns - cut_ns)
        if rest_bytes < frame_bytes:
            return None
        return (
            replace(self, end_ns=cut_ns, down_bytes=first_bytes),
            replace(self, start_ns=cut_ns, down_bytes=rest_bytes, up_bytes=0, is_rest=True),
        )


def slowest_rate_bps(radio: Radio) -> float:
    """The lowest rate that a downlink works at."""
    if radio.downlink_rate_bps is not None:
        return radio.downlink_rate_bps
    assert radio.downlink is not None
    if radio.downlink.rate == "acm":
        assert radio.downlink.symbol_rate_bd is not None
        return radio.downlink.symbol_rate_bd * LADDER[0].bits_per_symbol
    assert radio.downlink.bandwidth_hz is not None
    return radio.downlink.bandwidth_hz * SLOWEST_SHANNON_BITS_PER_HZ


def slot_ns(radio: Radio) -> int:
    """How long one grant lasts."""
    down_ns = transmission_ns(SMALLEST_SLOT_FRAMES * radio.frame_length_bytes, slowest_rate_bps(radio))
    up_ns = transmission_ns(SMALLEST_SLOT_UPLINK_BYTES, radio.uplink_rate_bps)
    return max(SLOT_NS, down_ns, up_ns)


def uplink_slot_bytes(radio: Radio) -> int:
    """What the uplink carries in a whole slot."""
    return volume_bytes(int(radio.uplink_rate_bps), slot_ns(radio))


def slots(contact: Contact, scenario: Scenario, orbits: Orbits, sites: Sites) -> list[Slot]:
    """A contact's grants, in order. The delay is the light time at the slot's start."""
    radio = scenario.satellite[contact.satellite].radio
    antenna = scenario.station[contact.station].antenna
    edges_ns = slot_edges_ns(radio, contact.aos_ns, contact.los_ns)
    way = path(contact.satellite, contact.station, edges_ns, scenario, orbits, sites)
    rates_bps, down_errors = heard(way, edges_ns, scenario, contact.satellite, contact.station)
    up_errors = uplink_error_rate(radio, antenna, way.look, way.air)
    up_rate_bps = int(radio.uplink_rate_bps) if radio.is_commanded_by(antenna) else 0
    columns = (edges_ns[:-1], edges_ns[1:], way.delays_ns[:-1], rates_bps, down_errors, up_errors)
    return [
        Slot(
            contact,
            start_ns,
            end_ns,
            delay_ns,
            rate_bps,
            volume_bytes(rate_bps, end_ns - start_ns),
            down_error,
            volume_bytes(up_rate_bps, end_ns - start_ns),
            up_error,
        )
        for start_ns, end_ns, delay_ns, rate_bps, down_error, up_error in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def slot_edges_ns(radio: Radio, start_ns: int, end_ns: int) -> Integers:
    """Where slots begin and end in an interval, (n + 1,): the last one is what is left."""
    return np.append(np.arange(start_ns, end_ns, slot_ns(radio), dtype=np.int64), end_ns)


class Path(NamedTuple):
    """The way between a satellite and a station at n + 1 instants: look angles, the air, and light times (n + 1,)."""

    look: LookAngles
    air: Air
    delays_ns: Integers


def path(satellite: int, station: int, edges_ns: Integers, scenario: Scenario, orbits: Orbits, sites: Sites) -> Path:
    """The way at instants."""
    site = scenario.station[station]
    (positions,) = orbits.positions_ecef(edges_ns / NS_PER_S, [satellite])
    look = sites.look(np.array(station), positions)
    air = Air(site.latitude_deg, site.altitude_m / 1000.0, scenario.link.rain_mm_h)
    return Path(look, air, propagation_delay_ns(look.range_km))


def heard(way: Path, edges_ns: Integers, scenario: Scenario, satellite: int, station: int) -> tuple[Integers, Floats]:
    """Rate and frame error rate of a satellite's downlink at a station in the slots between instants, (n,)."""
    radio, site = scenario.satellite[satellite].radio, scenario.station[station]
    rates_bps, errors = downlink(radio, site.antenna, way.look, way.air)
    if radio.downlink is not None and radio.downlink.band == OPTICAL:
        sky = clear_sky(scenario.link.cloud_cover, scenario.seed, site.name, edges_ns[:-1])
        rates_bps = np.where(sky, rates_bps, 0)
    return rates_bps, errors


def downlink(
    radio: Radio, antenna: Antenna | None, look: LookAngles, air: Air, fade_db: float = 0.0
) -> tuple[Integers, Floats]:
    """Rate in whole bits a second and frame error rate of the slots between instants: (..., n) from (..., n + 1).

    `fade_db` is attenuation beyond what the air tells.
    """
    shape = (*look.range_km.shape[:-1], look.range_km.shape[-1] - 1)
    if radio.downlink is None:
        assert radio.downlink_rate_bps is not None
        return np.full(shape, int(radio.downlink_rate_bps), dtype=np.int64), np.zeros(shape)
    assert antenna is not None
    down = radio.downlink
    c_n0 = downlink_c_n0_db_hz(down, antenna, look, air) - fade_db
    if radio.downlink_rate_bps is not None:
        assert down.required_eb_n0_db is not None
        margin_db = over_rate_db(c_n0, radio.downlink_rate_bps) - down.required_eb_n0_db
        rate_bps = np.full(shape, int(radio.downlink_rate_bps), dtype=np.int64)
        return rate_bps, frame_error_rate(margin_db, down.coding)
    return _adapted(down, c_n0)


def downlink_c_n0_db_hz(down: Downlink, antenna: Antenna, look: LookAngles, air: Air) -> Floats:
    """What the demodulator has of a downlink in the slots between instants: (..., n) from (..., n + 1)."""
    c_n0 = carrier.downlink_c_n0_db_hz(down, antenna, look.range_km, look.elevation_deg, air)
    return _worse_end(c_n0) - down.implementation_loss_db


def _adapted(down: Downlink, c_n0_db_hz: Floats) -> tuple[Integers, Floats]:
    if down.rate == "shannon":
        assert down.bandwidth_hz is not None
        c_n_db = over_rate_db(c_n0_db_hz, down.bandwidth_hz) - down.margin_db
        rate_bps = shannon_rate_bps(c_n_db, down.bandwidth_hz)
        return rate_bps.astype(np.int64), np.zeros(rate_bps.shape)
    assert down.symbol_rate_bd is not None
    es_n0_db = over_rate_db(c_n0_db_hz, down.symbol_rate_bd)
    choice = adaptive_choice(es_n0_db, down.margin_db, down.hysteresis_db)
    rate_bps = bits_per_symbol(choice) * down.symbol_rate_bd
    return rate_bps.astype(np.int64), frame_error_rate(es_n0_db - needed_es_n0_db(choice), "ldpc")


def uplink_error_rate(
    radio: Radio, antenna: Antenna | None, look: LookAngles, air: Air, fade_db: float = 0.0
) -> Floats:
    """Chance that a telecommand is lost in the slots between instants: (..., n) from (..., n + 1)."""
    shape = (*look.range_km.shape[:-1], look.range_km.shape[-1] - 1)
    if radio.uplink is None or not radio.is_commanded_by(antenna):
        return np.zeros(shape)
    assert antenna is not None
    up = radio.uplink
    c_n0 = _worse_end(carrier.uplink_c_n0_db_hz(up, antenna, look.range_km, look.elevation_deg, air))
    eb_n0_db = over_rate_db(c_n0 - fade_db, radio.uplink_rate_bps) - up.implementation_loss_db
    return frame_error_rate(eb_n0_db - up.required_eb_n0_db, up.coding)


def _worse_end(at_edges: Floats) -> Floats:
    return np.minimum(at_edges[..., :-1], at_edges[..., 1:])


def clear_sky(cloud_cover: float, seed: int, station: str, starts_ns: Integers) -> NDArray[np.bool_]:
    """Whether a station's sky is clear in slots (n,). An hour's sky is one draw, whoever asks, in whatever order."""
    streams = Streams(seed)
    hours = (starts_ns // CLOUD_NS).tolist()
    is_clear = {hour: streams.get(f"cloud/{station}/{hour}").random() >= cloud_cover for hour in sorted(set(hours))}
    return np.array([is_clear[hour] for hour in hours], dtype=bool)
