"""Satellites and stations as services of their own, that the executive meets over tcp: the same run, or one line."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from onboard.__main__ import CODEC
from onboard.errors import InputError
from sim.elsewhere import read_elsewhere
from sim.nodes import RemoteNode
from tests.flight_for_tests import CONFIG
from tests.system.small_mission import ROOT, Refused, fly, start_skysift

NAMES = ("lark-1", "lark-2", "Punta Arenas", "North/2")
SERVED = {"lark-1": "onboard", "Punta Arenas": "groundstation"}
"""Who is a service here, and of which package."""
START_S = 60.0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of who waits where, its keys beside it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    make = [sys.executable, ROOT / "examples" / "make_keys.py", folder, "lark-1", "Punta Arenas"]
    subprocess.run(make, check=True)
    lines = ['key = "executive.key_secret"']
    for name in SERVED:
        lines += [f'[process."{name}"]', f'endpoint = "tcp://127.0.0.1:{_free_port()}"', f'key = "{name}.key"']
    path = folder / "elsewhere.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def start_service(meeting: Path, name: str) -> subprocess.Popen[str]:
    endpoint = read_elsewhere(meeting, NAMES)[name].endpoint
    command = [sys.executable, "-m", SERVED[name], f"--name={name}", f"--endpoint={endpoint}"]
    keys = [f"--secret-key={meeting.parent / name}.key_secret", f"--peer-key={meeting.parent / 'executive.key'}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([*command, *keys], text=True, env=environment, stderr=subprocess.PIPE)


@pytest.fixture
def services(meeting: Path) -> Iterator[dict[str, subprocess.Popen[str]]]:
    started = {name: start_service(meeting, name) for name in SERVED}
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


def test_the_digest_is_that_of_one_process(
    mission: Path, meeting: Path, services: dict[str, subprocess.Popen[str]], tmp_path: Path
) -> None:
    """And the services end with the run."""
    here = fly(mission, tmp_path / "here").summary
    out = tmp_path / "there"
    run = start_skysift("run", str(mission), "--elsewhere", str(meeting), "--processes", "--json", "--out", str(out))
    told, err = run.communicate(timeout=2 * START_S)
    there = json.loads(told)
    assert (run.returncode, "lark-1" in err, "lark-2" in err) == (0, False, True)
    assert (there["digest"], there["processes"]) == (here["digest"], 1 + len(NAMES) + 1)
    assert {name: service.wait(START_S) for name, service in services.items()} == dict.fromkeys(SERVED, 0)


def _flying(mission: Path, meeting: Path, out: Path, scratch: str) -> subprocess.Popen[str]:
    """A run at real-time pace, which has met its services and started the others."""
    run = start_skysift(
        *("run", str(mission), "--elsewhere", str(meeting), "--processes", "--pace", "4", "--json", "--out", str(out)),
        env={"TMPDIR": scratch},
    )
    assert run.stderr is not None
    assert run.stderr.readline().startswith("processes: ")
    time.sleep(0.5)
    return run


@pytest.mark.parametrize("victim", SERVED)
def test_a_service_that_dies_ends_the_run(
    mission: Path, meeting: Path, services: dict[str, subprocess.Popen[str]], tmp_path: Path, victim: str
) -> None:
    with tempfile.TemporaryDirectory(prefix="s") as scratch:
        run = _flying(mission, meeting, tmp_path / "out", scratch)
        services[victim].send_signal(signal.SIGKILL)
        out, err = run.communicate(timeout=START_S)
    assert (run.returncode, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"skysift: {victim} at tcp://127.0.0.1:")
    assert err.endswith(" has hung up: its process, or its machine, is gone\n")


def test_an_executive_that_dies_leaves_no_service(
    mission: Path, meeting: Path, services: dict[str, subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Whoever keeps them starts them again, and the next run meets those."""
    with tempfile.TemporaryDirectory(prefix="s") as scratch:
        run = _flying(mission, meeting, tmp_path / "out", scratch)
        run.kill()
        run.communicate()
        for service in services.values():
            assert service.communicate(timeout=START_S)[1] == "the executive has hung up\n"
            assert service.returncode == 1


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('key = "k"\n[process.kite]\nendpoint = "tcp://kite:1"\nkey = "k"', "process = 'kite': no satellite or"),
        ('key = "k"\n[process.lark-1]\nendpoint = "ipc://kite"\nkey = "k"', "process.lark-1.endpoint = 'ipc://kite'"),
        ('key = "k"\n[process.lark-1]\nendpoint = "tcp://kite:1"\nkey = "k"', "k: the certificate cannot be read"),
        ("", "key: is missing"),
    ],
)
def test_a_wrong_file_is_told(desk: Path, refused: Refused, tmp_path: Path, text: str, rule: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, "utf-8")
    assert rule in refused("run", str(desk / "small.toml"), "--elsewhere", str(path))


def test_mass_memory_that_is_not_shared_is_told(meeting: Path, services: dict[str, subprocess.Popen[str]]) -> None:
    """A satellite whose TMPDIR is another machine's."""
    met = read_elsewhere(meeting, NAMES)["lark-1"]
    node = RemoteNode("lark-1", replace(CONFIG, memory_root="/no/folder"), CODEC, met.endpoint, met.keys)
    with closing(node), pytest.raises(InputError, match="mass memory is not in reach: share /no/folder"):
        node.await_ready()
    assert services["lark-1"].wait(START_S) == 0
