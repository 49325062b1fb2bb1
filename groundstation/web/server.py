"""The web application round a source: the page, the live channel, the API; and the server that it runs in.

The page is a package beside this module. `groundstation.web.page.mounting.mount(app, source)` puts it at `/`, by
`nicegui.ui.run_with(app)`; whatever it needs of its own it serves below `/page`. It reads `/api/mission` once and then
the WebSocket `/live` (see `groundstation.web.live`): one text a snapshot, made once for all who look.
"""

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from groundstation.web import api, live
from groundstation.web.guard import Guard
from groundstation.web.page.mounting import mount
from groundstation.web.source import Source
from groundstation.web.waiting import Waiting

TITLE = "skysift mission control"
END_S = 1
"""How long open connections may hold up the end."""


def build(
    source: Source, *, token: str = "", is_loopback: bool = True, is_ready: Callable[[], bool] = lambda: True
) -> FastAPI:
    """The application. With a `token` nobody else gets in; until the source `is_ready` it asks for patience."""
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.include_router(api.router(source))
    app.include_router(live.router(source))
    api.add_docs(app)
    mount(app, source)
    app.add_middleware(Waiting, is_ready=is_ready)
    app.add_middleware(Guard, token=token, is_loopback=is_loopback)
    return app


def serve(app: FastAPI, listening: socket.socket) -> uvicorn.Server:
    """A server for connections to a socket that already listens; its `run` ends when `should_exit` is set."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        ws_per_message_deflate=False,  # costs more than the machine's own network or a local one takes
        timeout_graceful_shutdown=END_S,
    )
    server = uvicorn.Server(config)
    listening.setblocking(False)
    return server
