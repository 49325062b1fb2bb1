"""A participant on another machine, here over tcp loopback: both ends know each other's keys, or nobody speaks."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
import zmq.auth

from groundstation.__main__ import CODEC
from groundstation.messages import ForwardFrames, FramesReceived, StationConfig
from onboard.curve import CurveKeys, read_curve_keys
from onboard.errors import InputError, MachineError
from onboard.wire import Boot
from sim import nodes
from tests.system.small_mission import ROOT

START_S = 20.0
OWNERS = ("station", "executive", "stranger")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate and a secret certificate for each owner."""
    folder = tmp_path_factory.mktemp("curve")
    for owner in OWNERS:
        _, secret = zmq.auth.create_certificates(folder, owner)
        Path(secret).chmod(0o600)
    return folder


def pair(keys: Path, own: str, peer: str) -> CurveKeys:
    """What one end knows."""
    return read_curve_keys(keys / f"{own}.key_secret", keys / f"{peer}.key")


def start(*arguments: str) -> subprocess.Popen[str]:
    """A station's process, as a person on its machine starts it."""
    command = [sys.executable, "-m", "groundstation", "--name=Troll", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, text=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def station(keys: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Where a station waits for the executive, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with_keys = (f"--secret-key={keys / 'station.key_secret'}", f"--peer-key={keys / 'executive.key'}")
    process = start(f"--endpoint={endpoint}", *with_keys)
    yield endpoint, process
    process.kill()
    process.communicate()


def meet(endpoint: str, known: CurveKeys) -> nodes.RemoteNode:
    return nodes.RemoteNode("Troll", StationConfig("Troll"), CODEC, endpoint, known)


def check_works(endpoint: str, keys: Path, process: subprocess.Popen[str]) -> None:
    """The executive meets the station, grants, and ends it."""
    with contextlib.closing(meet(endpoint, pair(keys, "executive", "station"))) as node:
        node.await_ready()
        node.grant(7, (FramesReceived("lark-1", (b"abc",)),))
        assert node.collect() == (ForwardFrames("lark-1", (b"abc",)),)
        node.dismiss()
    assert process.wait(START_S) == 0


def test_the_right_keys_work(station: tuple[str, subprocess.Popen[str]], keys: Path) -> None:
    endpoint, process = station
    check_works(endpoint, keys, process)


@pytest.mark.parametrize("known", [("stranger", "station"), ("executive", "stranger")])
def test_the_wrong_keys_are_refused(
    station: tuple[str, subprocess.Popen[str]], keys: Path, known: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And hold nobody up."""
    endpoint, process = station
    monkeypatch.setattr(nodes, "MEETING_TIMEOUT_S", 2.0)
    rule = r"Troll at tcp://\S+: no answer for 2 s; is its process there, and does each know the other's key\?"
    with contextlib.closing(meet(endpoint, pair(keys, *known))) as node, pytest.raises(MachineError, match=rule):
        node.await_ready()
    assert process.poll() is None
    monkeypatch.undo()
    check_works(endpoint, keys, process)


def test_a_clear_executive_is_refused(station: tuple[str, subprocess.Popen[str]], keys: Path) -> None:
    endpoint, process = station
    with zmq.Context() as context, context.socket(zmq.PAIR) as clear:
        clear.setsockopt(zmq.LINGER, 0)
        clear.connect(endpoint)
        clear.send(CODEC.encode(Boot(StationConfig("Troll"))))
        assert not clear.poll(2000)
    check_works(endpoint, keys, process)


@pytest.mark.parametrize("is_secured", [False, True])
def test_a_false_station_learns_nothing(keys: Path, is_secured: bool) -> None:
    """Neither a clear socket at a station's address nor one with another's keys hears a word."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as false:
        if is_secured:
            pair(keys, "stranger", "executive").secure_server(false)
        port = false.bind_to_random_port("tcp://127.0.0.1")
        known = pair(keys, "executive", "station")
        with contextlib.closing(meet(f"tcp://127.0.0.1:{port}", known)) as node:
            assert not false.poll(1000)
            node._socket.close(linger=0)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("--endpoint=tcp://127.0.0.1:1",), "leaves the machine: it needs both --secret-key and --peer-key"),
        (("--endpoint=udp://127.0.0.1:1",), "must be a local socket, ipc://PATH, or tcp://ADDRESS:PORT"),
        (("--endpoint=tcp://127.0.0.1:1", "--secret-key=/no.file", "--peer-key=/no.file"), "/no.file: the certificate"),
    ],
)
def test_a_process_in_the_clear_is_refused(arguments: tuple[str, ...], rule: str) -> None:
    process = start(*arguments)
    out, err = process.communicate(timeout=START_S)
    assert (process.returncode, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("Troll: ")
    assert rule in err


def test_an_address_that_is_taken_is_told(keys: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with_keys = (f"--secret-key={keys / 'station.key_secret'}", f"--peer-key={keys / 'executive.key'}")
        process = start(f"--endpoint={endpoint}", *with_keys)
        assert process.communicate(timeout=START_S) == ("", f"Troll: {endpoint}: Address already in use\n")
    assert process.returncode == 1


def test_certificates_are_checked(keys: Path, tmp_path: Path) -> None:
    public, secret = keys / "station.key", keys / "station.key_secret"
    other = tmp_path / "mine.key_secret"
    for text, mode, rule in (
        (secret.read_text(), 0o644, "is readable or writable by group or others: run chmod 600"),
        (public.read_text(), 0o600, "holds a secret-key and the public-key that goes with it"),
        (secret.read_text().replace('secret-key = "', 'secret-key = "!'), 0o600, "holds a secret-key"),
        ("\udcff" * 9999, 0o600, "holds a secret-key"),
    ):
        other.write_bytes(text.encode(errors="surrogateescape"))
        other.chmod(mode)
        with pytest.raises(InputError, match=rule):
            read_curve_keys(other, public)
    with pytest.raises(InputError, match="a certificate holds a public-key"):
        read_curve_keys(secret, Path(os.devnull))
