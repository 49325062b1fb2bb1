"""Stations as users write them: horizon masks, field terminals, and what is wrong in one line."""

import json
import shutil
from pathlib import Path

import pytest

from onboard.errors import InputError
from sim.data import sample_names, sample_path
from sim.equipment.antenna import Antenna
from sim.equipment.records import read_record
from sim.equipment.station import StationNetwork
from sim.planning import contacts_of, orbits_of, windows_of
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario

WATCH = scenario_path("wildfire-watch")


def _flown(path: Path, stations: str) -> Scenario:
    path.write_text(f'extends = "wildfire-watch"\n{stations}', encoding="utf-8")
    return resolve(path)


def test_a_mask_shortens_windows(tmp_path: Path) -> None:
    free = _flown(tmp_path / "free.toml", '[[station]]\nnetwork = "ksat"\nnames = ["Svalbard"]\n')
    mask = "horizon_mask_deg = [[0, 20], [90, 20.5], [180, 20]]\n"
    masked = _flown(tmp_path / "masked.toml", f'[[station]]\nnetwork = "ksat"\nnames = ["Svalbard"]\n{mask}')
    assert masked.station[0].horizon_mask_deg == ((0.0, 20.0), (90.0, 20.5), (180.0, 20.0))
    all_around, above = (windows_of(scenario, orbits_of(scenario)) for scenario in (free, masked))
    assert 0 < len(above) < len(all_around)
    assert min(window.max_elevation_deg for window in above) > 20.0


def test_terminals_have_windows_and_hold_no_passes(tmp_path: Path) -> None:
    text = '[[station]]\nnetwork = "field"\n[[station]]\nnetwork = "ksat"\nnames = ["Svalbard"]\n'
    scenario = _flown(tmp_path / "field.toml", text)
    terminals = {index for index, station in enumerate(scenario.station) if station.kind == "field-terminal"}
    assert len(terminals) == len(scenario.station) - 1 >= 5
    orbits = orbits_of(scenario)
    assert terminals & {window.station_index for window in windows_of(scenario, orbits)}
    assert not terminals & {contact.station for contact in contacts_of(scenario, orbits)}


@pytest.mark.parametrize("network", sample_names("stations", ".json"))
def test_sample_networks(network: str) -> None:
    found = read_record(StationNetwork, sample_path("stations", f"{network}.json"))
    assert found.source
    kinds = {site.kind for site in found.stations}
    assert kinds == ({"field-terminal"} if network == "field" else {"station"})
    assert ("assumed" in found.source) == (network == "field")


def _network(folder: Path, antenna: str) -> Path:
    """A network of two stations, of which one names its antenna, in a folder of its own."""
    folder.mkdir()
    sites = [{"name": name, "latitude_deg": 78.0, "longitude_deg": 15.0} for name in ("bare", "equipped")]
    table = {
        "network": "ours",
        "source": "a test",
        "licence": "CC0",
        "stations": [sites[0], sites[1] | {"antenna": antenna}],
    }
    (folder / "ours.json").write_text(json.dumps(table), encoding="utf-8")
    return folder / "ours.json"


def test_an_antenna_in_a_networks_file_is_found_by_name_and_beside_it(tmp_path: Path) -> None:
    for antenna in ("dish-5m", "own-dish"):
        network = _network(tmp_path / antenna, antenna)
        shutil.copy(sample_path("antennas", "dish-5m.toml"), network.parent / "own-dish.toml")
        scenario = _flown(tmp_path / "own.toml", f'[[station]]\nnetwork = "{network}"\n')
        written = [station.antenna for station in scenario.station]
        assert written[0] is None
        assert written[1] == read_record(Antenna, sample_path("antennas", "dish-5m.toml"))
    over = _flown(tmp_path / "over.toml", f'[[station]]\nnetwork = "{network}"\nantenna = "dish-11m"\n')
    assert {station.antenna.name for station in over.station if station.antenna} == {"dish-11m"}


@pytest.mark.parametrize(
    ("antenna", "told"),
    [
        ("dish-5mm", "stations[1].antenna = 'dish-5mm': no such file, nor a name in antennas; did you mean dish-5m?"),
        ("", "stations[1].antenna = '': no such file, nor a name in antennas; known: dish-11m, "),
    ],
)
def test_one_line_for_an_antenna_that_a_networks_file_invents(tmp_path: Path, antenna: str, told: str) -> None:
    network = _network(tmp_path / "net", antenna)
    with pytest.raises(InputError) as failed:
        _flown(tmp_path / "wrong.toml", f'[[station]]\nnetwork = "{network}"\nnames = ["bare"]\n')
    assert str(failed.value).startswith(f"{network}: {told}")
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("altitude_m = -431.0", "station[0].altitude_m = -431.0: must be greater than or equal to -430"),
        ("latitude_deg = 90.5", "station[0].latitude_deg = 90.5: must be less than or equal to 90"),
        (
            "horizon_mask_deg = [[0, 5], [90]]",
            "station[0].horizon_mask_deg: must be a list of [azimuth_deg",
        ),
        ("horizon_mask_deg = [[90, 5], [0, 5]]", "azimuths from 0 to under 360 and ascending"),
        ("horizon_mask_deg = [[0, 5], [0, 7]]", "azimuths from 0 to under 360 and ascending"),
        ("horizon_mask_deg = [[360, 5]]", "azimuths from 0 to under 360"),
        ("horizon_mask_deg = [[0, 90]]", "elevations from -5 to under 90"),
        ("horizon_mask_deg = [[0, -6]]", "elevations from -5 to under 90"),
        ('horizon_mask_deg = [["north", 5]]', "must be a list of"),
        ("horizon_mask_deg = [[true, 5]]", "must be a list of"),
        ("horizon_mask_deg = [[0, nan]]", "must be a list of"),
        ("horizon_mask_deg = 10", "must be a list of"),
        ('kind = "terminal"', "station[0].kind = 'terminal': must be 'station' or 'field-terminal'"),
        ('kind = "field-terminal"', "station: needs a station: a field terminal acknowledges nothing"),
    ],
)
def test_one_line_for_a_wrong_station(tmp_path: Path, keys: str, told: str) -> None:
    site = {"latitude_deg": "78.0", "longitude_deg": "15.0"}
    rest = "\n".join(f"{key} = {value}" for key, value in site.items() if not keys.startswith(key))
    with pytest.raises(InputError) as failed:
        _flown(tmp_path / "wrong.toml", f'[[station]]\nname = "place"\n{rest}\n{keys}\n')
    assert told in str(failed.value)
    assert "\n" not in str(failed.value)
