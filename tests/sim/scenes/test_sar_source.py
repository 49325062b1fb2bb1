"""Radar pictures with implanted rafts as a scene source."""

from dataclasses import replace

import numpy as np

from sim.equipment.instrument import Instrument
from sim.scenes.picture import Picture
from sim.scenes.sar_imaging import REACH_PX
from sim.scenes.sar_sea import SIGMA0_SCALE, digitise_sigma0, draw_sar_sea
from sim.scenes.sar_source import ImplantedSea
from sim.scenes.source import PictureFolder
from sim.world.camera import Exposure, Viewpoint

RADAR = Instrument(
    name="radar",
    kind="sar",
    bands=("hh",),
    width_px=256,
    height_px=256,
    bit_depth=16,
    gsd_m=1.0,
    scale=(SIGMA0_SCALE,),
    offset=(0.0,),
    interval_s=60.0,
    energy_per_frame_j=1.0,
    max_sun_zenith_deg=180.0,
    needs_land=False,
    position_error_m=20.0,
)


def picture(name: str, bands: tuple[str, ...]) -> Picture:
    sea = draw_sar_sea(
        np.random.default_rng(len(name)),
        height_px=256,
        width_px=256,
        gsd_m=1.0,
        wind_m_s=3.0,
        rafts_per_km2=0.0,
        ships_per_km2=0.0,
    )
    planes = np.repeat(digitise_sigma0(sea.sigma0), len(bands), axis=0)
    planes[:, :, :40] = 0
    scale, offset = (SIGMA0_SCALE,) * len(bands), (0.0,) * len(bands)
    return Picture(name, planes, bands, scale, offset, 16, 1.0, (), "real", planes[0] == 0, None, ())


def exposure(frame_id: int) -> Exposure:
    eye = Viewpoint((7000.0, 0.0, 0.0), 0.0, 0.0, None)
    return Exposure(0, frame_id, 0, 10.0, 20.0, 0.0, 90.0, 1.0, eye)


def test_pictures_are_shown_with_rafts_that_are_told() -> None:
    pictures = (picture("one", ("hh",)), picture("three", ("hh", "hv")))
    source = ImplantedSea.dealt_to(pictures, (RADAR,), 5, 400_000.0)
    assert isinstance(source, PictureFolder)
    for frame_id, real in enumerate(pictures, start=1):
        scene, again = source.draw(exposure(frame_id)), source.draw(exposure(frame_id))
        assert np.array_equal(scene.planes, again.planes)
        assert scene.facts.imagery == "implanted"
        assert scene.facts.targets
        assert scene.facts.targets == again.facts.targets
        before = real.planes
        assert (scene.planes[0] != before[0]).any()
        assert np.array_equal(scene.planes[1:], before[1:])
        assert not scene.planes[0, :, :40].any()
        for raft in scene.facts.targets:
            inside = np.s_[raft.y0 : raft.y1, raft.x0 : raft.x1]
            assert scene.planes[0][inside].max() > before[0][inside].max() / 2
    assert not source.shows(exposure(3))


def test_a_picture_stays_as_it_is_away_from_its_rafts() -> None:
    """Where it is brighter than its depth says, and where its offset makes dark water less than nothing."""
    one = picture("one", ("hh",))
    planes = one.planes.copy()
    planes[0, :2, 250:254], planes[0, 5, 60] = 60_000, 1
    real = replace(one, pixels=planes, bit_depth=12, offset=(-0.002,))
    scene = ImplantedSea.dealt_to((real,), (RADAR,), 5, 400_000.0).draw(exposure(1))
    assert scene.facts.targets
    away = np.ones((256, 256), bool)
    for raft in scene.facts.targets:
        away[max(0, raft.y0 - REACH_PX) : raft.y1 + REACH_PX, max(0, raft.x0 - REACH_PX) : raft.x1 + REACH_PX] = False
    assert away[0, 250]
    assert away[5, 60]
    assert np.array_equal(scene.planes[0][away], planes[0][away])


def test_another_seed_puts_the_rafts_elsewhere_and_none_are_put_where_none_are_wanted() -> None:
    pictures = (picture("one", ("hh",)),)
    first, second = (
        ImplantedSea.dealt_to(pictures, (RADAR,), seed, 400_000.0).draw(exposure(1)).facts.targets for seed in (1, 2)
    )
    assert first != second
    empty = ImplantedSea.dealt_to(pictures, (RADAR,), 1, 0.0).draw(exposure(1))
    assert empty.facts.targets == ()
    assert np.array_equal(empty.planes, pictures[0].planes)
