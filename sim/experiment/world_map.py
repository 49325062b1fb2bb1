"""A world map for figures: land, ground tracks, circles of visibility, passes by rate."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from sim.data import sample_path
from sim.equipment.records import text_of
from sim.experiment.passes import Pass
from sim.experiment.world_report import SatelliteStory, WorldReport, stretches
from sim.scenario import GroundStation
from sim.world.ephemeris import Ephemeris
from sim.world.frames import EARTH_RADIUS_KM, Floats, geodetic

SEA, LAND, COAST, GRID, INK, FAINT = "#f4f8fb", "#e6e2d8", "#b9b3a4", "#dde5ea", "#24303a", "#6b7882"
TRACK_STEP_S, PASS_STEP_S = 20.0, 5.0
MOST_LABELS = 24
HALO = (withStroke(linewidth=2.2, foreground="white"),)

Line = list[tuple[float, float]]


def draw_ground(axes: Axes) -> None:
    """Land and a graticule of 30 degrees, equirectangular."""
    axes.set_facecolor(SEA)
    features = json.loads(text_of(sample_path("map", "land-110m.geojson")))["features"]
    polygons = features[0]["geometry"]["coordinates"]
    rings = [Path(np.asarray(ring, dtype=np.float64), closed=True) for polygon in polygons for ring in polygon]
    outline = Path.make_compound_path(*rings)
    # As an artist, not as a patch: axes would measure five thousand coasts for limits that are given here.
    axes.add_artist(PathPatch(outline, facecolor=LAND, edgecolor=COAST, linewidth=0.4, zorder=1))
    axes.set(xlim=(-180, 180), ylim=(-90, 90), aspect="equal")
    axes.set_xticks(range(-180, 181, 30), [_degrees(one, "W", "E") for one in range(-180, 181, 30)])
    axes.set_yticks(range(-90, 91, 30), [_degrees(one, "S", "N") for one in range(-90, 91, 30)])
    axes.grid(color=GRID, linewidth=0.6, zorder=0.5)
    axes.tick_params(length=0, labelsize=8, labelcolor=FAINT)
    for spine in axes.spines.values():
        spine.set_color(COAST)


def draw_track(axes: Axes, ephemeris: Ephemeris, index: int, story: SatelliteStory, colour: str) -> None:
    """The track below a satellite, faint in the Earth's shadow, with a dot and its name where it starts."""
    shadows = np.array([(one.begin_ns, one.end_ns) for one in story.eclipses]).reshape(-1, 2) / 1e9
    t_s = np.arange(ephemeris.start_s, ephemeris.end_s, TRACK_STEP_S)
    edges_s = np.unique(np.clip(np.concatenate([t_s, shadows.ravel(), [ephemeris.end_s]]), 0.0, ephemeris.end_s))
    latitude_deg, longitude_deg, _ = geodetic(ephemeris.ecef.positions(index, edges_s))
    middle_s = (edges_s[1:] + edges_s[:-1]) / 2.0
    is_dark = ((middle_s[:, None] > shadows[:, 0]) & (middle_s[:, None] < shadows[:, 1])).any(axis=1)
    for dark, alpha in ((False, 0.95), (True, 0.35)):
        # A stretch of pieces has one point more than pieces.
        runs = [slice(begin, end + 1) for begin, end in stretches(is_dark == dark)]
        lines = [line for run in runs for line in cut(longitude_deg[run], latitude_deg[run])]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=1.1, alpha=alpha, zorder=3))
    start = (float(longitude_deg[0]), float(latitude_deg[0]))
    axes.plot(*start, "o", color=colour, markersize=5.5, markeredgecolor="white", markeredgewidth=0.9, zorder=6)
    _label(axes, story.name, start, colour, drop=-11 if start[1] > 75.0 else 5, fontsize=8.5, fontweight="bold")


