"""The report in headless Chromium: nothing on the console, no request beyond the file, nothing wider than the page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim import api
from tests.system.small_mission import write_small_mission

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

DECODED = """Promise.all([...document.querySelectorAll("svg image")].map(async one => {
    const picture = new Image();
    picture.src = one.href.baseVal;
    await picture.decode();
    return picture.naturalWidth;
}))"""
"""Sides of the pictures that detections are shown on."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    scenario = api.load(str(write_small_mission(folder)), strategy="chips")
    return api.run(scenario, folder / "run").directory / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", [1280, 390])
def test_a_report_is_quiet_and_fits(browser: "playwright.Browser", report: Path, scheme: str, width_px: int) -> None:
    page = browser.new_page(viewport={"width": width_px, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    assert page.title()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    decoded = page.evaluate(DECODED)
    assert decoded
    assert all(side_px > 0 for side_px in decoded)
    ink, paper = (page.evaluate(f"getComputedStyle(document.body).{key}") for key in ("color", "backgroundColor"))
    assert (lightness(ink) > lightness(paper)) == (scheme == "dark")
    page.close()


def test_it_prints(browser: "playwright.Browser", report: Path) -> None:
    page = browser.new_page()
    page.goto(report.as_uri())
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def lightness(colour: str) -> float:
    """Of a computed colour, `rgb(r, g, b)`."""
    return sum(float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3])
