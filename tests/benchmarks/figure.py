"""What a benchmark promises: a name, a unit, and the bar to meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `bar` is the least, or for a ceiling the most, that will do; None where nothing is asked."""

    name: str
    unit: str
    note: str
    bar: float | None = None
    is_ceiling: bool = False

    def row(self, samples: Sequence[float]) -> dict[str, Any]:
        """The median of repeats beside the bar."""
        value = median(samples)
        spread = f"{len(samples)} repeats, {_short(min(samples))} to {_short(max(samples))}"
        return {
            "name": self.name,
            "value": float(f"{value:.4g}"),
            "unit": self.unit,
            "bar": self.bar,
            "ok": self._is_met(value),
            "note": f"{self.note}; {spread}",
        }

    def line(self, row: dict[str, Any]) -> str:
        """The row for a person."""
        bar = "" if self.bar is None else f"{'<=' if self.is_ceiling else '>='} {self.bar:g}"
        verdict = "" if self.bar is None else "ok" if row["ok"] else "MISSED"
        return f"{self.name:20}{_short(row['value']):>9} {self.unit:9}{bar:9}{verdict:8}{row['note']}"

    def _is_met(self, value: float) -> bool:
        if self.bar is None:
            return True
        return value <= self.bar if self.is_ceiling else value >= self.bar


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
