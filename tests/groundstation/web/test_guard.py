"""Who gets in: this machine's own pages, or whoever has the token."""

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from groundstation.web.guard import COOKIE, Guard

TOKEN = "correct horse"


def guarded(token: str, *, is_loopback: bool, address: str) -> TestClient:
    app = FastAPI()

    @app.get("/api/mission")
    def mission() -> str:
        return "secret"

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("secret")

    app.add_middleware(Guard, token=token, is_loopback=is_loopback)
    return TestClient(app, base_url=address, follow_redirects=False)


@pytest.fixture
def here() -> TestClient:
    return guarded("", is_loopback=True, address="http://127.0.0.1:8470")


@pytest.fixture
def beyond() -> TestClient:
    return guarded(TOKEN, is_loopback=False, address="http://station.example:8470")


def test_this_machine_needs_no_token(here: TestClient) -> None:
    assert here.get("/api/mission").json() == "secret"
    assert here.get("/api/mission", headers={"host": "localhost:8470"}).status_code == 200
    assert here.get("/api/mission", headers={"host": "[::1]:8470"}).status_code == 200
    assert here.get("/api/mission", headers={"host": "127.0.0.2:8470"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "elsewhere.example:8470"},
        {"origin": "http://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"host": "["},
    ],
)
def test_no_other_site_speaks_for_this_machine(here: TestClient, headers: dict[str, str]) -> None:
    assert here.get("/api/mission", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), here.websocket_connect("ws://127.0.0.1:8470/live", headers=headers):
        pass


def test_our_own_page_may_speak(here: TestClient) -> None:
    address = {"origin": "http://127.0.0.1:8470"}
    assert here.get("/api/mission", headers=address).status_code == 200
    with here.websocket_connect("ws://127.0.0.1:8470/live", headers=address) as socket:
        assert socket.receive_text() == "secret"


def test_beyond_it_the_token_is_demanded(beyond: TestClient) -> None:
    assert beyond.get("/api/mission").status_code == 401
    assert beyond.get("/api/mission", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert beyond.get("/api/mission?token=wrong").status_code == 401
    assert beyond.get("/api/mission", headers={"authorization": f"Bearer {TOKEN}"}).json() == "secret"
    assert beyond.get("/health").json() == "ok"
    with pytest.raises(WebSocketDisconnect), beyond.websocket_connect("/live"):
        pass


def test_a_browser_keeps_the_token_and_the_address_does_not(beyond: TestClient) -> None:
    answer = beyond.get(f"/api/mission?token={TOKEN}&after=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/api/mission?after=1")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert beyond.cookies.get(COOKIE)
    assert beyond.get("/api/mission").json() == "secret"
    with beyond.websocket_connect("ws://station.example:8470/live") as socket:
        assert socket.receive_text() == "secret"


def test_other_sites_cookies_and_paths_are_no_matter(beyond: TestClient) -> None:
    cookies = {"cookie": f'a/b=1; {{c}}=2; {COOKIE}="{TOKEN}"'}
    assert beyond.get("/api/mission", headers=cookies).json() == "secret"
    answer = beyond.get(f"http://station.example:8470//elsewhere.example/?token={TOKEN}")
    assert answer.headers["location"] == "/elsewhere.example/"
