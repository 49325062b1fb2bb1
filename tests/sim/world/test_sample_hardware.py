"""Every sample bus, device, instrument and radio is whole and says where its figures come from."""

import re
import tomllib

import pytest

from sim.data import sample_names, sample_path

ROOMS = ("buses", "devices", "instruments", "radios")
FILES = [(room, name) for room in ROOMS for name in sample_names(room)]
MODE_KEYS = {"idle_w", "active_w", "throughput_gmac_s", "start_up_s", "encode_mb_s"}


def _content(room: str, name: str) -> dict:
    return tomllib.loads(sample_path(room, f"{name}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("room", "name"), FILES)
def test_every_figure_has_a_source_or_is_assumed(room: str, name: str) -> None:
    text = sample_path(room, f"{name}.toml").read_text(encoding="utf-8")
    figures = [line for line in text.splitlines() if re.match(r"\w+ = [\[\d]", line) and '"' not in line]
    assert figures
    assert [line for line in figures if "#" not in line] == []
    assert _content(room, name)["name"] == name


def test_buses_are_alike_and_sane() -> None:
    buses = [_content("buses", name) for name in sample_names("buses")]
    for section in ("array", "battery", "loads", "thermal", "limits"):
        assert len({frozenset(bus[section]) for bus in buses}) == 1
    for bus in buses:
        limits = bus["limits"]
        assert 0.0 < limits["min_state_of_charge"] < limits["resume_state_of_charge"] < 1.0
        assert limits["resume_computer_temperature_k"] < limits["max_computer_temperature_k"]
        assert limits["outbox_bytes"] < limits["mass_memory_bytes"]


def test_devices_give_every_mode_whole() -> None:
    for name in sample_names("devices"):
        for mode in _content("devices", name)["power_modes"].values():
            assert set(mode) == MODE_KEYS
            assert 0.0 < mode["idle_w"] < mode["active_w"]
            assert min(mode.values()) > 0.0


def test_radios_are_alike() -> None:
    radios = [_content("radios", name) for name in sample_names("radios")]
    assert len({frozenset(radio) for radio in radios}) == 1


def test_bands_have_scale_and_offset() -> None:
    for name in sample_names("instruments"):
        instrument = _content("instruments", name)
        assert len(instrument["bands"]) == len(instrument["scale"]) == len(instrument["offset"])
