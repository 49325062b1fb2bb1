"""Drawn scenes in the calibration that their instrument states."""

from typing import Any

import numpy as np
import pytest

from sim.equipment.instrument import Instrument
from sim.scenes.source import SarSea, Scene, SyntheticWildfire
from sim.scenes.spectra import BANDS
from sim.world.camera import Exposure, Viewpoint

START_S = 1.78e9
"""By day at the place below."""


def instrument(bands: tuple[str, ...], **told: Any) -> Instrument:
    facts = {
        "name": "mine",
        "kind": "multispectral",
        "bands": bands,
        "width_px": 64,
        "height_px": 64,
        "bit_depth": 12,
        "gsd_m": 20.0,
        "interval_s": 60.0,
        "energy_per_frame_j": 1.0,
        "max_sun_zenith_deg": 180.0,
        "needs_land": False,
        "position_error_m": 20.0,
    }
    return Instrument(**facts | told)


def exposure(latitude_deg: float, longitude_deg: float, gsd_m: float) -> Exposure:
    eye = Viewpoint((7000.0, 0.0, 0.0), 0.0, 0.0, None)
    return Exposure(0, 1, 0, latitude_deg, longitude_deg, 0.0, 40.0, gsd_m, eye)


def physical(scene: Scene) -> np.ndarray:
    told = zip(scene.planes, scene.facts.scale, scene.facts.offset, strict=True)
    return np.stack([plane * scale + offset for plane, scale, offset in told])


def test_land_is_digitised_band_by_band() -> None:
    plain = instrument(BANDS, bit_depth=16, scale=(1e-4,) * 4, offset=(0.0,) * 4)
    scale, offset = (1e-4, 2e-4, 5e-4, 1e-3), (-0.1, 0.0, 0.05, -0.2)
    other = instrument(BANDS, bit_depth=15, scale=scale, offset=offset)
    fine, coarse = (
        SyntheticWildfire((one,), 1, START_S, 0.0).draw(exposure(9.0, 22.0, 20.0)) for one in (plain, other)
    )
    assert coarse.facts.scale == scale
    expected = physical(fine)
    for band, step in enumerate(scale):
        # What lies below a band's offset cannot be told.
        shown = np.maximum(expected[band], offset[band])
        assert np.abs(physical(coarse)[band] - shown).max() <= 0.5 * step + 1e-4
    assert not np.array_equal(fine.planes[0], coarse.planes[0])


@pytest.mark.parametrize("bit_depth", [12, 16])
def test_the_sea_is_digitised_as_its_radar_states(bit_depth: int) -> None:
    told = {"kind": "sar", "gsd_m": 1.0}
    plain = instrument(("hh",), bit_depth=16, scale=(1e-4,), offset=(0.0,), **told)
    other = instrument(("hh",), bit_depth=bit_depth, scale=(3e-4,), offset=(-0.01,), **told)
    fine, coarse = (
        SarSea((one,), 1, START_S, 50_000.0, 0.0).draw(exposure(-20.0, 60.0, 1.0)) for one in (plain, other)
    )
    brightest = (2**bit_depth - 1) * 3e-4 - 0.01
    assert np.abs(physical(coarse) - np.minimum(physical(fine), brightest)).max() <= 0.5 * 3e-4 + 1e-4
    assert coarse.planes.max() < 2**bit_depth
    assert coarse.planes.min() >= 1
