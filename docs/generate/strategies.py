"""Strategies: as measured, from the README's table; and what each orders, from the table that flies."""

from pathlib import Path

from docs.generate.markdown import code, table
from onboard.commands import JobKind
from onboard.comms.packets import ProductKind
from onboard.strategy import SCREENED_BANDS, SCREENED_STEPS, STEPS, STRATEGIES, Strategy

README = Path(__file__).resolve().parents[2] / "README.md"
CODERS = {
    JobKind.RAW: "none",
    JobKind.LOSSLESS: "JPEG-LS",
    JobKind.CCSDS121: "CCSDS 121.0-B",
    JobKind.LOSSY: "JPEG 2000",
}
"""What a job of pixels is coded with; of the others the model's list is the result."""


def measured() -> str:
    """The README's table."""
    lines = README.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| strategy | what goes down |"))
    return "\n".join(lines[start : lines.index("", start)]) + "\n"


def ordered() -> str:
    """A row for each strategy."""
    columns = ("strategy", "steps before", "model aloft", "coder", "product", "needs bands")
    return table(columns, (_row(one) for one in STRATEGIES.values()))


def _row(one: Strategy) -> tuple[str, ...]:
    steps = (*(SCREENED_STEPS if one.screens else ()), *STEPS[one.job])
    return (
        code(one.name),
        ", ".join(dict.fromkeys(steps)) or "none",
        "the mission's" if one.runs_model else "a cloud mask" if one.screens else "none",
        CODERS.get(one.job, "none"),
        ProductKind(one.kind).name.lower(),
        ", ".join(SCREENED_BANDS) if one.screens else "any",
    )
