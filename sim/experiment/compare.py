"""The same scenario, seed and passes under several strategies."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sim.run import RunOptions, RunResult, run
from sim.scenario import Scenario


def compare(
    scenarios: Sequence[Scenario], root: Path, options: Callable[[Scenario], RunOptions]
) -> dict[str, RunResult]:
    """Fly each scenario into its own folder below `root`; results by strategy."""
    return {scenario.strategy: run(scenario, root / scenario.strategy, options(scenario)) for scenario in scenarios}
