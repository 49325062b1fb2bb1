"""Mission control's page over a run that flies: pause stops virtual time, and a model swapped from the page flies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.page_browser import chromium, opened
from tests.system.mission_pages import Shown

SATELLITE = "ember-3"
"""The first of the scenario that comes over a station."""
FLIES = f"[data-satellite={SATELLITE}] [data-figure=model]"
UP_BY_S = 1060
SWAPPED_MS = 120_000
HELD_MS = 600


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as one:
        yield one


def clock(page: Any) -> str:
    return str(page.locator(".clock").inner_text())


def test_pause_stops_time_and_a_model_swap_changes_the_hash(browser: Any, tmp_path: Path) -> None:
    settings = ("--web", "--port=0", "--pace=20", f"--set=duration_s={UP_BY_S}", "--hold", f"--out={tmp_path / 'out'}")
    with Shown("run", "wildfire-watch", *settings, "--json") as shown, opened(browser, shown.address) as page:
        page.wait_for_function("!document.querySelector('.clock').innerText.includes('10:00:00')")
        page.get_by_role("button", name="pause").click()
        page.get_by_role("button", name="resume").wait_for()
        held = clock(page)
        page.wait_for_timeout(HELD_MS)
        assert clock(page) == held
        page.get_by_role("radio", name="true world").check()
        flies = page.locator(FLIES)
        before = flies.inner_text()
        page.get_by_role("button", name="command").click()
        page.get_by_label("satellite", exact=True).select_option(SATELLITE)
        page.get_by_label("telecommand").select_option(label="model swap")
        page.get_by_label("model", exact=True).select_option("murphy")
        page.get_by_role("button", name="send by uplink").click()
        page.get_by_role("button", name="resume").click()
        page.get_by_role("radio", name="max").check()
        page.wait_for_function(
            "([where, before]) => document.querySelector(where).innerText !== before",
            arg=[FLIES, before],
            timeout=SWAPPED_MS,
        )
        assert flies.inner_text().startswith("detections · ")
