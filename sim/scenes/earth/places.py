"""Where a frame's pixels lie on a seeded Earth: a map of them to metres on a face of a cube around it.

An equiangular cubed sphere (Ronchi et al. 1996, Journal of Computational Physics 124:93): a place on a face is told by
two angles from its centre, here as metres on a sphere of the mean radius. What is drawn by those metres is the same in
every frame. Along the cube's edges the two faces are blended, so that a frame may lie across them.

Pixel (row, column) covers [row, row + 1) x [column, column + 1), as in `onboard.payload.footprints`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.payload.footprints import locate
from sim.world.frames import Floats, east_north_up, geodetic, geodetic_to_ecef

RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (Moritz 2000, Journal of Geodesy 74:128)."""
EDGE_M = RADIUS_M * np.pi / 4
"""From the centre of a face to its edge."""
BLENDED_M = 3000.0
"""So far from an edge on either side both faces show."""
_PlacesOf = Callable[[ArrayLike, ArrayLike], tuple[Floats, Floats]]
_REACH = 0.3  # by this share of its sides a patch is taken for larger, when its faces are looked up

# Outward normal, and the axes of the two angles, of each face.
_FACES = np.array(
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, 1, 0], [-1, 0, 0], [0, 0, 1]],
        [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
        [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
        [[0, 0, 1], [0, 1, 0], [-1, 0, 0]],
        [[0, 0, -1], [0, 1, 0], [1, 0, 0]],
    ],
    dtype=np.float64,
)
FACES = len(_FACES)
_LEAST_HEIGHT = 0.57  # cosine of the angle to a corner of the cube, and a little beyond


def upward(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> Floats:
    """Unit vectors of the vertical, Earth-fixed, (..., 3)."""
    latitude, longitude = np.broadcast_arrays(np.radians(latitude_deg), np.radians(longitude_deg))
    level = np.cos(latitude)
    return np.stack([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)], axis=-1)


