"""Mission control over HTTP: it watches and steers a run, changes nothing by watching, and its orders are the run's."""

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from groundstation.command_queue import State
from onboard.errors import InputError
from sim.journal import read_records
from sim.operator_file import read_operator_file
from sim.resolve import resolve
from sim.run_directory import JOURNAL
from tests.models_for_tests import write_model
from tests.system.mission_pages import Shown
from tests.system.small_mission import COST, fly, start_skysift, the_line

END_NS = 400 * 10**9
PAGE = ("--web", "--port=0")


@pytest.fixture(scope="module")
def digest(mission: Path) -> str:
    """Of the mission when nobody watches."""
    return fly(mission, mission.parent / "alone").summary["digest"]


def test_watching_pausing_and_pacing_leave_the_digest_alone(mission: Path, digest: str, tmp_path: Path) -> None:
    with Shown("run", str(mission), *PAGE, "--pace=2", "--out", str(tmp_path / "out"), "--json") as shown:
        table = shown.get("api/mission")
        assert (table["name"], table["mode"]) == ("small", "live")
        shown.wait_for(lambda one: one["now_ns"] > 0)
        assert shown.send(do="pause") is None
        held = shown.get("api/snapshot")
        assert held["status"] == "paused"
        time.sleep(0.5)
        assert shown.get("api/snapshot")["now_ns"] == held["now_ns"]
        assert shown.send(do="resume") is None
        assert shown.send(do="pace", factor=0) == 'factor must be "max" or a number above 0, at most 1e+06'
        assert shown.send(do="seek", to_ns=0).startswith("do must be one of: ")
        assert shown.send(do="pace", factor=200) is None
        assert shown.send(do="pace", factor="max") is None
        code, out, _ = shown.end()
    assert code == 0
    assert json.loads(out)["digest"] == digest


def test_orders_are_carried_out_journalled_and_can_be_given_again(mission: Path, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "second", level=0.45, name="second")
    (folder / "card.toml").write_text((folder / "card.toml").read_text("utf-8") + COST, "utf-8")
    out = tmp_path / "out"
    with Shown("run", str(mission), *PAGE, "--pace=2", "--out", str(out), "--json") as shown:
        shown.wait_for(lambda one: one["now_ns"] > 0)
        shown.send(do="pause")
        order = {"do": "order", "satellite": "lark-1"}
        assert shown.send(**order, command="set_strategy", name="lossless") is None
        assert shown.send(**order, command="set_strategy", name="loosless") is not None
        assert shown.send(**order, command="fetch_frame", frame_id=1) is None
        assert shown.send(**order, command="upload_model", model=str(folder)).startswith("model = ")
        assert shown.send(do="order", satellite="nobody", command="reset").startswith("satellite = ")
        assert shown.send(do="fault", satellite="lark-2", name="accelerator", accelerator=1) is None
        assert shown.send(do="fault", satellite="lark-2", name="accelerator", accelerator=99) is not None
        shown.send(do="resume")
        told = shown.wait_for(lambda one: any(row["state"] == State.COMPLETED for row in one["commands"][2:]))
        assert {"set_strategy", "fetch_frame"} <= {row["word"] for row in told["commands"]}
        heard = shown.wait_for(lambda one: one["satellites"][0]["known"]["strategy"] == "lossless")
        assert heard["satellites"][0]["true"]["strategy"] == "lossless"
        shown.send(do="pace", factor="max")
        code, answer, _ = shown.end()
    assert code == 0
    summary = json.loads(answer)
    orders = read_operator_file(out, resolve(mission))
    assert [json.loads(order.line)["command"] for order in orders] == [
        "set_strategy",
        "fetch_frame",
        "fail_accelerator",
    ]
    assert all(0 < order.at_ns < END_NS for order in orders)
    again = fly(mission, tmp_path / "again", orders=orders)
    assert again.summary["digest"] == summary["digest"]
    assert again.summary["satellites"]["lark-2"]["accelerators_failed"] == 1


