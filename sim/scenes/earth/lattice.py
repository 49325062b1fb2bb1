"""Textures of places: numbers hashed at the nodes of square lattices on the cube's faces, octave by octave.

An octave is a lattice of its own side and turn; between its nodes is interpolated. The same ground has the same value
in every frame, but for what is finer than two pixels and for rounding: smooth octaves are drawn on every n-th pixel.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.scenes.earth.hashing import key_of, normal, numbered, uniform
from sim.scenes.earth.places import Chart, GroundPatch, edge_weight, faces_shown, on_face, projected
from sim.scenes.spectra import Plane

_FINEST_PX = 2.0
_NODES_BEYOND = 3  # the cubic kernel's reach, and one
_SMOOTH_PX = 4.0  # from this many pixels a node on an octave is interpolated smoothly, at no fewer a node
_CUBIC = -0.75  # OpenCV's kernel (Keys 1981, IEEE Transactions on Acoustics, Speech, and Signal Processing 29:1153)
_BEYOND = np.array([-1, 0, 1, 2])


@dataclass(frozen=True, slots=True)
class _Octave:
    key: int
    node_m: float
    amplitude: float

    def matrix(self) -> NDArray[np.float64]:
        """From metres on a face to nodes, (2, 2): each octave is turned its own way, or all would align."""
        turn = 2 * np.pi * (self.key % 4096) / 4096
        return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / self.node_m


def _octaves(seed: int, cause: str, coarsest_m: float, finest_m: float, slope: float) -> list[_Octave]:
    """Amplitudes so that power falls as f^-slope in two dimensions, variances adding up to one."""
    count = 1 + max(0, int(np.floor(np.log2(coarsest_m / finest_m) + 1e-9)))
    variance = 2.0 ** (-(slope - 2.0) * np.arange(count))
    amplitude = np.sqrt(variance / variance.sum())
    return [
        _Octave(key_of(seed, f"{cause}/{index}"), coarsest_m / 2.0**index, float(amplitude[index]))
        for index in range(count)
    ]


def cubic_weights(phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights (..., 4) of the nodes about a point at `phase` (...) between the middle two."""
    x, a = np.abs(phase[..., None] - _BEYOND), _CUBIC
    near = ((a + 2) * x - (a + 3)) * x**2 + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


# Interpolation takes variance away; these give it back, on the average over a cell.
_PHASES = (np.arange(256) + 0.5) / 256
_CUBIC_GAIN = float(1 / np.mean((cubic_weights(_PHASES) ** 2).sum(axis=-1)))
_LINEAR_GAIN = 1.5


