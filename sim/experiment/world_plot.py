"""The figure of `skysift world`: a map with ground tracks and passes, and strips of time for each satellite."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.experiment.passes import Pass
from sim.experiment.world_map import COAST, FAINT, GRID, INK, draw_ground, draw_passes, draw_stations, draw_track
from sim.experiment.world_report import SatelliteStory, WorldReport
from sim.planning import orbits_of
from sim.world.ephemeris import Ephemeris

MOST_STRIPS = 4
"""Satellites that are drawn with a track and strips; the others are dots at their start."""
MOST_TRACK_S = 43_200.0
MOST_PASS_LABELS = 9
TRACK_COLOURS = ("#0b6fa4", "#c8553d", "#2e7d4f", "#7a4fa3")
NODE_COLOURS = {
    "structure": "#4c5a66",
    "battery": "#2e7d4f",
    "computer": "#c8553d",
    "radiator": "#0b6fa4",
    "array": "#d99a1c",
}
OTHER_NODES = ("#7a4fa3", "#8c6d46", "#c27ba0")
SHADOW = "#cfd6dd"
RATES = LinearSegmentedColormap.from_list("rates", ["#f2b134", "#ee6c4d", "#b5179e", "#480ca8"])
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.hashsalt": "skysift",
    "axes.edgecolor": COAST,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
}


def write(report: WorldReport, folder: Path) -> tuple[Path, ...]:
    """Draw `world.svg` and `world.png` into an existing folder. The same report gives the same bytes."""
    with mpl.rc_context(STYLE):
        figure = _figure(report)
        svg, png = folder / "world.svg", folder / "world.png"
        figure.savefig(svg, metadata={"Date": None})
        figure.savefig(png, dpi=150)
    return svg, png


def _figure(report: WorldReport) -> Figure:
    shown = report.satellites[:MOST_STRIPS]
    figure = Figure(figsize=(13.0, 13.4), facecolor="white")
    FigureCanvasAgg(figure)
    grid = GridSpec(
        4,
        len(shown),
        figure=figure,
        height_ratios=(6.5, 1.35, 1.75, 1.35),
        left=0.062,
        right=0.975,
        top=0.925,
        bottom=0.082,
        hspace=0.16,
        wspace=0.09,
    )
    scale, unit, divisor = _rate_scale(report.passes)
    _draw_map(figure.add_subplot(grid[0, :]), report, shown, scale)
    for column, story in enumerate(shown):
        panels = [figure.add_subplot(grid[row, column]) for row in (1, 2, 3)]
        own = [one for one in report.passes if one.satellite == story.name]
        _draw_strips(panels, report, story, own, scale, divisor)
        panels[0].set_title(story.name, loc="left", fontsize=10, fontweight="bold", color=TRACK_COLOURS[column], pad=5)
        panels[0].set_title(_beta(story), loc="right", fontsize=8, color=FAINT, pad=5)
        if column == 0:
            labels = ("charge, %", "temperature, °C", f"downlink, {unit}")
            for panel, label in zip(panels, labels, strict=True):
                panel.set_ylabel(label, labelpad=6)
                panel.yaxis.set_label_coords(-0.042 * len(shown), 0.5)
    _share_scales(figure, len(shown))
    if report.passes:
        _draw_rate_key(figure, scale, unit, divisor)
    _write_titles(figure, report, len(shown))
    return figure


def _draw_map(axes: Axes, report: WorldReport, shown: Sequence[SatelliteStory], scale: ScalarMappable) -> None:
    draw_ground(axes)
    draw_stations(axes, report)
    end_s = min(report.scenario.duration_s, MOST_TRACK_S)
    ephemeris = Ephemeris(orbits_of(report.scenario), 0.0, end_s)
    for place, story in enumerate(shown):
        draw_track(axes, ephemeris, place, story, TRACK_COLOURS[place])
    for story in report.satellites[len(shown) :]:
        axes.plot(story.longitude_deg[0], story.latitude_deg[0], ".", color=FAINT, markersize=3.5, zorder=3)
    in_view = [one for one in report.passes if one.contact.satellite < len(shown)]
    draw_passes(axes, ephemeris, [one for one in in_view if one.contact.los_ns <= end_s * 1e9], scale)


def _draw_rate_key(figure: Figure, scale: ScalarMappable, unit: str, divisor: float) -> None:
    """A colour bar above the map, or the one rate that all passes have."""
    low, high = scale.get_clim()
    assert low is not None
    assert high is not None
    box = figure.add_axes((0.775, 0.948, 0.2, 0.009))
    if low == high:
        box.axis("off")
        box.set_title(f"in contact, {high / divisor:g} {unit}", fontsize=9, loc="right", pad=3)
        box.fill([0.72, 1.0, 1.0, 0.72], [0, 0, 1, 1], color=_colour(scale, high), linewidth=0)
        box.set(xlim=(0, 1), ylim=(0, 1))
        return
    box.imshow(
        np.linspace(low, high, 256)[None, :],
        aspect="auto",
        vmin=low,
        vmax=high,
        cmap=scale.cmap,
        extent=(low / divisor, high / divisor, 0, 1),
    )
    box.set_yticks([])
    box.tick_params(labelsize=7.5, length=2, pad=2)
    box.set_title(f"in contact: rate, {unit}", fontsize=9, loc="right", pad=4)


def _draw_strips(
    panels: list[Axes],
    report: WorldReport,
    story: SatelliteStory,
    own: list[Pass],
    scale: ScalarMappable,
    divisor: float,
) -> None:
    unit_s, unit = time_unit(report.scenario.duration_s)
    charge, heat, rate = panels
    t = report.t_s / unit_s
    for panel in panels:
        for shadow in story.eclipses:
            panel.axvspan(
                shadow.begin_ns / 1e9 / unit_s, shadow.end_ns / 1e9 / unit_s, color=SHADOW, linewidth=0, zorder=0
            )
        panel.set_xlim(0.0, report.scenario.duration_s / unit_s)
        panel.grid(axis="y", color=GRID, linewidth=0.6)
        panel.set_axisbelow(True)
        panel.tick_params(labelsize=8, length=2)
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelbottom=panel is rate)
    charge.plot(t, 100.0 * story.state_of_charge, color=INK, linewidth=1.5)
    for place, (node, curve) in enumerate(story.temperature_k.items()):
        width = 1.0 if node == "array" else 1.5
        heat.plot(t, curve - 273.15, color=_node_colour(node, place), linewidth=width)
    for one in own:
        edges = np.append(one.start_s, one.contact.los_ns / 1e9) / unit_s
        values = one.rate_bps / divisor
        rate.stairs(values, edges, fill=True, color=_colour(scale, float(one.rate_bps.max())), linewidth=0, zorder=2)
    rate.set_xlabel(f"{unit} after {report.scenario.start_utc:%Y-%m-%d %H:%M} UTC", fontsize=8.5, color=FAINT)
    if len(own) <= MOST_PASS_LABELS:
        _label_passes(rate, own, unit_s, report.scenario.duration_s)
    if not own:
        rate.text(0.5, 0.5, "no contact", transform=rate.transAxes, ha="center", va="center", fontsize=8.5, color=FAINT)


def _label_passes(rate: Axes, own: list[Pass], unit_s: float, duration_s: float) -> None:
    """Stations' names upright beside their passes, on the side where there is room."""
    for one in own:
        is_late = one.contact.los_ns / 1e9 > 0.94 * duration_s
        at_s = float(one.start_s[0]) if is_late else one.contact.los_ns / 1e9
        rate.annotate(
            one.station,
            (at_s / unit_s, 0.04),
            xycoords=("data", "axes fraction"),
            xytext=(-2 if is_late else 2, 0),
            textcoords="offset points",
            rotation=90,
            ha="right" if is_late else "left",
            va="bottom",
            fontsize=7,
            color=INK,
            zorder=4,
        )


