"""A run that is steered: what is refused moves nothing, what is ordered can be given again, no page can hold it up."""

import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

import pytest

from groundstation.web.view import Control, Snapshot
from onboard.commands import CommandEnded, ModelSwapped
from onboard.mission_time import NS_PER_S
from sim.journal import read_records
from sim.mission_control import steering
from sim.mission_control.process import PageServer
from sim.mission_control.steering import Steering
from sim.operator_file import read_operator_file
from sim.resolve import resolve
from sim.run import RunOptions, RunResult, run
from sim.run_directory import JOURNAL
from tests.models_for_tests import write_model
from tests.system.small_mission import COST, fly, write_small_mission

Script = Generator[Control, str | None, None]
ORDER = {"do": "order", "satellite": "lark-1"}


class ScriptedServer:
    """In place of the page's server: asks for what a script yields, one after another, and hands it the answers."""

    is_idle = True

    def __init__(self, script: Callable[["ScriptedServer"], Script]) -> None:
        self.is_gone = False
        self.now_ns = self.reached_ns = 0
        self._script = script(self)
        self._next: Control | None = next(self._script)
        self._number = 0

    def asked(self, wait_s: float = 0.0) -> list[tuple[int, Control]]:
        control, self._next = self._next, None
        if control is None or self.is_gone:
            time.sleep(wait_s if not self.is_gone else 0.0)
            return []
        self._number += 1
        return [(self._number, control)]

    def answer(self, number: int, refused: str | None) -> None:
        assert number == self._number
        try:
            self._next = self._script.send(refused)
        except StopIteration:
            self._next = None

    def tell(self, message: dict[str, Any]) -> None:
        if "snapshot" in message:
            snapshot: Snapshot = message["snapshot"]
            assert snapshot["now_ns"] >= self.now_ns
            self.now_ns = snapshot["now_ns"]

    def begin(self, *_: object) -> None: ...

    def record(self, now_ns: int, *_: object) -> None:
        """As an observer of the run: how far it has really come."""
        self.reached_ns = now_ns

    def close(self) -> None: ...

    def last_words(self) -> str:
        return "it said nothing"


def steer(
    mission: Path, out: Path, script: Callable[[ScriptedServer], Script], factor: float | None = None
) -> tuple[RunResult, list[str]]:
    """Fly as the script steers; the run, and what was warned of."""
    scenario, warned = resolve(mission), list[str]()
    server = ScriptedServer(script)
    one = Steering(scenario, cast(PageServer, server), factor, warned.append)
    options = RunOptions(pace=one, inputs=one.inputs, on_begin=one.begin, observers=(one, server))
    result = run(scenario, out, options)
    one.finish(result)
    return result, warned


@pytest.fixture(autouse=True)
def _listens_at_every_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "LISTEN_S", 0.0)


def test_what_is_refused_moves_no_clock(tmp_path: Path) -> None:
    mission = write_small_mission(tmp_path)
    told: list[tuple[str | None, int, int]] = []

    def script(server: ScriptedServer) -> Script:
        while server.reached_ns < 100 * NS_PER_S:
            yield {"do": "pace", "factor": "max"}
        yield {"do": "pause"}
        told.append((None, server.now_ns, server.reached_ns))
        for wrong in (
            {**ORDER, "command": "set_strategy", "name": "loosless"},
            {**ORDER, "command": "upload_model"},
            {**ORDER, "command": ["reset"]},
            {**ORDER},
            {"do": "order"},
            {"do": "fault", "satellite": "lark-1"},
            {"do": "fault", "satellite": "lark-1", "name": "battery", "accelerator": 1},
            {"do": "pace", "factor": "fast"},
        ):
            refused = yield wrong
            yield {"do": "pause"}
            told.append((refused, server.now_ns, server.reached_ns))
        yield {"do": "resume"}

    result, _ = steer(mission, tmp_path / "out", script)
    assert len({(shown_ns, reached_ns) for _, shown_ns, reached_ns in told}) == 1
    assert [refused is None for refused, *_ in told] == [True] + [False] * 8
    assert "name: must be one of: accelerator" in str(told[6][0])
    assert not read_operator_file(tmp_path / "out", resolve(mission))
    assert result.summary["digest"] == fly(mission, tmp_path / "alone").summary["digest"]


def test_all_that_is_ordered_is_the_same_when_it_is_given_again(tmp_path: Path) -> None:
    mission = write_small_mission(tmp_path)
    second = write_model(tmp_path / "second", level=0.45, name="second")
    (second / "card.toml").write_text((second / "card.toml").read_text("utf-8") + COST, "utf-8")
    answers: list[str | None] = []

    def script(_server: ScriptedServer) -> Script:
        for control in (
            {**ORDER, "command": "upload_model", "model": str(second)},
            {**ORDER, "command": "set_threshold", "task": "wildfire", "threshold": 0.75},
            {**ORDER, "command": "set_strategy", "name": "chips"},
            {**ORDER, "command": "fetch_frame", "frame_id": 1},
            {"do": "fault", "satellite": "lark-2", "name": "accelerator", "accelerator": 1},
            {**ORDER, "command": "upload_model", "model": str(second), "upload_id": 1},
        ):
            answers.append((yield control))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steering, "models_for", lambda _scenario: [str(second)])
        result, _ = steer(mission, tmp_path / "out", script)
    assert answers == [None] * 5 + ["upload_id = 1: lark-1 has an upload of this number already"]
    orders = read_operator_file(tmp_path / "out", resolve(mission))
    assert len(orders) == 5
    again = fly(mission, tmp_path / "again", orders=orders)
    assert again.summary["digest"] == result.summary["digest"]
    said = [answer for _, _, _, answers in read_records(tmp_path / "out" / JOURNAL) for answer in answers]
    assert [one.model for one in said if isinstance(one, ModelSwapped)] == ["second"]
    ended = {one.word: one.failed_because for one in said if isinstance(one, CommandEnded)}
    assert {"set_strategy", "set_threshold", "activate_model"} <= {word for word, why in ended.items() if not why}
    assert again.summary["satellites"]["lark-2"]["accelerators_failed"] == 1


def test_a_page_that_is_lost_lets_go_of_a_run_that_it_held(tmp_path: Path) -> None:
    def script(server: ScriptedServer) -> Script:
        yield {"do": "pause"}
        server.is_gone = True
        yield {}

    mission = write_small_mission(tmp_path)
    result, warned = steer(mission, tmp_path / "out", script)
    assert result.summary["virtual_s"] == 400.0
    assert warned == ["the page's server ended: it said nothing; the run goes on without it"]


def test_a_run_that_waits_while_its_server_hangs_does_not_spin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "LISTEN_S", 0.1)
    looks: list[None] = []

    def script(server: ScriptedServer) -> Script:
        server.is_idle = False
        yield {"do": "resume"}

    server = ScriptedServer(script)
    one = Steering(resolve(write_small_mission(tmp_path)), cast(PageServer, server), 1.0, lambda _: None)
    one.wait_until(1, lambda: None)
    one.wait_until(NS_PER_S // 2, lambda: looks.append(None))
    assert 0 < len(looks) < 60
