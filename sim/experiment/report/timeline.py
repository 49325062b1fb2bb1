"""Every satellite's time: eclipse as shade, faults at the top, passes above, work on frames below."""

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from sim.experiment.pass_report import FlownPass
from sim.experiment.report import svg, words
from sim.experiment.report.clock import mark_clock, shade_eclipses
from sim.experiment.report.gather import RunRecord
from sim.experiment.report.palette import LIGHT, satellite
from sim.facts import FaultCleared, FaultInjected

WIDTH_PX, ROW_PX, FOOT_PX = 1080, 46, 24
MOST_ROWS = 12
MOST_NAMED_PASSES = 24
LEAST_SHARE = 0.0022
"""Of the axis: a job of milliseconds would not be seen."""
NAME_SHARE = 0.0062
"""Of the axis, for a letter of a station's name."""


def draw(run: RunRecord) -> Markup:
    """A row a satellite, the first twelve."""
    shown = run.satellites[:MOST_ROWS]
    height = ROW_PX * len(shown) + FOOT_PX
    figure = svg.canvas(WIDTH_PX, height)
    axes = figure.add_axes((0.085, FOOT_PX / height, 0.905, 1.0 - FOOT_PX / height - 0.01))
    for place, name in enumerate(shown):
        own = [one for one in run.eclipses if one.satellite_index == place]
        shade_eclipses(axes, own, place + 0.05, place + 0.95, transform=axes.transData)
        _draw_jobs(axes, run, place, name)
        struck = [now_ns / 1e9 for now_ns, fact in run.log.faults if _strikes(fact, name)]
        _bars(
            axes,
            [(at_s, 2 * LEAST_SHARE * run.scenario.duration_s) for at_s in struck],
            place + 0.06,
            place + 0.94,
            LIGHT["bad"],
        )
    _draw_passes(axes, run, len(shown))
    axes.set_ylim(len(shown), 0)
    axes.set_yticks([place + 0.5 for place in range(len(shown))], shown)
    for place, label in enumerate(axes.get_yticklabels()):
        label.set(color=satellite(place), fontweight="bold", fontsize=11)
    mark_clock(axes, run.scenario.start_utc, run.scenario.duration_s, 10)
    axes.grid(axis="x", color=LIGHT["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["left"]].set_visible(False)
    return svg.inline(figure, "timeline", "Passes, eclipse and work on frames", _told(run))


def _strikes(fact: FaultInjected | FaultCleared, name: str) -> bool:
    return isinstance(fact, FaultInjected) and fact.satellite == name


def _draw_jobs(axes: Axes, run: RunRecord, place: int, name: str) -> None:
    least_s = LEAST_SHARE * run.scenario.duration_s
    spans = [
        (frame.job_started_ns / 1e9, max(least_s, (frame.job_ended_ns - frame.job_started_ns) / 1e9))
        for (own, _), frame in run.log.frames.items()
        if own == name and frame.job_started_ns is not None and frame.job_ended_ns is not None
    ]
    waiting = [
        (frame.exposed_ns / 1e9, least_s)
        for (own, _), frame in run.log.frames.items()
        if own == name and frame.job_ended_ns is None
    ]
    _bars(axes, spans, place + 0.62, place + 0.86, satellite(place))
    _bars(axes, waiting, place + 0.62, place + 0.86, LIGHT["bad"])


def _draw_passes(axes: Axes, run: RunRecord, n_rows: int) -> None:
    passes = [one for one in run.passes if one.planned.contact.satellite < n_rows]
    for is_used, colour in ((True, LIGHT["ink"]), (False, LIGHT["bar"])):
        for one in passes:
            if bool(one.sent_bytes) == is_used:
                row = one.planned.contact.satellite
                begin_s = one.planned.contact.aos_ns / 1e9
                span = [(begin_s, one.planned.contact.los_ns / 1e9 - begin_s)]
                _bars(axes, span, row + 0.34, row + 0.52, colour)
    if len(passes) <= MOST_NAMED_PASSES:
        _name_passes(axes, run, passes)


def _name_passes(axes: Axes, run: RunRecord, passes: list[FlownPass]) -> None:
    """Stations' names above their passes; one that would run into the name before it is left out."""
    ends: dict[int, float] = {}
    for one in passes:
        contact = one.planned.contact
        begin_s, long_s = contact.aos_ns / 1e9, NAME_SHARE * len(one.planned.station) * run.scenario.duration_s
        begin_s = min(begin_s, run.scenario.duration_s - long_s)
        if begin_s >= ends.get(contact.satellite, -1.0):
            ends[contact.satellite] = begin_s + long_s
            axes.text(begin_s, contact.satellite + 0.29, one.planned.station, fontsize=9, color=LIGHT["faint"])


def _bars(axes: Axes, spans: list[tuple[float, float]], top: float, bottom: float, colour: str) -> None:
    boxes = [np.array([(a, top), (a + long, top), (a + long, bottom), (a, bottom)]) for a, long in spans]
    axes.add_collection(PolyCollection(boxes, facecolors=colour, linewidths=0, zorder=3), autolim=False)


def _told(run: RunRecord) -> str:
    rows = []
    for place, name in enumerate(run.satellites[:MOST_ROWS]):
        passes = sum(one.planned.satellite == name for one in run.passes)
        frames = sum(own == name for own, _ in run.log.frames)
        struck = sum(_strikes(fact, name) for _, fact in run.log.faults)
        faults = f", {words.count(struck, 'fault')}" if struck else ""
        dark_s = sum(one.end_ns - one.begin_ns for one in run.eclipses if one.satellite_index == place) / 1e9
        rows.append(
            f"{name}: {words.count(passes, 'pass', 'passes')}, {words.count(frames, 'frame')}, "
            f"{words.seconds(dark_s)} in the Earth's shadow{faults}"
        )
    return f"A row of time for each satellite. {'; '.join(rows)}."
