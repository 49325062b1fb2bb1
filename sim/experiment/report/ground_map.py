"""The map: ground tracks, frames, passes, stations, and where the best detections lie."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from sim.experiment.report import svg, words
from sim.experiment.report.gather import RunRecord
from sim.experiment.report.label_places import LabelPlaces, Place
from sim.experiment.report.palette import LIGHT, N_SATELLITES, satellite
from sim.experiment.world_map import MOST_LABELS, circle_of_visibility, cut, draw_ground
from sim.experiment.world_report import stretches
from sim.world.frames import Floats, geodetic

WIDTH_PX, HEIGHT_PX = 1080, 548
TRACK_STEP_S, PASS_STEP_S = 20.0, 10.0
MOST_TRACK_S = 43_200.0
MOST_TRACKS = N_SATELLITES


def draw(run: RunRecord, marked: Sequence[Place]) -> Markup:
    """`marked` are longitudes and latitudes of detections, numbered from 1."""
    figure = svg.canvas(WIDTH_PX, HEIGHT_PX)
    axes = figure.add_axes((0.035, 0.045, 0.955, 0.945))
    draw_ground(axes)
    axes.set_xticks(range(-120, 121, 60), ["120° W", "60° W", "0°", "60° E", "120° E"])
    axes.set_yticks(range(-60, 61, 30), ["60° S", "30° S", "0°", "30° N", "60° N"])
    axes.tick_params(labelsize=10)
    drawn = run.satellites[:MOST_TRACKS]
    starts = [_start(run, place) for place in range(len(drawn))]
    sites = [(site.longitude_deg, site.latitude_deg) for site in run.scenario.station]
    places = LabelPlaces([*starts, *sites, *marked])
    for place, name in enumerate(drawn):
        _draw_track(axes, run, place)
        axes.plot(*starts[place], "o", color=satellite(place), markersize=7, markeredgecolor=LIGHT["panel"], zorder=7)
        _name(axes, name, starts[place], satellite(place), places)
    _draw_stations(axes, run, places)
    _draw_passes(axes, run)
    _draw_frames(axes, run)
    _draw_marks(axes, marked, places)
    return svg.inline(figure, "map", "Ground tracks, passes and detections", _told(run, marked))


def _draw_track(axes: Axes, run: RunRecord, place: int) -> None:
    """The track, faint in the Earth's shadow."""
    end_s = min(run.scenario.duration_s, MOST_TRACK_S)
    shadows = [(one.begin_ns, one.end_ns) for one in run.eclipses if one.satellite_index == place]
    shadows_s = np.array(shadows).reshape(-1, 2) / 1e9
    inside = np.concatenate([np.arange(0.0, end_s, TRACK_STEP_S), shadows_s.ravel()])
    edges_s = np.unique(np.clip(np.append(inside, end_s), 0.0, end_s))
    latitude_deg, longitude_deg = _below(run, place, edges_s)
    middle_s = (edges_s[1:] + edges_s[:-1]) / 2.0
    is_dark = ((middle_s[:, None] > shadows_s[:, 0]) & (middle_s[:, None] < shadows_s[:, 1])).any(axis=1)
    for dark, alpha in ((False, 0.9), (True, 0.38)):
        runs = [slice(begin, end + 1) for begin, end in stretches(is_dark == dark)]
        lines = [line for each in runs for line in cut(longitude_deg[each], latitude_deg[each])]
        axes.add_collection(
            LineCollection(lines, colors=satellite(place), linewidths=1.3, alpha=alpha, zorder=3), autolim=False
        )


def _draw_passes(axes: Axes, run: RunRecord) -> None:
    """Contacts, broad; those in which nothing was sent for products or housekeeping are thin."""
    for one in run.passes:
        place = one.planned.contact.satellite
        begin_s, end_s = one.planned.contact.aos_ns / 1e9, one.planned.contact.los_ns / 1e9
        if place >= MOST_TRACKS or end_s > MOST_TRACK_S:
            continue
        t_s = np.linspace(begin_s, end_s, max(2, int((end_s - begin_s) / PASS_STEP_S) + 1))
        latitude_deg, longitude_deg = _below(run, place, t_s)
        lines = cut(longitude_deg, latitude_deg)
        width = 5.0 if one.sent_bytes else 2.4
        axes.add_collection(
            LineCollection(lines, colors=satellite(place), linewidths=width, capstyle="round", zorder=4), autolim=False
        )


