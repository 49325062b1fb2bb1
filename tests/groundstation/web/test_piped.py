"""The source at the end of a pipe: what comes down is kept, what goes up is answered or refused."""

import threading
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import orjson
import pytest

from groundstation.web import piped
from groundstation.web.piped import ANSWER, END, LIVE, MISSION, PipedSource
from tests.groundstation.web.sources_for_tests import ALERT, SNAPSHOT
from tests.groundstation.web.sources_for_tests import MISSION as TABLE


class Run:
    """The other end."""

    def __init__(self) -> None:
        theirs, ours = Pipe()
        self.pipe: Connection[Any, Any] = ours
        self.ended = threading.Event()
        self.source = PipedSource(theirs)
        self._reading = threading.Thread(target=self.source.read, args=(self.ended.set,), daemon=True)
        self._reading.start()

    def tell(self, letter: bytes, table: object) -> None:
        self.pipe.send_bytes(letter + orjson.dumps(table))

    def begin(self) -> None:
        self.tell(MISSION, {"mission": TABLE, "archive": "nowhere"})
        self.tell(LIVE, {"snapshot": SNAPSHOT})
        while not self.source.is_ready:
            self.ended.wait(0.01)

    def end(self) -> None:
        self.pipe.send_bytes(END)
        assert self.ended.wait(10.0)


@pytest.fixture
def begun() -> Run:
    one = Run()
    one.begin()
    return one


def bar(start_ns: int, end_ns: int) -> dict[str, object]:
    return {"satellite": "lark", "kind": "inference", "start_ns": start_ns, "end_ns": end_ns}


def test_a_run_that_ends_before_it_begins_is_never_ready() -> None:
    one = Run()
    assert not one.source.is_ready
    one.end()
    assert not one.source.is_ready


def test_bars_and_alerts_are_kept_until_all_come_anew(begun: Run) -> None:
    begun.tell(LIVE, {"snapshot": {**SNAPSHOT, "reset": False, "bars": [bar(0, 5), bar(7, 8)]}})
    begun.tell(LIVE, {"snapshot": {**SNAPSHOT, "reset": False, "bars": [bar(7, 9)]}})
    begun.tell(LIVE, {"alerts": [ALERT, {**ALERT, "id": 1}]})
    begun.tell(LIVE, {"alerts": [{**ALERT, "published": True}]})
    begun.end()
    assert begun.source.snapshot()["reset"]
    assert begun.source.snapshot()["bars"] == [bar(0, 5), bar(7, 9)]
    assert [row["published"] for row in begun.source.alerts(-1)] == [True, False]
    assert [row["id"] for row in begun.source.alerts(0)] == [1]


def test_after_a_seek_nothing_is_left_of_before(begun: Run) -> None:
    begun.tell(LIVE, {"snapshot": {**SNAPSHOT, "reset": False, "bars": [bar(0, 5)]}})
    begun.tell(LIVE, {"alerts": [ALERT]})
    begun.tell(LIVE, {"alerts": [], "reset": True})
    begun.tell(LIVE, {"snapshot": {**SNAPSHOT, "bars": [bar(1, 2)]}})
    begun.end()
    assert begun.source.snapshot()["bars"] == [bar(1, 2)]
    assert begun.source.alerts(-1) == []


@pytest.mark.parametrize("word", [None, "fly", ["pause"], {"pause": 1}, 3])
def test_what_is_no_control_of_the_mission_never_goes_up(begun: Run, word: object) -> None:
    assert begun.source.send({"do": word}) == "do must be one of: pause, resume"
    assert not begun.pipe.poll(0.1)


@pytest.mark.parametrize("value", ["\ud800", 2**70, "x" * piped.MAX_CONTROL_BYTES])
def test_what_cannot_be_written_never_goes_up(begun: Run, value: object) -> None:
    assert begun.source.send({"do": "pause", "more": value}) == piped.NO_CONTROL
    assert not begun.pipe.poll(0.1)


def test_a_control_is_answered_or_the_run_is_gone(begun: Run) -> None:
    refused: list[str | None] = []
    for answer in (None, "no", "the end"):
        sending = threading.Thread(target=lambda: refused.append(begun.source.send({"do": "pause"})))
        sending.start()
        asked = orjson.loads(begun.pipe.recv_bytes())
        assert asked["control"] == {"do": "pause"}
        if answer == "the end":
            begun.end()
        else:
            begun.tell(ANSWER, {"number": asked["number"], "refused": answer})
        sending.join(10.0)
    assert refused == [None, "no", piped.GONE]