def _share_scales(figure: Figure, n_column: int) -> None:
    """Rows have one scale of values, so that satellites can be compared."""
    strips = figure.axes[1:]
    for row in range(3):
        panels = strips[row::3]
        low = min(panel.get_ylim()[0] for panel in panels)
        high = max(panel.get_ylim()[1] for panel in panels)
        for place, panel in enumerate(panels):
            panel.set_ylim(
                0.0 if row == 2 else low, min(high, 101.0) if row == 0 else high * 1.04 if row == 2 else high
            )
            panel.tick_params(labelleft=place == 0)
    assert len(strips) == 3 * n_column


def _write_titles(figure: Figure, report: WorldReport, n_shown: int) -> None:
    scenario = report.scenario
    figure.text(0.062, 0.967, scenario.name, fontsize=17, fontweight="bold", va="center")
    n_sat, (unit_s, unit) = len(report.satellites), time_unit(scenario.duration_s)
    facts = [
        f"{n_sat} satellite{'s' * (n_sat > 1)}",
        f"{len(report.passes)} passes",
        f"{scenario.duration_s / unit_s:.3g} {unit}",
        "payload idle",
    ]
    if n_sat > n_shown:
        facts[0] += f" (the first {n_shown} are drawn)"
    if scenario.duration_s > MOST_TRACK_S:
        facts.append("tracks of the first 12 hours")
    figure.text(0.062, 0.942, ", ".join(facts), fontsize=10, color=FAINT, va="center")
    nodes = dict.fromkeys(node for story in report.satellites[:n_shown] for node in story.temperature_k)
    keys: list[Patch | Line2D] = [Patch(facecolor=SHADOW, label="Earth's shadow")]
    keys += [
        Line2D([], [], color=_node_colour(node, place), label=node, linewidth=2) for place, node in enumerate(nodes)
    ]
    figure.legend(
        handles=keys, loc="lower center", ncols=len(keys), frameon=False, fontsize=8.5, bbox_to_anchor=(0.5, 0.008)
    )
    figure.text(0.975, 0.018, "land: Natural Earth", fontsize=7, color=FAINT, ha="right")


