"""Kills a process of a run again and again, and holds the run to what was promised all the same.

`python -m tests.soak.kills --kills 100 --target satellite --seed 1` flies small missions as processes with
`--on-death restart`, sends SIGKILL to the target's process at seeded moments of wall time, some while it boots, and
prints its figures as JSON. It ends with 1 where anything acknowledged was lost, anything came twice, a (key, IV) pair
was repeated, a checker spoke up, or a run did not end.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from onboard.errors import MachineError
from sim.configuration import FIRST_SPACECRAFT_ID, keys_of
from sim.operator_file import read_operator_file
from sim.resolve import resolve
from sim.run import RunOptions, RunResult, run
from sim.run_directory import ARCHIVE
from sim.scenario import Scenario
from sim.world.world import World
from tests.models_for_tests import write_model
from tests.soak.witness import Spacecraft, Witness
from tests.system.host_processes import children_of
from tests.system.small_mission import COST, SCENARIO, write_small_mission

TARGETS = {"satellite": "lark-1", "centre": "centre"}
ORDERS = """
{"at_s": 5, "satellite": "lark-1", "command": "upload_model", "model": "next"}
{"at_s": 40, "satellite": "lark-1", "command": "set_threshold", "task": "wildfire", "threshold": 0.4}
{"at_s": 60, "satellite": "lark-1", "command": "rotate_key", "direction": "downlink", "key_id": 2}
{"at_s": 70, "satellite": "lark-1", "command": "rotate_key", "direction": "uplink", "key_id": 2}
{"at_s": 90, "satellite": "lark-1", "command": "fetch_frame", "frame_id": 2, "thumbnail_factor": 2}
{"at_s": 120, "satellite": "lark-1", "command": "set_strategy", "name": "lossless"}
{"at_s": 180, "satellite": "lark-1", "command": "reset"}
{"at_s": 200, "satellite": "lark-2", "command": "set_strategy", "name": "raw"}
{"at_s": 240, "satellite": "lark-1", "command": "set_strategy", "name": "detections"}
{"at_s": 260, "satellite": "lark-1", "command": "fetch_frame", "frame_id": 4}
{"at_s": 280, "satellite": "lark-1", "command": "rotate_key", "direction": "downlink", "key_id": 3}
"""
SETTINGS = (
    *("link.frame_loss=0.15", "duration_s=600"),
    *("station[0].min_elevation_deg=10", "station[1].min_elevation_deg=10"),
)
LONGEST_WORK_S = 0.15
LONGEST_BOOT_S = 0.8
"""A process is killed within this time of its first answer, or of its start."""
BOOT_SHARE = 0.3
MAX_BOOT_KILLS = 2
"""In a row: a process that dies more often before it is ready is given up."""
MAX_RUNS_A_KILL = 2
_LOOK_S = 0.005


class Killer(Witness):
    """A witness that kills what it watches, from a thread of its own."""

    def __init__(self, scenario: Scenario, target: str, rng: Random, kills: int) -> None:
        keys = keys_of(scenario)
        super().__init__(
            {
                satellite.name: Spacecraft(number, satellite.radio.frame_length_bytes, keys[satellite.name])
                for number, satellite in enumerate(scenario.satellite, FIRST_SPACECRAFT_ID)
            }
        )
        self._target = target
        self._rng = rng
        self._left = kills
        self._has_answered = threading.Event()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._kill)
        self._thread.start()

    def record(
        self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...], world: World
    ) -> None:
        """Take one record."""
        super().record(now_ns, node, granted, answers, world)
        if node == self._target:
            self._has_answered.set()

    def close(self) -> None:
        """Stop killing."""
        self._is_over.set()
        self._has_answered.set()
        self._thread.join()

    def _kill(self) -> None:
        boot_kills = 0
        last = 0
        while self._left and (pid := self._next(last)):
            if boot_kills < MAX_BOOT_KILLS and self._rng.random() < BOOT_SHARE:
                boot_kills += 1
                self._is_over.wait(self._rng.uniform(0, LONGEST_BOOT_S))
            else:
                boot_kills = 0
                self._has_answered.clear()
                self._has_answered.wait()
                self._is_over.wait(self._rng.uniform(0, LONGEST_WORK_S))
            if self._is_over.is_set():
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self._left -= 1
            last = pid

    def _next(self, last: int) -> int:
        """The target's process when it is another than the last one; 0 where the run is over."""
        while not self._is_over.wait(_LOOK_S):
            for pid in children_of(os.getpid(), f"--name={self._target}\0".encode()):
                if pid != last:
                    return pid
        return 0


