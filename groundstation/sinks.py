"""Where published events go: a file of JSON lines, or a web hook. Threads send, outside virtual time.

A delivery is recorded once its sink has acknowledged it. Dying between the two means to send it again: a file is
looked through for it first, a web hook is told the event's identifier as `Idempotency-Key`.
"""

import contextlib
import json
import os
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from math import inf
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from groundstation.archive import Archive
from groundstation.deliveries import Answer, DeliveryQueue, RetryPolicy, Settled, Verdict
from groundstation.publications import Delivery, DeliveryCounts, Publications
from onboard.errors import InputError

REQUEST_TIMEOUT_S = 10.0
_MOST_READ_BYTES = 65_536
_COME_BACK = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_DELIVERED = Answer(Verdict.DELIVERED)


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """A sink: `target` is a file's path (kind `file`) or an http or https URL (kind `webhook`).

    A web hook's bearer token comes from a file, so that no secret is written into a run's folder.
    """

    name: str
    kind: str
    target: str
    token_file: str = ""


class Sink(Protocol):
    """Somewhere to send to."""

    def send(self, delivery: Delivery) -> Answer:
        """Try once; whatever goes wrong is an answer."""


class FileSink:
    """Appends each event as one line, whole or not at all, and on the disk before it is acknowledged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: set[str] | None = None

    def send(self, delivery: Delivery) -> Answer:
        """Append an event that the file does not hold yet."""
        try:
            if self._held is None:
                self._held = self._recovered()
            if delivery.event_id not in self._held:
                self._append(delivery.body + b"\n")
                self._held.add(delivery.event_id)
        except OSError as error:
            self._held = None  # a torn line may stand at the end
            return Answer(Verdict.NOT_NOW, f"{self._path}: {error.strerror}")
        return _DELIVERED

    def _recovered(self) -> set[str]:
        """What the file holds. A line without an end is cut off where a death tore it, and else gets its end."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        held: set[str] = set()
        read_bytes = 0
        with self._path.open("a+b") as file:
            file.seek(0)
            for line in file:
                held |= (found := _identifier(line))
                read_bytes += len(line)
                if not line.endswith(b"\n") and line.startswith(b"{") and not found:
                    file.truncate(read_bytes - len(line))
                elif not line.endswith(b"\n"):
                    file.write(b"\n")
        return held

    def _append(self, line: bytes) -> None:
        with self._path.open("ab", buffering=0) as file:
            if file.write(line) != len(line):
                raise OSError(0, "written in part only")
            os.fsync(file.fileno())


