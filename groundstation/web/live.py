"""The live channel: a WebSocket on which everybody who looks gets the same texts, and may send controls.

From the server: {"snapshot": ...} and {"alerts": [...]}, as `groundstation.web.source` tells, the first of each whole
and with "reset"; {"answer": n, "refused": null | "why"} to a control. From the page: a control, with a number of its
choice as `"answer"`. Who reads too slowly misses messages, and then gets everything anew.
"""

import asyncio
from typing import Any

import orjson
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from groundstation.web.source import Source

MOST_WAITING = 20
"""Messages that may wait for one who looks: two seconds of them."""
MAX_CONTROL_CHARACTERS = 10_000
NO_CONTROL = "not a control: it must be a JSON object"


class _Viewer:
    """One open page. What waits for it is bounded; None stands for everything anew."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.waiting: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)

    def tell(self, text: str) -> None:
        """From any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, text)

    def _put(self, text: str) -> None:
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(None)
        else:
            self.waiting.put_nowait(text)


def router(source: Source) -> APIRouter:
    """The channel's route."""
    routes = APIRouter()

    @routes.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        viewer = _Viewer(asyncio.get_running_loop())
        viewer.waiting.put_nowait(None)
        leave = source.listen(viewer.tell)
        speaking = asyncio.create_task(_speak(socket, viewer, source))
        try:
            while True:
                await _hear(socket, source, await _text(socket))
        except (WebSocketDisconnect, RuntimeError):  # the latter where the other task found it closed first
            pass
        finally:
            leave()
            speaking.cancel()

    return routes


def everything(source: Source) -> tuple[str, str]:
    """All there is to see, as two messages."""
    return (
        orjson.dumps({"snapshot": source.snapshot()}).decode(),
        orjson.dumps({"alerts": source.alerts(-1), "reset": True}).decode(),
    )


async def _speak(socket: WebSocket, viewer: _Viewer, source: Source) -> None:
    try:
        while True:
            text = await viewer.waiting.get()
            for one in everything(source) if text is None else (text,):
                await socket.send_text(one)
    except (WebSocketDisconnect, RuntimeError):
        pass


async def _text(socket: WebSocket) -> str:
    """What the page says next; bytes are no text, and no control."""
    try:
        return await socket.receive_text()
    except KeyError:
        return ""


async def _hear(socket: WebSocket, source: Source, text: str) -> None:
    number: Any = None
    try:
        control = orjson.loads(text) if len(text) <= MAX_CONTROL_CHARACTERS else None
    except ValueError:
        control = None
    refused: str | None = NO_CONTROL
    if isinstance(control, dict):
        number = control.pop("answer", None)
        refused = await run_in_threadpool(source.send, control)
    await socket.send_text(orjson.dumps({"answer": number, "refused": refused}).decode())