@dataclass
class Outcome:
    """What a soak saw. `counts` are sums over its runs."""

    target: str
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    wall_s: float = 0.0

    def as_table(self) -> dict[str, object]:
        """For printing."""
        return {
            "target": self.target,
            "seed": self.seed,
            **self.counts,
            "wall_s": round(self.wall_s, 1),
            "failures": self.failures,
        }


def soak(kills: int, target: str, seed: int, folder: Path) -> Outcome:
    """Fly until there were so many kills, each run to its end, and collect what must not be."""
    started_s = time.monotonic()
    outcome = Outcome(target, seed)
    rng = Random(f"{target} {seed}")
    mission = _write_mission(folder)
    while outcome.counts["kills"] < kills and not outcome.failures:
        if outcome.counts["runs"] >= MAX_RUNS_A_KILL * kills:
            outcome.failures.append("too few kills hit")
        _fly(mission, folder / "run", rng, kills - outcome.counts["kills"], outcome)
    outcome.wall_s = time.monotonic() - started_s
    return outcome


def _write_mission(folder: Path) -> Path:
    path = write_small_mission(folder)
    path.write_text(SCENARIO, "utf-8")
    card = write_model(folder / "next", level=0.31) / "card.toml"
    card.write_text(card.read_text("utf-8") + COST, "utf-8")
    (folder / "orders.jsonl").write_text(ORDERS.lstrip(), "utf-8")
    return path


def _fly(mission: Path, out: Path, rng: Random, kills: int, outcome: Outcome) -> None:
    seed = outcome.seed + outcome.counts["runs"]
    scenario = resolve(mission, changes={"seed": seed}, settings=SETTINGS)
    orders = read_operator_file(mission.parent / "orders.jsonl", scenario)
    witness = Killer(scenario, TARGETS[outcome.target], rng, kills)
    outcome.counts["runs"] += 1
    try:
        result = run(scenario, out, RunOptions(processes=True, restarts=True, orders=orders, observers=[witness]))
    except (AssertionError, MachineError) as error:
        outcome.failures.append(f"run {outcome.counts['runs']}, seed {seed}: {type(error).__name__}: {error}")
        return
    finally:
        witness.close()
        outcome.counts["kills"] += len(witness.restarts)
    told = (*witness.failures(out / ARCHIVE), *_misreported(result, witness))
    outcome.failures += (f"run {outcome.counts['runs']}, seed {seed}: {failure}" for failure in told)
    _count(witness, outcome.counts)


def _misreported(result: RunResult, witness: Witness) -> Iterator[str]:
    summary = result.summary
    if summary["restarts"] != len(witness.restarts):
        yield f"the summary tells {summary['restarts']} of {len(witness.restarts)} restarts"
    if witness.restarts and summary["status"] != "degraded":
        yield f"the summary calls it {summary['status']}"


def _count(witness: Witness, counts: Counter[str]) -> None:
    links = witness.spacecraft.values()
    counts["products_made"] += len(witness.made)
    counts["products_archived"] += len(witness.archived)
    counts["products_acknowledged"] += len(witness.acknowledged)
    counts["telecommands_ended"] += len(witness.ended)
    counts["events_published"] += len(witness.published)
    counts["frames_down"] += sum(len(link.down.used) for link in links)
    counts["frames_up"] += sum(len(link.up.used) for link in links)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--target", choices=TARGETS, default="satellite")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        outcome = soak(options.kills, options.target, options.seed, Path(folder))
    print(json.dumps(outcome.as_table(), indent=2))
    return int(bool(outcome.failures))


if __name__ == "__main__":
    sys.exit(main())
