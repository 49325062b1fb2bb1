"""Mission control's page in a browser, on a stage: what it shows, and which controls it sends."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.page_browser import chromium, opened
from tests.page_stage import NS, Stage

CLOCK = ".clock"
SOON_MS = 5000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    with Stage() as one:
        yield one


@pytest.fixture
def stage(served: Stage) -> Stage:
    served.begin_again()
    served.go_to(600)
    return served


@pytest.fixture
def page(browser: Any, stage: Stage) -> Iterator[Any]:
    with opened(browser, stage.address) as one:
        yield one


def figure(page: Any, name: str) -> str:
    return " ".join(page.locator(f"[data-figure={name}]").first.inner_text().split())


def is_soon(page: Any, expression: str) -> None:
    page.wait_for_function(expression, timeout=SOON_MS)


def test_counters_move(page: Any, stage: Stage) -> None:
    assert page.locator(CLOCK).inner_text() == "2026-06-01 10:10:00 Z"
    assert figure(page, "captured") == "1.32 GB"
    assert figure(page, "ratio") == "324,000×"
    stage.go_to(1200)
    is_soon(page, "document.querySelector('.clock').innerText.includes('10:20:00')")
    assert figure(page, "captured") == "2.64 GB"
    assert figure(page, "sent") == "8.16 kB"
    assert page.title() == "wildfire-watch · skysift"


def test_an_alert_appears_on_the_map_and_is_told(page: Any, stage: Stage) -> None:
    place = {"longitude_deg": -40.0, "latitude_deg": 30.0}
    before = colour_at(page, **place)
    stage.detect(**place)
    is_soon(page, "document.querySelector('.map canvas').dataset.alerts === '1'")
    is_soon(page, "document.querySelector('.map canvas').dataset.pulses === '1'")
    is_soon(page, "document.querySelector('.map canvas').dataset.pulses === '0'")
    assert colour_at(page, **place) != before
    assert colour_at(page, **place) == [255, 180, 84], "the accent colour"
    assert figure(page, "alerts") == "1"
    assert "Wildfire, size A" in page.locator(".alert").inner_text()
    is_soon(page, "[...document.querySelectorAll('[aria-live]')].some(one => one.innerText.includes('New alert'))")


def colour_at(page: Any, longitude_deg: float, latitude_deg: float) -> list[int]:
    """Red, green and blue of the map's canvas at a place."""
    script = """([longitude, latitude]) => {
        const canvas = document.querySelector('.map canvas');
        const x = (longitude + 180) / 360 * canvas.width, y = (90 - latitude) / 180 * canvas.height;
        return [...canvas.getContext('2d').getImageData(Math.round(x), Math.round(y), 1, 1).data].slice(0, 3);
    }"""
    return list(page.evaluate(script, [longitude_deg, latitude_deg]))


def test_alerts_that_were_there_before_the_page_do_not_beat(browser: Any, stage: Stage) -> None:
    stage.detect()
    with opened(browser, stage.address) as page:
        is_soon(page, "document.querySelector('.map canvas').dataset.alerts === '1'")
        assert page.locator(".map canvas").get_attribute("data-pulses") == "0"


def test_an_alert_that_is_confirmed_later_is_one_row(page: Any, stage: Stage) -> None:
    row = stage.detect(published=False)
    page.get_by_text("unconfirmed").wait_for()
    stage.alerts.clear()
    stage.detect(**{**row, "published": True})
    page.locator(".alert .pill.good").wait_for()
    assert page.locator(".alert").count() == 1


def test_pause_and_resume(page: Any, stage: Stage) -> None:
    page.get_by_role("button", name="pause").click()
    assert stage.wait_for("pause") == {"do": "pause"}
    page.get_by_role("button", name="resume").click()
    assert stage.wait_for("resume") == {"do": "resume"}


@pytest.mark.parametrize(("name", "factor"), [("10×", 10), ("max", "max")])
def test_pace(page: Any, stage: Stage, name: str, factor: object) -> None:
    page.get_by_role("radio", name=name, exact=True).check()
    assert stage.wait_for("pace") == {"do": "pace", "factor": factor}
    assert page.get_by_role("radio", name=name, exact=True).is_checked()