def _rate_scale(passes: tuple[Pass, ...]) -> tuple[ScalarMappable, str, float]:
    """Colours of rates, and the unit that leaves at most four digits with its size in bit/s."""
    rates = np.concatenate([one.rate_bps for one in passes]) if passes else np.zeros(1)
    sent = rates[rates > 0.0]
    low, high = (float(sent.min()), float(sent.max())) if sent.size else (0.0, 0.0)
    unit, divisor = ("Gb/s", 1e9) if high >= 1e10 else ("Mb/s", 1e6) if high >= 1e6 else ("kb/s", 1e3)
    scale = ScalarMappable(Normalize(low, high), RATES)
    return scale, unit, divisor


def time_unit(duration_s: float) -> tuple[float, str]:
    """Seconds in the unit of the time axis, and its name."""
    if duration_s <= 3.0 * 3600.0:
        return 60.0, "minutes"
    return (3600.0, "hours") if duration_s <= 3.0 * 86_400.0 else (86_400.0, "days")


def _colour(scale: ScalarMappable, rate_bps: float) -> tuple[float, ...]:
    red, green, blue, alpha = scale.to_rgba(np.array([rate_bps]))[0].tolist()
    return red, green, blue, alpha


def _node_colour(node: str, place: int) -> str:
    return NODE_COLOURS.get(node, OTHER_NODES[place % len(OTHER_NODES)])


def _beta(story: SatelliteStory) -> str:
    low, high = float(story.beta_deg.min()), float(story.beta_deg.max())
    return f"β {low:.1f}°" if high - low < 0.5 else f"β {low:.1f}° to {high:.1f}°"
