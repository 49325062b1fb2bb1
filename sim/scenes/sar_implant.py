"""Life rafts implanted into real radar pictures of the sea, blurred and speckled as the picture itself is.

No radar picture of a raft is public. What is shown is a real sea with synthetic targets, and is called implanted.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.sar_imaging import CELL_PX, REACH_PX, Floats, Scatterers, Window, point_response, speckle
from sim.scenes.sar_targets import draw_raft
from sim.scenes.truth import Target

Plane = NDArray[np.float32]

WIND_M_S = 6.0
"""Wind that rocks the rafts; the picture does not tell its own."""
MOST_LOOKS = 16
_CANDIDATES_PX = np.linspace(0.8, 4.0, 65)
_LAGS = 4
_QUIET_PX = 32
_QUIET_SHARE = 0.3
_CLEAR_M = 60.0
_LAND_PX = 41
_LAND_EXCESS, _SHIP_EXCESS = 2.5, 20.0
_EMPTY_PX = 9  # so large a hole is no data; single zeros are dark water in few bits
_APART_M = 25.0
_OUTLINE_PX = 1.0


@dataclass(frozen=True, slots=True)
class Grain:
    """How a picture resolves: reciprocal bandwidth in pixels along rows' and columns' axes, and equivalent looks."""

    rows_px: float
    columns_px: float
    looks: int


@lru_cache(maxsize=1)
def _expected() -> Floats:
    """Correlation of speckle's intensity at lags 1 to _LAGS for each candidate width, (candidates, lags).

    The square of the point response's own: intensity of circular Gaussian fields (Goodman 1975).
    """
    x = np.arange(-64, 65, dtype=np.float64)
    rows = []
    for width_px in _CANDIDATES_PX:
        taps = point_response(x * CELL_PX / width_px)
        power = (taps**2).sum()
        rows.append([((taps[lag:] * taps[:-lag]).sum() / power) ** 2 for lag in range(1, _LAGS + 1)])
    return np.array(rows)


def grain_of(sigma0: Plane) -> Grain:
    """The grain of a picture, from its quietest pieces: least contrast, so without swell or ships."""
    pieces = [
        sigma0[top : top + _QUIET_PX, left : left + _QUIET_PX].astype(np.float64)
        for top in range(0, sigma0.shape[0] - _QUIET_PX + 1, _QUIET_PX)
        for left in range(0, sigma0.shape[1] - _QUIET_PX + 1, _QUIET_PX)
    ]
    pieces = [piece for piece in pieces if piece.min() > 0]
    if not pieces:
        return Grain(CELL_PX, CELL_PX, 1)
    contrast = np.array([piece.var() / piece.mean() ** 2 for piece in pieces])
    quiet = np.argsort(contrast)[: max(1, int(_QUIET_SHARE * len(pieces)))]
    flat = np.stack([pieces[index] / pieces[index].mean() - 1 for index in quiet])
    looks = int(np.clip(round(1 / max(float(contrast[quiet].mean()), 1e-3)), 1, MOST_LOOKS))

    def width_px(axis: int) -> float:
        first = [np.take(flat, range(_QUIET_PX - lag), axis) for lag in range(1, _LAGS + 1)]
        second = [np.take(flat, range(lag, _QUIET_PX), axis) for lag in range(1, _LAGS + 1)]
        seen = np.array([(a * b).mean() for a, b in zip(first, second, strict=True)]) / max(float(flat.var()), 1e-9)
        misfit = ((_expected() - seen) ** 2).sum(axis=1)
        return float(_CANDIDATES_PX[int(np.argmin(misfit))])

    return Grain(width_px(1), width_px(2), looks)


def open_water(sigma0: Plane, gsd_m: float) -> NDArray[np.bool_]:
    """Where a raft may be put: sea with data, clear of land, of shores and of what is as bright as a ship."""
    has_data = cv2.blur((sigma0 > 0).astype(np.float32), (_EMPTY_PX, _EMPTY_PX)) > 0
    if not has_data.any():
        return np.asarray(has_data)
    level = cv2.blur(sigma0, (_LAND_PX, _LAND_PX))
    usual = float(np.median(level[has_data]))
    ship = cv2.blur(sigma0, (3, 3)) > _SHIP_EXCESS * usual
    barred = (level > _LAND_EXCESS * usual) | ship | ~has_data
    side = 2 * max(_LAND_PX // 2, round(_CLEAR_M / gsd_m)) + 1
    barred = cv2.dilate(barred.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    edge = REACH_PX // 2
    barred[:edge] = barred[-edge:] = True
    barred[:, :edge] = barred[:, -edge:] = True
    return np.asarray(~barred)


def _echo(
    rng: np.random.Generator, raft: Scatterers, window: Window, grain: Grain, gsd_m: float
) -> NDArray[np.complex64]:
    """As `sar_imaging.echo`, with the picture's own point response."""
    rows = raft.rows + rng.normal(0, raft.smear_px, len(raft.rows))
    phase = np.exp(2j * np.pi * rng.random(len(rows)))
    down, right = CELL_PX / grain.rows_px, CELL_PX / grain.columns_px
    along = point_response(down * (np.arange(window.top, window.bottom)[:, None] - rows))
    across = point_response(right * (np.arange(window.left, window.right)[:, None] - raft.columns))
    # Stretched so, the squares of each response add up to 1 / its factor.
    amplitude = np.sqrt(raft.cross_section_m2 * down * right) / gsd_m * phase
    return np.asarray((along * amplitude) @ across.T, dtype=np.complex64)


