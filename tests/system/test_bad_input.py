"""Bad scenarios and command lines: one line that names the file, the key, the value and the rule; exit code 2."""

import sys
from pathlib import Path

import pytest

from sim.cli import main
from sim.executive import WORLD
from sim.scenario import RESERVED_NAMES
from sim.world.traffic import CENTRE
from tests.system.small_mission import SCENARIO, Refused, start_skysift, the_line

TLE = (
    "1 25544U 98067A   24001.50000000  .00016717  00000-0  10270-3 0  9005",
    "2 25544  51.6400 208.9163 0006317  69.9862  25.2906 15.49560000 10000",
)
# AIAA 2006-6753, verification case 28872, which decays within 50 minutes of its epoch in 2005.
DECAYED = (
    "1 28872U 05037B   05333.02012661  .25992681  00000-0  24476-3 0  1534",
    "2 28872  96.4736 157.9986 0303955 244.0492 110.6523 16.46015938 10708",
)
CIRCULAR = "{ altitude_km = 550, inclination_deg = 97.6, ltan_h = 10.5, mean_anomaly_deg = 0 }"
NORTH = 'name = "North/2"\nlatitude_deg = 23.6\nlongitude_deg = 2.6'


EDITS = {
    "unknown key": ("seed = 1", "sede = 1", "sede = 1: unknown key; did you mean seed?"),
    "unknown key in a list": (
        *("altitude_km = 550", "altitud_km = 550"),
        "satellite[0].orbit.altitud_km = 550: unknown key; did you mean altitude_km?",
    ),
    "misspelt key that must be there": (
        *("latitude_deg = 7.4", "lattitude_deg = 7.4"),
        "station[0].lattitude_deg = 7.4: unknown key; did you mean latitude_deg?",
    ),
    "misspelt key of a reference": (
        *('power_mode = "15W"', 'powermode = "15W"'),
        "satellite[0].device.powermode = '15W': unknown key; did you mean power_mode?",
    ),
    "missing key": ('bus = "6u-cubesat"\n', "", "satellite[0].bus: is missing"),
    "wrong type": ("duration_s = 400", 'duration_s = "long"', "duration_s = 'long': must be a valid number"),
    "fraction": ("seed = 1", "seed = 1.5", "seed = 1.5: must be a valid integer"),
    "no table": (CIRCULAR, '"low"', "satellite[0].orbit = 'low': must be a table"),
    "no list": (CIRCULAR, "{ tle = 3 }", "satellite[0].orbit.tle = 3: must be a list"),
    "out of range": (
        *("inclination_deg = 97.6", "inclination_deg = 190"),
        "satellite[0].orbit.inclination_deg = 190: must be less than or equal to 180",
    ),
    "not a number": ("duration_s = 400", "duration_s = nan", "duration_s = nan: must be"),
    "year": ("2026-06-01T10:00:00Z", "0001-01-01T00:00:00+10:00", "start_utc: must lie in the years 1957 to 2056"),
    "bus": ('bus = "6u-cubesat"', 'bus = "6u-cubest"', "satellite[0].bus = '6u-cubest': no such file, nor a name in"),
    "bus number": ('bus = "6u-cubesat"', "bus = 6", "satellite[0].bus = 6: must be a name in buses, or a table"),
    "device": ('name = "jetson-orin-nx"', 'name = "jetson-orin"', "'jetson-orin': no such file, nor a name in devices"),
    "nearest device": ('name = "jetson-orin-nx"', 'name = "jetson-orin"', "did you mean jetson-orin-nx?"),
    "instrument": ('instrument = "camera"', 'instrument = "swir"', "satellite[0].instrument = 'swir': no such file"),
    "radio": (
        'radio = "slow"',
        'radio = "x-band"',
        "satellite[0].radio = 'x-band': no such file, nor a name in radios;",
    ),
    "power mode": (
        *('power_mode = "15W"', 'power_mode = "16W"'),
        "satellite[0].device.power_mode = '16W': no such power mode; did you mean 15W?",
    ),
    "station": (
        *(NORTH, 'network = "ksat"\nnames = ["Svalbad"]'),
        "station[1].names = 'Svalbad': no such station; did you mean Svalbard?",
    ),
    "stations' names": (
        NORTH,
        'network = "ksat"\nnames = "Troll"',
        "names = 'Troll': must be a list of stations' names",
    ),
    "network": (
        NORTH,
        'network = "kast"',
        "station[1].network = 'kast': no such file, nor a name in stations; did you",
    ),
    "strategy": (
        "seed = 1",
        'strategy = "detection"',
        "strategy = 'detection': no such strategy; did you mean detections",
    ),
    "two of one name": (
        *('name = "lark-2"', 'name = "lark-1"'),
        "a satellite cannot be named 'lark-1': a satellite already is",
    ),
    "station like a satellite": (
        *('name = "North/2"', 'name = "lark-1"'),
        "a station cannot be named 'lark-1': a satellite already is",
    ),
    "satellite like the world": (
        *('name = "lark-2"', 'name = "world"'),
        "a satellite cannot be named 'world': a part of every run already is",
    ),
    "station like the centre": (
        *('name = "North/2"', 'name = "centre"'),
        "a station cannot be named 'centre': a part of every run already is",
    ),
    "station without a name": ('name = "North/2"', 'name = ""', "station[1].name = '': must match"),
    "name as a path": ('name = "small"', 'name = "../small"', "name = '../small': must match"),
    "TLE checksum": (CIRCULAR, f"{{ tle = {list(TLE)} }}", f"satellite[0].orbit = '{TLE[0]}': checksum (last digit)"),
    "TLE of one line": (CIRCULAR, '{ tle = ["1 25544U"] }', "satellite[0].orbit.tle[1]: is missing"),
    "elements of no file": (
        CIRCULAR,
        '{ tle = "isss" }',
        "satellite[0].orbit.tle = 'isss': no such file, nor a name in",
    ),
    "OMM without an epoch": (CIRCULAR, '{ omm = { name = "a" } }', "satellite[0].orbit.omm.epoch_utc: is missing"),
    "decayed orbit": (
        CIRCULAR,
        f"{{ tle = {list(DECAYED)} }}",
        "satellite[0].orbit: no orbit 180 s before the start: ",
    ),
    "past the Earth": (
        f"orbit = {CIRCULAR}",
        "orbit = { altitude_km = 20000, inclination_deg = 50, raan_deg = 0 }\npointing = { pitch_deg = 50 }",
        "satellite[0].pointing: the instrument looks past the Earth",
    ),
    "no model": ('wildfire = "threshold"', "", "models: must hold at least 1"),
    "pictures of no folder": (
        *('source = "targets"', 'source = "images"'),
        'scene: images names a folder, and only where source = "images"',
    ),
}
"""What is replaced in the good scenario, by what, and what the message says of it."""