def _nodes(
    chart: Chart, patch: GroundPatch, octave_matrix: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """The map of pixels to nodes, (3, 3), and the whole numbers (i, j) of the nodes that the patch needs."""
    to_nodes = np.vstack([octave_matrix @ chart.matrix[:2], chart.matrix[2:]])
    height, width = patch.height_px, patch.width_px
    corners = np.stack(projected(to_nodes, np.array([0.0, 0.0, width, width]), np.array([0.0, height, 0.0, height])))
    first = np.floor(corners.min(axis=1)).astype(np.int64) - _NODES_BEYOND
    last = np.ceil(corners.max(axis=1)).astype(np.int64) + _NODES_BEYOND
    return to_nodes, np.arange(first[0], last[0] + 1), np.arange(first[1], last[1] + 1)


def _warp(
    chart: Chart,
    patch: GroundPatch,
    octave_matrix: NDArray[np.float64],
    values_of: Callable[[NDArray[np.int64], NDArray[np.int64]], Plane],
    flags: int,
    centred: float = 0.0,
) -> Plane:
    """Values at nodes (j, i), interpolated at the pixels' centres."""
    to_nodes, i, j = _nodes(chart, patch, octave_matrix)
    values = values_of(i[None, :], j[:, None])
    from_first = np.array([[1.0, 0.0, -i[0] - centred], [0.0, 1.0, -j[0] - centred], [0.0, 0.0, 1.0]])
    matrix = from_first @ to_nodes @ np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    size, border = (patch.width_px, patch.height_px), cv2.BORDER_REPLICATE
    flags |= cv2.WARP_INVERSE_MAP
    if not matrix[2, :2].any():
        return np.asarray(cv2.warpAffine(values, matrix[:2] / matrix[2, 2], size, flags=flags, borderMode=border))
    return np.asarray(cv2.warpPerspective(values, matrix, size, flags=flags, borderMode=border))


def _octave_field(octave: _Octave, chart: Chart, patch: GroundPatch, smooth: bool) -> Plane:
    key, gain = octave.key + chart.face, np.float32(octave.amplitude * (_CUBIC_GAIN if smooth else _LINEAR_GAIN))

    def values(i: NDArray[np.int64], j: NDArray[np.int64]) -> Plane:
        return normal(numbered(key, i, j)) * gain

    return _warp(chart, patch, octave.matrix(), values, cv2.INTER_CUBIC if smooth else cv2.INTER_LINEAR)


def _by_step(octaves: list[_Octave], gsd_m: float) -> Iterator[tuple[int, list[_Octave]]]:
    """Octaves by the pixels, every n-th, on which they are drawn, coarsest first: n is a power of two."""
    steps: dict[int, list[_Octave]] = {}
    for octave in octaves:
        nodes_apart = octave.node_m / gsd_m
        step = 2 ** max(0, int(np.floor(np.log2(nodes_apart / _SMOOTH_PX)))) if nodes_apart >= _SMOOTH_PX else 1
        steps.setdefault(min(step, 64), []).append(octave)
    yield from sorted(steps.items(), reverse=True)


def _chart_field(octaves: list[_Octave], chart_index: int, patch: GroundPatch) -> Plane:
    total: Plane | None = None
    level: Plane | None
    step_before = 1
    for step, some in _by_step(octaves, patch.gsd_m):
        # One more pixel than needed, so that the finer grid lies inside the coarse one.
        grid = patch.grown(2 * step).every(step)
        level = None if total is None else _refined(total, step_before, step, grid)
        for octave in some:
            is_smooth = octave.node_m >= _SMOOTH_PX * patch.gsd_m
            drawn = _octave_field(octave, grid.charts[chart_index], grid, is_smooth)
            level = drawn if level is None else cv2.add(level, drawn, dst=level)
        total = level
        step_before = step
    assert total is not None
    if step_before > 1:
        grid = patch.grown(2)
        total = _refined(total, step_before, 1, grid)
    return np.asarray(total[2:-2, 2:-2][: patch.height_px, : patch.width_px])


def _refined(coarse: Plane, step: int, onto: int, grid: GroundPatch) -> Plane:
    """A coarse grid (of a patch grown by two of its pixels) at the pixels of a finer one, grown by two of its own."""
    scale = onto / step
    # Pixel centres, from the patch's corner: (index + 0.5 - 2) * onto on the finer grid.
    origin = (0.5 - 2) * scale + 2 - 0.5
    matrix = np.array([[scale, 0, origin], [0, scale, origin]])
    return np.asarray(
        cv2.warpAffine(
            coarse,
            matrix,
            (grid.width_px, grid.height_px),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def field(seed: int, cause: str, patch: GroundPatch, *, coarsest_m: float, finest_m: float, slope: float) -> Plane:
    """A field over a patch's pixels, (height, width), with power falling as f^-slope (in two dimensions).

    Its lattices have nodes from `coarsest_m` apart by halves to `finest_m`, or two pixels. Over the Earth it is nearly
    normal, of zero mean and unit variance; in a frame smaller than `coarsest_m` both differ from place to place.
    """
    octaves = [
        octave
        for index, octave in enumerate(_octaves(seed, cause, coarsest_m, finest_m, slope))
        if index == 0 or octave.node_m >= _FINEST_PX * patch.gsd_m
    ]
    fields = [_chart_field(octaves, index, patch) for index in range(len(patch.charts))]
    if len(fields) == 1:
        return fields[0]
    weights = patch.chart_weights()
    power = np.sqrt(sum(weight**2 for weight in weights))
    return np.asarray(sum(w * f for w, f in zip(weights, fields, strict=True)) / power, dtype=np.float32)


def values_at(
    seed: int,
    cause: str,
    latitude_deg: ArrayLike,
    longitude_deg: ArrayLike,
    *,
    coarsest_m: float,
    finest_m: float,
    slope: float,
) -> NDArray[np.float64]:
    """The field at places (n,): what decides about an object there, alike in every frame that shows it."""
    latitude, longitude = np.atleast_1d(latitude_deg), np.atleast_1d(longitude_deg)
    octaves = _octaves(seed, cause, coarsest_m, finest_m, slope)
    total, power = np.zeros(latitude.shape), np.zeros(latitude.shape)
    for face in faces_shown(latitude, longitude):
        a, b = on_face(face, latitude, longitude)
        weight = np.nan_to_num(edge_weight(a, b))
        shown = weight > 0
        if shown.any():
            here = np.column_stack([a[shown], b[shown]])
            total[shown] += weight[shown] * sum(_octave_values(octave, face, here) for octave in octaves)
            power += weight**2
    return np.asarray(total / np.sqrt(power))


def _octave_values(octave: _Octave, face: int, metres: NDArray[np.float64]) -> NDArray[np.float64]:
    nodes = metres @ octave.matrix().T
    whole = np.floor(nodes)
    weights = cubic_weights(nodes - whole)
    i = whole[:, 0].astype(np.int64)[:, None, None] + _BEYOND[None, None, :]
    j = whole[:, 1].astype(np.int64)[:, None, None] + _BEYOND[None, :, None]
    values = normal(numbered(octave.key + face, i, j)).astype(np.float64)
    blended = np.einsum("nji,nj,ni->n", values, weights[:, 1], weights[:, 0])
    return np.asarray(octave.amplitude * _CUBIC_GAIN * blended)


def plots(seed: int, cause: str, patch: GroundPatch, *, length_m: float, width_m: float, turn_deg: float) -> Plane:
    """A grid of rectangular plots: a number in [0, 1) for each, the same over all of it, (height, width)."""
    key, turn = key_of(seed, cause), np.radians(turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.diag([1 / length_m, 1 / width_m]) @ rotation

    def drawn(chart: Chart) -> Plane:
        def values(i: NDArray[np.int64], j: NDArray[np.int64]) -> Plane:
            return uniform(numbered(key + chart.face, i, j)).astype(np.float32)

        return _warp(chart, patch, matrix, values, cv2.INTER_NEAREST, centred=0.5)

    planes = [drawn(chart) for chart in patch.charts]
    if len(planes) == 1:
        return planes[0]
    return np.asarray(np.choose(np.argmax(patch.chart_weights(), axis=0), planes))
