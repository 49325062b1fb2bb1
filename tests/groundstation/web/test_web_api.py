"""The API: its answers, its page, Prometheus' text, and the live channel."""

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from groundstation.web import api, live
from groundstation.web.metrics import exposition
from groundstation.web.waiting import TRY_AGAIN_LATER, Waiting
from tests.groundstation.web.sources_for_tests import ALERT, MISSION, SNAPSHOT, StillSource


@pytest.fixture
def source() -> StillSource:
    return StillSource()


@pytest.fixture
def client(source: StillSource) -> TestClient:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(api.router(source))
    app.include_router(live.router(source))
    api.add_docs(app)
    return TestClient(app)


def test_answers(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok", "run": "running", "now_ns": SNAPSHOT["now_ns"]}
    assert client.get("/api/mission").json() == MISSION
    assert client.get("/api/snapshot").json() == SNAPSHOT
    assert client.get("/api/alerts").json() == [ALERT]
    assert client.get("/api/alerts?after=0").json() == []
    assert client.get("/api/alerts/0.png").content == b"\x89PNG"
    assert client.get("/api/alerts/1.png").status_code == 404
    assert client.get("/api/alerts/0.cap.xml").json() == {"detail": "this alert's event is not published"}


def test_alerts_as_geojson(client: TestClient) -> None:
    answer = client.get("/api/alerts.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    (feature,) = answer.json()["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [10.25, -3.5]}
    assert feature["properties"]["archived_utc"] == "2026-06-01T10:00:02.500Z"
    assert feature["properties"]["capture_to_alert_s"] == 2.5


def test_controls(client: TestClient, source: StillSource) -> None:
    assert client.post("/api/control", json={"do": "pause"}).json() == {"refused": None}
    refused = client.post("/api/control", json={"do": "fly"})
    assert (refused.status_code, refused.json()) == (409, {"refused": "no"})
    assert client.post("/api/control", json=["pause"]).status_code == 422
    assert source.sent == [{"do": "pause"}, {"do": "fly"}]


def test_the_page_of_the_api_asks_nothing_of_anybody(client: TestClient) -> None:
    page = client.get("/docs").text
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/mission", "/api/control", "/metrics", "/health"} <= paths.keys()
    assert all(path in page for path in paths)
    assert "AlertRow" in page
    assert "http" not in page.replace("http-", "")
    assert "<script" not in page


def test_metrics() -> None:
    text = exposition(MISSION, SNAPSHOT)
    lines = text.splitlines()
    assert "skysift_virtual_time_seconds 1.5" in lines
    assert "skysift_savings_ratio 100" in lines
    assert r'skysift_satellite_state_of_charge_ratio{satellite="la\"rk",world="true"} 0.5' in lines
    assert r'skysift_satellite_mode{satellite="la\"rk",world="true",mode="nominal"} 1' in lines
    raised = r'skysift_satellite_monitor_raised{satellite="la\"rk",world="true",monitor="battery_cold",severity="low"} 1'
    assert raised in lines
    assert not any('world="ground"' in line for line in lines)
    assert "recall" not in text
    named = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(named) == len(set(named))
    assert all(line.startswith(("#", *named)) for line in lines)


def test_the_live_channel(client: TestClient, source: StillSource) -> None:
    with client.websocket_connect("/live") as socket:
        assert json.loads(socket.receive_text()) == {"snapshot": SNAPSHOT}
        assert json.loads(socket.receive_text()) == {"alerts": [ALERT], "reset": True}
        source.tell('{"snapshot": 1}')
        assert socket.receive_text() == '{"snapshot": 1}'
        socket.send_text('{"do": "pause", "answer": 7}')
        assert json.loads(socket.receive_text()) == {"answer": 7, "refused": None}
        for text in ("pause", "[1]", f'"{"x" * live.MAX_CONTROL_CHARACTERS}"'):
            socket.send_text(text)
            assert json.loads(socket.receive_text()) == {"answer": None, "refused": live.NO_CONTROL}
        socket.send_bytes(b"pause")
        assert json.loads(socket.receive_text()) == {"answer": None, "refused": live.NO_CONTROL}
    assert source.sent == [{"do": "pause"}]


def test_who_reads_too_slowly_gets_everything_anew(client: TestClient, source: StillSource) -> None:
    with client.websocket_connect("/live") as socket:
        socket.receive_text()
        socket.receive_text()
        for number in range(10 * live.MOST_WAITING):
            source.tell(json.dumps({"snapshot": number}))
        socket.send_text('{"do": "resume", "answer": "last"}')
        told = []
        while not told or told[-1] != {"answer": "last", "refused": None}:
            told.append(json.loads(socket.receive_text()))
        seen = [one["snapshot"] for one in told if "snapshot" in one]
        assert SNAPSHOT in seen or seen == list(range(10 * live.MOST_WAITING))
    assert not source.listeners


def test_before_the_run_is_ready_everybody_is_asked_for_patience(source: StillSource) -> None:
    ready: list[bool] = []
    app = FastAPI()
    app.include_router(api.router(source))
    app.include_router(live.router(source))
    app.add_middleware(Waiting, is_ready=lambda: bool(ready))
    client = TestClient(app)
    assert client.get("/health").json() == {"status": "ok", "run": "starting", "now_ns": 0}
    assert 'http-equiv="refresh"' in client.get("/").text
    early = client.get("/api/mission")
    assert (early.status_code, early.headers["retry-after"]) == (503, "1")
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/live"):
        pass
    assert closed.value.code == TRY_AGAIN_LATER
    ready.append(True)
    assert client.get("/api/mission").json() == MISSION
