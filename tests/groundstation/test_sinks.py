"""Files and web hooks get each published event; failures are repeated, refusals become dead letters."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from groundstation.archive import Archive
from groundstation.deliveries import RetryPolicy, Verdict
from groundstation.events import Event
from groundstation.publications import Delivery, DeliveryCounts, Publications
from groundstation.sinks import Courier, FileSink, SinkConfig, WebhookSink, make_sink, make_sinks
from onboard.errors import InputError

QUICK = RetryPolicy(attempts=4, first_wait_s=0.01, most_wait_s=0.05)
Received = tuple[str, str, bytes]
"""Identifier, authorisation and body of a request."""


@dataclass
class Receiver:
    """A web server that answers with the given statuses in turn, then with 204."""

    statuses: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    wait_s: float = 0.0
    url: str = ""


@contextmanager
def serving(receiver: Receiver) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.received.append((self.headers["Idempotency-Key"], self.headers.get("Authorization", ""), body))
            time.sleep(receiver.wait_s)
            status = receiver.statuses.pop(0) if receiver.statuses else 204
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            raise AssertionError("a redirect was followed")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/alerts"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


def an_event(name: str) -> Event:
    return Event(name, "wildfire", 1, 2, 3.0, 4.0, 5.0, 1, 1, ("lark-1",), 1.0, 2, ((b"\1\2\3\4", 0),), True)


def publish(archive: Archive, *names: str, sinks: tuple[str, ...] = ("out",)) -> None:
    publications = Publications(archive)
    for name in names:
        publications.keep(an_event(name))
        publications.publish(name, 7, dict.fromkeys(sinks, body(name)))
    archive.commit()


def body(name: str) -> bytes:
    return json.dumps({"id": name}).encode()


def a_delivery(name: str) -> Delivery:
    return Delivery(1, name, "out", body(name), 0)


def lines(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


def test_a_file_gets_each_event_once_across_restarts(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "events.jsonl"
    sink = SinkConfig("out", "file", str(target))
    for first in (1, 3):
        with closing(Archive(path)) as archive:
            publish(archive, f"event-{first}", f"event-{first + 1}")
            assert Courier(archive, [sink], QUICK).close() == DeliveryCounts(first + 1, 0, 0)
    assert lines(target) == ["event-1", "event-2", "event-3", "event-4"]


def test_a_delivery_that_was_made_but_not_recorded_is_not_written_again(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "events.jsonl"
    archive = Archive(path)
    publish(archive, "event-1")
    assert FileSink(target).send(next(Publications(archive).undelivered())).verdict is Verdict.DELIVERED
    archive.database.close()  # the process dies before it could record that
    with closing(Archive(path)) as archive:
        assert Courier(archive, [SinkConfig("out", "file", str(target))], QUICK).close().delivered == 1
    assert lines(target) == ["event-1"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"id": "event-0"}\n{"id": "eve', b'{"id": "event-0"}\n{"id": "event-1"}\n'),
        (b'{"id": "event-0"}', b'{"id": "event-0"}\n{"id": "event-1"}\n'),
        (b"a note of mine", b'a note of mine\n{"id": "event-1"}\n'),
        (b'{"id": "event-1"}\n', b'{"id": "event-1"}\n'),
        (b"", b'{"id": "event-1"}\n'),
    ],
)
def test_a_file_with_a_torn_line_is_mended_and_nothing_else_is_touched(
    tmp_path: Path, before: bytes, after: bytes
) -> None:
    target = tmp_path / "events.jsonl"
    target.write_bytes(before)
    assert FileSink(target).send(a_delivery("event-1")).verdict is Verdict.DELIVERED
    assert target.read_bytes() == after


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    answer = FileSink(tmp_path / "folder").send(a_delivery("event-1"))
    assert answer.verdict is Verdict.NOT_NOW
    assert "directory" in answer.told


def test_a_web_hook_is_tried_until_it_takes_the_event(path: Path) -> None:
    with serving(Receiver([500, 503, 429])) as receiver, closing(Archive(path)) as archive:
        publish(archive, "event-1")
        counts = Courier(archive, [SinkConfig("out", "webhook", receiver.url)], QUICK).close()
        assert counts == DeliveryCounts(1, 0, 0)
        assert receiver.received == [("event-1", "", body("event-1"))] * 4
        ((attempts, error),) = archive.database.rows("SELECT attempts, last_error FROM delivery")
        assert (attempts, error) == (4, "HTTP 429")


def test_what_fails_too_often_or_is_refused_becomes_a_dead_letter(path: Path) -> None:
    with serving(Receiver([500] * 4 + [400, 302])) as receiver, closing(Archive(path)) as archive:
        hook = SinkConfig("out", "webhook", receiver.url)
        for name in ("event-1", "event-2", "event-3"):
            publish(archive, name)
            Courier(archive, [hook], QUICK).close()
        dead = list(archive.database.rows("SELECT event_id, attempts, last_error, body FROM dead_letter"))
        assert dead == [
            ("event-1", 4, "HTTP 500", body("event-1")),
            ("event-2", 1, "HTTP 400", body("event-2")),
            ("event-3", 1, "HTTP 302", body("event-3")),
        ]
        assert Publications(archive).counts() == DeliveryCounts(0, 0, 3)


def test_a_receiver_that_is_down_leaves_deliveries_queued_for_the_next_start(path: Path) -> None:
    patient = RetryPolicy(attempts=10, first_wait_s=60.0)
    with serving(Receiver()) as receiver:
        pass
    with closing(Archive(path)) as archive:
        publish(archive, "event-1", "event-2")
        hook = SinkConfig("out", "webhook", receiver.url)
        assert Courier(archive, [hook], patient).close(drain_s=0.5) == DeliveryCounts(0, 2, 0)
        ((attempts, error),) = archive.database.rows("SELECT DISTINCT attempts, last_error FROM delivery")
        assert attempts == 1
        assert "refused" in error
    with serving(Receiver()) as receiver, closing(Archive(path)) as archive:
        hook = SinkConfig("out", "webhook", receiver.url)
        assert Courier(archive, [hook], patient).close() == DeliveryCounts(2, 0, 0)
        assert [name for name, *_ in receiver.received] == ["event-1", "event-2"]


def test_closing_takes_no_longer_than_it_was_told(path: Path) -> None:
    with serving(Receiver(wait_s=3.0)) as receiver, closing(Archive(path)) as archive:
        publish(archive, "event-1", "event-2")
        courier = Courier(archive, [SinkConfig("out", "webhook", receiver.url)], QUICK)
        started_s = time.monotonic()
        assert courier.close(drain_s=0.3) == DeliveryCounts(0, 2, 0)
        assert time.monotonic() - started_s < 2.0


def test_a_slow_sink_holds_no_other_and_nobody_who_dispatches(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "events.jsonl"
    with serving(Receiver(wait_s=1.0)) as receiver, closing(Archive(path)) as archive:
        sinks = [SinkConfig("hook", "webhook", receiver.url), SinkConfig("out", "file", str(target))]
        courier = Courier(archive, sinks, QUICK)
        for number in range(5):
            publish(archive, f"event-{number}", sinks=("hook", "out", "of another run"))
            started_s = time.monotonic()
            courier.dispatch()
            assert time.monotonic() - started_s < 0.5
        assert courier.close(drain_s=0.2) == DeliveryCounts(5, 10, 0)
        assert lines(target) == [f"event-{number}" for number in range(5)]


def test_a_token_comes_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    with serving(Receiver()) as receiver:
        sink = make_sink(SinkConfig("hook", "webhook", receiver.url, str(tmp_path / "token")))
        assert sink.send(a_delivery("event-1")).verdict is Verdict.DELIVERED
        assert receiver.received == [("event-1", "Bearer secret", body("event-1"))]


def test_a_name_that_is_not_found_is_an_answer() -> None:
    assert WebhookSink("http://nowhere.invalid/", timeout_s=1.0).send(a_delivery("e")).verdict is Verdict.NOT_NOW


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        *(("webhook", "ftp://host/"), ("webhook", "not a url"), ("pigeon", "x")),
        *(("webhook", "http://[x"), ("webhook", "http://localhost:99999/"), ("webhook", "http://host:port/")),
    ],
)
def test_a_sink_that_nobody_knows_is_the_users_mistake(kind: str, target: str) -> None:
    with pytest.raises(InputError, match="must be a file, or a webhook with an http or https URL"):
        make_sink(SinkConfig("out", kind, target))


def test_a_folder_is_no_file_to_append_to(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"out\.target = .*: must be a file, and is a folder"):
        make_sinks([SinkConfig("out", "file", str(tmp_path))])


def test_two_sinks_of_one_name_are_the_users_mistake() -> None:
    twins = [SinkConfig("out", "file", target) for target in ("a.jsonl", "b.jsonl")]
    with pytest.raises(InputError, match="sink: out: two have this name"):
        make_sinks(twins)


def test_a_token_file_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    hook = SinkConfig("hook", "webhook", "http://host/", str(tmp_path / "token"))
    with pytest.raises(InputError, match=r"token: token_file: cannot be read: No such file or directory$"):
        make_sink(hook)
