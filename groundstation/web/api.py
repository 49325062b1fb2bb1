"""The API over HTTP: JSON for scripts, text for Prometheus, files for other tools, and a page that tells of it all."""

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, HTTPException, Query
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from groundstation.web.alert_features import feature_collection
from groundstation.web.metrics import exposition
from groundstation.web.source import Source
from groundstation.web.view import AlertRow, MissionTable, Snapshot

_NO_STORE = {"Cache-Control": "no-store"}
_BLOBS: dict[int | str, dict[str, Any]] = {404: {"description": "There is none."}}


def router(source: Source) -> APIRouter:
    """The routes. Answers of a source that waits for the run are awaited in threads."""
    routes = APIRouter()

    @routes.get("/health", tags=["supervision"])
    async def health() -> dict[str, Any]:
        """Whether the server answers, and whether the run behind it goes on."""
        snapshot = await run_in_threadpool(source.snapshot)
        return {"status": "ok", "run": snapshot["status"], "now_ns": snapshot["now_ns"]}

    @routes.get("/metrics", tags=["supervision"], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Figures in Prometheus' text format."""
        text = exposition(await run_in_threadpool(source.mission), await run_in_threadpool(source.snapshot))
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    @routes.get("/api/mission", tags=["mission"], response_model=MissionTable)
    async def mission() -> Response:
        """What does not change while one watches."""
        return _json(await run_in_threadpool(source.mission))

    @routes.get("/api/snapshot", tags=["mission"], response_model=Snapshot)
    async def snapshot() -> Response:
        """The mission now, all of it."""
        return _json(await run_in_threadpool(source.snapshot))

    @routes.get("/api/alerts", tags=["alerts"], response_model=list[AlertRow])
    async def alerts(after: Annotated[int, Query(description="Only those with a greater id.")] = -1) -> Response:
        """Detections that have arrived, in order of arrival."""
        return _json(await run_in_threadpool(source.alerts, after))

    @routes.get("/api/alerts.geojson", tags=["alerts"])
    async def alerts_geojson() -> Response:
        """The same as a GeoJSON feature collection (RFC 7946)."""
        table, rows = await run_in_threadpool(source.mission), await run_in_threadpool(source.alerts, -1)
        return _json(feature_collection(table, rows), "application/geo+json")

    @routes.get("/api/alerts/{alert_id}.png", tags=["alerts"], responses=_BLOBS, response_class=Response)
    async def chip(alert_id: int) -> Response:
        """The pixels round an alert, where they came down."""
        picture = await run_in_threadpool(source.chip, alert_id)
        return _file(picture, "image/png", "no pixels of this alert have arrived")

    @routes.get("/api/alerts/{alert_id}.cap.xml", tags=["alerts"], responses=_BLOBS, response_class=Response)
    async def cap(alert_id: int) -> Response:
        """The event that an alert belongs to, as a message of the Common Alerting Protocol 1.2."""
        message = await run_in_threadpool(source.cap, alert_id)
        return _file(message, "application/cap+xml", "this alert's event is not published")

    @routes.post("/api/control", tags=["control"], responses={409: {"description": "Refused, and why."}})
    async def control(control: Annotated[dict[str, Any], Body(examples=[{"do": "pause"}])]) -> Response:
        """Steer the run; `do` is one of the mission's `controls`. Answers once the run has taken it."""
        refused = await run_in_threadpool(source.send, control)
        return JSONResponse({"refused": refused}, status_code=409 if refused else 200)

    return routes


def _json(table: Any, media_type: str = "application/json") -> Response:
    return JSONResponse(table, headers=_NO_STORE, media_type=media_type)


def _file(content: bytes | None, media_type: str, why_not: str) -> Response:
    if content is None:
        raise HTTPException(404, why_not)
    return Response(content, media_type=media_type)


def add_docs(app: FastAPI) -> None:
    """The page `/docs`: written from the OpenAPI description, without a script or a request."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_page(app.openapi()))


def _page(description: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{method.upper()}</td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(' '.join(entry.get('description', '').split()))}</td></tr>"
        for path, methods in description["paths"].items()
        for method, entry in methods.items()
    )
    schemas = "".join(
        f"<h2 id='{escape(name)}'>{escape(name)}</h2><p>{escape(' '.join(schema.get('description', '').split()))}</p>"
        f"<ul>{''.join(_property(*one) for one in schema.get('properties', {}).items())}</ul>"
        for name, schema in description.get("components", {}).get("schemas", {}).items()
        if "ValidationError" not in name
    )
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(description["info"]["title"])}: API
</title><meta name="viewport" content="width=device-width"><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }} body {{ max-width: 60rem; margin: 2rem auto;
padding: 0 1rem }} td {{ padding: .3rem 1rem .3rem 0; vertical-align: top }} h2 {{ font-size: 1.1rem }}
</style><h1>{escape(description["info"]["title"])}: API</h1>
<p>OpenAPI description: <a href="/openapi.json">openapi.json</a>. Besides, a WebSocket <code>/live</code> sends
<code>{{"snapshot": Snapshot}}</code> and <code>{{"alerts": [AlertRow]}}</code> as they come.</p>
<table>{rows}</table>{schemas}</html>"""


def _property(name: str, schema: dict[str, Any]) -> str:
    return f"<li><code>{escape(name)}</code>: {escape(_type(schema))}</li>"


def _type(schema: dict[str, Any]) -> str:
    """A type in words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema["enum"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))
