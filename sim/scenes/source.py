"""What cameras see: a scene for every exposure, from a synthetic Earth or from pictures, with truth if there is any."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import to_ns, to_s
from onboard.payload.imagery import Planes
from sim.equipment.instrument import Instrument
from sim.scenes.earth.climate import coast
from sim.scenes.earth.firms import burning_points, read_fire_points
from sim.scenes.earth.places import GroundPatch
from sim.scenes.earth.scatter import Site
from sim.scenes.earth.wildfire import EarthScene, draw_wildfire_scene, onset_of
from sim.scenes.image_folder import Picture
from sim.scenes.land import the_land
from sim.scenes.sar_earth import draw_sea_frame, raft_sites
from sim.scenes.sensor import digitise
from sim.scenes.truth import FIRE_SWIR2, Target, described, targets_from
from sim.streams import seed_of
from sim.world.camera import Exposure, footprint_deg

FAINT_SWIR2 = 0.012
"""From this fire-made change on, a pixel is no longer plain ground (the label of the shipped wildfire model)."""
CLOUD_FRACTION, WIND_M_S = "cloud_fraction", "wind_m_s"
"""Weather, by name: the share of the frame under clouds, and the wind over the sea."""
BACKGROUND_DN = 400
TARGET_DN = 3000


@dataclass(frozen=True, slots=True)
class SceneFacts:
    """What a scene's digital numbers mean, and what is really there.

    `footprint_deg` is None where the scene lies wherever the camera looks; truth is as in `FrameExposed`.
    """

    bands: tuple[str, ...]
    sensed_bands: int
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    bit_depth: int
    gsd_m: float
    footprint_deg: tuple[float, ...] | None
    imagery: str
    picture: str
    targets: tuple[Target, ...] | None
    faint: tuple[Target, ...] | None
    weather: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Digital numbers, planes (bands, height, width), and the facts about them."""

    planes: Planes
    facts: SceneFacts


class SceneSource(Protocol):
    """Draws the same scene for the same exposure, whenever and wherever it is asked."""

    def shows(self, exposure: Exposure, /) -> bool:
        """Whether there is anything to see in an exposure."""

    def draw(self, exposure: Exposure) -> Scene:
        """The scene under an exposure."""


@dataclass(frozen=True, slots=True)
class SyntheticWildfire:
    """The seeded Earth's land with fires at a stated density, and where a FIRMS file has them.

    `start_utc_s` is the start of the mission in seconds of the Unix epoch; `firms_sha256` tells what is in the file.
    """

    instruments: tuple[Instrument, ...]
    seed: int
    start_utc_s: float
    fires_per_1000_km2: float
    firms_csv: str = ""
    firms_sha256: str = ""

    def shows(self, _exposure: Exposure) -> bool:
        """Wherever the camera looks."""
        return True

    def draw(self, exposure: Exposure) -> Scene:
        """The place and the time of an exposure."""
        instrument = self.instruments[exposure.satellite]
        patch, utc_s = _patch(instrument, exposure), self.start_utc_s + to_s(exposure.at_ns)
        points = read_fire_points(Path(self.firms_csv)) if self.firms_csv else ()
        drawn = draw_wildfire_scene(
            self.seed,
            patch,
            utc_s,
            fires_per_1000_km2=self.fires_per_1000_km2,
            more_fires=burning_points(self.seed, points, patch, utc_s),
        )
        planes = _digitised(drawn.reflectance, instrument)
        targets, faint = (self._targets(drawn, threshold, exposure) for threshold in (FIRE_SWIR2, FAINT_SWIR2))
        return _synthetic(instrument, exposure, planes, targets, faint, {CLOUD_FRACTION: float(drawn.cloudy.mean())})

    def _targets(self, drawn: EarthScene, threshold: float, exposure: Exposure) -> tuple[Target, ...]:
        found = described(targets_from(drawn.fire_swir2, threshold), "fire", exposure.gsd_m)
        return tuple(_begun(target, onset_of(target, drawn.onsets), self.start_utc_s) for target in found)


@dataclass(frozen=True, slots=True)
class SarSea:
    """The seeded Earth's sea with rafts, which are the targets, and what else floats, which is real but not sought."""

    instruments: tuple[Instrument, ...]
    seed: int
    start_utc_s: float
    rafts_per_1000_km2: float
    ships_per_1000_km2: float

    def shows(self, _exposure: Exposure) -> bool:
        """Wherever the camera looks."""
        return True

    def draw(self, exposure: Exposure) -> Scene:
        """The place and the time of an exposure; the wind is theirs."""
        instrument = self.instruments[exposure.satellite]
        patch, utc_s = _patch(instrument, exposure), self.start_utc_s + to_s(exposure.at_ns)
        rafts_per_km2 = self.rafts_per_1000_km2 / 1000.0
        drawn = draw_sea_frame(
            self.seed,
            patch,
            utc_s,
            gsd_m=patch.gsd_m,
            rafts_per_km2=rafts_per_km2,
            ships_per_km2=self.ships_per_1000_km2 / 1000.0,
            land=coast(self.seed, the_land(), patch)[1],
        )
        adrift = raft_sites(self.seed, patch, utc_s, rafts_per_km2)
        rafts = tuple(_begun(raft, _adrift_since(raft, adrift), self.start_utc_s) for raft in drawn.raft_targets)
        # Zero is left for "no data".
        planes = np.maximum(_digitised(drawn.sigma0, instrument), np.uint16(1))
        weather = {WIND_M_S: drawn.wind_m_s}
        return _synthetic(instrument, exposure, planes, rafts, drawn.ship_targets, weather)


