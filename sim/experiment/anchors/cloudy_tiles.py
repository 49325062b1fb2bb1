"""Drawn tiles of which a stated share is clear, and what the shipped cloud mask holds each of them for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from onboard.payload.models import load_card
from onboard.payload.screening import CloudMask
from sim.data import sample_path
from sim.experiment.drawn_frames import exposed, imager
from sim.scenario import Compression
from sim.scenes.atmosphere import add_cloud, add_haze
from sim.scenes.sensor import FLIGHT_SENSOR, observe
from sim.scenes.spectra import Planes
from sim.scenes.terrain import draw_land

SIDE_PX, TILES_A_SIDE, MARGIN_PX = 128, 4, 8
SUN_ZENITH_DEG = 40.0
SKIES_A_LAND = 3
"""The same ground under so many clouds: land takes longest to draw."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Whether a tile is clear, and whether the cloud mask holds it for clear.

    It is where clouds cover no more of it than a scenario's `cloudfilter` lets pass.
    """

    is_clear: bool
    is_held_clear: bool


def pool(n_tiles: int, clear_share: float, seed: int) -> tuple[Tile, ...]:
    """Tiles in random order, of which exactly that share is clear."""
    rng = np.random.default_rng(seed)
    limit = Compression().cloud_fraction_limit
    mask = CloudMask(load_card(sample_path("models", Compression().cloud_mask)))
    n_clear = round(clear_share * n_tiles)
    wanted = {True: n_clear, False: n_tiles - n_clear}
    tiles: list[Tile] = []
    for covered, seen in _drawn(rng):
        is_clear = covered <= limit
        if wanted[is_clear]:
            wanted[is_clear] -= 1
            tiles.append(Tile(is_clear, mask.cloud_fraction(*exposed(imager(), seen, 1)) <= limit))
        if len(tiles) == n_tiles:
            break
    return tuple(tiles[number] for number in rng.permutation(n_tiles))


def _drawn(rng: np.random.Generator) -> Iterator[tuple[float, Planes]]:
    """Share under clouds of one tile after another, and what the sensor measures of it, (4, side, side)."""
    side_px = TILES_A_SIDE * SIDE_PX
    while True:
        land = draw_land(rng, side_px=side_px + 2 * MARGIN_PX, sun_zenith_deg=SUN_ZENITH_DEG).reflectance
        for _ in range(SKIES_A_LAND):
            surface, dark = land.copy(), np.zeros_like(land)
            cloudy = add_cloud(rng, surface, dark)[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
            add_haze(rng, surface)
            measured, _ = observe(rng, FLIGHT_SENSOR, surface, dark, MARGIN_PX)
            for top in range(0, side_px, SIDE_PX):
                for left in range(0, side_px, SIDE_PX):
                    tile = np.s_[..., top : top + SIDE_PX, left : left + SIDE_PX]
                    yield float(cloudy[tile].mean()), measured[tile]
