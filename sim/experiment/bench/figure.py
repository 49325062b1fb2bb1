"""What a benchmark measures: names, units, and the bars to meet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
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
        value, low, high = median(samples), min(samples), max(samples)
        return {
            "name": self.name,
            "value": float(f"{value:.4g}"),
            "unit": self.unit,
            "bar": self.bar,
            "ok": self._is_met(value),
            "note": f"{self.note}; {len(samples)} repeats, {short(low)} to {short(high)}",
            "repeats": len(samples),
            "range": [float(f"{low:.4g}"), float(f"{high:.4g}")],
        }

    @property
    def asked(self) -> str:
        """The bar, for a person."""
        return "" if self.bar is None else f"{'at most' if self.is_ceiling else 'at least'} {short(self.bar)}"

    def _is_met(self, value: float) -> bool:
        if self.bar is None:
            return True
        return value <= self.bar if self.is_ceiling else value >= self.bar


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Figures that are measured together; `measure` gets an empty folder, and gives them in their order.

    `peer` is a package of the `dev` extra that it compares with. `unfit` tells why its bars mean nothing on this
    machine; empty where they do. Those that take seconds are quick.
    """

    figures: tuple[Figure, ...]
    measure: Callable[[Path], tuple[float, ...]]
    is_quick: bool = False
    peer: str = ""
    unfit: Callable[[], str] = str


def short(value: float) -> str:
    """A figure as people read it."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
