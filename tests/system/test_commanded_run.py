"""A run that an operator commands: a model swapped in mid-run, a frame fetched; and published events delivered."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from groundstation.archive import Archive
from onboard.mission_time import to_ns, to_s
from onboard.payload.models import load_card
from sim.commands.tables import ledger_table
from sim.operations import NEVER_IN_VIEW
from sim.operator_file import read_operator_file
from sim.resolve import resolve
from sim.run import RunResult
from sim.run_directory import ARCHIVE
from tests.models_for_tests import write_model
from tests.system.small_mission import COST, fly

ORDERS = (
    {"at_s": 0, "satellite": "lark-1", "command": "upload_model", "model": "second"},
    {"at_s": 0, "satellite": "lark-1", "command": "fetch_frame", "frame_id": 1},
    {"at_s": 0, "satellite": "lark-1", "command": "fetch_frame", "frame_id": 9999},
    {"at_s": 0, "satellite": "lark-2", "command": "set_threshold", "task": "wildfire", "threshold": 1.0},
    {"at_s": 0, "satellite": "lark-2", "command": "capture_over"}
    | {"south_deg": 89, "west_deg": 0, "north_deg": 90, "east_deg": 1},
)


@pytest.fixture(scope="module")
def orders(mission: Path) -> Path:
    folder = write_model(mission.parent / "second", level=0.45, name="second")
    card = folder / "card.toml"
    card.write_text(card.read_text("utf-8") + COST, "utf-8")
    path = mission.parent / "orders.jsonl"
    path.write_text("".join(json.dumps(order) + "\n" for order in ORDERS), "utf-8")
    return path


def commanded(mission: Path, orders: Path, out: Path, *settings: str, processes: bool = False) -> RunResult:
    told = read_operator_file(orders, resolve(mission))
    return fly(mission, out, *settings, orders=told, processes=processes)


@pytest.fixture(scope="module")
def flown(mission: Path, orders: Path) -> RunResult:
    return commanded(mission, orders, mission.parent / "commanded")


def test_a_model_that_came_up_changes_the_hash_of_later_alerts(mission: Path, orders: Path, flown: RunResult) -> None:
    new = load_card(orders.parent / "second").sha256
    (swap,) = flown.summary["model_swaps"]["lark-1"]
    assert swap["sha256"] == new
    alerts = json.loads((flown.directory / "exports" / "alerts.geojson").read_text())["features"]
    made: dict[str, set[int]] = {"old": set(), "new": set()}
    for alert in alerts:
        one = alert["properties"]
        if one["satellite"] == "lark-1":
            made["new" if one["model_sha256"] == new else "old"].add(one["frame_id"])
    assert made["old"]
    assert made["new"]
    assert max(made["old"]) < min(made["new"])
    assert {one["properties"]["model_sha256"] for one in alerts if one["properties"]["satellite"] == "lark-2"} == {
        load_card(mission.parent / "threshold").sha256
    }
    last_old_s = max(to_s(flown.log.frames["lark-1", frame].exposed_ns) for frame in made["old"])
    assert last_old_s < swap["at_s"] + to_s(to_ns(60))


def test_a_stored_frame_comes_when_asked_for_and_one_that_is_not_there_is_refused(flown: RunResult) -> None:
    fetched = [
        product for (name, _), product in flown.log.products.items() if name == "lark-1" and product.kind == "image"
    ]
    assert [product.archived_ns is not None for product in fetched] == [True]
    with closing(Archive(flown.directory / ARCHIVE, read_only=True)) as archive:
        commands = list(archive.commands.all())
    assert {one.word: one.state for one in commands}["activate_model"] == "completed"
    (refused,) = (one for one in commands if one.state == "refused")
    assert refused.word == "fetch_frame"
    assert "mass memory" in refused.reason
    assert flown.summary["commands"] == Counter(one.state for one in commands)


def test_an_order_that_can_have_no_effect_is_told(flown: RunResult) -> None:
    refused = {"satellite": "lark-2", "wish": "CaptureOver", "reason": NEVER_IN_VIEW}
    assert flown.summary["orders_refused"] == [refused]
    assert "1 order was refused" in flown.summary["reasons"]
    cells = "".join(str(cell) for column in ledger_table(flown.summary).columns for cell in column.cells)
    assert f"CaptureOver for lark-2: {NEVER_IN_VIEW}" in cells


def test_one_process_or_many(mission: Path, orders: Path, flown: RunResult, tmp_path: Path) -> None:
    assert commanded(mission, orders, tmp_path / "out", processes=True).summary["digest"] == flown.summary["digest"]


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A receiver that is busy the first time."""
    taken: list[dict[str, object]] = []
    refused: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not refused:
                refused.append(body["id"])
                self.send_response(503)
            else:
                taken.append(body)
                self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/events", taken
    server.shutdown()
    server.server_close()


def test_published_events_reach_their_sinks_once(
    mission: Path, tmp_path: Path, hook: tuple[str, list[dict[str, object]]]
) -> None:
    url, taken = hook
    lines = tmp_path / "events.jsonl"
    to_file = f"{{ name = 'log', kind = 'file', target = '{lines}' }}"
    to_hook = f"{{ name = 'hook', kind = 'webhook', target = '{url}' }}"
    result = fly(mission, tmp_path / "out", "ground.sightings=1", f"ground.sinks=[{to_file}, {to_hook}]")
    published = result.summary["events_published"]
    assert published
    in_file = [json.loads(line)["id"] for line in lines.read_text().splitlines()]
    assert len(in_file) == len(set(in_file)) == published
    assert {str(one["id"]) for one in taken} == set(in_file)
    assert result.summary["deliveries"] == {"delivered": 2 * published, "waiting": 0, "given_up": 0}
    events = json.loads((result.directory / "exports" / "events.geojson").read_text())["features"]
    assert sum(event["properties"]["published"] for event in events) == published
