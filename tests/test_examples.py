"""The examples hold: files parse, their commands are ones that skysift takes, names agree, and the services fly."""

import configparser
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from onboard.process import _parser
from sim.mission_control.process import TOKEN_VARIABLE
from sim.resolve import resolve, scenario_path
from tests.sim.commands.command_lines import parse

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
COMPOSE = yaml.safe_load((EXAMPLES / "compose" / "compose.yaml").read_text(encoding="utf-8"))
UNITS = sorted((EXAMPLES / "systemd").glob("*.service"))
SCENARIO = "wildfire-watch"
SATELLITES = [satellite.name for satellite in resolve(scenario_path(SCENARIO)).satellite]
INSTALLED = "/opt/skysift"
SHORT = ("--set=duration_s=150",)
NOT_HERE = ("--web", "--host", "--port", "--hold", "--pace")


def satellite_options(words: list[str]) -> dict[str, Any]:
    """What a satellite's process makes of its arguments."""
    return vars(_parser("").parse_args(words))


def elsewhere(folder: str) -> dict[str, Any]:
    told: dict[str, Any] = tomllib.loads((EXAMPLES / folder / "elsewhere.toml").read_text(encoding="utf-8"))
    return told


# --- compose


def test_every_satellite_is_a_service() -> None:
    assert set(COMPOSE["services"]) == {"keys", "executive", *SATELLITES}


