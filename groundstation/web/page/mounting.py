"""Puts mission control at `/` of an application: one component of NiceGUI that fills the page.

The server's part ends when the page is built. What moves comes over the live channel and is drawn by the browser, so
that no element of NiceGUI is touched while a run goes on.
"""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from nicegui import ui
from nicegui.element import Element
from starlette.concurrency import run_in_threadpool

from groundstation.web.page.land import land_file
from groundstation.web.source import Source

STATIC = Path(__file__).parent / "static"
STYLES = ("theme.css", "layout.css", "panels.css", "lists.css")
LAND_ADDRESS = "/page/land.geojson"
KEEP_LAND = {"Cache-Control": "max-age=86400"}


class MissionControl(Element, component="mission_control.js", esm={"skysift-page": "static"}):
    """The whole page. Its modules lie in `static`, and NiceGUI serves them."""

    def __init__(self) -> None:
        super().__init__()
        self._props["land-address"] = LAND_ADDRESS.removeprefix("/")


def mount(app: FastAPI, source: Source) -> None:
    """Add the page to an application whose other routes are there already: NiceGUI takes every path that is left."""
    head = _head()
    land = land_file()

    @app.get(LAND_ADDRESS, include_in_schema=False)
    def land_geojson() -> FileResponse:
        return FileResponse(land, media_type="application/geo+json", headers=KEEP_LAND)

    @ui.page("/", dark=None, language="en-GB")
    async def page() -> None:
        mission = await run_in_threadpool(source.mission)
        ui.page_title(f"{mission['name']} · skysift")
        ui.add_head_html(head)
        MissionControl()

    ui.run_with(app, favicon=STATIC / "favicon.svg", tailwind=False, show_welcome_message=False)


def _head() -> str:
    """Style and theme, before anything is drawn: a page that flashes white in a dark room is no night's work."""
    style = "\n".join((STATIC / name).read_text("utf-8") for name in STYLES)
    script = (STATIC / "theme_first.js").read_text("utf-8")
    return f"<style>{style}</style><script>{script}</script>"
