"""Bytes over time: what waits on board, and what was captured, sent and delivered so far."""

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from sim.experiment.report import svg, words
from sim.experiment.report.clock import mark_clock
from sim.experiment.report.gather import RunRecord
from sim.experiment.report.palette import LIGHT, N_SATELLITES, satellite
from sim.experiment.report.thinning import steps, thinned
from sim.world.frames import Floats

WIDTH_PX, HEIGHT_PX = 520, 240
MOST_STEPS = 400
PLACE = (0.115, 0.10, 0.865, 0.85)
LABEL_RISE = 0.068
"""Of the axis: labels at the ends of curves are at least so far apart."""


def draw_queue(run: RunRecord) -> Markup:
    """Product bytes held on board, a line a satellite."""
    figure = svg.canvas(WIDTH_PX, HEIGHT_PX)
    axes = figure.add_axes(PLACE)
    for place, name in enumerate(run.satellites[:N_SATELLITES]):
        curves = run.curves[name]
        t_s, held = thinned(curves.t_s, curves.pending_bytes, MOST_STEPS)
        axes.step(t_s, held, where="post", color=satellite(place), linewidth=1.6)
    axes.set_ylim(bottom=0.0)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(_bytes))
    mark_clock(axes, run.scenario.start_utc, run.scenario.duration_s, 7)
    svg.quiet(axes)
    told = "; ".join(
        f"{name} at most {words.size(float(run.curves[name].pending_bytes.max()))}, "
        f"{words.size(float(run.curves[name].pending_bytes[-1]))} at the end"
        for name in run.satellites[:N_SATELLITES]
    )
    return svg.inline(figure, "queue", "Product bytes waiting on board", f"{told}.")


def draw_bytes(run: RunRecord) -> Markup:
    """Bytes captured, the same coded without loss, sent and delivered, summed up, on a logarithmic scale."""
    figure = svg.canvas(WIDTH_PX, HEIGHT_PX)
    axes = figure.add_axes((PLACE[0], PLACE[1], 0.70, PLACE[3]))
    frames = sorted(run.log.frames.values(), key=lambda frame: frame.exposed_ns)
    exposed_ns = [frame.exposed_ns for frame in frames]
    arrived = sorted(
        (made.archived_ns, made.payload_bytes)
        for made in run.log.products.values()
        if made.archived_ns is not None and made.kind != "report"
    )
    totals = [
        ("captured", LIGHT["ink"], exposed_ns, [frame.exposure.captured_bytes for frame in frames]),
        ("lossless", LIGHT["faint"], exposed_ns, [frame.exposure.lossless_bytes for frame in frames]),
        ("sent", LIGHT["result"], run.traffic.at_ns, run.traffic.sent_bytes),
        ("delivered", LIGHT["good"], [at for at, _ in arrived], [amount for _, amount in arrived]),
    ]
    ends = []
    for label, colour, at_ns, amounts in totals:
        t_s, total = _summed(at_ns, amounts, run.scenario.duration_s)
        if total.size and total[-1] > 0:
            axes.step(t_s, total, where="post", color=colour, linewidth=2.2 if label == "sent" else 1.5)
            ends.append((label, colour, float(total[-1])))
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(10, numticks=9))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_bytes))
    mark_clock(axes, run.scenario.start_utc, run.scenario.duration_s, 6)
    svg.quiet(axes)
    _label_ends(axes, ends)
    told = ", ".join(f"{words.size(amount)} {label}" for label, _, amount in ends) or "Nothing was captured"
    return svg.inline(figure, "bytes", "Bytes so far, on a logarithmic scale", f"At the end: {told}.")


def _summed(at_ns: list[int], amounts: list[int], until_s: float) -> tuple[Floats, Floats]:
    """The running total from its first byte to the end."""
    total = np.cumsum(np.array(amounts, np.float64))
    t_s = np.array(at_ns, np.float64) / 1e9
    t_s, total = t_s[total > 0], total[total > 0]
    if not total.size:
        return t_s, total
    t_s, total = steps(t_s, total, MOST_STEPS)
    return np.append(t_s, until_s), np.append(total, total[-1])


def _label_ends(axes: Axes, ends: list[tuple[str, str, float]]) -> None:
    """A curve's name and last value beside its end, moved apart where two would run into each other."""
    low, high = np.log10(axes.get_ylim())
    ends = sorted(ends, key=lambda end: end[2])
    heights = [float((np.log10(amount) - low) / (high - low)) for _, _, amount in ends]
    step = 2 * LABEL_RISE
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + step)
    highest = 1.0 - LABEL_RISE
    for place in reversed(range(len(heights))):
        heights[place] = min(heights[place], highest)
        highest = heights[place] - step
    for (label, colour, amount), height in zip(ends, heights, strict=True):
        for line, text, weight in ((0.0, label, "normal"), (-LABEL_RISE, words.size(amount), "bold")):
            axes.text(
                1.02, height + line, text, transform=axes.transAxes, color=colour, fontsize=9.5, fontweight=weight
            )


def _bytes(value: float, _place: int) -> str:
    return words.size(value).replace(".0 ", " ")
