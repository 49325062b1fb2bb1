"""A command that shows mission control, started as a user starts it, and its page spoken to over HTTP."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.system.small_mission import start_skysift

PATIENCE_S = 120.0
NOT_YET = 503


class Shown:
    """A running command. Ends it when left."""

    def __init__(self, *arguments: str, **options: Any) -> None:
        self.process: subprocess.Popen[str] = start_skysift(*arguments, **options)
        self.address = self._read_address()
        self.headers: dict[str, str] = {}

    def __enter__(self) -> "Shown":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def get(self, path: str) -> Any:
        """A JSON answer."""
        return json.loads(self.fetch(path))

    def fetch(self, path: str, body: object = None) -> bytes:
        """An answer's bytes, refusals included."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self.headers, **({"Content-Type": "application/json"} if data else {})}
        request = urllib.request.Request(self.address + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                content: bytes = answer.read()
        except urllib.error.HTTPError as refusal:
            content = refusal.read()
            if refusal.code == NOT_YET:
                time.sleep(0.2)
                return self.fetch(path, body)
        return content

    def send(self, **control: object) -> str | None:
        """Steer; None or why it is refused."""
        refused: str | None = json.loads(self.fetch("api/control", control))["refused"]
        return refused

    def wait_for(self, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The first snapshot of which something holds."""
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            snapshot: dict[str, Any] = self.get("api/snapshot")
            if holds(snapshot):
                return snapshot
            time.sleep(0.05)
        raise AssertionError(f"it never held; the last was {snapshot}")

    def end(self) -> tuple[int, str, str]:
        """Wait for the command's own end: code, output, errors."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err

    def _read_address(self) -> str:
        assert self.process.stderr is not None
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if found := re.search(r"mission control: (http://\S+?/)(\?token=(\S+))?$", line.strip()):
                return found[1]
        raise AssertionError("".join(lines))
