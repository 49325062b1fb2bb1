"""Where the page's server listens, for whom, and what becomes of one that hangs or dies."""

import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from groundstation.web.loopback import is_loopback
from groundstation.web.view import MissionTable
from onboard.errors import InputError
from sim.mission_control import process
from sim.mission_control.process import PageServer


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("::1", True), ("localhost", True)])
def test_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "station.example"])
def test_beyond_it(host: str) -> None:
    assert not is_loopback(host)


def test_beyond_this_machine_there_is_always_a_token() -> None:
    server = PageServer("0.0.0.0", 0, "")
    assert len(server.address.partition("?token=")[2]) >= process.LEAST_TOKEN_CHARACTERS
    assert "0.0.0.0" not in server.address
    server.close()


def test_here_there_is_none_unless_asked_for() -> None:
    server = PageServer("127.0.0.1", 0, "")
    assert "token" not in server.address
    server.close()
    with pytest.raises(InputError, match="--token: must have at least 8 characters"):
        PageServer("127.0.0.1", 0, "short")
    with pytest.raises(InputError, match="--token: must be of ASCII characters"):
        PageServer("127.0.0.1", 0, "ключ от дома")


def test_without_a_port_a_free_one_is_taken_where_the_usual_one_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual, process.DEFAULT_PORT = process.DEFAULT_PORT, taken.getsockname()[1]
        try:
            server = PageServer("127.0.0.1", None, "")
        finally:
            taken_port, process.DEFAULT_PORT = process.DEFAULT_PORT, usual
        assert f":{taken_port}/" not in server.address
        server.close()


@pytest.mark.parametrize("host", ["no such host.invalid", "..", "a" * 70])
def test_no_such_host(host: str) -> None:
    with pytest.raises(InputError, match=f"--host = {re.escape(repr(host))}: no such address: "):
        PageServer(host, 0, "")


def test_a_server_that_hangs_holds_nobody_up_and_one_that_dies_is_noticed() -> None:
    server = PageServer("127.0.0.1", 0, "")
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    started_s = time.monotonic()
    server.begin(MissionTable(controls=[]), Path("nowhere"))  # type: ignore[typeddict-item]
    for _ in range(20):
        server.tell({"snapshot": "x" * 100_000})
    assert time.monotonic() - started_s < 1.0
    assert not server.is_idle
    assert not server.is_gone
    os.kill(server.pid, signal.SIGKILL)
    while not server.is_gone:
        server.asked(0.1)
    server.close()
    assert time.monotonic() - started_s < 30.0
