"""Who may speak to the server: everybody on this machine, or whoever has the token; and no other site's scripts."""

import hmac
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from groundstation.web.loopback import is_loopback

COOKIE = "skysift_token"
OPEN_PATHS = ("/health",)
"""What a supervisor may ask without a token."""
_NO_TOKEN = "A token is needed: open the address that was printed when the server started.\n"
_FOREIGN = "This address is for this machine's own browser, and its own pages.\n"


class Guard:
    """Middleware for requests and WebSockets.

    A browser sends any page's requests to an address on its own machine: so a request must be addressed to this
    machine by its own name (against DNS rebinding), and one that a page makes must come from our own page.
    """

    def __init__(self, app: ASGIApp, token: str, *, is_loopback: bool) -> None:
        self._app = app
        self._token = token.encode()
        self._is_loopback = is_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token")
        if not self._is_addressed(headers):
            await _refuse(403, _FOREIGN, scope, receive, send)
        elif not self._token or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
        elif given is not None and self._is_right(given) and scope["type"] == "http" and scope["method"] == "GET":
            await self._keep(scope, given)(scope, receive, send)
        elif any(self._is_right(one) for one in _tokens(headers, given)):
            await self._app(scope, receive, send)
        else:
            await _refuse(401, _NO_TOKEN, scope, receive, send)

    def _is_addressed(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        origin = headers.get("origin")
        try:
            if origin is not None and urlsplit(origin).netloc != host:
                return False
            return not self._is_loopback or bool(self._token) or is_loopback(urlsplit(f"//{host}").hostname or "")
        except ValueError:  # a bracket that is not closed
            return False

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token)

    def _keep(self, scope: Scope, given: str) -> RedirectResponse:
        """Let the browser remember the token, and take it out of the address."""
        query = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "token"]
        target = "/" + scope["path"].lstrip("/") + (f"?{urlencode(query)}" if query else "")
        answer = RedirectResponse(target, status_code=303)
        answer.set_cookie(COOKIE, given, httponly=True, samesite="strict")
        return answer


def _tokens(headers: Headers, given: str | None) -> Iterator[str]:
    """What a request has to show: in its address, as a bearer, as a cookie."""
    if given is not None:
        yield given
    word, _, bearer = headers.get("authorization", "").partition(" ")
    if word.lower() == "bearer":
        yield bearer.strip()
    cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    if cookie is not None:
        yield cookie


async def _refuse(code: int, text: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": text.strip()})
    else:
        await PlainTextResponse(text, status_code=code)(scope, receive, send)