def test_replay_tells_what_the_run_told(mission: Path, tmp_path: Path) -> None:
    flown = fly(mission, tmp_path / "out", "strategy=chips")
    with Shown("replay", str(tmp_path / "out"), "--port=0", "--pace=1", "--json") as shown:
        assert shown.get("api/mission")["mode"] == "replay"
        shown.wait_for(lambda one: one["status"] == "running")
        assert shown.send(do="pause") is None
        assert shown.send(do="seek", to_ns=END_NS + 1) == f"to_ns must be 0 to {END_NS}"
        assert shown.send(do="seek", to_ns=END_NS) is None
        end = shown.get("api/snapshot")
        assert end["status"] == "ended"
        head, summary = end["headline"], flown.summary
        assert head["captured_bytes"] == summary["bytes"]["captured"]
        assert head["lossless_bytes"] == summary["bytes"]["lossless"]
        assert head["sent_bytes"] == summary["bytes"]["downlink"]["total"]
        assert head["ratio"] == summary["savings"]["vs_captured"]
        assert head["recall"] == summary["score"]["wildfire"]["recall"]
        assert head["alerts"] == summary["alerts"] == len(shown.get("api/alerts"))
        assert head["events_published"] == summary["events_published"]
        shown.send(do="seek", to_ns=END_NS // 2)
        middle = shown.get("api/snapshot")
        assert (middle["now_ns"], middle["status"]) == (END_NS // 2, "paused")
        assert 0 < middle["headline"]["alerts"] < head["alerts"]
        assert all(row["archived_ns"] <= END_NS // 2 for row in shown.get("api/alerts"))
        shown.send(do="seek", to_ns=END_NS)
        again = shown.get("api/snapshot")
        assert {**again, "satellites": None} == {**end, "satellites": None}
        assert again["satellites"] == end["satellites"]
        features = shown.get("api/alerts.geojson")["features"]
        written = json.loads((tmp_path / "out" / "exports" / "alerts.geojson").read_text("utf-8"))["features"]
        assert sorted(one["geometry"]["coordinates"] for one in features) == sorted(
            one["geometry"]["coordinates"] for one in written
        )
        (alert, *_) = (one for one in shown.get("api/alerts") if one["published"])
        assert shown.fetch(f"api/alerts/{alert['id']}.png").startswith(b"\x89PNG")
        cap = shown.fetch(f"api/alerts/{alert['id']}.cap.xml").decode()
        assert f".{alert['event_id']}</identifier>" in cap
        shown.process.send_signal(signal.SIGINT)
        assert shown.end()[0] == 0


def test_an_interrupt_ends_run_and_server(mission: Path, tmp_path: Path) -> None:
    with Shown("run", str(mission), *PAGE, "--pace=1", "--out", str(tmp_path / "out")) as shown:
        shown.wait_for(lambda one: one["now_ns"] > 0)
        shown.send(do="pause")
        shown.process.send_signal(signal.SIGINT)
        code, _, err = shown.end()
        assert code == 130
        assert the_line(err) == "interrupted"
        host, port = shown.address.removeprefix("http://").rstrip("/").split(":")
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((host, int(port)), timeout=5)


def test_a_page_that_dies_does_not_take_the_run_along(mission: Path, digest: str, tmp_path: Path) -> None:
    with Shown("run", str(mission), *PAGE, "--pace=20", "--out", str(tmp_path / "out"), "--json") as shown:
        shown.wait_for(lambda one: one["now_ns"] > 0)
        assert shown.send(do="pause") is None  # nobody else could let go of it
        children = Path(f"/proc/{shown.process.pid}/task/{shown.process.pid}/children").read_text("utf-8").split()
        (server,) = (pid for pid in children if b"groundstation.web" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(int(server), signal.SIGKILL)
        code, out, err = shown.end()
    assert code == 0
    assert "the page's server ended" in err
    assert json.loads(out)["digest"] == digest


def test_a_run_that_was_killed_is_shown_as_far_as_it_went(mission: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Shown("run", str(mission), *PAGE, "--pace=20", "--out", str(out)) as shown:
        shown.wait_for(lambda one: one["now_ns"] > 100 * 10**9)
        shown.process.kill()
        shown.process.wait()
    with Shown("replay", str(out), "--port=0", "--no-browser") as shown:
        end_ns = shown.get("api/mission")["duration_ns"]
        assert 0 < end_ns < END_NS
        assert shown.send(do="seek", to_ns=end_ns) is None
        assert shown.get("api/snapshot")["status"] == "ended"
        shown.process.send_signal(signal.SIGINT)
        code, _, _ = shown.end()
    assert code == 0
    with pytest.raises(InputError, match="holds no run"):
        read_operator_file(tmp_path, resolve(mission))


def test_a_port_that_is_taken_is_told_in_one_line(mission: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start_skysift("run", str(mission), "--web", f"--port={port}", "--out", str(tmp_path / "out"))
        _, err = process.communicate()
    assert process.returncode == 2
    assert the_line(err).startswith(f"command line: --port = {port}: nobody can listen there")
    assert not (tmp_path / "out").exists()


def test_the_journal_of_a_watched_run_tells_of_no_page(mission: Path, digest: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Shown("run", str(mission), *PAGE, "--hold", "--out", str(out)) as shown:
        shown.wait_for(lambda one: one["status"] == "ended")
        assert shown.send(do="pause") == "the run has ended"
        shown.process.send_signal(signal.SIGINT)
        code, _, _ = shown.end()
    assert code == 0
    assert list(read_records(out / JOURNAL)) == list(read_records(mission.parent / "alone" / JOURNAL))
    left = {path.name for path in out.iterdir()} - {"report.html"}
    assert left == {path.name for path in (mission.parent / "alone").iterdir()}
    assert json.loads((out / "summary.json").read_text("utf-8"))["digest"] == digest


def test_a_token_that_was_asked_for_is_demanded(mission: Path, tmp_path: Path) -> None:
    token = "open sesame"
    environment = {"SKYSIFT_WEB_TOKEN": token}
    with Shown(
        "run", str(mission), *PAGE, "--pace=2", "--out", str(tmp_path / "out"), "--json", env=environment
    ) as shown:
        assert shown.get("health")["status"] == "ok"
        shown.headers["Authorization"] = f"Bearer {token}"
        shown.wait_for(lambda one: one["now_ns"] > 0)
        assert shown.send(do="pace", factor="max") is None
        shown.headers.clear()
        assert shown.fetch("api/mission").startswith(b"A token is needed")
        assert shown.end()[0] == 0


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--port=65536", "--port = 65536: must be 0 to 65535"),
        ("--token=short", "--token: must have at least 8 characters"),
        ("--host=no such host.invalid", "--host = 'no such host.invalid': no such address"),
    ],
)
def test_a_bad_option_of_the_page_is_told_in_one_line(option: str, told: str, mission: Path, tmp_path: Path) -> None:
    process = start_skysift("run", str(mission), "--web", option, "--out", str(tmp_path / "out"))
    _, err = process.communicate()
    assert process.returncode == 2
    assert the_line(err).startswith(f"command line: {told}")