@pytest.mark.parametrize("case", EDITS)
def test_scenario(refused: Refused, desk: Path, case: str) -> None:
    old, new, told = EDITS[case]
    assert old in SCENARIO
    (desk / "edited.toml").write_text(SCENARIO.replace(old, new, 1), "utf-8")
    line = refused("run", "edited.toml", "--json")
    # What needs the orbit is found later, and names the scenario instead of its file.
    assert line.startswith(("edited.toml: ", "small: "))
    assert told in line


def test_an_omm_without_a_field(refused: Refused, desk: Path) -> None:
    (desk / "goes.json").write_text('{ "OBJECT_NAME": "GOES 9", "EPOCH": "2007-064T10:34:41.4264" }', "utf-8")
    (desk / "edited.toml").write_text(SCENARIO.replace(CIRCULAR, '{ omm = "goes.json" }', 1), "utf-8")
    assert refused("run", "edited.toml", "--json") == "goes.json: GOES 9: MEAN_MOTION: is missing"


FILES: dict[str, tuple[str | bytes, str]] = {
    "malformed": ("name = \n", "not valid TOML: Invalid value (at line 1, column 8)"),
    "not a text": (b"\xff\xfe\x00", "not valid TOML: 'utf-8' codec can't decode"),
    "empty": ("", "name: is missing"),
    "satellites as a number": (
        "satellite = 3",
        "satellite, constellation and station are lists of tables",
    ),
    "base unknown": ('extends = "wildfire-wach"', "extends = 'wildfire-wach': no such file, nor a name in scenarios"),
    "base of itself": ('extends = "file.toml"', "extends = 'file.toml': extends itself"),
}


