"""Slots of contacts: bytes at the rates of the geometry, under rain and clouds, with antennas that may only listen."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.mission_time import NEVER_NS, NS_PER_S, to_ns
from sim.commands.looking import pass_rows
from sim.data import sample_path
from sim.equipment.antenna import Antenna
from sim.equipment.radio import Radio
from sim.equipment.records import read_record
from sim.planning import contacts_of, orbits_of, sites_of
from sim.resolve import resolve, scenario_path
from sim.scenario import GroundStation, LinkQuality, Satellite, Scenario
from sim.world.access import LookAngles, Sites, Station, contact_windows
from sim.world.carrier import Air
from sim.world.elements import CircularOrbit
from sim.world.ephemeris import Ephemeris
from sim.world.link import Contact, allocate, transmission_ns
from sim.world.modulation import DVB_S2
from sim.world.orbit import Orbits
from sim.world.radio import volume_bytes
from sim.world.slots import Slot, clear_sky, downlink, slot_ns, slots, uplink_error_rate, uplink_slot_bytes

EPOCH = datetime(2026, 6, 1, 10, tzinfo=UTC)
PLAIN = Radio(
    name="r", downlink_rate_bps=1e6, uplink_rate_bps=64_000, transmit_w=5, frame_length_bytes=1115, station_latency_s=0
)
SVALBARD = Station("Svalbard", 78.2307, 15.3976, 458.0)
AIR = Air(78.2, 0.458)

ranges_km = st.floats(500.0, 2_500.0)
elevations_deg = st.floats(5.0, 90.0)


def radio(name: str) -> Radio:
    return read_record(Radio, sample_path("radios", f"{name}.toml"))


def antenna(name: str) -> Antenna:
    return read_record(Antenna, sample_path("antennas", f"{name}.toml"))


@pytest.fixture(scope="module")
def geometry() -> tuple[Orbits, Sites, Contact]:
    """A pass over Svalbard, the highest of a day at 550 km."""
    orbits = Orbits([CircularOrbit(550.0, 97.6, 0.0, 10.5, None)], EPOCH)
    windows = contact_windows(Ephemeris(orbits, 0.0, 86_400.0), [SVALBARD], 5.0)
    contact = max(allocate(windows), key=lambda contact: contact.max_elevation_deg)
    return orbits, Sites.of([SVALBARD]), contact


def granted(
    geometry: tuple[Orbits, Sites, Contact], flown: Radio, dish: Antenna | None = None, **link: float
) -> list[Slot]:
    orbits, sites, contact = geometry
    station = GroundStation(
        name="Svalbard", latitude_deg=78.2307, longitude_deg=15.3976, altitude_m=458.0, antenna=dish
    )
    scenario = Scenario.model_construct(
        satellite=(Satellite.model_construct(name="a", radio=flown),),
        station=(station,),
        link=LinkQuality(**link),
        seed=1,
    )
    return slots(contact, scenario, orbits, sites)


def volume(grants: list[Slot]) -> int:
    return sum(grant.down_bytes for grant in grants)


def test_a_plain_radio_carries_its_rate_in_every_slot(geometry: tuple[Orbits, Sites, Contact]) -> None:
    grants = granted(geometry, PLAIN, rain_mm_h=50.0, cloud_cover=1.0)
    assert {(grant.down_bytes, grant.up_bytes) for grant in grants[:-1]} == {(125_000, 8_000)}
    assert {grant.down_error_rate + grant.up_error_rate for grant in grants} == {0.0}
    _, _, contact = geometry
    assert [grant.start_ns for grant in grants[1:]] == [grant.end_ns for grant in grants[:-1]]
    assert (grants[0].start_ns, grants[-1].end_ns) == (contact.aos_ns, contact.los_ns)
    # Whole bytes of each slot: the pass carries what its duration does, less under a byte a slot.
    assert 0 <= 1e6 / 8 * (contact.los_ns - contact.aos_ns) / NS_PER_S - volume(grants) < len(grants)


def test_passes_are_told_with_what_their_slots_carry() -> None:
    changes = ("satellite.0.radio=x-band-acm", "station.0.antenna=dish-5m", "station.1.antenna=dish-3.7m")
    scenario = resolve(scenario_path("wildfire-watch"), settings=changes)
    rows = pass_rows(scenario)
    keys = {"satellite", "station", "aos_utc", "los_utc", "max_elevation_deg", "max_rate_bps", "volume_bytes"}
    assert all(keys <= row.keys() for row in rows)
    orbits = orbits_of(scenario)
    for row, contact in zip(rows, contacts_of(scenario, orbits), strict=True):
        grants = slots(contact, scenario, orbits, sites_of(scenario))
        assert row["volume_bytes"] == volume(grants)
        assert row["max_rate_bps"] == max(grant.down_rate_bps for grant in grants)
    plain = [row for row in rows if row["satellite"] != "ember-1"]
    assert {row["max_rate_bps"] for row in plain} == {25_000_000}
    assert all(row["volume_bytes"] == pytest.approx(25e6 / 8 * row["duration_s"], abs=600) for row in plain)
    assert all(row["max_rate_bps"] > 150e6 for row in rows if row["satellite"] == "ember-1")


def test_light_takes_2_to_9_ms_from_a_low_orbit(geometry: tuple[Orbits, Sites, Contact]) -> None:
    delays_ms = [grant.delay_ns / 1e6 for grant in granted(geometry, PLAIN)]
    assert max(delays_ms) == pytest.approx(7.5, abs=0.6)  # 2,250 km at 5 degrees
    assert 1.8 < min(delays_ms) < max(delays_ms)


@pytest.mark.parametrize(("rate_bps", "expected_s"), [(25e6, 1.0), (1e6, 1.0), (1200.0, 2 * 1115 * 8 / 1200)])
def test_a_slow_radio_gets_slots_that_hold_two_frames(rate_bps: float, expected_s: float) -> None:
    slow = PLAIN.model_copy(update={"downlink_rate_bps": rate_bps})
    assert slot_ns(slow) == pytest.approx(to_ns(expected_s), abs=1)


def test_a_slow_uplink_still_carries_a_report() -> None:
    assert uplink_slot_bytes(PLAIN.model_copy(update={"uplink_rate_bps": 100.0})) >= 128


def test_adaptive_coding_follows_the_pass(geometry: tuple[Orbits, Sites, Contact]) -> None:
    grants = granted(geometry, radio("x-band-acm"), antenna("dish-3.7m"))
    rates = np.array([grant.down_rate_bps for grant in grants])
    possible = {int(modcod.bits_per_symbol * 50e6) for modcod in DVB_S2}
    assert set(rates.tolist()) <= possible
    peak = int(rates.argmax())
    assert np.all(np.diff(rates[: peak + 1]) >= 0)
    assert np.all(np.diff(rates[rates.tolist().index(rates.max(), peak) :]) <= 0)
    assert rates[0] < rates[peak] > rates[-1]
    # A bigger dish carries more, up to what the radio can.
    bigger = granted(geometry, radio("x-band-acm"), antenna("dish-11m"))
    assert volume(bigger) > volume(grants)
    assert max(grant.down_error_rate for grant in grants) < 1e-12


def test_a_pass_of_the_x_band_radio_is_of_the_size_that_planet_flies(geometry: tuple[Orbits, Sites, Contact]) -> None:
    """Devaraj et al., SSC17-VII-02: 12 to 15 GB in passes of 7 to 10 minutes, 220 Mb/s at best, 160 on average."""
    grants = granted(geometry, radio("x-band-acm"), antenna("dish-5m"))
    seconds = (grants[-1].end_ns - grants[0].start_ns) / NS_PER_S
    mean_bps = 8 * volume(grants) / seconds
    assert max(grant.down_rate_bps for grant in grants) == pytest.approx(222.65e6, rel=1e-3)
    assert 140e6 < mean_bps < 200e6


def test_a_slot_has_the_rate_of_its_worse_end(geometry: tuple[Orbits, Sites, Contact]) -> None:
    orbits, sites, contact = geometry
    flown, dish = radio("x-band-acm"), antenna("dish-3.7m")
    for grant in granted(geometry, flown, dish)[::60]:
        positions = orbits.positions_ecef(np.array([grant.start_ns, grant.end_ns]) / 1e9)[0]
        look = sites.look(np.array(contact.station), positions)
        for end in (0, 1):
            here = LookAngles(*(np.repeat(column[end], 2) for column in look))
            assert (
                grant.down_rate_bps
                <= downlink(flown.model_copy(update=without_hysteresis(flown)), dish, here, AIR)[0][0]
            )


def without_hysteresis(flown: Radio) -> dict[str, object]:
    assert flown.downlink is not None
    return {"downlink": flown.downlink.model_copy(update={"hysteresis_db": 0.0})}


@settings(max_examples=60)
@given(ranges_km, st.floats(1.0, 500.0), elevations_deg, st.sampled_from(["x-band-acm", "ka-band-acm", "s-band-2w"]))
def test_farther_is_never_faster_nor_safer(range_km: float, more_km: float, elevation_deg: float, name: str) -> None:
    flown, dish = radio(name), antenna("dish-5m")
    near_rate, near_error = at(flown, dish, range_km, elevation_deg)
    far_rate, far_error = at(flown, dish, range_km + more_km, elevation_deg)
    assert far_rate <= near_rate
    if far_rate == near_rate:
        assert far_error >= near_error


def at(flown: Radio, dish: Antenna, range_km: float, elevation_deg: float) -> tuple[float, float]:
    look = LookAngles(np.zeros(2), np.full(2, elevation_deg), np.full(2, range_km))
    rate_bps, error_rate = downlink(flown, dish, look, AIR)
    return float(rate_bps[0]), float(error_rate[0])


def test_satellites_are_independent_of_each_other() -> None:
    flown, dish = radio("x-band-acm"), antenna("dish-5m")
    ranges = np.linspace(2_400.0, 600.0, 40).reshape(4, 10)
    look = LookAngles(np.zeros((4, 10)), np.linspace(4.0, 70.0, 40).reshape(4, 10), ranges)
    together = downlink(flown, dish, look, AIR)
    for row in range(4):
        alone = downlink(flown, dish, LookAngles(*(column[row] for column in look)), AIR)
        assert (alone[0].tolist(), alone[1].tolist()) == (together[0][row].tolist(), together[1][row].tolist())


def test_shannon_is_above_every_modcod(geometry: tuple[Orbits, Sites, Contact]) -> None:
    adaptive = radio("x-band-acm")
    assert adaptive.downlink is not None
    bound = adaptive.downlink.model_copy(update={"rate": "shannon", "symbol_rate_bd": None, "bandwidth_hz": 50e6})
    bounding = adaptive.model_copy(update={"downlink": bound})
    for below, above in zip(
        granted(geometry, adaptive, antenna("dish-3.7m")),
        granted(geometry, bounding, antenna("dish-3.7m")),
        strict=True,
    ):
        assert below.down_rate_bps < above.down_rate_bps


def test_a_fixed_rate_beyond_its_budget_loses_its_frames(geometry: tuple[Orbits, Sites, Contact]) -> None:
    grants = granted(geometry, radio("s-band-2w"), antenna("field-terminal"))
    assert {grant.down_rate_bps for grant in grants} == {4_300_000}
    assert grants[0].down_error_rate == 1.0
    assert granted(geometry, radio("s-band-2w"), antenna("dish-5m"))[0].down_error_rate < 1e-12


def test_an_antenna_without_transmitter_commands_nobody(geometry: tuple[Orbits, Sites, Contact]) -> None:
    assert {grant.up_bytes for grant in granted(geometry, radio("s-band-2w"), antenna("field-terminal"))} == {0}
    assert {grant.up_bytes for grant in granted(geometry, PLAIN, antenna("field-terminal"))} == {0}
    assert granted(geometry, radio("s-band-2w"), antenna("dish-3.7m"))[0].up_bytes == 8_000


def test_a_weak_uplink_loses_telecommands() -> None:
    flown, dish = radio("s-band-2w"), antenna("dish-3.7m")
    feed = dish.feeds["S"]
    look = LookAngles(np.zeros(3), np.array([5.0, 45.0, 5.0]), np.array([2_300.0, 750.0, 2_300.0]))
    assert np.all(uplink_error_rate(flown, dish, look, AIR) < 1e-9)
    whisper = dish.model_copy(update={"feeds": {"S": feed.model_copy(update={"eirp_dbw": feed.eirp_dbw - 35.0})}})
    assert np.all(uplink_error_rate(flown, whisper, look, AIR) > 0.1)


def test_rain_slows_ka_band_much_and_x_band_little(geometry: tuple[Orbits, Sites, Contact]) -> None:
    shares = {}
    for name in ("ka-band-acm", "x-band-acm"):
        dry = volume(granted(geometry, radio(name), antenna("dish-5m")))
        shares[name] = volume(granted(geometry, radio(name), antenna("dish-5m"), rain_mm_h=10.0)) / dry
    assert 0.1 < shares["ka-band-acm"] < 0.8
    assert 0.85 < shares["x-band-acm"] < 1.0


def test_clouds_block_light_and_nothing_else(geometry: tuple[Orbits, Sites, Contact]) -> None:
    clear = granted(geometry, radio("optical-100m"), antenna("optical-60cm"))
    overcast = granted(geometry, radio("optical-100m"), antenna("optical-60cm"), cloud_cover=1.0)
    assert min(grant.down_bytes for grant in clear[:-1]) == 12_500_000
    assert volume(overcast) == 0
    assert [grant.up_bytes for grant in overcast] == [grant.up_bytes for grant in clear]
    assert granted(geometry, radio("x-band-acm"), antenna("dish-5m"), cloud_cover=1.0) == granted(
        geometry, radio("x-band-acm"), antenna("dish-5m")
    )


def test_half_a_cover_is_half_of_the_hours_and_the_same_again() -> None:
    starts_ns = np.arange(2_000, dtype=np.int64) * to_ns(3600)
    sky = clear_sky(0.5, 7, "Svalbard", starts_ns)
    # Three standard deviations of a binomial of 2,000.
    assert sky.sum() == pytest.approx(1_000, abs=3 * 500**0.5)
    assert clear_sky(0.5, 7, "Svalbard", starts_ns[::-1]).tolist() == sky[::-1].tolist()
    assert clear_sky(0.5, 7, "Troll", starts_ns).tolist() != sky.tolist()


@given(
    at_ns=st.integers(-NS_PER_S, 3 * NS_PER_S),
    rate_bps=st.integers(0, 10**9),
    frame_bytes=st.integers(64, 2048),
    length_ns=st.integers(1, 2 * NS_PER_S),
)
def test_a_slot_is_cut_after_the_frame_that_is_on_the_air(
    at_ns: int, rate_bps: int, frame_bytes: int, length_ns: int
) -> None:
    contact = Contact(0, 0, 0, length_ns, 45.0)
    slot = Slot(contact, 0, length_ns, 3, rate_bps, volume_bytes(rate_bps, length_ns), 0.0, 160, 0.0)
    parts = slot.cut(at_ns, frame_bytes)
    if parts is None:
        frame_ns = transmission_ns(frame_bytes, rate_bps) if rate_bps else NEVER_NS
        assert not (2 * frame_ns <= at_ns <= length_ns - 3 * frame_ns)
        return
    first, rest = parts
    assert (first.start_ns, first.end_ns, rest.end_ns) == (0, rest.start_ns, length_ns)
    assert at_ns <= rest.start_ns <= at_ns + transmission_ns(frame_bytes, rate_bps)
    assert first.down_bytes % frame_bytes == 0
    assert first.down_bytes + rest.down_bytes <= slot.down_bytes
    assert slot.down_bytes - first.down_bytes - rest.down_bytes <= 1 + rate_bps // (8 * NS_PER_S)
    assert (first.up_bytes, rest.up_bytes) == (160, 0)
    assert (first.is_rest, rest.is_rest) == (False, True)
