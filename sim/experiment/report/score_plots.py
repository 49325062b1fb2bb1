"""Recall against what it costs: against false alerts as the threshold moves, and against bytes among strategies."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from sim.experiment.comparison_plot import Point, by_bytes, overlap, pareto_front, place_in
from sim.experiment.report import svg, words
from sim.experiment.report.palette import LIGHT

WIDTH_PX, HEIGHT_PX = 430, 290
PARETO_WIDTH_PX, PARETO_HEIGHT_PX = 1080, 360
LABEL_APART, LABEL_AWAY, LETTER, DOT_WIDE, DOT_TALL = 0.06, 0.012, 0.0066, 0.006, 0.018
"""Of the axes of the comparison: a name's height, its distance from its point, a letter, half a point across and up."""


def draw_operating_points(task: str, score: Mapping[str, Any]) -> Markup | None:
    """Recall over false alerts by area at every threshold of confidence (a free-response ROC curve); None without."""
    curve, area_km2 = score.get("by_confidence") or {}, score.get("area_km2")
    if not (score["truth"] and area_km2 and curve.get("threshold")):
        return None
    recall = np.array(curve["found"]) / score["truth"]
    false_alerts = 1000.0 * np.array(curve["false_alerts"]) / area_km2
    figure = svg.canvas(WIDTH_PX, HEIGHT_PX)
    axes = figure.add_axes((0.125, 0.155, 0.85, 0.80))
    axes.plot(false_alerts, recall, color=LIGHT["result"], linewidth=2.0, marker="o", markersize=2.6)
    for place, is_first in ((0, True), (len(recall) - 1, False)):
        axes.annotate(
            f"confidence ≥ {curve['threshold'][place]:.2f}",
            (false_alerts[place], recall[place]),
            (7 if is_first else -2, -13 if is_first else 8),
            textcoords="offset points",
            ha="left" if is_first else "right",
            fontsize=9,
            color=LIGHT["faint"],
        )
    axes.set_ylim(0, 1.04)
    axes.set_xlim(left=0)
    axes.margins(x=0.06)
    axes.yaxis.set_major_formatter(FuncFormatter(_percent))
    axes.set_xlabel("false alerts per 1,000 km²")
    svg.quiet(axes)
    told = f"Recall {words.share(recall[0])} to {words.share(recall[-1])}, at {false_alerts[0]:.2g} to "
    told += f"{false_alerts[-1]:.2g} false alerts per 1,000 km²."
    return svg.inline(figure, f"operating/{task}", f"{task}: recall over false alerts", told)


def draw_pareto(comparison: Mapping[str, Mapping[str, Any]], own: str) -> Markup | None:
    """Recall over bytes of the strategies that were compared, this run's marked; None where nobody knows the truth."""
    points = by_bytes(
        Point(name, float(spent), table["recall"])
        for name, table in comparison.items()
        if table["recall"] is not None and (spent := table["bytes"]["spent"])
    )
    if not points:
        return None
    figure = svg.canvas(PARETO_WIDTH_PX, PARETO_HEIGHT_PX)
    axes = figure.add_axes((0.05, 0.125, 0.94, 0.855))
    front = pareto_front(points)
    axes.step(
        [point.spent_bytes for point in front],
        [point.recall for point in front],
        where="post",
        color=LIGHT["bar"],
        linewidth=1.2,
    )
    for point in points:
        colour = LIGHT["result"] if point.name == own else LIGHT["ink"] if point in front else LIGHT["bar"]
        axes.plot(point.spent_bytes, point.recall, "o", color=colour, markersize=10 if point.name == own else 7)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(10, numticks=10))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.size(value).replace(".0 ", " ")))
    axes.yaxis.set_major_formatter(FuncFormatter(_percent))
    _set_limits(axes, points)
    axes.set_xlabel("product bytes sent or pending")
    svg.quiet(axes)
    _label(axes, points, own)
    told = "; ".join(f"{one.name} {words.size(one.spent_bytes)} at recall {words.share(one.recall)}" for one in points)
    return svg.inline(figure, "pareto", "Recall against bytes, by strategy", f"{told}.")


def _set_limits(axes: Axes, points: list[Point]) -> None:
    low, high = points[0].spent_bytes, points[-1].spent_bytes
    axes.set_xlim(low / 2.0, high * max(8.0, (high / low) ** 0.14))
    recalls = [point.recall for point in points]
    spread = max(0.04, max(recalls) - min(recalls))
    axes.set_ylim(max(-0.02, min(recalls) - 0.35 * spread), min(max(recalls) + 0.35 * spread, 1.04))


def _label(axes: Axes, points: list[Point], own: str) -> None:
    """Names beside the points, moved up or down and joined by a line where they would cover something."""
    places = [place_in(axes, point) for point in points]
    taken = [(x - DOT_WIDE, y - DOT_TALL, x + DOT_WIDE, y + DOT_TALL) for x, y in places]
    for point, (x, y) in zip(points, places, strict=True):
        spots = [(x + LABEL_AWAY, y + step * LABEL_APART) for step in (0, 1, -1, 2, -2, 3, -3, 4, -4)]
        boxes = [
            (left, at - LABEL_APART / 2, left + LETTER * len(point.name), at + LABEL_APART / 2) for left, at in spots
        ]
        free = (place for place, box in enumerate(boxes) if not any(overlap(box, other) for other in taken))
        chosen = next(free, 0)
        taken.append(boxes[chosen])
        left, at = spots[chosen]
        if chosen:
            axes.plot((x, left - 0.002), (y, at), transform=axes.transAxes, color=LIGHT["bar"], linewidth=0.8, zorder=1)
        is_own = point.name == own
        axes.text(
            left,
            at - 0.012,
            point.name,
            transform=axes.transAxes,
            fontsize=10.5,
            fontweight="bold" if is_own else "normal",
            color=LIGHT["result"] if is_own else LIGHT["ink"],
        )


def _percent(value: float, _place: int) -> str:
    return f"{100.0 * value:.3g} %"
