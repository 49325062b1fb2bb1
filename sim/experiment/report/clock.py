"""The time axis: UTC, as mission control shows it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from sim.experiment.report.palette import LIGHT
from sim.world.eclipses import Eclipse

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
STEPS_S = (
    *(1, 2, 5, 10, 20, 30),
    *(_MINUTE * step for step in (1, 2, 5, 10, 20, 30)),
    *(_HOUR * step for step in (1, 2, 3, 6, 12)),
    *(_DAY * step for step in (1, 2, 7, 14, 28, 91)),
)


def mark_clock(axes: Axes, start: datetime, duration_s: float, most: int) -> None:
    """UTC at round instants, at most so many, along an axis of seconds after the start."""
    step_s = next((step for step in STEPS_S if duration_s / step <= most), STEPS_S[-1])
    start = start.astimezone(UTC)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = -(-int((start - midnight).total_seconds()) // step_s) * step_s
    offset_s = (start - midnight).total_seconds()
    marks = range(first, int(offset_s + duration_s) + 1, step_s)
    shape = "%H:%M:%S" if step_s < _MINUTE else "%H:%M" if step_s < _DAY else "%d %b"
    axes.set_xticks(
        [second - offset_s for second in marks], [f"{midnight + timedelta(seconds=second):{shape}}" for second in marks]
    )
    axes.set_xlim(0.0, duration_s)


def shade_eclipses(axes: Axes, shadows: Sequence[Eclipse], low: float = 0.0, high: float = 1.0, **options: Any) -> None:
    """Where the satellite is in the Earth's shadow, between shares of the height."""
    boxes = [
        [(one.begin_ns / 1e9, low), (one.end_ns / 1e9, low), (one.end_ns / 1e9, high), (one.begin_ns / 1e9, high)]
        for one in shadows
    ]
    if boxes:
        axes.add_collection(
            PolyCollection(
                boxes,
                facecolors=LIGHT["shade"],
                linewidths=0,
                zorder=0,
                **({"transform": axes.get_xaxis_transform()} | options),
            ),
            autolim=False,
        )
