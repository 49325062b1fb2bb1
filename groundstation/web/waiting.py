"""What the server says while the run behind it is being prepared: a page that looks again by itself, and a 503."""

from collections.abc import Callable

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH = "/health"
TRY_AGAIN_LATER = 1013
"""A WebSocket's close code (IANA's registry)."""
_AGAIN = {"Retry-After": "1", "Cache-Control": "no-store"}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">
<meta name="viewport" content="width=device-width"><title>skysift is getting ready</title><style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; text-align: center }
</style><main role="status"><h1>skysift</h1><p>The mission is being prepared: orbits, passes, models.<br>
This page opens by itself.</p></main></html>"""


class Waiting:
    """Middleware that answers for the application until it has something to show."""

    def __init__(self, app: ASGIApp, is_ready: Callable[[], bool]) -> None:
        self._app = app
        self._is_ready = is_ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is not too early."""
        if scope["type"] not in ("http", "websocket") or self._is_ready():
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": "not yet"})
        else:
            await _not_yet(scope["path"])(scope, receive, send)


def _not_yet(path: str) -> Response:
    if path == HEALTH:
        return JSONResponse({"status": "ok", "run": "starting", "now_ns": 0}, headers=_AGAIN)
    if path == "/":
        return HTMLResponse(_PAGE, headers=_AGAIN)
    return PlainTextResponse("the mission is being prepared\n", status_code=503, headers=_AGAIN)
