"""The table of docs/performance.md, from what `skysift bench --json` answered."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.experiment.bench.every import FIGURES
from sim.experiment.bench.figure import Figure, short

BEGIN, END = "<!-- skysift bench --markdown -->", "<!-- end of the table -->"
HEADER = ("figure", "median", "unit", "lowest to highest", "bar", "what")


def markdown(answer: Mapping[str, Any], date: str) -> str:
    """The table between its marks, with the machine and a date above it. Figures that were skipped have no row."""
    return "\n".join([BEGIN, "", _caption(answer["machine"], date), "", *_table(answer), "", END, ""])


def _caption(machine: Mapping[str, Any], date: str) -> str:
    load = [short(value) for value in (min(machine["load"]), max(machine["load"]))]
    python = ".".join(machine["python"].split(".")[:2])
    where = f"{machine['cpus']} cores of a processor that calls itself {machine['processor']}, Python {python}"
    return f"Measured {date} on {where}, at a load of {load[0]} to {load[1]}."


def _table(answer: Mapping[str, Any]) -> Iterator[str]:
    rows = {row["name"]: row for row in answer["benchmarks"]}
    yield _line(HEADER)
    yield "|---|--:|---|---|---|---|"
    for figure in FIGURES:
        if figure.name in rows:
            yield _line(_cells(figure, rows[figure.name]))


def _cells(figure: Figure, row: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = row["range"]
    missed = "" if row["ok"] else " (missed)"
    return (
        f"`{figure.name}`",
        short(row["value"]),
        figure.unit,
        f"{short(low)} to {short(high)}",
        figure.asked + missed,
        figure.note,
    )


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")