def draw_stations(axes: Axes, report: WorldReport) -> None:
    """Sites; those with a pass have the circle in which they see a satellite at its mean height."""
    altitude_km = float(np.median([story.altitude_km.mean() for story in report.satellites]))
    used = {one.station for one in report.passes}
    named = sorted(report.scenario.station, key=lambda site: site.name not in used)[:MOST_LABELS]
    for site in report.scenario.station:
        is_used = site.name in used
        colour = INK if is_used else FAINT
        if is_used:
            lines = cut(*circle_of_visibility(site, altitude_km))
            dashes = [(0, (5, 3))]
            axes.add_collection(
                LineCollection(lines, colors=colour, linewidths=0.8, alpha=0.7, linestyles=dashes, zorder=2)
            )
        place = (site.longitude_deg, site.latitude_deg)
        size = 6.5 if is_used else 4.5
        axes.plot(*place, "^", color=colour, markersize=size, markeredgecolor="white", markeredgewidth=0.8, zorder=6)
        if site in named:
            _label(axes, site.name, place, colour, drop=-9, fontsize=8)


def draw_passes(axes: Axes, ephemeris: Ephemeris, passes: Sequence[Pass], scale: ScalarMappable) -> None:
    """Where satellites are in contact, coloured by the rate of their grants."""
    for one in passes:
        begin_s, end_s = float(one.start_s[0]), one.contact.los_ns / 1e9
        t_s = np.linspace(begin_s, end_s, max(2, int((end_s - begin_s) / PASS_STEP_S) + 1))
        latitude_deg, longitude_deg, _ = geodetic(ephemeris.ecef.positions(one.contact.satellite, t_s))
        rate_bps = one.rate_bps[np.searchsorted(one.start_s, t_s[:-1], side="right") - 1]
        lines, colours = [], []
        for k, colour in enumerate(scale.to_rgba(rate_bps)):
            pieces = cut(longitude_deg[k : k + 2], latitude_deg[k : k + 2])
            lines += pieces
            colours += [colour] * len(pieces)
        axes.add_collection(LineCollection(lines, colors=colours, linewidths=4.0, capstyle="round", zorder=5))


def circle_of_visibility(site: GroundStation, altitude_km: float, n_points: int = 361) -> tuple[Floats, Floats]:
    """Longitudes in [-180, 180) and latitudes round a site where a satellite stands at its least elevation.

    On a sphere: arccos(R cos(e) / (R + h)) - e away from the site (Wertz and Larson 1999, section 5.2).
    """
    elevation = np.radians(site.min_elevation_deg)
    away = np.arccos(EARTH_RADIUS_KM * np.cos(elevation) / (EARTH_RADIUS_KM + altitude_km)) - elevation
    bearing = np.linspace(0.0, 2.0 * np.pi, n_points)
    latitude = np.radians(site.latitude_deg)
    sine = np.sin(latitude) * np.cos(away) + np.cos(latitude) * np.sin(away) * np.cos(bearing)
    sine = np.clip(sine, -1.0, 1.0)
    east = np.arctan2(np.sin(bearing) * np.sin(away) * np.cos(latitude), np.cos(away) - np.sin(latitude) * sine)
    longitude_deg = (site.longitude_deg + np.degrees(east) + 180.0) % 360.0 - 180.0
    return longitude_deg, np.degrees(np.arcsin(sine))


def cut(longitude_deg: Floats, latitude_deg: Floats) -> list[Line]:
    """A line (n,) as lines that end at the map's edge wherever it passes the antimeridian."""
    points = list(zip(longitude_deg.tolist(), latitude_deg.tolist(), strict=True))
    lines: list[Line] = [points[:1]]
    for here, there in pairwise(points):
        if abs(there[0] - here[0]) >= 180.0:
            edge = 180.0 if here[0] > 0.0 else -180.0
            step = (there[0] + 2.0 * edge) - here[0]
            share = (edge - here[0]) / step if step else 0.5
            latitude = here[1] + share * (there[1] - here[1])
            lines[-1].append((edge, latitude))
            lines.append([(-edge, latitude)])
        lines[-1].append(there)
    return lines


def _label(axes: Axes, text: str, place: tuple[float, float], colour: str, *, drop: float, **font: Any) -> None:
    """A name beside a point, on its left near the map's right edge."""
    is_east = place[0] > 145.0
    axes.annotate(
        text,
        place,
        xytext=(-7 if is_east else 7, drop),
        textcoords="offset points",
        ha="right" if is_east else "left",
        color=colour,
        zorder=7,
        path_effects=HALO,
        **font,
    )


def _degrees(value: int, negative: str, positive: str) -> str:
    return f"{abs(value)}°{'' if value in (0, 180, -180) else negative if value < 0 else positive}"
