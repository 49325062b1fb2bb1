"""Draws what an X-band SAR at HH sees of open sea with life rafts and ships, and the truth about them.

Thin but physical: no rain, slicks, breakers, wakes, ambiguities or ice. Rows are azimuth, columns are ground range.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenes.sar_imaging import REACH_PX, Scatterers, Window, echo, speckle
from sim.scenes.sar_targets import SHIP_LENGTH_M, draw_raft, draw_ship
from sim.scenes.sar_water import CALM_M_S, STORM_M_S, gamma_texture, mean_backscatter, wave_modulation
from sim.scenes.sensor import digitise
from sim.scenes.truth import Target

SIGMA0_SCALE = 1e-4
"""Sigma0 of one digital number. A noise floor of -25 dB is at 32 numbers, and 16 bits end at +8.2 dB: brighter corners
of ships are clipped, which no detector minds. (A scale that ends at +13 dB would leave 10 numbers to the floor.)"""
BIT_DEPTH = 16

INCIDENCE_DEG = (22.0, 50.0)
NOISE_DB = (-25.0, -18.0)
"""Noise-equivalent sigma0 from scene to scene; assumed, about what small X-band satellites state."""
K_SHAPE = (1.0, 30.0)
"""Shape parameter of the texture: from a very spiky sea to one of plain speckle; assumed, log-uniform."""

RAFT = "raft"
"""The kind that is sought."""

_APART_M = 25.0
_EDGE_PX = 8
_OUTLINE_PX = 1.0


@dataclass(frozen=True, slots=True)
class SarScene:
    """A drawn scene.

    `sigma0`: linear, with noise, float32 of shape (1, height, width). A target's box surrounds its scattering points
    by a pixel; its `peak` is the highest sigma0 that it alone would show, its `size_m2` its area seen from above.
    """

    sigma0: NDArray[np.float32]
    raft_targets: tuple[Target, ...]
    ship_targets: tuple[Target, ...]
    wind_m_s: float


@dataclass(frozen=True, slots=True)
class _Frame:
    height_px: int
    width_px: int
    gsd_m: float

    @property
    def area_km2(self) -> float:
        return self.height_px * self.width_px * (self.gsd_m / 1000.0) ** 2


def digitise_sigma0(sigma0: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Digital numbers of linear sigma0, any shape: number x SIGMA0_SCALE = sigma0. Zero is left for "no data"."""
    return np.maximum(digitise(sigma0, SIGMA0_SCALE, BIT_DEPTH), np.uint16(1))


def _draw_wind(rng: np.random.Generator) -> float:
    """A wind as over the world's oceans: Weibull, of mean 7 m/s (Monahan 2006, Journal of Climate 19:497)."""
    return float(np.clip(8.0 * rng.weibull(2.2), CALM_M_S, STORM_M_S))


def draw_water(
    rng: np.random.Generator,
    *,
    height_px: int,
    width_px: int,
    gsd_m: float,
    wind_m_s: float,
    incidence_deg: float,
    wind_rad: float | None = None,
) -> NDArray[np.float32]:
    """Sigma0 of the sea itself before speckle and noise, shape (height, width).

    `wind_rad` is from the column axis, along which the radar looks; any where it is not told.
    """
    wind_rad = rng.uniform(0, 2 * np.pi) if wind_rad is None else wind_rad
    mean = mean_backscatter(wind_m_s, incidence_deg, wind_rad)
    waves = wave_modulation(
        rng, height_px=height_px, width_px=width_px, gsd_m=gsd_m, wind_m_s=wind_m_s, wind_rad=wind_rad
    )
    texture = gamma_texture(
        rng,
        height_px=height_px,
        width_px=width_px,
        shape_parameter=float(np.exp(rng.uniform(*np.log(K_SHAPE)))),
        correlation_px=rng.uniform(0.5, 2.5) / gsd_m,
    )
    return np.asarray(np.float32(mean) * waves * texture, dtype=np.float32)


