"""Strikes the processes of runs again and again, and holds the runs to what was promised all the same.

`python -m tests.soak.kills --kills 100 --target satellite --seed 1` flies small missions as processes with
`--on-death restart`, sends SIGKILL to the target's process at seeded moments of wall time, some while it boots, and
prints its figures as JSON. It ends with 1 where anything acknowledged was lost, anything came twice, a (key, IV) pair
was repeated, a checker spoke up, or a run did not end.

With `--target executive` the run itself is killed and resumed until it reaches its end. With `--stop` the target is
stopped for a while, with `--full-disk` its files may no longer grow, with `--slow-disk` its writes take their time.
These runs end with the journal, the archive and the told sink of the same run left alone, or it ends with 1.
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
from tests.soak.outcome import EXECUTIVE, SETTINGS, TARGETS, Outcome, write_mission
from tests.soak.resumed import Struck
from tests.soak.witness import Spacecraft, Witness
from tests.system.host_processes import children_of

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


def soak(kills: int, target: str, seed: int, folder: Path, how: str = "kill") -> Outcome:
    """Fly until there were so many strikes, each run to its end, and collect what must not be."""
    started_s = time.monotonic()
    outcome = Outcome(target, seed)
    rng = Random(f"{target} {seed}" if how == "kill" else f"{how} {target} {seed}")
    mission = write_mission(folder)
    is_restarted = how == "kill" and target != EXECUTIVE
    struck = Struck(mission, how, outcome, rng)
    word = "kills" if is_restarted else "strikes"
    while outcome.counts[word] < kills and not outcome.failures:
        if outcome.counts["runs"] >= MAX_RUNS_A_KILL * kills:
            outcome.failures.append("too few strikes hit")
        if is_restarted:
            _fly(mission, folder / "run", rng, kills - outcome.counts["kills"], outcome)
        else:
            struck.fly(kills - outcome.counts["strikes"])
    outcome.wall_s = time.monotonic() - started_s
    return outcome


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
    parser.add_argument("--kills", type=int, default=100, help="how many strikes, of whatever kind")
    parser.add_argument("--target", choices=(*TARGETS, EXECUTIVE), default="satellite")
    parser.add_argument("--seed", type=int, default=1)
    kinds = parser.add_mutually_exclusive_group()
    for how in ("stop", "full-disk", "slow-disk"):
        kinds.add_argument(f"--{how}", dest="how", action="store_const", const=how, help="in place of SIGKILL")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        outcome = soak(options.kills, options.target, options.seed, Path(folder), options.how or "kill")
    print(json.dumps({"how": options.how or "kill", **outcome.as_table()}, indent=2))
    return int(bool(outcome.failures))


if __name__ == "__main__":
    sys.exit(main())
