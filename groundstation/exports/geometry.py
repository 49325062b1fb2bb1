"""Shapes on the globe as GeoJSON geometries (RFC 7946): cut at the antimeridian, closed around a pole."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import cos, floor, radians, sin
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from groundstation.alerts import chord_m
from onboard.payload.products import DetectionList, ImageProduct, locate

Point = tuple[float, float]
"""Longitude and latitude in degrees, as GeoJSON orders them."""
Geometry = dict[str, Any]
Floats = NDArray[np.float64]
Angle = TypeVar("Angle", float, Floats)

DIGITS = 6
"""A tenth of a metre."""
_POLAR_DEG = 60.0
"""From here to the poles, straight lines in longitude and latitude are too far from a frame's edges."""
_POLAR_STEPS = 16
_WIDEST_TURN_DEG = 8.0
_MOST_HALVINGS = 8
"""A side that runs close by a pole turns fast there: it gets more points until no two are further apart than that."""


def point(latitude_deg: float, longitude_deg: float) -> Geometry:
    """A place."""
    return {"type": "Point", "coordinates": [round(longitude_deg, DIGITS), round(latitude_deg, DIGITS)]}


def footprint(product: DetectionList | ImageProduct) -> list[Point]:
    """A frame's outline, its corners in order; near the poles with points between them."""
    is_polar = max(map(abs, product.footprint_deg[::2])) > _POLAR_DEG
    along = np.arange(0.0, 4.0, 1.0 / _POLAR_STEPS if is_polar else 1.0)
    latitudes, longitudes = _on_outline(product, along)
    for _ in range(_MOST_HALVINGS if is_polar else 0):
        is_wide = np.abs(_shortest(np.diff(longitudes, append=longitudes[0]))) > _WIDEST_TURN_DEG
        middles = along + np.diff(along, append=4.0) / 2.0
        along = np.sort(np.concatenate([along, middles[is_wide]]))
        latitudes, longitudes = _on_outline(product, along)
    return list(zip(longitudes.tolist(), latitudes.tolist(), strict=True))


def _on_outline(product: DetectionList | ImageProduct, along: Floats) -> tuple[Floats, Floats]:
    """Latitude and longitude at places along a frame's outline, (n,), a unit a side."""
    x = np.interp(along, (0, 1, 2, 3, 4), (0, 1, 1, 0, 0)) * product.width_px
    y = np.interp(along, (0, 1, 2, 3, 4), (0, 0, 1, 1, 0)) * product.height_px
    return locate(product, x, y)


def pixel_m(product: DetectionList | ImageProduct) -> float:
    """Width of a pixel on the ground, in the middle of the frame."""
    middle_px = product.height_px / 2
    latitudes, longitudes = locate(product, (0, product.width_px), (middle_px, middle_px))
    return float(chord_m(latitudes[:1], longitudes[:1], latitudes[1:], longitudes[1:])[0]) / product.width_px


def polygon(ring: Sequence[Point]) -> Geometry:
    """The area within a convex outline (its corners in order, not closed, smaller than a hemisphere).

    RFC 7946: exterior rings counterclockwise, nothing crosses the antimeridian. A ring around a pole runs along the
    antimeridian to the pole and back. An outline without an area is its first point.
    """
    unwrapped = _unwrapped(ring)
    turn_deg = _shortest(unwrapped[0][0] - unwrapped[-1][0]) + unwrapped[-1][0] - unwrapped[0][0]
    if abs(turn_deg) > 180.0:
        parts = [_around_pole(unwrapped if turn_deg > 0 else _unwrapped(ring[::-1]))]
    else:
        parts = _cut(unwrapped)
    rings = [closed for part in parts if (closed := _closed(part))]
    if not rings:
        return point(ring[0][1], ring[0][0])
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings}
    return {"type": "MultiPolygon", "coordinates": [[closed] for closed in rings]}


def bounds(geometry: Geometry) -> list[float]:
    """West, south, east, north (RFC 7946 section 5): west is beyond east where the antimeridian lies within."""
    coordinates = geometry["coordinates"]
    if geometry["type"] == "Point":
        return [*coordinates, *coordinates]
    parts = coordinates if geometry["type"] == "MultiPolygon" else [coordinates]
    boxes = [_box(part[0]) for part in parts]
    south, north = min(box[1] for box in boxes), max(box[3] for box in boxes)
    if len(boxes) == 1:
        return boxes[0]
    return [max(boxes, key=_east)[0], south, min(boxes, key=_west)[2], north]


def hull(points: Iterable[Point], centre: Point) -> list[Point]:
    """Convex outline of points near a centre (in its gnomonic plane, where great circles are straight lines)."""
    flat = sorted({_gnomonic(place, centre): place for place in sorted(set(points))}.items())
    lower, upper = _chain(flat), _chain(flat[::-1])
    return [place for _, place in (*lower[:-1], *upper[:-1])]


