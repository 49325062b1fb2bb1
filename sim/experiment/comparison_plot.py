"""Figures of comparisons: recall against bytes, and what the ratio depends on."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from sim.experiment.compare import Comparison
from sim.experiment.sweep import SweepRow
from sim.experiment.world_map import FAINT, GRID, INK
from sim.experiment.world_plot import STYLE

BEST, OTHER = "#0b6fa4", "#8a949e"
LINES = ("#c8553d", "#d99a1c", "#0b6fa4", "#2e7d4f", "#7a4fa3")
_DOT, _LINE, _LETTER = 0.008, 0.045, 0.0115
"""Half a dot's width, a line's height and a letter's width, as shares of the axes."""


Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


class Point(NamedTuple):
    """A strategy's bytes, sent or pending, and recall, with the half widths over seeds, 0 where there is one seed."""

    name: str
    spent_bytes: float
    recall: float
    bytes_spread: float = 0.0
    recall_spread: float = 0.0


def plot_pareto(comparison: Comparison, name: str, path: Path) -> None:
    """Draw recall against bytes sent or pending, as SVG or PNG by the file's name. The same runs give the same bytes.

    The line joins strategies that no other beats in both.
    """
    points = points_of(comparison)
    with mpl.rc_context(STYLE):
        figure, axes = _figure(f"{name}: recall against bytes")
        front = pareto_front(points)
        _draw_front(axes, front)
        for point in points:
            colour = BEST if point in front else OTHER
            axes.errorbar(
                point.spent_bytes,
                point.recall,
                xerr=point.bytes_spread,
                yerr=point.recall_spread,
                fmt="o",
                ms=7,
                capsize=3 if point.recall_spread else 0,
                color=colour,
                zorder=3,
            )
        axes.set_xscale("log")
        axes.set_xlabel("product bytes sent or pending, framing and repeats included")
        axes.set_ylabel("recall of the targets in all planned frames")
        axes.xaxis.set_major_formatter(EngFormatter("B"))
        axes.margins(x=0.12)
        axes.set_ylim(-0.04, 1.04)
        _label(axes, points, front)
        if not points:
            axes.text(0.5, 0.5, "nobody knows the truth of these pictures", ha="center", transform=axes.transAxes)
        _save(figure, path)


def plot_sweep(rows: Sequence[SweepRow], name: str, path: Path) -> None:
    """Draw the savings against lossless over the scene's density, a line a size of frame, as SVG or PNG."""
    with mpl.rc_context(STYLE):
        figure, axes = _figure(f"{name}: what the ratio depends on")
        sizes = sorted({(row.width_px, row.height_px) for row in rows})
        for size, colour in zip(sizes, LINES * len(sizes), strict=False):
            line = [row for row in rows if (row.width_px, row.height_px) == size and row.vs_lossless is not None]
            density = [row.events_per_1000_km2 for row in line]
            ratio = [row.vs_lossless or 0.0 for row in line]
            axes.plot(density, ratio, "o-", color=colour, label=f"{size[0]} x {size[1]} px")
            for row in line:
                told = "" if row.events_per_frame is None else f"{row.events_per_frame:.2g} targets a frame"
                axes.annotate(
                    told,
                    (row.events_per_1000_km2, row.vs_lossless or 0),
                    (6, 5),
                    color=colour,
                    size=8,
                    textcoords="offset points",
                )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.margins(0.12, 0.15)
        axes.set_xlabel("fires or rafts drawn per 1,000 km²")
        axes.set_ylabel("times fewer bytes than lossless, detections")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f} x")
        axes.set_xticks(sorted({row.events_per_1000_km2 for row in rows}))
        axes.minorticks_off()
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.legend(title="frame", frameon=False)
        _save(figure, path)


def points_of(comparison: Comparison) -> list[Point]:
    """Strategies with a recall, by bytes; those that nobody can score, or that sent nothing, are left out."""
    points = []
    for name, figures in comparison.seeds.items():
        recall, spent = figures["recall"], figures["bytes.spent"]
        if recall.mean is not None and spent.mean:
            points.append(Point(name, spent.mean, recall.mean, spent.half_width or 0.0, recall.half_width or 0.0))
    return by_bytes(points)


def by_bytes(points: Iterable[Point]) -> list[Point]:
    """The cheapest first, of equals the one that finds most."""
    return sorted(points, key=lambda point: (point.spent_bytes, -point.recall))


def pareto_front(points: Iterable[Point]) -> list[Point]:
    """Of points in order of bytes, those that find more than every cheaper one."""
    front: list[Point] = []
    for point in points:
        if not front or point.recall > front[-1].recall:
            front.append(point)
    return front


def _figure(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8.6, 5.4), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.grid(color=GRID, linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _draw_front(axes: Axes, front: Sequence[Point]) -> None:
    if front:
        across, up = [point.spent_bytes for point in front], [point.recall for point in front]
        axes.step(across, up, where="post", color=BEST, linewidth=1.2, alpha=0.6, zorder=2)


def _label(axes: Axes, points: Sequence[Point], front: Sequence[Point]) -> None:
    """Names beside the points, or where there is room below or above, in the axes' own coordinates, 0 to 1."""
    dots = [place_in(axes, point) for point in points]
    taken = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in dots]
    taken += [box for point in points for box in _whiskers(axes, point)]
    for point, (x, y) in zip(points, dots, strict=True):
        boxes = list(_boxes(x, y, len(point.name)))
        box = next((box for box in boxes if not any(overlap(box, other) for other in taken)), boxes[0])
        taken.append(box)
        is_beside = abs((box[1] + box[3]) / 2 - y) < _LINE / 2
        axes.annotate(
            point.name,
            (x, y),
            (box[0], (box[1] + box[3]) / 2),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            color=INK if point in front else FAINT,
            arrowprops=None if is_beside else {"arrowstyle": "-", "color": OTHER, "linewidth": 0.6, "shrinkB": 4},
        )


def place_in(axes: Axes, point: Point) -> tuple[float, float]:
    """A point in the axes' own coordinates, 0 to 1."""
    x, y = axes.transAxes.inverted().transform(axes.transData.transform((point.spent_bytes, point.recall)))
    return float(x), float(y)


def _whiskers(axes: Axes, point: Point) -> Iterator[Box]:
    """What a point's intervals cover, where it has any."""
    least_bytes = max(point.spent_bytes - point.bytes_spread, point.spent_bytes / 100.0)  # the axis is logarithmic
    left, low = place_in(axes, point._replace(spent_bytes=least_bytes, recall=point.recall - point.recall_spread))
    most_bytes = point.spent_bytes + point.bytes_spread
    right, high = place_in(axes, point._replace(spent_bytes=most_bytes, recall=point.recall + point.recall_spread))
    x, y = place_in(axes, point)
    if point.bytes_spread:
        yield left, y - _DOT, right, y + _DOT
    if point.recall_spread:
        yield x - _DOT, low, x + _DOT, high


def _boxes(x: float, y: float, letters: int) -> Iterator[Box]:
    """Where a name may stand: beside its point first, then a line above or below, then further off."""
    for lines in range(1, int(2 / _LINE)):
        middle = y + _LINE * (lines // 2) * (-1.0) ** lines
        for left in (x + 2 * _DOT, x - 2 * _DOT - letters * _LETTER):
            box = left, middle - _LINE / 2, left + letters * _LETTER, middle + _LINE / 2
            if box[1] >= 0.0 and box[3] <= 1.0:
                yield box


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes cover something together."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _save(figure: Figure, path: Path) -> None:
    is_svg = path.suffix == ".svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150, metadata={"Date": None} if is_svg else None)
