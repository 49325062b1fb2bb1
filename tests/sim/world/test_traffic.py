"""What goes over radio links and the ground network: when it arrives, what is lost, and what is told of it."""

from dataclasses import replace

import pytest

from groundstation import messages as ground
from onboard import commands, events
from onboard.comms.runs import sent_bytes
from onboard.mission_time import NS_PER_S, to_ns
from sim.executive import Delivery
from sim.facts import BitsStruck, SlotSent, UplinkSent
from sim.planning import orbits_of
from sim.radiation.settings import Radiation
from sim.radiation.striking import Striking
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.link import Contact
from sim.world.slots import Slot
from sim.world.traffic import CENTRE, GRANT_LAST, Traffic

START_NS, LIGHT_NS = 100 * NS_PER_S, 5_000_000


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return resolve(scenario_path("wildfire-watch"))


@pytest.fixture
def slot(scenario: Scenario) -> Slot:
    """A second of a pass at ten frames down and a kilobyte up."""
    length = scenario.satellite[0].radio.frame_length_bytes
    contact = Contact(0, 1, START_NS, START_NS + NS_PER_S, 45.0)
    return Slot(contact, START_NS, START_NS + NS_PER_S, LIGHT_NS, 80 * length, 10 * length, 0.0, 1000, 0.0)


def names(scenario: Scenario) -> tuple[str, str]:
    return scenario.satellite[0].name, scenario.station[1].name


def transmit(scenario: Scenario, n_frames: int) -> commands.Transmit:
    n_bytes = n_frames * scenario.satellite[0].radio.frame_length_bytes
    return commands.Transmit((bytes(n_bytes),), n_bytes, 0, 0, 0, 0)


def test_a_slot_grants_both_ways_after_whatever_else_arrived(scenario: Scenario, slot: Slot) -> None:
    satellite, station = names(scenario)
    assert Traffic(scenario).grant(slot, is_silent=False) == [
        Delivery(START_NS, satellite, events.TransmitGranted(slot.down_bytes), GRANT_LAST),
        Delivery(START_NS, station, ground.UplinkGranted(satellite, slot.up_bytes), GRANT_LAST),
    ]
    assert Traffic(scenario).grant(slot, is_silent=True) == []
    one_way = Traffic(scenario).grant(replace(slot, up_bytes=0), is_silent=False)
    assert [answer.to for answer in one_way if isinstance(answer, Delivery)] == [satellite]


def test_frames_arrive_after_their_time_on_the_air_and_the_way(scenario: Scenario, slot: Slot) -> None:
    satellite, station = names(scenario)
    traffic, sent = Traffic(scenario), transmit(scenario, 5)
    traffic.grant(slot, is_silent=False)
    told, delivery = traffic.transmit(START_NS, satellite, sent)
    n_bytes = slot.down_bytes // 2
    assert isinstance(told, SlotSent)
    at_ns = START_NS + NS_PER_S // 2 + LIGHT_NS
    arrives_ns = at_ns + to_ns(scenario.satellite[0].radio.station_latency_s)
    assert told == SlotSent(satellite, station, slot.down_bytes, n_bytes, 0, 5, told.channel_bytes, arrives_ns)
    assert sum(told.channel_bytes) == n_bytes
    assert delivery == Delivery(at_ns, station, ground.FramesReceived(satellite, sent.parts))


def test_lost_frames_are_counted_and_do_not_arrive(scenario: Scenario, slot: Slot) -> None:
    satellite, _ = names(scenario)
    for error_rate in (1.0, 0.5):
        traffic = Traffic(scenario)
        traffic.grant(replace(slot, down_error_rate=error_rate), is_silent=False)
        told, *deliveries = traffic.transmit(START_NS, satellite, transmit(scenario, 10))
        assert isinstance(told, SlotSent)
        assert told.lost_frames + told.delivered_frames == 10
        assert (told.lost_frames == 10) if error_rate == 1.0 else (0 < told.lost_frames < 10)
        received = [delivery.message for delivery in deliveries if isinstance(delivery, Delivery)]
        parts = [part for one in received if isinstance(one, ground.FramesReceived) for part in one.parts]
        assert sent_bytes(tuple(parts)) == slot.down_bytes // 10 * told.delivered_frames