def _shortest(angle_deg: Angle) -> Angle:
    return (angle_deg + 180.0) % 360.0 - 180.0


def _unwrapped(ring: Sequence[Point]) -> list[Point]:
    """Longitudes without jumps, from the first on."""
    out = [ring[0]]
    for longitude_deg, latitude_deg in ring[1:]:
        before_deg = out[-1][0]
        out.append((before_deg + _shortest(longitude_deg - before_deg), latitude_deg))
    return out


def _cut(ring: list[Point]) -> list[list[Point]]:
    """A ring west and east of the antimeridian."""
    turns = floor((min(longitude_deg for longitude_deg, _ in ring) + 180.0) / 360.0)
    ring = [(longitude_deg - 360.0 * turns, latitude_deg) for longitude_deg, latitude_deg in ring]
    if max(longitude_deg for longitude_deg, _ in ring) <= 180.0:
        return [ring]
    beyond = _clipped([(-longitude_deg, latitude_deg) for longitude_deg, latitude_deg in ring], -180.0)
    return [_clipped(ring, 180.0), [(-longitude_deg - 360.0, latitude_deg) for longitude_deg, latitude_deg in beyond]]


def _clipped(ring: list[Point], most_deg: float) -> list[Point]:
    """What of a convex ring has at most that longitude (Sutherland and Hodgman 1974, CACM 17)."""
    out: list[Point] = []
    for a, b in pairwise([*ring, ring[0]]):
        if a[0] <= most_deg:
            out.append(a)
        if (a[0] <= most_deg) != (b[0] <= most_deg):
            out.append((most_deg, _crossing_deg(a, b, most_deg)))
    return out


def _crossing_deg(a: Point, b: Point, longitude_deg: float) -> float:
    """Latitude at which a side crosses a meridian."""
    return a[1] + (b[1] - a[1]) * (longitude_deg - a[0]) / (b[0] - a[0])


def _around_pole(ring: list[Point]) -> list[Point]:
    """A ring that runs east once around the Earth, as an area from -180 to 180 degrees."""
    sides = list(pairwise([*ring, (ring[0][0] + 360.0, ring[0][1])]))
    meridian_deg = 180.0 + 360.0 * floor((ring[0][0] + 180.0) / 360.0)
    at = next(index for index, (a, b) in enumerate(sides) if a[0] < meridian_deg <= b[0])
    latitude_deg = _crossing_deg(*sides[at], meridian_deg)
    eastward = [(longitude_deg - meridian_deg - 180.0, latitude) for longitude_deg, latitude in ring[at + 1 :]]
    eastward += [(longitude_deg - meridian_deg + 180.0, latitude) for longitude_deg, latitude in ring[: at + 1]]
    pole_deg = 90.0 if latitude_deg > 0.0 else -90.0
    return [(-180.0, latitude_deg), *eastward, (180.0, latitude_deg), (180.0, pole_deg), (-180.0, pole_deg)]


def _closed(ring: list[Point]) -> list[list[float]]:
    """A ring rounded, closed and counterclockwise; empty where nothing is left of it."""
    rounded = [[round(longitude_deg, DIGITS), round(latitude_deg, DIGITS)] for longitude_deg, latitude_deg in ring]
    kept = [place for place, after in zip(rounded, rounded[1:] + rounded[:1], strict=True) if place != after]
    twice_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(kept, kept[1:] + kept[:1], strict=True))
    if len(kept) < 3 or twice_area == 0.0:
        return []
    return [*kept, kept[0]] if twice_area > 0.0 else [kept[0], *reversed(kept)]


def _box(ring: list[list[float]]) -> list[float]:
    longitudes, latitudes = zip(*ring, strict=True)
    return [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]


def _west(box: list[float]) -> float:
    return box[0]


def _east(box: list[float]) -> float:
    return box[2]


def _gnomonic(place: Point, centre: Point) -> Point:
    """East and north of the centre, in Earth radii, on the plane that touches the Earth there."""
    lat, lat_0, east = radians(place[1]), radians(centre[1]), radians(place[0] - centre[0])
    depth = sin(lat_0) * sin(lat) + cos(lat_0) * cos(lat) * cos(east)
    north = cos(lat_0) * sin(lat) - sin(lat_0) * cos(lat) * cos(east)
    return cos(lat) * sin(east) / depth, north / depth


def _chain(flat: list[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """Half a convex hull (Andrew 1979, Information Processing Letters 9)."""
    out: list[tuple[Point, Point]] = []
    for entry in flat:
        while len(out) >= 2 and _turn(out[-2][0], out[-1][0], entry[0]) <= 0.0:
            out.pop()
        out.append(entry)
    return out


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