def test_a_pace_that_is_not_offered_is_shown(page: Any, stage: Stage) -> None:
    stage.pace = 120.0
    stage.show()
    page.get_by_role("radio", name="120×").wait_for()
    assert page.get_by_role("radio", name="120×").is_checked()


def command(page: Any, name: str, satellite: str = "ember-2") -> None:
    page.get_by_role("button", name="command").click()
    page.get_by_label("satellite", exact=True).select_option(satellite)
    page.get_by_label("telecommand").select_option(label=name)


def test_orders(page: Any, stage: Stage) -> None:
    head = {"do": "order", "satellite": "ember-2"}
    command(page, "strategy")
    page.get_by_label("strategy").select_option("lossless")
    page.get_by_role("button", name="send by uplink").click()
    page.get_by_text("Ordered.").wait_for()
    assert stage.sent[-1] == {**head, "command": "set_strategy", "name": "lossless"}
    page.get_by_label("telecommand").select_option(label="threshold")
    page.get_by_label("least score").fill("0.75")
    page.get_by_role("button", name="send by uplink").click()
    page.get_by_text("Ordered.").wait_for()
    assert stage.sent[-1] == {**head, "command": "set_threshold", "task": "wildfire", "threshold": 0.75}
    page.get_by_label("telecommand").select_option(label="mode")
    page.get_by_role("dialog").get_by_label("mode", exact=True).select_option("safe")
    page.get_by_role("button", name="send by uplink").click()
    page.get_by_text("Ordered.").wait_for()
    assert stage.sent[-1] == {**head, "command": "set_mode", "mode": "safe"}


def test_a_model_swap_shows_another_hash(page: Any, stage: Stage) -> None:
    before = figure(page, "model")
    command(page, "model swap")
    offered = page.get_by_label("model", exact=True).locator("option")
    assert offered.all_inner_texts() == ["wildfire-swir", "wildfire-swir-int8", "my-fires"]
    page.get_by_label("model", exact=True).select_option("wildfire-swir-int8")
    page.get_by_role("button", name="send by uplink").click()
    order = {"do": "order", "satellite": "ember-2", "command": "upload_model", "model": "wildfire-swir-int8"}
    assert stage.wait_for("order") == order
    is_soon(page, "document.querySelector('[data-figure=model]').innerText.includes('0f9e8d7')")
    assert figure(page, "model") != before


def test_a_full_frame_is_fetched_from_its_alert(page: Any, stage: Stage) -> None:
    alert = stage.detect()
    page.locator(".alert-row").click()
    page.get_by_text("waiting for contact").wait_for()
    page.get_by_role("button", name="fetch the full frame").click()
    page.get_by_role("button", name="send by uplink").click()
    assert stage.wait_for("order") == {
        "do": "order",
        "satellite": alert["satellite"],
        "command": "fetch_frame",
        "frame_id": alert["frame_id"],
        "codec": "lossless",
        "thumbnail_factor": 1,
    }


def test_a_fault_is_injected(page: Any, stage: Stage) -> None:
    page.get_by_role("button", name="command").click()
    page.get_by_role("button", name="inject").click()
    page.get_by_text("It has happened.").wait_for()
    assert stage.sent == [{"do": "fault", "satellite": "ember-1", "name": "accelerator", "accelerator": 1}]


def test_a_refusal_is_shown(page: Any, stage: Stage) -> None:
    stage.refusal = "frame 1 was never exposed"
    command(page, "fetch a full frame")
    page.get_by_role("button", name="send by uplink").click()
    page.get_by_role("dialog").get_by_text(stage.refusal).wait_for()
    assert page.get_by_role("alert").count() == 0, "told twice"


def test_a_pace_that_is_refused_is_not_shown_as_chosen(page: Any, stage: Stage) -> None:
    stage.refusal = "the run has ended"
    box = page.locator(".board").bounding_box()
    page.get_by_role("radio", name="10×").locator("..").click()
    page.get_by_role("alert").get_by_text(stage.refusal).wait_for()
    is_soon(page, "document.querySelector('[name=pace][value=\"60\"]').checked")
    assert page.locator(".board").bounding_box() == box, "nothing moves under the finger"


