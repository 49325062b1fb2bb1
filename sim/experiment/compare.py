"""The same scenario, seeds and passes under several strategies."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from onboard.strategy import STRATEGIES
from sim.blame import suggestion
from sim.experiment.comparison import Flown, compared, figures
from sim.experiment.confidence import Estimate, estimate
from sim.experiment.flights import Tell, flights
from sim.experiment.results import Summary
from sim.ground_model import check_ground_model
from sim.scenario import Scenario
from sim.scratch import scratch_folder


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found. `strategies` and `comparison` are of the scenario's own seed, `seeds` of all of them.

    `skipped` are strategies that the mission cannot fly, with the reason.
    """

    strategies: Mapping[str, Summary]
    comparison: Mapping[str, dict[str, Any]]
    skipped: Mapping[str, str]
    seeds: Mapping[str, Mapping[str, Estimate]]

    def as_table(self) -> dict[str, Any]:
        """As `compare --json` prints it."""
        return {
            "strategies": dict(self.strategies),
            "comparison": dict(self.comparison),
            "skipped": dict(self.skipped),
            "seeds": {
                strategy: {figure: one._asdict() for figure, one in estimates.items()}
                for strategy, estimates in self.seeds.items()
            },
        }


def compare(
    scenario: Scenario,
    root: Path,
    strategies: Sequence[str] = tuple(STRATEGIES),
    *,
    seeds: int = 1,
    cache: Path | None = None,
    tell: Tell = lambda _word: None,
) -> Comparison:
    """Fly a scenario under each strategy, on its seed and those that follow it, into folders below `root`.

    Frames are drawn and searched once a seed, in the folder `cache` if one is to last. `root` keeps `comparison.json`.
    Raises InputError before the start, MachineError where the host or a process fails.
    """
    assert seeds > 0
    chosen, skipped = _applicable(scenario, strategies)
    flown: list[dict[str, Flown]] = []
    with flights(cache, tell) as flying:
        for seed in range(scenario.seed, scenario.seed + seeds):
            runs = [scenario.model_copy(update={"strategy": name, "seed": seed}) for name in chosen]
            folders = [root / (name if seed == scenario.seed else f"{name}-seed{seed}") for name in chosen]
            flown.append(dict(zip(chosen, flying.fly(runs, folders), strict=True)))
    comparison = comparison_of(flown, skipped)
    (root / "comparison.json").write_text(json.dumps(comparison.as_table(), indent=2) + "\n", encoding="utf-8")
    return comparison


def comparison_of(flown: Sequence[Mapping[str, Flown]], skipped: Mapping[str, str] | None = None) -> Comparison:
    """What runs show: one table of strategies a seed, the first of them in full."""
    by_seed = [compared(runs) for runs in flown]
    numbers = [{name: dict(figures(table)) for name, table in tables.items()} for tables in by_seed]
    estimates = {
        name: {figure: estimate([one[name].get(figure) for one in numbers]) for figure in numbers[0][name]}
        for name in by_seed[0]
    }
    summaries = {name: run.summary for name, run in flown[0].items()}
    return Comparison(summaries, by_seed[0], skipped or {}, estimates)


def _applicable(scenario: Scenario, names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The strategies that every satellite can fly, and why the others are skipped."""
    skipped = {}
    for name in names:
        if name not in STRATEGIES:
            raise InputError("command line", f"no such strategy; {suggestion(name, STRATEGIES)}", key="--strategies")
        reasons = (STRATEGIES[name].applies_to(satellite.instrument.bands) for satellite in scenario.satellite)
        if reason := next(filter(None, reasons), "") or _unjudged(scenario, name):
            skipped[name] = reason
    chosen = [name for name in dict.fromkeys(names) if name not in skipped]
    if not chosen:
        rule = f"none of these can be flown: {'; '.join(skipped.values())}"
        raise InputError("command line", rule, key="--strategies", value=",".join(names))
    return chosen, skipped


def _unjudged(scenario: Scenario, name: str) -> str:
    """An empty text, or why nothing on the ground can judge what a strategy sends."""
    if not STRATEGIES[name].awaits_verdict:
        return ""
    with scratch_folder() as scratch:
        try:
            check_ground_model(scenario.model_copy(update={"strategy": name}), scratch)
        except InputError as error:
            return str(error)
    return ""