def test_nothing_is_sent_beside_or_beyond_a_grant(scenario: Scenario, slot: Slot) -> None:
    satellite, station = names(scenario)
    traffic = Traffic(scenario)
    traffic.grant(slot, is_silent=False)
    with pytest.raises(AssertionError, match="outside"):
        traffic.transmit(START_NS + 1, satellite, transmit(scenario, 1))
    with pytest.raises(AssertionError, match="beyond"):
        traffic.transmit(START_NS, satellite, transmit(scenario, 11))
    with pytest.raises(AssertionError, match="outside"):
        traffic.radiate(START_NS + 1, station, ground.Radiate(satellite, (b"1",)))
    with pytest.raises(AssertionError, match="beyond"):
        traffic.radiate(START_NS, station, ground.Radiate(satellite, (bytes(999), bytes(2))))


def test_telecommands_arrive_one_after_another(scenario: Scenario, slot: Slot) -> None:
    satellite, station = names(scenario)
    traffic = Traffic(scenario)
    traffic.grant(slot, is_silent=False)
    rate_bps = scenario.satellite[0].radio.uplink_rate_bps
    answers = traffic.radiate(START_NS, station, ground.Radiate(satellite, (bytes(100), bytes(50))))
    assert answers[::2] == [UplinkSent(satellite, station, size, False) for size in (100, 50)]
    for delivery, frame, n_bytes in zip(answers[1::2], (bytes(100), bytes(50)), (100, 150), strict=True):
        assert isinstance(delivery, Delivery)
        assert delivery.at_ns == START_NS + to_ns(8 * n_bytes / rate_bps) + LIGHT_NS
        assert (delivery.to, delivery.message) == (satellite, events.TelecommandReceived(frame))


def test_a_lost_telecommand_is_told_and_takes_its_time(scenario: Scenario, slot: Slot) -> None:
    satellite, station = names(scenario)
    traffic = Traffic(scenario)
    traffic.grant(replace(slot, up_error_rate=1.0), is_silent=False)
    answers = traffic.radiate(START_NS, station, ground.Radiate(satellite, (bytes(100), bytes(50))))
    assert answers == [UplinkSent(satellite, station, size, True) for size in (100, 50)]


def test_the_ground_network_takes_the_stations_latency(scenario: Scenario) -> None:
    satellite, station = names(scenario)
    traffic = Traffic(scenario)
    network_ns = to_ns(scenario.satellite[0].radio.station_latency_s)
    parts = (b"frames",)
    forwarded = traffic.forward(5, station, ground.ForwardFrames(satellite, parts))
    assert forwarded == Delivery(5 + network_ns, CENTRE, ground.FramesForwarded(station, satellite, parts))
    queued = traffic.queue(5, ground.SendTelecommands(station, satellite, parts, 99))
    assert queued == Delivery(5 + network_ns, station, ground.TelecommandsQueued(satellite, parts, 99))


def test_a_frame_struck_on_its_way_out_arrives_with_one_false_bit(scenario: Scenario, slot: Slot) -> None:
    """The answer of the computer is what was made; what leaves is not."""
    struck = scenario.model_copy(
        update={"radiation": Radiation(transmit_upsets_per_day=10_000.0), "satellite": scenario.satellite[:1]}
    )
    striking = Striking(struck, orbits_of(struck))
    at_ns = next(ns for ns, _ in striking.on_radio[0] if ns > NS_PER_S)
    now = replace(slot, contact=replace(slot.contact, station=1), start_ns=at_ns, end_ns=at_ns + 1)
    traffic, sent = Traffic(struck, striking=striking), transmit(struck, 5)
    traffic.grant(now, is_silent=False)
    told, upset, delivery = traffic.transmit(at_ns, struck.satellite[0].name, sent)
    assert isinstance(told, SlotSent)
    assert (told.lost_frames, told.delivered_frames) == (0, 5)
    assert upset == BitsStruck(struck.satellite[0].name, "transmit", 1)
    assert isinstance(delivery, Delivery)
    assert isinstance(delivery.message, ground.FramesReceived)
    (part,) = delivery.message.parts
    assert isinstance(part, bytes)
    assert sum(octet.bit_count() for octet in part) == 1, "what was sent was zeros"