def _draw_frames(axes: Axes, run: RunRecord) -> None:
    """Where frames were exposed: a dot; hollow where nothing came of one."""
    for place, name in enumerate(run.satellites[:MOST_TRACKS]):
        mine = [frame for (own, _), frame in run.log.frames.items() if own == name]
        for is_done in (True, False):
            t_s = np.array([one.exposed_ns / 1e9 for one in mine if one.is_completed == is_done])
            t_s = t_s[t_s <= MOST_TRACK_S]
            if t_s.size:
                latitude_deg, longitude_deg = _below(run, place, t_s)
                axes.plot(
                    longitude_deg,
                    latitude_deg,
                    "o",
                    markersize=4,
                    color=LIGHT["ink"] if is_done else LIGHT["panel"],
                    markeredgecolor=LIGHT["panel"] if is_done else LIGHT["bad"],
                    markeredgewidth=0.7 if is_done else 1.2,
                    zorder=5,
                )


def _draw_stations(axes: Axes, run: RunRecord, places: LabelPlaces) -> None:
    """Sites; those with a pass have the circle in which they see a satellite at its height."""
    _, _, altitude_km = geodetic(run.ephemeris.ecef.positions(0, np.array([0.0])))
    used = set(run.site_names)
    named = sorted(run.scenario.station, key=lambda site: site.name not in used)[:MOST_LABELS]
    for site in run.scenario.station:
        colour = LIGHT["ink"] if site.name in used else LIGHT["faint"]
        if site.name in used:
            lines = cut(*circle_of_visibility(site, float(altitude_km[0])))
            dashes = [(0, (4, 4))]
            axes.add_collection(
                LineCollection(lines, colors=LIGHT["faint"], linewidths=0.9, linestyles=dashes, zorder=2), autolim=False
            )
        place = (site.longitude_deg, site.latitude_deg)
        axes.plot(*place, "^", color=colour, markersize=8, markeredgecolor=LIGHT["panel"], zorder=6)
        if site in named:
            _name(axes, site.name, place, colour, places)


def _draw_marks(axes: Axes, marked: Sequence[Place], places: LabelPlaces) -> None:
    for number, (x, y) in enumerate(marked, start=1):
        label_x, label_y = places.mark((x, y))
        axes.plot((x, label_x), (y, label_y), color=LIGHT["ink"], linewidth=1.0, zorder=8)
        axes.plot(x, y, "s", color=LIGHT["ink"], markersize=3, zorder=8)
        axes.plot(label_x, label_y, "o", color=LIGHT["ink"], markersize=15, markeredgecolor=LIGHT["panel"], zorder=9)
        # Centred by the eye: how high the page's font stands is not known here.
        axes.annotate(
            str(number),
            (label_x, label_y),
            (0, -3.4),
            textcoords="offset points",
            ha="center",
            va="baseline",
            color=LIGHT["panel"],
            fontsize=9.5,
            fontweight="bold",
            zorder=10,
            gid="mark",
        )


def _start(run: RunRecord, place: int) -> Place:
    latitude_deg, longitude_deg = _below(run, place, np.array([0.0]))
    return float(longitude_deg[0]), float(latitude_deg[0])


def _below(run: RunRecord, place: int, t_s: Floats) -> tuple[Floats, Floats]:
    latitude_deg, longitude_deg, _ = geodetic(run.ephemeris.ecef.positions(place, t_s))
    return latitude_deg, longitude_deg


def _name(axes: Axes, text: str, place: Place, colour: str, places: LabelPlaces) -> None:
    (x, y), is_left = places.name(text, place)
    axes.annotate(
        text,
        (x, y),
        (0, -4),
        textcoords="offset points",
        ha="right" if is_left else "left",
        va="baseline",
        color=colour,
        fontsize=11,
        fontweight="bold",
        zorder=8,
    )


def _told(run: RunRecord, marked: Sequence[Place]) -> str:
    tracks = words.listed(run.satellites[:MOST_TRACKS])
    stations = words.listed(run.site_names) or "none"
    shown = f" {words.count(len(marked), 'detection')} are numbered." if marked else ""
    return (
        f"A world map with the ground tracks of {tracks}, {words.count(len(run.log.frames), 'frame')} exposed on them, "
        f"and {words.count(len(run.passes), 'pass', 'passes')} over stations: {stations}.{shown}"
    )
