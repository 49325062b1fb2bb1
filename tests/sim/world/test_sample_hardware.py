"""Every sample bus, device, instrument and radio is whole and says where its figures come from."""

import re
import tomllib

import pytest

from sim.data import sample_names, sample_path
from sim.equipment.antenna import Antenna
from sim.equipment.bus import Bus
from sim.equipment.radio import Radio
from sim.equipment.records import read_record

ROOMS = ("antennas", "buses", "devices", "instruments", "radios")
FILES = [(room, name) for room in ROOMS for name in sample_names(room)]
MODE_KEYS = {
    *("idle_w", "active_w", "throughput_gmac_s", "peak_gmac_s", "signal_gmac_s", "encode_mb_s"),
    *("start_up_s", "start_up_j"),
}


def _content(room: str, name: str) -> dict:
    return tomllib.loads(sample_path(room, f"{name}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("room", "name"), FILES)
def test_every_figure_has_a_source_or_is_assumed(room: str, name: str) -> None:
    text = sample_path(room, f"{name}.toml").read_text(encoding="utf-8")
    figures = [line for line in text.splitlines() if re.match(r"\w+ = [\[\d-]", line) and '"' not in line]
    assert figures
    assert [line for line in figures if "#" not in line] == []
    assert _content(room, name)["name"] == name


def test_buses_are_whole_and_sane() -> None:
    buses = [read_record(Bus, sample_path("buses", f"{name}.toml")) for name in sample_names("buses")]
    assert {"3u-cubesat", "6u-cubesat", "16u", "60kg-h100", "500kg", "microsat", "bupt-1-like"} <= {
        bus.name for bus in buses
    }
    for bus in buses:
        limits, shedding = bus.limits, bus.shedding
        assert {"structure", "battery", "computer", "array"} <= bus.node.keys()
        assert 0.0 < limits.min_state_of_charge < limits.resume_state_of_charge < 1.0
        assert limits.resume_computer_temperature_k < limits.max_computer_temperature_k
        assert limits.outbox_bytes < limits.mass_memory_bytes
        # Flight software saves before units are switched off, and units are before the battery is empty.
        assert limits.min_state_of_charge > shedding.computer.off_below
        assert shedding.radio.off_below > 1.0 - bus.battery.usable_depth
        assert any(heater.on_below_k > bus.battery.min_charge_temperature_k for heater in bus.heater)
        # No part hangs in the void: every node is coupled or radiates.
        touched = {node for coupling in bus.coupling for node in coupling.nodes}
        assert touched >= bus.node.keys()


def test_devices_give_every_mode_whole() -> None:
    for name in sample_names("devices"):
        for mode in _content("devices", name)["power_modes"].values():
            assert set(mode) == MODE_KEYS
            assert 0.0 < mode["idle_w"] < mode["active_w"]
            assert min(mode.values()) > 0.0


def test_radios_state_a_rate_or_a_budget_that_gives_one() -> None:
    for name in sample_names("radios"):
        radio = read_record(Radio, sample_path("radios", f"{name}.toml"))
        assert radio.downlink_rate_bps is not None or radio.downlink is not None
        assert radio.name == name


def test_every_radio_with_a_budget_has_an_antenna_to_hear_and_command_it() -> None:
    antennas = [read_record(Antenna, sample_path("antennas", f"{name}.toml")) for name in sample_names("antennas")]
    for name in sample_names("radios"):
        radio = read_record(Radio, sample_path("radios", f"{name}.toml"))
        assert any(radio.is_heard_by(antenna) and radio.is_commanded_by(antenna) for antenna in antennas)


def test_bands_have_scale_and_offset() -> None:
    for name in sample_names("instruments"):
        instrument = _content("instruments", name)
        assert len(instrument["bands"]) == len(instrument["scale"]) == len(instrument["offset"])