def face_of(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> NDArray[np.intp]:
    """Which face places (...) lie on."""
    return np.asarray(np.argmax(upward(latitude_deg, longitude_deg) @ _FACES[:, 0].T, axis=-1))


def faces_shown(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> list[int]:
    """Faces that may show at any of the places (...): those over whose edge none of them is far."""
    heights = (upward(latitude_deg, longitude_deg) @ _FACES[:, 0].T).reshape(-1, FACES)
    return np.flatnonzero(heights.max(axis=0, initial=-1.0) > _LEAST_HEIGHT).tolist()


def on_face(face: int, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Metres (a, b) of places (...) on a face, beyond its edges too; NaN on the other side of the Earth."""
    up = upward(latitude_deg, longitude_deg)
    normal, first, second = _FACES[face]
    height = up @ normal
    height = np.where(height > 0.0, height, np.nan)
    return RADIUS_M * np.arctan((up @ first) / height), RADIUS_M * np.arctan((up @ second) / height)


def from_face(face: int, a_m: ArrayLike, b_m: ArrayLike) -> tuple[Floats, Floats]:
    """Latitude and longitude, degrees, of metres (...) on a face."""
    x, y = np.tan(np.asarray(a_m) / RADIUS_M), np.tan(np.asarray(b_m) / RADIUS_M)
    normal, first, second = _FACES[face]
    point = normal + x[..., None] * first + y[..., None] * second
    latitude = np.degrees(np.arctan2(point[..., 2], np.hypot(point[..., 0], point[..., 1])))
    return latitude, np.degrees(np.arctan2(point[..., 1], point[..., 0]))


def ground_per_face_area(a_m: ArrayLike, b_m: ArrayLike) -> Floats:
    """True area over area on the face, (...): 1 at its centre, 0.707 amid an edge."""
    x, y = np.tan(np.asarray(a_m) / RADIUS_M), np.tan(np.asarray(b_m) / RADIUS_M)
    return np.asarray((1 + x**2) * (1 + y**2) / (1 + x**2 + y**2) ** 1.5)


def edge_weight(a_m: ArrayLike, b_m: ArrayLike) -> Floats:
    """How much a face shows at metres (...) on it: 1 inside, a half on the edge, 0 beyond."""
    beyond_m = np.maximum(np.abs(a_m), np.abs(b_m)) - EDGE_M
    return np.asarray(np.clip(0.5 - beyond_m / (2 * BLENDED_M), 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Chart:
    """How pixels lie on a face, in metres: a = (m0 x + m1 y + m2) / w and b = (m3 x + m4 y + m5) / w with
    w = m6 x + m7 y + 1, where x is the column and y the row. Only an oblique frame needs m6 and m7."""

    face: int
    m: tuple[float, ...]

    @property
    def matrix(self) -> Floats:
        """The map of (x, y, 1), (3, 3)."""
        return np.reshape(self.m, (3, 3))

    def metres(self, rows: ArrayLike, columns: ArrayLike) -> tuple[Floats, Floats]:
        """Metres of points in pixels, (...)."""
        return projected(self.matrix, np.asarray(columns, np.float64), np.asarray(rows, np.float64))


def projected(matrix: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Points (...) by a projective map (3, 3)."""
    first, second, third = (row[0] * x + row[1] * y + row[2] for row in matrix)
    return first / third, second / third


@dataclass(frozen=True, slots=True)
class GroundPatch:
    """A frame's pixels on the ground. `charts` hold the face of the centre first, then what shows of others."""

    latitude_deg: float
    longitude_deg: float
    gsd_m: float
    height_px: int
    width_px: int
    charts: tuple[Chart, ...]

    @classmethod
    def of(
        cls,
        latitude_deg: float,
        longitude_deg: float,
        heading_deg: float,
        gsd_m: float,
        height_px: int,
        width_px: int,
    ) -> "GroundPatch":
        """A level frame about a centre; rows run against the heading, columns to the right of it."""
        heading = np.radians(heading_deg)
        east, north, _ = east_north_up(latitude_deg, longitude_deg)
        ahead = np.cos(heading) * north + np.sin(heading) * east
        right = np.cos(heading) * east - np.sin(heading) * north
        sides = 0.5e-3 * gsd_m * np.array([height_px, width_px])
        signs = np.array([[1, -1], [1, 1], [-1, 1], [-1, -1]]) * sides
        corners = geodetic_to_ecef(latitude_deg, longitude_deg, 0.0) + signs @ np.stack([ahead, right])
        latitude, longitude, _ = geodetic(corners)
        footprint = tuple(float(value) for pair in zip(latitude, longitude, strict=True) for value in pair)
        return cls.under(footprint, gsd_m, height_px, width_px)

    @classmethod
    def under(cls, footprint_deg: tuple[float, ...], gsd_m: float, height_px: int, width_px: int) -> "GroundPatch":
        """The frame of a footprint: latitude and longitude of four corners, ordered as `Frame.footprint_deg`."""

        def places(rows: ArrayLike, columns: ArrayLike) -> tuple[Floats, Floats]:
            return locate(footprint_deg, width_px, height_px, columns, rows)

        latitude, longitude = places(height_px / 2, width_px / 2)
        charts = _charts(places, int(face_of(latitude, longitude)), height_px, width_px)
        return cls(float(latitude), float(longitude), gsd_m, height_px, width_px, charts)

    @property
    def area_km2(self) -> float:
        """What the frame covers."""
        return self.height_px * self.width_px * (self.gsd_m / 1000.0) ** 2

    @property
    def corners_deg(self) -> tuple[float, ...]:
        """The footprint, as `Frame.footprint_deg` orders it."""
        height, width = self.height_px, self.width_px
        latitude, longitude = self.places_of(np.array([0, 0, height, height]), np.array([0, width, width, 0]))
        return tuple(float(value) for pair in zip(latitude, longitude, strict=True) for value in pair)

    def pixels_of(self, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> tuple[Floats, Floats]:
        """Rows and columns of places (...), outside the frame too; NaN on the other side of the Earth."""
        chart = self.charts[0]
        to_pixels = np.asarray(np.linalg.inv(chart.matrix), dtype=np.float64)
        columns, rows = projected(to_pixels, *on_face(chart.face, latitude_deg, longitude_deg))
        return rows, columns

    def places_of(self, rows: ArrayLike, columns: ArrayLike) -> tuple[Floats, Floats]:
        """Latitude and longitude, degrees, of points in pixels (...)."""
        return from_face(self.charts[0].face, *self.charts[0].metres(rows, columns))

    def grown(self, margin_px: int) -> "GroundPatch":
        """The same with a margin on every side, up to a third of a side."""
        charts = tuple(_shifted(chart, -margin_px, -margin_px, 1) for chart in self.charts)
        height, width = self.height_px + 2 * margin_px, self.width_px + 2 * margin_px
        return replace(self, height_px=height, width_px=width, charts=charts)

    def every(self, step: int) -> "GroundPatch":
        """The same ground in pixels `step` times as wide; the last of a row or column may reach beyond it."""
        charts = tuple(_shifted(chart, 0, 0, step) for chart in self.charts)
        height, width = -(-self.height_px // step), -(-self.width_px // step)
        return replace(self, gsd_m=self.gsd_m * step, height_px=height, width_px=width, charts=charts)

    def window(self, top: int, left: int, height_px: int, width_px: int) -> "GroundPatch":
        """A part of the same pixels."""
        charts = tuple(_shifted(chart, top, left, 1) for chart in self.charts)
        return replace(self, height_px=height_px, width_px=width_px, charts=charts)

    def moved(self, metres: float) -> "GroundPatch":
        """The patch turned eastward about the Earth's axis, by that many metres at the equator: where what drifts was.

        Places of things in it are theirs before they drifted; their pixels are those of this patch.
        """
        corners = np.reshape(self.corners_deg, (4, 2)) + np.array([0.0, np.degrees(metres / RADIUS_M)])
        turned = GroundPatch.under(tuple(corners.ravel().tolist()), self.gsd_m, self.height_px, self.width_px)
        return replace(turned, longitude_deg=(turned.longitude_deg + 180.0) % 360.0 - 180.0)

    @property
    def up_deg(self) -> float:
        """Which way the first row lies from the last, clockwise from north."""
        latitude, longitude = self.places_of(np.array([0.0, self.height_px]), np.full(2, self.width_px / 2.0))
        east = (longitude[0] - longitude[1] + 180.0) % 360.0 - 180.0
        return float(np.degrees(np.arctan2(east * np.cos(np.radians(latitude[1])), latitude[0] - latitude[1])))

    def chart_weights(self) -> tuple[NDArray[np.float32], ...]:
        """How much each chart's face shows in each pixel, (height, width); only asked where there are several."""
        rows, columns = np.arange(self.height_px)[:, None] + 0.5, np.arange(self.width_px) + 0.5
        return tuple(edge_weight(*chart.metres(rows, columns)).astype(np.float32) for chart in self.charts)


def _shifted(chart: Chart, top_px: int, left_px: int, step: int) -> Chart:
    matrix = chart.matrix @ np.array([[step, 0.0, left_px], [0.0, step, top_px], [0.0, 0.0, 1.0]])
    return Chart(chart.face, tuple((matrix / matrix[2, 2]).ravel().tolist()))


def _charts(places: _PlacesOf, face: int, height_px: int, width_px: int) -> tuple[Chart, ...]:
    """Least squares over the frame; a face counts that shows in it, or close by."""
    share = np.linspace(0.0, 1.0, 5)
    rows, columns = (axis.ravel() for axis in np.meshgrid(share * height_px, share * width_px, indexing="ij"))
    around = np.linspace(-_REACH, 1 + _REACH, 9)
    far_rows, far_columns = np.meshgrid(around * height_px, around * width_px, indexing="ij")
    charts = []
    for index in (face, *(other for other in range(FACES) if other != face)):
        metres = np.column_stack(on_face(index, *places(rows, columns)))
        if not np.isfinite(metres).all():
            continue
        chart = Chart(index, tuple(_fitted(rows, columns, metres).ravel().tolist()))
        if index == face or edge_weight(*chart.metres(far_rows, far_columns)).any():
            charts.append(chart)
    return tuple(charts)


def _fitted(rows: Floats, columns: Floats, metres: Floats) -> Floats:
    """The affine map (3, 3) of pixels to metres (n, 2), where that is good to half a pixel.

    Else the projective one through the corners, as a flat detector sees a plane from aside.
    """
    design = np.column_stack([columns, rows, np.ones(rows.size)])
    affine = np.linalg.lstsq(design, metres, rcond=None)[0].T
    if np.abs(design @ affine.T - metres).max() < 0.5 * np.hypot(*affine[:, 0]):
        return np.vstack([affine, [0.0, 0.0, 1.0]])
    # Linear in its eight numbers: a (m6 x + m7 y) + a = m0 x + m1 y + m2, told from the middle to lose no digits.
    at_corner = np.isin(rows, (rows.min(), rows.max())) & np.isin(columns, (columns.min(), columns.max()))
    design, metres = design[at_corner], metres[at_corner]
    middle = metres.mean(axis=0)
    a, b = (metres - middle).T
    nothing, pixels = np.zeros_like(design), design[:, :2]
    equations = np.block([[design, nothing, -a[:, None] * pixels], [nothing, design, -b[:, None] * pixels]])
    found = np.linalg.lstsq(equations, np.concatenate([a, b]), rcond=None)[0]
    matrix = np.reshape([*found, 1.0], (3, 3))
    return np.asarray(np.array([[1.0, 0.0, middle[0]], [0.0, 1.0, middle[1]], [0.0, 0.0, 1.0]]) @ matrix)