def test_how_far_an_order_has_come(page: Any, stage: Stage) -> None:
    told = {"satellite": "ember-1", "order": 1, "word": "set_strategy", "state": "completed", "reason": ""}
    stage.commands = [{**told, "at_ns": 900 * NS}]
    stage.show()
    page.get_by_role("button", name="command").click()
    page.get_by_role("list", name="orders so far").get_by_text("completed 10:15:00").wait_for()


def test_what_the_ground_knows_and_what_is_true(page: Any, stage: Stage) -> None:
    stage.detect(is_true=False)
    charge = page.get_by_role("meter", name="ember-1 charge")
    assert charge.get_attribute("aria-valuenow") == "70"
    page.locator(".alert").get_by_text("confirmed").wait_for()
    assert page.get_by_text("heard 4 min ago").count() == 1
    page.get_by_role("radio", name="true world").check()
    assert charge.get_attribute("aria-valuenow") == "81"
    page.locator(".alert").get_by_text("false").wait_for()


def test_the_end_is_told_and_quiet(browser: Any) -> None:
    with Stage() as stage, opened(browser, stage.address) as page:
        stage.status = "ended"
        stage.show()
        page.get_by_text("ended", exact=True).wait_for()
        assert page.get_by_role("button", name="pause").is_disabled()
        assert page.get_by_role("radio", name="max").is_disabled()
        page.keyboard.press("Space")
        page.get_by_role("button", name="command").click()
        assert page.get_by_role("button", name="send by uplink").is_disabled()
        assert page.get_by_role("button", name="inject").is_disabled()
        page.get_by_role("dialog").get_by_text("The run has ended.").wait_for()
        assert stage.sent == []
        stage.__exit__()
        page.get_by_text("The run has ended, and its server with it.").wait_for()


class _Injected(Stage):
    """Every word that a scenario, a model or an archive brings is markup."""

    MARKUP = "<img src=x onerror='injected=1'></title><script>injected=1</script>{{ 6 * 7 }}"

    def mission(self) -> dict[str, Any]:
        mission = super().mission()
        words = dict.fromkeys(("name", "strategy", "task", "model", "imagery"), self.MARKUP)
        lists = {key: [self.MARKUP] for key in ("strategies", "models", "class_names", "faults")}
        mission["stations"][0]["name"] = self.MARKUP
        return {**mission, **words, **lists}


def test_text_is_never_markup(browser: Any) -> None:
    stage = _Injected()
    stage.names[0] = stage.refusal = stage.MARKUP
    told = {"satellite": stage.MARKUP, "order": 1, "word": stage.MARKUP, "state": stage.MARKUP}
    stage.commands = [{**told, "reason": stage.MARKUP, "at_ns": 0}]
    with stage, opened(browser, stage.address) as page:
        stage.go_to(900)
        stage.detect(**{"class": stage.MARKUP, "size_class": stage.MARKUP})
        page.locator(".alert-row").click()
        page.get_by_role("button", name="command").click()
        page.get_by_role("button", name="send by uplink").click()
        page.locator(".told").get_by_text("injected").wait_for()
        page.locator("[aria-live]").get_by_text("New alert").wait_for(state="attached")
        assert page.title() == f"{stage.MARKUP} · skysift"
        assert page.evaluate("window.injected") is None
        assert page.locator("img[src=x]").count() == 0
        assert "{{ 6 * 7 }}" in page.locator(".mission").inner_text()


def test_a_server_that_is_not_ready_is_asked_again(browser: Any, stage: Stage) -> None:
    room = browser.new_context()
    page = room.new_page()
    answers = iter([503])
    page.route(
        "**/api/mission",
        lambda route: route.fulfill(status=code, json={}) if (code := next(answers, None)) else route.continue_(),
    )
    page.goto(stage.address)
    page.locator(".card").first.wait_for()
    assert next(answers, None) is None
    room.close()