def implant_rafts(
    rng: np.random.Generator, sigma0: Plane, *, gsd_m: float, rafts_per_km2: float
) -> tuple[Plane, tuple[Target, ...]]:
    """A picture's linear sigma0 (height, width), zero where there is no data, with rafts on its open water, and these.

    As many as a Poisson draw of the density over that water says. A raft's echo adds to the water's by looks of random
    phase, of which only the sum's power is kept, as in the picture.
    """
    height_px, width_px = sigma0.shape
    water, grain = open_water(sigma0, gsd_m), grain_of(sigma0)
    places = np.argwhere(water)
    count = int(rng.poisson(rafts_per_km2 * len(places) * (gsd_m / 1000) ** 2)) if len(places) else 0
    shown, targets = sigma0.copy(), list[Target]()
    taken: list[tuple[float, float]] = []
    for _ in range(count):
        row, column = (float(value) for value in places[rng.integers(len(places))] + rng.random(2))
        if any(np.hypot(row - r, column - c) * gsd_m < _APART_M for r, c in taken):
            continue
        taken.append((row, column))
        raft = draw_raft(rng, row, column, wind_m_s=WIND_M_S, gsd_m=gsd_m)
        window = Window.around(raft, REACH_PX, height_px, width_px)
        part = shown[window.top : window.bottom, window.left : window.right]
        alone = _added(rng, part, raft, window, grain, gsd_m)
        box = Window.around(raft, _OUTLINE_PX, height_px, width_px)
        pixels = (box.right - box.left) * (box.bottom - box.top)
        deck_m2 = round(raft.deck_m2, 1)
        targets.append(Target(box.left, box.top, box.right, box.bottom, pixels, float(alone.max()), "raft", deck_m2))
    return shown, tuple(targets)


def _added(
    rng: np.random.Generator, part: Plane, raft: Scatterers, window: Window, grain: Grain, gsd_m: float
) -> Plane:
    """Add a raft to a window of the picture in place; answers with what it alone shows."""
    alone, crossed = np.zeros_like(part), np.zeros_like(part)
    for _ in range(grain.looks):
        image = _echo(rng, raft, window, grain, gsd_m)
        field = speckle(rng, *part.shape)
        phase = field / np.maximum(np.hypot(field[..., 0], field[..., 1])[..., None], 1e-6)
        alone += np.abs(image) ** 2
        crossed += image.real * phase[..., 0] + image.imag * phase[..., 1]
    alone /= np.float32(grain.looks)
    mixed = part + alone + 2 * np.sqrt(part) * crossed / np.float32(grain.looks)
    part[...] = np.maximum(mixed, 0.02 * part)
    return alone
