"""Radios and antennas in files: what goes together, and how a mistake is told."""

from pathlib import Path
from typing import Any

import pytest

from onboard.errors import InputError
from sim.blame import validated
from sim.equipment.antenna import Antenna
from sim.equipment.instrument import Instrument
from sim.equipment.radio import Radio
from sim.equipment.records import read_record
from sim.resolve import resolve, scenario_path

PLAIN: dict[str, Any] = {
    "name": "r",
    "uplink_rate_bps": 64_000,
    "transmit_w": 5,
    "frame_length_bytes": 1115,
    "station_latency_s": 0,
}
DOWNLINK: dict[str, Any] = {
    "band": "X",
    "frequency_ghz": 8.2,
    "antenna_gain_dbi": 6,
    "transmit_power_w": 1,
    "rate": "acm",
    "symbol_rate_bd": 1e6,
}


@pytest.mark.parametrize(
    ("radio", "told"),
    [
        (PLAIN, "needs downlink_rate_bps"),
        (PLAIN | {"downlink_rate_bps": 1e6, "downlink": DOWNLINK}, "needs downlink_rate_bps"),
        (PLAIN | {"downlink": DOWNLINK | {"symbol_rate_bd": None}}, 'symbol_rate_bd goes with rate = "acm"'),
        (PLAIN | {"downlink": DOWNLINK | {"bandwidth_hz": 1e6}}, 'bandwidth_hz goes with rate = "shannon"'),
        (PLAIN | {"downlink": DOWNLINK | {"rate": "fixed"}}, 'required_eb_n0_db goes with rate = "fixed"'),
        (PLAIN | {"downlink": DOWNLINK | {"band": "Q"}}, "downlink.band = 'Q': must match"),
        (PLAIN | {"downlink": DOWNLINK | {"antenna_gain": 6}}, "did you mean antenna_gain_dbi?"),
    ],
)
def test_a_radio_has_one_way_to_its_rate(radio: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        validated(Radio, radio, "radio.toml")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("antenna", "told"),
    [
        ({"feeds": {}}, "must hold at least 1"),
        ({"feeds": {"X": {"antenna_noise_k": 50}}}, "feed X needs one of gain_dbi and efficiency"),
        ({"feeds": {"X": {"efficiency": 0.5, "noise_figure_db": 1}}}, "needs a diameter_m"),
        ({"diameter_m": 3, "feeds": {"X": {"efficiency": 0.5}}}, "nothing is without noise"),
        ({"diameter_m": 0, "feeds": {"X": {"gain_dbi": 5, "noise_figure_db": 1}}}, "diameter_m = 0"),
    ],
)
def test_an_antenna_has_gain_and_noise(antenna: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        validated(Antenna, {"name": "a", **antenna}, "antenna.toml")
    assert told in str(caught.value)


def test_a_radio_that_no_station_hears_is_told_what_to_name() -> None:
    watch = scenario_path("wildfire-watch")
    with pytest.raises(InputError, match=r'x-band-acm has a link budget.*antenna = "dish-5m"'):
        resolve(watch, settings=("satellite.0.radio=x-band-acm",))
    heard = resolve(watch, settings=("satellite.0.radio=x-band-acm", "station.0.antenna=dish-5m"))
    assert heard.station[0].antenna is not None
    assert heard.station[0].antenna.diameter_m == 5.0
    assert heard.station[1].antenna is None


def test_an_unknown_antenna_is_told_its_neighbour() -> None:
    with pytest.raises(InputError, match=r"station\[1\]\.antenna = 'dish-5': .*did you mean dish-5m\?"):
        resolve(scenario_path("wildfire-watch"), settings=("station.1.antenna=dish-5",))


def test_a_stations_network_is_given_one_antenna(tmp_path: Path) -> None:
    table = tmp_path / "s.toml"
    table.write_text(
        'extends = "wildfire-watch"\n'
        '[[station]]\nnetwork = "ksat"\nnames = ["Svalbard", "Troll"]\nantenna = "dish-11m"\n'
    )
    assert {station.antenna.name for station in resolve(table).station if station.antenna} == {"dish-11m"}


def test_echoes_hold_at_least_the_pixels(tmp_path: Path) -> None:
    text = Path(scenario_path("sea-rescue").parents[1] / "instruments/x-band-sar.toml").read_text("utf-8")
    file = tmp_path / "x-band-sar.toml"
    file.write_text(text.replace("raw_bytes_per_px = 5.8", "raw_bytes_per_px = 1.5"), "utf-8")
    with pytest.raises(InputError, match="at least what the pixels take"):
        read_record(Instrument, file)