@dataclass(frozen=True, slots=True)
class PlantedTargets:
    """Tiny frames of noise with up to four bright squares: work for fault tests, where only the traffic matters."""

    instruments: tuple[Instrument, ...]
    satellites: tuple[str, ...]
    seed: int

    def shows(self, _exposure: Exposure) -> bool:
        """Wherever the camera looks."""
        return True

    def draw(self, exposure: Exposure) -> Scene:
        """Noise round 400 and targets at 3000 digital numbers, in every band."""
        rng = _generator(self.seed, self.satellites, exposure)
        instrument = self.instruments[exposure.satellite]
        height, width = instrument.height_px, instrument.width_px
        shape = (len(instrument.bands), height, width)
        planes = rng.normal(BACKGROUND_DN, 20, shape).clip(0).astype(np.uint16)
        lit = np.zeros((height, width), np.float32)
        for _ in range(int(rng.integers(0, 5))):
            row, column = rng.integers(0, height - 4), rng.integers(0, width - 4)
            planes[:, row : row + 3, column : column + 3] = TARGET_DN
            lit[row : row + 3, column : column + 3] = 1.0
        targets = described(targets_from(lit), "target", exposure.gsd_m)
        return _synthetic(instrument, exposure, planes, targets, (), {})


@dataclass(frozen=True, slots=True)
class PictureFolder:
    """A user's pictures, dealt in turn to the satellites whose instrument has one of their bands.

    `dealt[satellite]` lists which are its own; its k-th exposure shows the k-th of them, `at_their_place` on the Earth
    or wherever the camera looks.
    """

    pictures: tuple[Picture, ...]
    dealt: tuple[tuple[int, ...], ...]
    at_their_place: bool = False

    @classmethod
    def deal(cls, pictures: tuple[Picture, ...], instruments: tuple[Instrument, ...]) -> "PictureFolder":
        """Deal pictures to satellites by turns."""
        dealt: list[list[int]] = [[] for _ in instruments]
        for place, picture in enumerate(pictures):
            fitting = [
                satellite
                for satellite, instrument in enumerate(instruments)
                if set(picture.bands) & set(instrument.bands)
            ]
            if fitting:
                fewest = min(fitting, key=lambda satellite: len(dealt[satellite]))
                dealt[fewest].append(place)
        return cls(pictures, tuple(tuple(places) for places in dealt))

    def shows(self, exposure: Exposure) -> bool:
        """Whether a picture is left for the exposure."""
        return exposure.frame_id <= len(self.dealt[exposure.satellite])

    def draw(self, exposure: Exposure) -> Scene:
        """The picture of this exposure."""
        picture = self.pictures[self.dealt[exposure.satellite][exposure.frame_id - 1]]
        facts = SceneFacts(
            bands=picture.bands,
            sensed_bands=len(picture.bands) - len(picture.surrogate),
            scale=picture.scale,
            offset=picture.offset,
            bit_depth=picture.bit_depth,
            gsd_m=picture.gsd_m,
            footprint_deg=picture.footprint_deg if self.at_their_place else None,
            imagery=picture.imagery,
            picture=picture.name,
            targets=None,
            faint=None,
        )
        return Scene(picture.planes, facts)


def _patch(instrument: Instrument, exposure: Exposure) -> GroundPatch:
    height_px, width_px = instrument.height_px, instrument.width_px
    footprint = footprint_deg(exposure, width_px, height_px, exposure.gsd_m)
    return GroundPatch.under(footprint, exposure.gsd_m, height_px, width_px)


def _digitised(physical: NDArray[np.float32], instrument: Instrument) -> Planes:
    """Digital numbers of an instrument's bands, (bands, height, width), by the calibration that it states."""
    return np.stack(
        [
            digitise(plane - np.float32(offset), scale, instrument.bit_depth)
            for plane, scale, offset in zip(physical, instrument.scale, instrument.offset, strict=True)
        ]
    )


def _begun(target: Target, onset_utc_s: float | None, start_utc_s: float) -> Target:
    return target if onset_utc_s is None else replace(target, onset_ns=to_ns(onset_utc_s - start_utc_s))


def _adrift_since(raft: Target, adrift: list[tuple[Site, float]]) -> float | None:
    """Since when the raft in a target's box is there."""
    inside = (onset_s for site, onset_s in adrift if raft.x0 <= site.column < raft.x1 and raft.y0 <= site.row < raft.y1)
    return next(inside, None)


def _generator(seed: int, satellites: tuple[str, ...], exposure: Exposure) -> np.random.Generator:
    return np.random.default_rng(seed_of(seed, f"scene/{satellites[exposure.satellite]}/{exposure.frame_id}"))


def _synthetic(
    instrument: Instrument,
    exposure: Exposure,
    planes: Planes,
    targets: tuple[Target, ...],
    faint: tuple[Target, ...],
    weather: dict[str, float],
) -> Scene:
    facts = SceneFacts(
        bands=instrument.bands,
        sensed_bands=len(instrument.bands),
        scale=instrument.scale,
        offset=instrument.offset,
        bit_depth=instrument.bit_depth,
        gsd_m=exposure.gsd_m,
        footprint_deg=None,
        imagery="synthetic",
        picture="",
        targets=targets,
        faint=faint,
        weather=tuple((name, round(value, 3)) for name, value in weather.items()),
    )
    return Scene(planes, facts)