def _identifier(line: bytes) -> set[str]:
    with contextlib.suppress(ValueError):
        feature = json.loads(line)
        if isinstance(feature, dict) and isinstance(feature.get("id"), str):
            return {feature["id"]}
    return set()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive as a GET without its body."""

    def redirect_request(self, *_: Any) -> None:
        return None


class WebhookSink:
    """Posts each event as JSON. Redirects are not followed; what the receiver refuses for good is not repeated."""

    def __init__(self, url: str, token: str = "", timeout_s: float = REQUEST_TIMEOUT_S) -> None:
        self._url, self._timeout_s = url, timeout_s
        self._headers = {"Content-Type": "application/geo+json", "User-Agent": "skysift"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._opener = urllib.request.build_opener(_NoRedirect())

    def send(self, delivery: Delivery) -> Answer:
        """Post once."""
        headers = {**self._headers, "Idempotency-Key": delivery.event_id}
        request = urllib.request.Request(self._url, delivery.body, headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                response.read(_MOST_READ_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                return _refusal(error.code, error.headers.get("Retry-After", ""))
        except Exception as error:  # many kinds, from a name that is not found to a torn answer
            return Answer(Verdict.NOT_NOW, " ".join(f"{type(error).__name__}: {error}".split())[:200])
        return _DELIVERED


def _refusal(status: int, retry_after: str) -> Answer:
    told = f"HTTP {status}"
    if status in _COME_BACK or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Answer(Verdict.NOT_NOW, told, float(retry_after) if retry_after.isdecimal() else 0.0)
    return Answer(Verdict.REFUSED, told)


def make_sink(config: SinkConfig) -> Sink:
    """The sink that a configuration describes. Raises InputError."""
    if config.kind == "file":
        if Path(config.target).is_dir():
            raise InputError(
                "sink", "must be a file, and is a folder", key=f"{config.name}.target", value=config.target
            )
        return FileSink(Path(config.target))
    if config.kind != "webhook" or not _is_web_address(config.target):
        rule = "must be a file, or a webhook with an http or https URL"
        raise InputError("sink", rule, key=f"{config.name}.target", value=config.target)
    try:
        token = Path(config.token_file).read_text("utf-8").strip() if config.token_file else ""
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else error
        raise InputError(config.token_file, f"cannot be read: {told}", key="token_file") from None
    return WebhookSink(config.target, token)


def make_sinks(configs: Iterable[SinkConfig]) -> dict[str, Sink]:
    """Sinks by name, under which their deliveries are kept. Raises InputError."""
    sinks: dict[str, Sink] = {}
    for config in configs:
        if config.name in sinks:
            raise InputError("sink", "two have this name", key=config.name)
        sinks[config.name] = make_sink(config)
    return sinks


def _is_web_address(target: str) -> bool:
    try:
        parts = urlsplit(target)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that are none
        return False


class SinkWorker:
    """A thread that sends to one sink what it is handed, and tells how each attempt went."""

    def __init__(self, sink: Sink, policy: RetryPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self._sink, self._clock = sink, clock
        self._queue = DeliveryQueue(policy)
        self._orders: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self.settled: queue.SimpleQueue[Settled] = queue.SimpleQueue()
        self._closes_s = inf
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def submit(self, delivery: Delivery) -> None:
        """Hand a delivery over."""
        self._orders.put(delivery)

    def close(self, drain_s: float) -> None:
        """Send what becomes due within that time, and stop. A request under way may be left to itself."""
        self._closes_s = self._clock() + drain_s
        self._orders.put(None)
        self._thread.join(drain_s)

    def _work(self) -> None:
        is_closing = False
        while True:
            is_closing |= self._receive(is_closing)
            if is_closing and (self._is_late(self._clock()) or self._is_late(self._queue.due_s)):
                return
            if delivery := self._queue.take(self._clock()):
                answer = self._sink.send(delivery)
                self.settled.put(self._queue.settle(delivery, answer, self._clock()))

    def _is_late(self, instant_s: float | None) -> bool:
        """Whether an instant, None being never, comes after the worker closes."""
        return instant_s is None or instant_s > self._closes_s

    def _receive(self, is_closing: bool) -> bool:
        """Take orders, waiting for one until a delivery is due; whether the order to close was among them."""
        due_s = self._queue.due_s
        wait_s = None if due_s is None else max(0.0, due_s - self._clock())
        try:
            order = self._orders.get(timeout=0.0 if is_closing and due_s is None else wait_s)
            while order is not None:
                self._queue.add(order, self._clock())
                order = self._orders.get_nowait()
        except queue.Empty:
            return False
        return True


class Courier:
    """Takes published events from the archive to their sinks and records how that went.

    Only the caller's thread touches the archive. Nothing of this enters what the mission centre answers.
    """

    def __init__(self, archive: Archive, sinks: Iterable[SinkConfig], policy: RetryPolicy | None = None) -> None:
        policy = policy or RetryPolicy()
        self._archive = archive
        self._publications = Publications(archive)
        self._workers = {name: SinkWorker(sink, policy) for name, sink in make_sinks(sinks).items()}
        self._last_id = 0

    def dispatch(self) -> None:
        """After a commit: hand over what was published."""
        if not self._workers:
            return
        for delivery in list(self._publications.undelivered(self._last_id)):
            self._last_id = delivery.delivery_id
            if worker := self._workers.get(delivery.sink):
                worker.submit(delivery)

    def close(self, drain_s: float = 5.0) -> DeliveryCounts:
        """Drain for a bounded time, record and commit; what was not delivered stays queued in the archive."""
        self.dispatch()
        ends_s = time.monotonic() + drain_s
        for worker in self._workers.values():
            worker.close(max(0.0, ends_s - time.monotonic()))
        self.record()
        self._archive.commit()
        return self._publications.counts()

    def record(self) -> bool:
        """Record what sinks have answered, durable with the next commit; whether they have."""
        if all(worker.settled.empty() for worker in self._workers.values()):
            return False
        utc = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        for worker in self._workers.values():
            with contextlib.suppress(queue.Empty):
                while True:
                    self._note(worker.settled.get_nowait(), utc)
        return True

    def _note(self, settled: Settled, utc: str) -> None:
        match settled.verdict:
            case Verdict.DELIVERED:
                self._publications.delivered(settled.delivery_id, settled.attempts, utc)
            case Verdict.NOT_NOW:
                self._publications.failed(settled.delivery_id, settled.attempts, settled.told)
            case Verdict.REFUSED:
                self._publications.given_up(settled.delivery_id, settled.attempts, settled.told, utc)
