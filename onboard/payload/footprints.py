"""Where a frame lies: four corners, as attitude and orbit knowledge gave them, and the points between them.

A footprint holds latitude and longitude (degrees) of the corners of pixel (0, 0), (0, width), (height, width)
and (height, 0), eight numbers.
"""

from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.payload.varints import Reader, zigzags

STEPS_PER_DEG = 100_000
"""A step is a metre or less: well below what a small satellite knows of its pointing."""
_TURN = 360 * STEPS_PER_DEG


def locate(
    footprint_deg: tuple[float, ...], width_px: int, height_px: int, x: ArrayLike, y: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude (degrees, east in [-180, 180)) of points in pixels, of x's shape.

    (0, 0) is the outer corner of the first pixel, whose centre is (0.5, 0.5). Bilinear in the corners'
    n-vectors (Gade 2010, J. Navigation 63): neither antimeridian nor pole is special, and a straight row
    of pixels is a great circle and no parallel.
    """
    lat, lon = np.radians(np.reshape(footprint_deg, (4, 2))).T
    corners = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    u, v = np.asarray(x, np.float64) / width_px, np.asarray(y, np.float64) / height_px
    weights = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v])
    toward_0, toward_90_east, toward_north = np.tensordot(corners, weights, axes=1)
    latitude_deg = np.degrees(np.arctan2(toward_north, np.hypot(toward_0, toward_90_east)))
    longitude_deg = np.degrees(np.arctan2(toward_90_east, toward_0))
    return latitude_deg, (longitude_deg + 180.0) % 360.0 - 180.0


def encode(footprint_deg: tuple[float, ...]) -> bytes:
    """Corners in steps of 1e-5 degrees, each less its forecast; ValueError where they are not on the globe.

    The second is forecast to be the first, the third the second, and the fourth closes a parallelogram.
    """
    if len(footprint_deg) != 8 or not all(map(isfinite, footprint_deg)):
        raise ValueError("a footprint has four corners, eight finite numbers")
    steps = [round(degrees * STEPS_PER_DEG) for degrees in footprint_deg]
    lat, lon = steps[::2], steps[1::2]
    if max(map(abs, lat)) > 90 * STEPS_PER_DEG:
        raise ValueError("a latitude is beyond 90 degrees")
    corners = [(0, 0), *zip(lat, lon, strict=True)]
    out = b""
    for n in range(1, 5):
        forecast = _forecast(corners[:n])
        out += zigzags(corners[n][0] - forecast[0], _wrapped(corners[n][1] - forecast[1]))
    return out


def read(reader: Reader) -> tuple[float, ...]:
    """The corners that `encode` wrote, to the step; ValueError where they are not on the globe."""
    corners = [(0, 0)]
    for _ in range(4):
        forecast = _forecast(corners)
        corners.append((forecast[0] + reader.zigzag(), _wrapped(forecast[1] + reader.zigzag())))
    if max(abs(lat) for lat, _ in corners) > 90 * STEPS_PER_DEG:
        raise ValueError("a latitude is beyond 90 degrees")
    return tuple(steps / STEPS_PER_DEG for corner in corners[1:] for steps in corner)


def _forecast(corners: list[tuple[int, int]]) -> tuple[int, int]:
    """The corner after these, the first of which is the origin."""
    if len(corners) < 4:
        return corners[-1]
    (lat_1, lon_1), (lat_2, lon_2), (lat_3, lon_3) = corners[1:]
    return lat_1 + lat_3 - lat_2, lon_1 + lon_3 - lon_2


def _wrapped(steps: int) -> int:
    """A longitude, or a difference of two, in [-180, 180) degrees."""
    return (steps + _TURN // 2) % _TURN - _TURN // 2
