"""What doctor tells of a host, and of one where something is missing."""

import json
import os
import socket
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.commands import doctoring

OPTIONAL = {"extra eo", "extra train", "extra notebooks", "chromium"}


def asked(code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["doctor", "--json"], standalone_mode=False)
    assert (done.exception, done.return_value) == (None, code)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_is_needed_is_there_and_the_rest_is_told() -> None:
    found = asked()
    assert {name for name, row in found.items() if not row["needed"]} == OPTIONAL
    assert all(row["ok"] for row in found.values() if row["needed"])
    assert all(row["ok"] or "pip install" in row["told"] or "apt-get" in row["told"] for row in found.values())


def test_what_is_not_needed_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctoring, "EXTRAS", (("eo", "no-such-package", "pictures"),))
    monkeypatch.setattr(doctoring, "BROWSERS", ("no-such-browser",))
    found = asked()
    assert found["extra eo"] == {
        "ok": False,
        "needed": False,
        "told": "for pictures: pip install 'skysift[eo]', in a checkout .venv/bin/pip install -e '.[eo]'",
    }
    assert not found["chromium"]["ok"]


def test_a_full_disk_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctoring, "SCRATCH_BYTES", 10**18)
    found = asked(code=1)
    assert found["scratch disk"]["told"].endswith("frames need 1000000.0 TB: set TMPDIR")


def test_a_folder_that_takes_no_runs_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert "give --out" in asked(code=1)["runs"]["told"]


def test_no_dashboard_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> str:
        if name == "nicegui":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctoring, "version", without)
    assert asked(code=1)["dashboard"]["told"].startswith("nicegui is not installed: pip install")


def test_a_long_path_for_sockets_is_bad(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("s" * 100)
    long.mkdir()
    monkeypatch.setattr(doctoring.tempfile, "tempdir", str(long))
    assert "set TMPDIR to a short path" in asked(code=1)["processes"]["told"]


def test_no_loopback_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no loopback")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert asked(code=1)["dashboard"]["told"] == "no loopback"
