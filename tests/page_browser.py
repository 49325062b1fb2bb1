"""A headless Chromium that watches what mission control's page does wrong: errors, and requests off the machine."""

import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

CHROMIUM = shutil.which("chromium")
SWITCHES = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
"""For a container: no namespaces of its own, little shared memory, no display."""
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
READY_WITHIN_S = 180.0
"""Starting a run and its server is no matter of the page: it has a limit of its own."""
OWN = {"127.0.0.1", "localhost", ""}


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's browser, driven by Playwright; the test is skipped, with a message, where either is absent."""
    pytest.importorskip("nicegui", reason="NiceGUI is not installed: mission control's page cannot be served")
    driver = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no test of the page")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: no test of the page")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, address: str, **context: Any) -> Iterator[Any]:
    """The page, once it shows a satellite. At the end nothing may have gone wrong in it."""
    wait_until_ready(address)
    faults: list[str] = []
    # Every page has storage of its own: a theme that one chooses is not another's.
    room = browser.new_context(**{"viewport": DESKTOP, "color_scheme": "dark", **context})
    room.set_default_timeout(PATIENCE_MS)
    page = room.new_page()
    page.on("console", lambda message: message.type == "error" and faults.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("request", lambda request: is_foreign(request.url) and faults.append(f"request to {request.url}"))
    page.on("websocket", lambda socket: is_foreign(socket.url) and faults.append(f"socket to {socket.url}"))
    page.goto(address)
    page.locator(".card").first.wait_for()
    page.locator("canvas[data-alerts]").wait_for()
    yield page
    room.close()
    assert faults == [], faults


def wait_until_ready(address: str) -> None:
    """Until the server has a mission to show."""
    until_s = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until_s:
        try:
            with urllib.request.urlopen(f"{address.rstrip('/')}/health", timeout=READY_WITHIN_S) as answer:
                if json.load(answer)["run"] != "starting":
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server has no mission to show")


def is_foreign(address: str) -> bool:
    """Whether an address is of another machine; `data:` and `blob:` addresses are of none."""
    parts = urlsplit(address)
    return parts.scheme not in ("data", "blob") and parts.hostname not in OWN
