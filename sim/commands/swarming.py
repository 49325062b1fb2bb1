"""The command that tests by chance: swarm."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from onboard.errors import InputError
from sim.commands import common
from sim.commands.common import notes, tables

if TYPE_CHECKING:
    from sim.swarm.campaign import Findings
    from sim.swarm.case import Case

MOST_SEEDS, MOST_WORKERS = 10_000_000, 64

Seeds = Annotated[int, typer.Option(metavar="N", help="How many seeds to fly.")]
FirstSeed = Annotated[int, typer.Option(metavar="K", help="The first of them.")]
Workers = Annotated[int, typer.Option(metavar="N", help="Processes that fly: no result depends on how many.")]
RealInference = Annotated[bool, typer.Option("--real-inference", help="Fly the shipped wildfire networks.")]
CaseFile = Annotated[Path | None, typer.Option("--case", metavar="FILE", help="Fly this case instead of seeds.")]
Keep = Annotated[Path, typer.Option("--keep", metavar="FILE", help="Where the smallest failing case goes.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("swarm")(swarm)


def swarm(
    seeds: Seeds = 100,
    first_seed: FirstSeed = 0,
    workers: Workers = 2,
    real_inference: RealInference = False,
    case: CaseFile = None,
    keep: Keep = Path("swarm-case.toml"),
    as_json: common.AsJson = False,
) -> int:
    """Test by chance: each seed draws a mission with faults, watched at every instant; exit code 1 where one fails.

    Example: skysift swarm --seeds 20
    """
    from sim.swarm.campaign import fly_seeds  # loads all that flies
    from sim.swarm.case import read_case

    if case is not None:
        return _replay(read_case(case), as_json)
    for key, value, least, most in (
        ("--seeds", seeds, 1, MOST_SEEDS),
        ("--first-seed", first_seed, 0, MOST_SEEDS),
        ("--workers", workers, 1, MOST_WORKERS),
    ):
        if not least <= value <= most:
            raise InputError("command line", f"must be {least} to {most}", key=key, value=value)
    started_s = time.monotonic()
    drawn = range(first_seed, first_seed + seeds)
    findings = fly_seeds(drawn, workers=workers, real_inference=real_inference, tell=_teller(seeds))
    answer = _answer(findings, first_seed, time.monotonic() - started_s)
    if findings.failed:
        first = next(iter(findings.failed))
        answer["replay"] = _replay_command(first, real_inference=real_inference)
        answer["case"] = str(_keep_smallest(first, keep, real_inference=real_inference))
    if as_json:
        common.print_json(answer)
    else:
        _print(answer)
    return int(bool(findings.failed))


def _replay(case: "Case", as_json: bool) -> int:
    from sim.swarm.flight import fly_case

    outcome = fly_case(case)
    if as_json:
        failed = [] if outcome.is_sound else [{"case": case.source, "found": outcome.found, "where": outcome.where}]
        common.print_json(
            {"seeds": 1, "failed": failed, "replay": "", "digest": outcome.digest, "struck": dict(outcome.struck)}
        )
    else:
        told = f"found {outcome.found} ({outcome.where})" if outcome.found else "nothing found"
        tables.print(f"{case.source}: {told}", soft_wrap=True)
    return int(not outcome.is_sound)


def _keep_smallest(seed: int, path: Path, *, real_inference: bool) -> Path:
    from sim.swarm.case import write_case
    from sim.swarm.drawing import draw_case
    from sim.swarm.flight import fly_case
    from sim.swarm.shrinking import shrunk

    def fails(case: "Case") -> str:
        try:
            return fly_case(case).found
        except InputError:
            return ""  # a change that leaves no scenario

    notes.print(f"seed {seed} failed: making its case smaller")
    write_case(shrunk(draw_case(seed, real_inference=real_inference), fails), path)
    return path


def _replay_command(seed: int, *, real_inference: bool) -> str:
    return f"skysift swarm --seeds 1 --first-seed {seed}{' --real-inference' if real_inference else ''}"


def _answer(findings: "Findings", first_seed: int, wall_s: float) -> dict[str, Any]:
    return {
        "seeds": findings.seeds,
        "first_seed": first_seed,
        "failed": [{"seed": seed, "found": found} for seed, found in findings.failed.items()],
        "replay": "",
        "case": "",
        "events": findings.events,
        "struck": dict(sorted(findings.struck.items())),
        "wall_s": round(wall_s, 1),
    }


def _teller(seeds: int) -> Any:
    is_shown = sys.stderr.isatty()

    def tell(flown: int, failed: int) -> None:
        if is_shown:
            end = "\n" if flown == seeds else "\r"
            notes.print(f"{flown} of {seeds} seeds, {failed} failed", end=end)

    return tell


def _print(answer: dict[str, Any]) -> None:
    table = Table(title="How often each fault struck")
    table.add_column("fault")
    table.add_column("times", justify="right")
    for fault, times in answer["struck"].items():
        table.add_row(fault, f"{times:,}")
    tables.print(table)
    tables.print(
        f"{answer['seeds']:,} seeds in {answer['wall_s']:.0f} s, {answer['events']:,} records, none failed"
        if not answer["failed"]
        else f"{len(answer['failed'])} of {answer['seeds']:,} seeds failed"
    )
    for failure in answer["failed"][:10]:
        tables.print(f"seed {failure['seed']}: {failure['found']}", soft_wrap=True)
    if answer["failed"]:
        tables.print(f"again: {answer['replay']}", soft_wrap=True)
        tables.print(f"smallest case: skysift swarm --case {answer['case']}", soft_wrap=True)