def _sites(rng: np.random.Generator, frame: _Frame, count: int, taken: list[tuple[float, float]]) -> None:
    """Add up to `count` places to `taken`, no two closer than _APART_M; a crowded sea holds fewer."""
    edge = min(_EDGE_PX, (min(frame.height_px, frame.width_px) - 1) // 2)
    for _ in range(count):
        row = rng.uniform(edge, frame.height_px - edge)
        column = rng.uniform(edge, frame.width_px - edge)
        if all(np.hypot(row - r, column - c) * frame.gsd_m >= _APART_M for r, c in taken):
            taken.append((row, column))


def _place(
    rng: np.random.Generator, frame: _Frame, rafts_per_km2: float, ships_per_km2: float, wind_m_s: float
) -> tuple[list[Scatterers], list[Scatterers]]:
    """Rafts and ships; no raft lies alongside a ship."""
    places: list[tuple[float, float]] = []
    _sites(rng, frame, int(rng.poisson(ships_per_km2 * frame.area_km2)), places)
    ships = [draw_ship(rng, row, column, gsd_m=frame.gsd_m) for row, column in places]
    berth_px = (SHIP_LENGTH_M[1] / 2 + _APART_M) / frame.gsd_m
    afloat: list[tuple[float, float]] = []
    _sites(rng, frame, int(rng.poisson(rafts_per_km2 * frame.area_km2)), afloat)
    rafts = [
        draw_raft(rng, row, column, wind_m_s=wind_m_s, gsd_m=frame.gsd_m)
        for row, column in afloat
        if all(np.hypot(row - r, column - c) >= berth_px for r, c in places)
    ]
    return rafts, ships


def _target(kind: str, target: Scatterers, alone: NDArray[np.float32], frame: _Frame) -> Target:
    box = Window.around(target, _OUTLINE_PX, frame.height_px, frame.width_px)
    pixels = (box.right - box.left) * (box.bottom - box.top)
    peak = float(alone.max())
    return Target(box.left, box.top, box.right, box.bottom, pixels, peak, kind, round(target.deck_m2, 1))


def _look(
    rng: np.random.Generator,
    frame: _Frame,
    amplitude: NDArray[np.float32],
    drawn: list[tuple[Scatterers, Window, NDArray[np.float32]]],
) -> NDArray[np.float32]:
    """One look's intensity; adds what each target alone would show to its window."""
    field = speckle(rng, frame.height_px, frame.width_px)
    field *= amplitude[..., None]
    for target, window, alone in drawn:
        image = echo(rng, target, window, frame.gsd_m)
        part = field[window.top : window.bottom, window.left : window.right]
        part[..., 0] += image.real
        part[..., 1] += image.imag
        alone += np.abs(image) ** 2
    field *= field
    return np.asarray(field[..., 0] + field[..., 1])


def form_scene(
    rng: np.random.Generator,
    surface: NDArray[np.float32],
    afloat: Sequence[tuple[str, Scatterers]],
    ghosts: Sequence[Scatterers],
    *,
    gsd_m: float,
    looks: int,
    wind_m_s: float,
) -> SarScene:
    """The scene of a surface's sigma0, noise included, (height, width), with what is afloat by kind, and ghosts, which
    are seen and not there. Rafts are sought; all other kinds are told with the ships."""
    height_px, width_px = surface.shape
    frame = _Frame(height_px, width_px, gsd_m)
    drawn = []
    for target in (*(one for _, one in afloat), *ghosts):
        window = Window.around(target, REACH_PX, height_px, width_px)
        alone = np.zeros((window.bottom - window.top, window.right - window.left), np.float32)
        drawn.append((target, window, alone))
    amplitude = np.sqrt(surface)
    intensity = np.zeros((height_px, width_px), np.float32)
    for _ in range(looks):
        intensity += _look(rng, frame, amplitude, drawn)
    intensity /= looks
    truth = [
        _target(kind, target, alone / np.float32(looks), frame)
        for (kind, _), (target, _, alone) in zip(afloat, drawn, strict=False)
    ]
    rafts, others = ([one for one in truth if (one.kind == RAFT) is sought] for sought in (True, False))
    return SarScene(intensity[None], tuple(rafts), tuple(others), wind_m_s)


def draw_sar_sea(
    rng: np.random.Generator,
    *,
    height_px: int,
    width_px: int,
    gsd_m: float,
    wind_m_s: float | None = None,
    incidence_deg: float | None = None,
    looks: int = 4,
    rafts_per_km2: float,
    ships_per_km2: float,
) -> SarScene:
    """Open sea of `gsd_m` metre pixels; the numbers of rafts and ships are Poisson with their density times the area.

    Without a wind or an incidence angle random ones are drawn. Looks are independent and averaged in intensity.
    """
    frame = _Frame(height_px, width_px, gsd_m)
    wind = _draw_wind(rng) if wind_m_s is None else wind_m_s
    incidence = rng.uniform(*INCIDENCE_DEG) if incidence_deg is None else incidence_deg
    water = draw_water(rng, height_px=height_px, width_px=width_px, gsd_m=gsd_m, wind_m_s=wind, incidence_deg=incidence)
    noise = np.float32(10 ** (rng.uniform(*NOISE_DB) / 10))
    rafts, ships = _place(rng, frame, rafts_per_km2, ships_per_km2, wind)
    afloat = [("raft", raft) for raft in rafts] + [("ship", ship) for ship in ships]
    return form_scene(rng, water + noise, afloat, (), gsd_m=gsd_m, looks=looks, wind_m_s=wind)
