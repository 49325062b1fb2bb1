"""How mission control's page looks: contrast, one screen of a desktop, one column of a phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.page_browser import DESKTOP, PHONE, chromium, opened
from tests.page_stage import Stage

STATIC = Path(__file__).resolve().parents[2] / "groundstation" / "web" / "page" / "static"
TEXT, MARK = 4.5, 3.0
"""Least contrasts of WCAG 2.2 AA: 1.4.3 and 1.4.11."""
GROUNDS = ("sea", "land", "night-sea", "night-land")
PAIRS = (
    *((name, back, TEXT) for name in ("text", "muted") for back in ("page", "panel", "raised")),
    *(("text", back, TEXT) for back in GROUNDS),
    ("accent", "panel", TEXT),
    ("on-accent", "accent", TEXT),
    *((name, f"{name}-back", TEXT) for name in ("good", "warn", "bad")),
    *((name, "panel", MARK) for name in ("accent", "raw", "charge", "heat", "tick", "transmit", "bad")),
    *(
        (name, back, MARK)
        for name in ("accent", "false-alert", "muted")
        for back in ("sea", "land", "night-sea", "night-land")
    ),
)


def theme(name: str) -> dict[str, str]:
    """The colours of a theme by name."""
    block = re.search(rf'data-theme="{name}"\]\s*{{(.*?)}}', (STATIC / "theme.css").read_text("utf-8"), re.DOTALL)
    assert block
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))
    night = re.search(r"--night: (\d+) (\d+) (\d+);\s*--night-alpha: ([\d.]+);", block[1])
    assert night
    for ground in ("sea", "land"):
        colours[f"night-{ground}"] = shaded(colours[ground], [int(one) for one in night.groups()[:3]], float(night[4]))
    return colours


def shaded(colour: str, shade: list[int], alpha: float) -> str:
    """A colour under night."""
    under = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    mixed = [round(a + (b - a) * alpha) for a, b in zip(under, shade, strict=True)]
    return "#" + "".join(f"{one:02x}" for one in mixed)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_contrast(name: str) -> None:
    colours = theme(name)
    low = {
        (a, b): contrast(colours[a], colours[b]) for a, b, least in PAIRS if contrast(colours[a], colours[b]) < least
    }
    assert not low


@pytest.mark.parametrize("name", ["dark", "light"])
def test_contrast_of_satellites(name: str) -> None:
    table = re.search(rf"const {name.upper()} = \[(.*?)\]", (STATIC / "palette.js").read_text("utf-8"), re.DOTALL)
    assert table
    satellites = re.findall(r"#[0-9a-f]{6}", table[1])
    assert len(set(satellites)) == 10
    colours = theme(name)
    assert colours["accent"] not in satellites
    assert min(contrast(one, colours[back]) for one in satellites for back in ("panel", *GROUNDS)) >= MARK


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module", params=[1, 3, 20])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with Stage(satellites=request.param) as one:
        one.go_to(2500)
        for _ in range(12):
            one.detect()
        yield one


def sizes(page: Any) -> tuple[int, int, int, int]:
    script = "(({scrollWidth, scrollHeight}) => [scrollWidth, scrollHeight, innerWidth, innerHeight])"
    return tuple(page.evaluate(f"{script}(document.documentElement)"))


def test_a_desktop_needs_no_scrolling(browser: Any, stage: Stage) -> None:
    with opened(browser, stage.address, viewport=DESKTOP) as page:
        wide, tall, width, height = sizes(page)
        assert (wide, tall) == (width, height)
        for name in ("headline", "map", "satellites", "timeline", "alerts"):
            box = page.locator(f".panel.{name}").bounding_box()
            assert box["x"] >= 0
            assert box["y"] + box["height"] <= height, name
            assert box["x"] + box["width"] <= width, name
        if len(stage.names) <= 3:
            wanted, shown = page.evaluate(
                "(({scrollHeight: a, clientHeight: b}) => [a, b])(document.querySelector('.cards'))"
            )
            assert wanted <= shown, "the demo's cards are whole"


def test_a_card_tells_what_monitors_say(browser: Any, stage: Stage) -> None:
    with opened(browser, stage.address, viewport=DESKTOP) as page:
        told = page.locator(".satellites .activity").all_text_contents()
        assert ["computer hot" in text for text in told] == [number % 3 == 1 for number in range(len(stage.names))]
        assert ["array weak" in text for text in told] == [number % 3 == 2 for number in range(len(stage.names))]


def test_a_phone_stacks_the_panels_in_order(browser: Any, stage: Stage) -> None:
    with opened(browser, stage.address, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        wide, _, width, _ = sizes(page)
        assert wide == width
        names = ("headline", "map", "satellites", "timeline", "alerts")
        boxes = [page.locator(f".panel.{name}").bounding_box() for name in names]
        assert [box["y"] for box in boxes] == sorted(box["y"] for box in boxes)
        assert {box["x"] for box in boxes} == {boxes[0]["x"]}
        page.get_by_role("button", name="command").tap()
        sheet = page.get_by_role("dialog").bounding_box()
        assert sheet["x"] >= 0
        assert sheet["x"] + sheet["width"] <= width


def test_the_theme_follows_the_system_until_one_is_chosen(browser: Any, stage: Stage) -> None:
    with opened(browser, stage.address, color_scheme="light") as page:
        assert page.locator("html").get_attribute("data-theme") == "light"
        page.get_by_role("button", name="use the dark theme").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        page.reload()
        page.get_by_role("button", name="use the light theme").wait_for()