@pytest.mark.parametrize("case", FILES)
def test_scenario_file(refused: Refused, desk: Path, case: str) -> None:
    content, told = FILES[case]
    (desk / "file.toml").write_bytes(content.encode() if isinstance(content, str) else content)
    assert refused("run", "file.toml", "--json").startswith(f"file.toml: {told}")


def test_circle_of_bases(refused: Refused, desk: Path) -> None:
    (desk / "hen.toml").write_text('extends = "egg"', "utf-8")
    (desk / "egg.toml").write_text('extends = "hen"', "utf-8")
    assert refused("run", "hen.toml") == "hen.toml: extends = 'egg': extends itself"


COMMANDS = {
    "unknown scenario": ("run wildfire-wach --json", "SCENARIO = 'wildfire-wach': no such file, nor a name in"),
    "nearest scenario": ("passes wildfire-wach --json", "did you mean wildfire-watch?"),
    "no such file": ("scenario validate some/where.toml", "SCENARIO = 'some/where.toml': no such file"),
    "unknown command": ("runn small.toml", "No such command 'runn'. Did you mean 'run'?"),
    "unknown command of a group": ("scenario shw small.toml", "No such command 'shw'. Did you mean 'show'?"),
    "no command of a group": ("scenario", "Missing command"),
    "unknown option": ("run small.toml --jsn", "No such option: --jsn"),
    "missing argument": ("run --json", "SCENARIO: is missing"),
    "too many arguments": ("run small.toml wildfire-watch", "unexpected extra argument"),
    "option without its value": ("run small.toml --seed", "Option '--seed' requires an argument"),
    "seed": ("run small.toml --seed x", "Invalid value for '--seed'"),
    "pace 0": ("run small.toml --pace 0", "--pace = '0': must be max or a number above 0"),
    "pace in words": ("run small.toml --pace fast", "--pace = 'fast': must be max or a number above 0"),
    "endless pace": ("run small.toml --pace inf", "--pace = 'inf': must be max or a number above 0"),
    "condition": ("run small.toml --fail-on nonsense", "--fail-on = 'nonsense': must be one of: lost, dropped"),
    "no strategies": ("compare small.toml --strategies ,", "--strategies = ',': must name at least one"),
    "probe": ("run small.toml --probe threshold", "--probe = 'threshold': cannot be written: Is a directory"),
    "setting": ("run small.toml --set seed", "--set = 'seed': must be KEY=VALUE"),
    "setting of no place": ("run small.toml --set satellite[9].bus=16u", "9 must be a place from 0 to 1"),
    "setting below a text": ("run small.toml --set name.x=3", "name is 'small', not a table"),
    "model without a task": ("run small.toml --model threshold", "--model = 'threshold': must be TASK=PATH"),
    "passes of nothing": ("passes", "takes a SCENARIO, or --run RUN_DIR"),
    "passes of two": ("passes small.toml --run here", "takes a SCENARIO, or --run RUN_DIR"),
    "format": ("export here --format geojsn", "--format = 'geojsn': did you mean geojson?"),
    "no format": ("export here", "Missing option '--format'"),
}
"""Arguments, and what the message says after `command line: `."""


@pytest.mark.parametrize("case", COMMANDS)
def test_command_line(refused: Refused, case: str) -> None:
    arguments, told = COMMANDS[case]
    line = refused(*arguments.split())
    assert line.startswith("command line: ")
    assert told in line


OPTIONS = {
    "unknown setting": ("--set sede=3", "sede = 3: unknown key; did you mean seed?"),
    "unknown setting below": (
        "--set link.frame_los=0.3",
        "link.frame_los = 0.3: unknown key; did you mean frame_loss?",
    ),
    "setting out of range": ("--set link.frame_loss=1.5", "link.frame_loss = 1.5: must be less than 1"),
    "seed": ("--seed=-3", "seed = -3: must be greater than or equal to 0"),
    "bus": (
        "--bus 3u-cubesta",
        "satellite[0].bus = '3u-cubesta': no such file, nor a name in buses; did you mean 3u-cu",
    ),
    "device": ("--device jetson-orin", "satellite[0].device = 'jetson-orin': no such file, nor a name in devices"),
    "strategy": ("--strategy lossles", "strategy = 'lossles': no such strategy; did you mean lossless?"),
    "task": ("--model ships=threshold", "models.ships: no such task; known: wildfire"),
    "model": (
        "--model wildfire=wildfire-swr",
        "models.wildfire = 'wildfire-swr': no such file or folder, nor a name in models;",
    ),
}