@pytest.mark.parametrize("name", SATELLITES)
def test_a_satellite_waits_where_the_executive_calls(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["entrypoint"] == ["python", "-m", "onboard"]
    options = satellite_options(service["command"])
    waits = elsewhere("compose")["process"][name]
    assert options["name"] == name
    assert waits["endpoint"] == options["endpoint"].replace("*", name)
    assert waits["key"] == str(options["secret_key"]).removesuffix("_secret")
    assert elsewhere("compose")["key"] == f"{options['peer_key']}_secret"
    assert service["restart"] == "always"


def test_the_executive_flies_the_mission() -> None:
    service = COMPOSE["services"]["executive"]
    options = parse(["skysift", *service["command"]])
    assert options["scenario"] == SCENARIO
    assert f"./elsewhere.toml:{options['elsewhere']}:ro" in service["volumes"]
    assert set(service["depends_on"]) == set(SATELLITES)
    assert options["host"] == "0.0.0.0"
    assert "?" in service["environment"][TOKEN_VARIABLE], "no token, no page beyond the machine"
    assert service["ports"] == [f"127.0.0.1:{options['port']}:{options['port']}"]


def test_services_share_mass_memory_and_declare_their_volumes() -> None:
    for name in ("executive", *SATELLITES):
        assert "scratch:/scratch" in COMPOSE["services"][name]["volumes"]
    named = {
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service["volumes"]
        if not volume.startswith(".")
    }
    assert named == set(COMPOSE["volumes"])
    assert "TMPDIR=/scratch" in (EXAMPLES / "container" / "Containerfile").read_text(encoding="utf-8")


def test_keys_are_made_for_all() -> None:
    service = COMPOSE["services"]["keys"]
    assert service["entrypoint"][1].endswith("/make_keys.py")
    assert service["command"][1:] == SATELLITES
    assert (ROOT / service["build"]["context"]).name  # it resolves below the checkout
    assert (EXAMPLES / "compose" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


# --- the container


def test_the_image_copies_what_is_there() -> None:
    text = (EXAMPLES / "container" / "Containerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        source, _ = line.split()
        assert (ROOT / source).exists()


def test_the_image_gets_all_that_the_wheel_is_made_of() -> None:
    """What is not let through is not there to be built."""
    ignored = (EXAMPLES / "container" / "Containerfile.containerignore").read_text(encoding="utf-8")
    assert ignored == (EXAMPLES / "container" / "Containerfile.dockerignore").read_text(encoding="utf-8")
    let_through = {line[1:] for line in ignored.splitlines() if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packaged = {name.strip("/") for name in project["tool"]["hatch"]["build"]["targets"]["wheel"]["include"]}
    about = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    assert let_through == packaged | about | {"examples/make_keys.py"}
    assert all((ROOT / name).exists() for name in let_through)


# --- systemd


def unit(path: Path) -> configparser.SectionProxy:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(path, encoding="utf-8")
    return read["Service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_unit(path: Path, tmp_path: Path) -> None:
    """As installed; only the programs are this interpreter's."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze: units are not verified")
    for other in UNITS:
        text = re.sub(rf"{INSTALLED}/bin/\S+", sys.executable, other.read_text(encoding="utf-8"))
        (tmp_path / other.name).write_text(text, encoding="utf-8")
    done = subprocess.run([analyze, "verify", "--man=no", tmp_path / path.name], capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_satellite_units_wait_where_the_executive_calls() -> None:
    service = unit(EXAMPLES / "systemd" / "skysift-satellite@.service")
    python, *words = shlex.split(service["ExecStart"])
    assert (python, words[:2]) == (f"{INSTALLED}/bin/python", ["-m", "onboard"])
    waits = elsewhere("systemd")
    assert list(waits["process"]) == SATELLITES
    for name in SATELLITES:
        (setting,) = (EXAMPLES / "systemd" / f"{name}.env").read_text(encoding="utf-8").splitlines()
        endpoint = setting.removeprefix("ENDPOINT=")
        options = satellite_options([word.replace("%i", name).replace("${ENDPOINT}", endpoint) for word in words[2:]])
        assert (options["name"], options["endpoint"]) == (name, waits["process"][name]["endpoint"])
        assert options["secret_key"] == Path("/etc/skysift") / f"{waits['process'][name]['key']}_secret"
        assert f"{options['peer_key']}_secret" == str(Path("/etc/skysift") / waits["key"])


def test_the_run_unit_flies() -> None:
    service = unit(EXAMPLES / "systemd" / "skysift-run@.service")
    program, *words = shlex.split(service["ExecStart"])
    assert program == f"{INSTALLED}/bin/skysift"
    options = parse(["skysift", *(word.replace("%i", SCENARIO) for word in words)])
    assert (options["scenario"], str(options["elsewhere"])) == (SCENARIO, "/etc/skysift/elsewhere.toml")


# --- what they say, flown here


@pytest.fixture
def desk(tmp_path: Path) -> dict[str, str]:
    """What containers have, in a folder: paths and endpoints of compose.yaml by what they are here."""
    places = {place: str(tmp_path / place.strip("/")) for place in ("/keys", "/scratch", "/work/runs")}
    for folder in places.values():
        Path(folder).mkdir(parents=True)
    places["/etc/skysift/elsewhere.toml"] = str(tmp_path / "elsewhere.toml")
    for name in SATELLITES:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            places[name] = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    told = (
        (EXAMPLES / "compose" / "elsewhere.toml").read_text(encoding="utf-8").replace('"/keys/', f'"{places["/keys"]}/')
    )
    for name in SATELLITES:
        told = told.replace(f"tcp://{name}:7700", places[name])
    Path(places["/etc/skysift/elsewhere.toml"]).write_text(told, encoding="utf-8")
    return places


def here(words: list[str], places: dict[str, str], name: str = "") -> list[str]:
    """A service's arguments as they are here, without those of the dashboard and the pace."""
    taken = []
    for word in words:
        if word.split("=")[0] in NOT_HERE:
            continue
        word = word.replace("tcp://*:7700", places.get(name, ""))
        for place in ("/keys", "/work/runs", "/etc/skysift/elsewhere.toml"):
            word = re.sub(rf"(^|=){place}", rf"\g<1>{places[place]}", word)
        taken.append(word)
    return taken


def test_the_services_of_the_compose_file_fly(desk: dict[str, str]) -> None:
    """Their command lines as processes here, for a part of an orbit; the digest is that of one process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": desk["/scratch"]}
    services = COMPOSE["services"]
    make_keys = [sys.executable, EXAMPLES / "make_keys.py", *here(services["keys"]["command"], desk)]
    subprocess.run(make_keys, check=True, env=environment)
    satellites = [
        subprocess.Popen(
            [sys.executable, *services[name]["entrypoint"][1:], *here(services[name]["command"], desk, name)],
            env=environment,
        )
        for name in SATELLITES
    ]
    try:
        there = skysift([*here(services["executive"]["command"], desk), *SHORT], environment)
        assert [satellite.wait(60.0) for satellite in satellites] == [0, 0, 0]
    finally:
        for satellite in satellites:
            satellite.kill()
            satellite.wait()
    alone = skysift(["run", SCENARIO, *SHORT, f"--out={desk['/work/runs']}/alone"], environment)
    assert (there["digest"], there["processes"]) == (alone["digest"], 1 + len(SATELLITES))


def skysift(words: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """A command's answer."""
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words, "--json"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
