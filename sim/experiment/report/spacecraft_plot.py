"""One satellite's charge and temperatures, over its eclipses."""

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes

from sim.experiment.report import svg, words
from sim.experiment.report.clock import mark_clock, shade_eclipses
from sim.experiment.report.gather import Curves, RunRecord
from sim.experiment.report.palette import LIGHT, node, satellite
from sim.experiment.report.thinning import thinned
from sim.experiment.report.words import KELVIN_AT_0_C
from sim.world.frames import Floats

WIDTH_PX, HEIGHT_PX = 340, 290
MOST_SAMPLES = 500
LABEL_ROOM = 8.0
"""Percent of charge, for the limit's name below its line."""


def draw(run: RunRecord, place: int, name: str) -> Markup:
    """Charge above, with the least at which frames are worked on; temperatures below."""
    curves = run.curves[name]
    figure = svg.canvas(WIDTH_PX, HEIGHT_PX)
    charge = figure.add_axes((0.10, 0.60, 0.885, 0.325))
    heat = figure.add_axes((0.10, 0.085, 0.885, 0.375))
    _draw_charge(charge, run, place, curves)
    _draw_heat(heat, curves)
    for axes in (charge, heat):
        shade_eclipses(axes, [one for one in run.eclipses if one.satellite_index == place])
        mark_clock(axes, run.scenario.start_utc, run.scenario.duration_s, 5)
        svg.quiet(axes)
    charge.tick_params(labelbottom=False)
    title = f"{name}: charge and temperatures"
    return svg.inline(figure, f"spacecraft/{place}", title, _told(curves))


def _draw_charge(axes: Axes, run: RunRecord, place: int, curves: Curves) -> None:
    limits = run.scenario.satellite[place].bus.limits
    t_s, charge = thinned(curves.t_s, 100.0 * curves.state_of_charge, MOST_SAMPLES)
    axes.plot(t_s, charge, color=satellite(place), linewidth=1.8)
    limit = 100.0 * limits.min_state_of_charge
    bottom = min(float(charge.min()), limit - LABEL_ROOM) - 4.0
    axes.axhline(limit, color=LIGHT["bad"], linewidth=1.0, linestyle=(0, (4, 3)))
    _name_limit(axes, t_s / run.scenario.duration_s, charge, limit)
    axes.set_ylim(max(0.0, bottom), 101.0)
    axes.set_title("charge, %", color=LIGHT["faint"], pad=5)


def _name_limit(axes: Axes, share: Floats, charge: Floats, limit: float) -> None:
    """On the third of the limit's line from which the charge stays furthest, below it where the charge stays above."""
    thirds = [np.abs(charge[(share >= k / 3) & (share <= (k + 1) / 3)] - limit) for k in range(3)]
    freest = max(range(3), key=lambda k: float(thirds[k].min()) if thirds[k].size else 0.0)
    is_below = float(charge.min()) > limit
    axes.annotate(
        f"no work below {limit:.0f} %",
        ((0.01, 0.5, 0.99)[freest], limit),
        (0, -4 if is_below else 4),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha=("left", "center", "right")[freest],
        va="top" if is_below else "bottom",
        fontsize=9,
        color=LIGHT["bad"],
    )


def _draw_heat(axes: Axes, curves: Curves) -> None:
    for column, name in enumerate(curves.nodes):
        t_s, kelvin = thinned(curves.t_s, curves.temperature_k[:, column], MOST_SAMPLES)
        is_main = name == "computer"
        axes.plot(
            t_s, kelvin - KELVIN_AT_0_C, color=node(name), linewidth=1.9 if is_main else 1.2, zorder=3 if is_main else 2
        )
    axes.margins(y=0.08)
    axes.set_title("temperature, °C", color=LIGHT["faint"], pad=5)


def _told(curves: Curves) -> str:
    nodes = "; ".join(
        f"{name} {words.celsius(float(column.min()))} to {words.celsius(float(column.max()))}"
        for name, column in zip(curves.nodes, curves.temperature_k.T, strict=True)
    )
    lowest, last = curves.state_of_charge.min(), curves.state_of_charge[-1]
    return f"The charge falls to {words.share(lowest)} and ends at {words.share(last)}. Temperatures: {nodes}."