KEYS = {
    "encryption": ("security.encryption=3", "security.encryption = 3: must be a valid boolean"),
    "key of security": (
        "security.encription=true",
        "security.encription = True: unknown key; did you mean encryption?",
    ),
    "sealed without keys": (
        "security={encryption=false,at_rest=true}",
        "security: keys and at_rest need encryption = true",
    ),
    "lifetime": ("lifetimes.alert_s=0", "lifetimes.alert_s = 0: must be greater than 0"),
    "lifetime of what is not": ("lifetimes.video_s=5", "lifetimes.video_s = 5: unknown key; known: alert_s, chip_s"),
    "gap": ("ground.gap_s=nan", "ground.gap_s = nan: must be a finite number"),
    "sightings": ("ground.sightings=0", "ground.sightings = 0: must be greater than or equal to 1"),
    "confidence": ("ground.confidence=2", "ground.confidence = 2: must be less than or equal to 1"),
    "distance": ("ground.join_distance_m=-1", "ground.join_distance_m = -1: must be greater than or equal to 0"),
    "sink without a kind": ('ground.sinks=[{name="a",target="x"}]', "ground.sinks[0].kind: is missing"),
    "kind of sink": (
        'ground.sinks=[{name="a",kind="mail",target="x"}]',
        "ground.sinks[0].kind = 'mail': must be 'file' or 'webhook'",
    ),
    "sink to nowhere": (
        'ground.sinks=[{name="a",kind="file",target=""}]',
        "ground.sinks[0].target = '': must not be empty",
    ),
    "lane": ("link.lane=fast", "link.lane = 'fast': must be 'runs' or 'frames'"),
    "retained": ("satellite[0].bus.limits.retained_bytes=-1", "retained_bytes = -1: must be greater than or equal to"),
    "boot": ("satellite[0].bus.limits.boot_s=0", "satellite[0].bus.limits.boot_s = 0: must be greater than 0"),
    **{
        f"{key} beyond 64 bits": (f"satellite[0].bus.limits.{key}=1{'0' * 22}", f"{key} = 1{'0' * 22}: must be less")
        for key in ("retained_bytes", "mass_memory_bytes", "outbox_bytes")
    },
}
"""Settings of the link, the ground segment and the stores, and what the message says of them."""


@pytest.mark.parametrize("case", KEYS)
def test_key(refused: Refused, case: str) -> None:
    setting, told = KEYS[case]
    line = refused("run", "small.toml", "--json", "--set", setting)
    assert line.startswith("small.toml: ")
    assert told in line


@pytest.mark.parametrize("case", OPTIONS)
def test_option(refused: Refused, case: str) -> None:
    options, told = OPTIONS[case]
    line = refused("run", "small.toml", "--json", *options.split())
    assert line.startswith(f"small.toml: {told}")


def test_names_of_every_run_are_reserved() -> None:
    assert RESERVED_NAMES == (WORLD, CENTRE)


def test_debug_shows_where(desk: Path) -> None:
    run = start_skysift("run", "nowhere.toml", "--debug", cwd=desk)
    out, err = run.communicate()
    assert (run.returncode, out) == (2, "")
    assert err.startswith("Traceback")
    assert err.endswith("known: bupt-1, sea-rescue, wildfire-watch\n")


def test_help_without_arguments(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["skysift"])
    assert main() == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: skysift")
    assert err == ""


def test_a_real_process_says_the_same(desk: Path) -> None:
    run = start_skysift("run", "small.toml", "--set", "sede=3", "--json", cwd=desk)
    out, err = run.communicate()
    assert (run.returncode, out) == (2, "")
    assert the_line(err) == "small.toml: sede = 3: unknown key; did you mean seed?"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_full_standard_output() -> None:
    with Path("/dev/full").open("w") as full:
        run = start_skysift("scenario", "schema", stdout=full)
        _, err = run.communicate()
    assert run.returncode == 1
    assert the_line(err) == "[Errno 28] No space left on device"


def test_standard_output_that_nobody_reads() -> None:
    run = start_skysift("scenario", "schema")
    assert run.stdout is not None
    run.stdout.close()
    assert run.stderr is not None
    assert "Traceback" not in run.stderr.read()
    run.wait()
