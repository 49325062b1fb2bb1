"""Mission control's page without a mouse, in a replay, and as a screen reader has it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.page_browser import chromium, opened
from tests.page_stage import NS, Stage

SOON_MS = 5000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage() as one:
        for at_s in (700, 800, 900):
            one.go_to(at_s)
            one.detect()
        yield one


@pytest.fixture
def page(browser: Any, stage: Stage) -> Iterator[Any]:
    stage.sent.clear()
    with opened(browser, stage.address) as one:
        yield one


def focused(page: Any) -> str:
    return str(page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()"))


def test_the_first_stop_leads_past_the_rest(page: Any) -> None:
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the alerts"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "GeoJSON"


def test_space_pauses_where_no_control_has_it(page: Any, stage: Stage) -> None:
    page.keyboard.press("Space")
    assert stage.wait_for("pause") == {"do": "pause"}
    page.get_by_role("button", name="resume").wait_for()
    page.keyboard.press("Space")
    assert stage.wait_for("resume") == {"do": "resume"}


def test_the_pace_is_chosen_with_arrows(page: Any, stage: Stage) -> None:
    page.get_by_role("radio", name="60×").focus()
    page.keyboard.press("ArrowLeft")
    assert stage.wait_for("pace") == {"do": "pace", "factor": 10}
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('[name=pace][value=\"60\"]').checked", timeout=SOON_MS)


def test_the_menu_takes_the_focus_and_gives_it_back(page: Any, stage: Stage) -> None:
    page.get_by_role("button", name="command").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="command a satellite").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page) == "send by uplink"
    page.keyboard.press("Enter")
    assert stage.wait_for("order")["command"] == "set_strategy"
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert focused(page).startswith("command")


def test_alerts_are_walked_with_arrows(page: Any) -> None:
    page.locator(".alert-row").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    rows = page.locator(".alert-row")
    assert [rows.nth(at).get_attribute("aria-expanded") for at in range(3)] == ["false", "true", "false"]


def test_what_a_screen_reader_is_told(page: Any) -> None:
    assert page.locator("html").get_attribute("lang") == "en-GB"
    assert page.locator("h1").count() == 1
    for role, name in (
        ("main", None),
        ("region", "Satellites"),
        ("region", "Passes, eclipse, inference"),
        ("region", "Alerts"),
        ("meter", "ember-3 computer"),
        ("img", "World map with day and night, ground tracks, stations and alerts"),
    ):
        assert page.get_by_role(role, name=name).count() == 1, (role, name)
    nameless = """() => [...document.querySelectorAll('button, a, input, select, canvas[role], ul, ol, [tabindex]')]
        .filter((one) => !(one.innerText || one.labels?.length || one.ariaLabel || one.getAttribute('aria-labelledby')))
        .map((one) => one.outerHTML.slice(0, 90))"""
    assert page.evaluate(nameless) == []
    assert "ember-1 over" in page.locator("#map-told").inner_text()


def test_reduced_motion(browser: Any, stage: Stage) -> None:
    with opened(browser, stage.address, reduced_motion="reduce") as page:
        stage.detect()
        page.wait_for_function("document.querySelector('.map canvas').dataset.pulses === '1'", timeout=SOON_MS)
        pixels = "document.querySelector('.map canvas').toDataURL()"
        # What came with the alert may still be drawn. A pulse that moves is not still until it is gone.
        for _ in range(10):
            first = page.evaluate(pixels)
            page.wait_for_timeout(300)
            assert page.locator(".map canvas").get_attribute("data-pulses") == "1"
            if is_still := page.evaluate(pixels) == first:
                break
        assert is_still


@pytest.fixture
def replay(browser: Any) -> Iterator[tuple[Any, Stage]]:
    with Stage("replay") as stage:
        stage.go_to(2000)
        stage.detect()
        stage.go_to(2400)
        with opened(browser, stage.address) as page:
            yield page, stage


def test_the_slider_moves_the_clock(replay: tuple[Any, Stage]) -> None:
    page, stage = replay
    slider = page.get_by_role("slider", name="instant of the replay")
    assert slider.get_attribute("aria-valuetext") == "2026-06-01 10:40:00 UTC"
    assert page.locator(".alert").count() == 1
    slider.focus()
    page.keyboard.press("Home")
    assert stage.wait_for("seek") == {"do": "seek", "to_ns": 0}
    page.wait_for_function("document.querySelector('.clock').innerText.includes('10:00:00')", timeout=SOON_MS)
    page.locator(".alert").wait_for(state="detached")
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('.clock').innerText.includes('11:35:00')", timeout=SOON_MS)
    assert page.locator(".alert").count() == 1
    assert stage.sent[-1]["to_ns"] == 5700 * NS


def test_a_replay_offers_what_a_replay_can(replay: tuple[Any, Stage]) -> None:
    page, stage = replay
    assert page.get_by_role("button", name="command").count() == 0
    page.get_by_role("radio", name="300×").check()
    assert stage.wait_for("pace") == {"do": "pace", "factor": 300}
    box = page.locator(".rows canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + 10)
    assert 2400 * NS < stage.wait_for("seek")["to_ns"] < 4000 * NS
