"""The latency of every result, split into its parts: stacked, in order of the whole."""

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from onboard.mission_time import NS_PER_S
from sim.experiment.latency import PARTS, parts_ns
from sim.experiment.report import svg, words
from sim.experiment.report.gather import RunRecord
from sim.experiment.report.palette import LIGHT, part
from sim.world.frames import Floats

WIDTH_PX, HEIGHT_PX = 480, 360
MOST_BARS = 240
PERCENTILES = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))
LABEL_APART = 0.065
"""Of the axis: labels one above the other."""


def draw(run: RunRecord) -> Markup | None:
    """A bar a result, from the fastest on; what was never delivered is the ground on the right. None without any."""
    table = run.summary["latency_s"]["capture_to_alert"]
    split = [parts for frame in run.log.frames.values() if (parts := parts_ns(frame)) is not None]
    if not split:
        return None
    rows = sorted(([parts[name] / NS_PER_S for name in PARTS] for parts in split), key=sum)
    parts_s = np.array(rows)
    figure = svg.canvas(WIDTH_PX, HEIGHT_PX)
    axes = figure.add_axes((0.115, 0.125, 0.84, 0.855))
    n_all = len(rows) + table["undelivered"]
    unit_s, unit = _unit(float(parts_s.sum(axis=1).max()))
    _draw_stack(axes, parts_s / unit_s, n_all)
    _draw_percentiles(axes, table, unit_s)
    if table["undelivered"]:
        _draw_undelivered(axes, len(rows) / n_all, table["undelivered"])
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1.0], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.set_xlabel("results, from the fastest to the slowest")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} {unit}"))
    svg.quiet(axes)
    told = ", ".join(f"{name} {words.seconds(table[name])}" for name in ("p50", "p90", "p99") if table[name])
    return svg.inline(
        figure, "latency", "Latency from capture to alert, by part", f"{told or 'No percentile is finite'}."
    )


def _draw_stack(axes: Axes, parts: Floats, n_all: int) -> None:
    n_bars = min(len(parts), MOST_BARS)
    chosen = parts[np.linspace(0, len(parts) - 1, n_bars).round().astype(int)]
    width = len(parts) / n_all / n_bars
    left = np.arange(n_bars) * width
    base = np.zeros(n_bars)
    for place in range(len(PARTS)):
        if chosen[:, place].any():
            edges = np.append(left, left[-1] + width)
            axes.stairs(base + chosen[:, place], edges, baseline=base, fill=True, color=part(place), linewidth=0)
        base = base + chosen[:, place]


def _draw_percentiles(axes: Axes, table: dict[str, float | None], unit_s: float) -> None:
    known = [(at, name, value) for at, name in PERCENTILES if (value := table[name]) is not None]
    top = max(axes.dataLim.y1, *(value / unit_s for _, _, value in known), 0.0) * 1.2 or 1.0
    axes.set_ylim(0.0, top)
    label_at = 0.0
    for at, name, value in known:
        label_at = max(value / unit_s, label_at + LABEL_APART * top)
        axes.plot((at, at), (0, value / unit_s), color=LIGHT["ink"], linewidth=1.0, linestyle=(0, (2, 2)))
        axes.annotate(
            f"{name}  {words.seconds(value)}",
            (at, label_at),
            (-4, 4),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=9.5,
            fontweight="bold",
        )


def _draw_undelivered(axes: Axes, from_share: float, amount: int) -> None:
    axes.axvspan(from_share, 1.0, facecolor=LIGHT["bad"], alpha=0.14, linewidth=0)
    axes.annotate(
        f"{amount:,} never delivered",
        ((from_share + 1.0) / 2.0, 0.5),
        xycoords="axes fraction",
        rotation=90,
        ha="center",
        va="center",
        fontsize=9.5,
        color=LIGHT["bad"],
    )


def _unit(longest_s: float) -> tuple[float, str]:
    if longest_s < 120.0:
        return 1.0, "s"
    return (60.0, "min") if longest_s < 7200.0 else (3600.0, "h")
