"""What cameras see: a scene for every exposure, from a synthetic Earth or from pictures, with truth if there is any."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from onboard.payload.imagery import Planes
from sim.equipment.instrument import Instrument
from sim.scenes.image_folder import Picture
from sim.scenes.sar_sea import digitise_sigma0, draw_sar_sea
from sim.scenes.sensor import digitise
from sim.scenes.truth import FIRE_SWIR2, Target, described, targets_from
from sim.scenes.wildfire import draw_flight_scene
from sim.streams import seed_of
from sim.world.camera import Exposure

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
    """Seeded land with fires at a stated density."""

    instruments: tuple[Instrument, ...]
    satellites: tuple[str, ...]
    seed: int
    fires_per_1000_km2: float

    def shows(self, _exposure: Exposure) -> bool:
        """Wherever the camera looks."""
        return True

    def draw(self, exposure: Exposure) -> Scene:
        """A scene of this run's seed, at the exposure's Sun."""
        rng = _generator(self.seed, self.satellites, exposure)
        instrument = self.instruments[exposure.satellite]
        height, width = instrument.height_px, instrument.width_px
        drawn = draw_flight_scene(
            rng,
            side_px=max(height, width),
            gsd_m=exposure.gsd_m,
            sun_zenith_deg=exposure.sun_zenith_deg,
            fires_per_1000_km2=self.fires_per_1000_km2,
        )
        reflectance, fire = drawn.reflectance[:, :height, :width], drawn.fire_swir2[:height, :width]
        planes = digitise(reflectance, scale=instrument.scale[0], bit_depth=instrument.bit_depth)
        targets, faint = (
            described(targets_from(fire, threshold), "fire", exposure.gsd_m) for threshold in (FIRE_SWIR2, FAINT_SWIR2)
        )
        weather = {CLOUD_FRACTION: float(drawn.cloudy[:height, :width].mean())}
        return _synthetic(instrument, exposure, planes, targets, faint, weather)


@dataclass(frozen=True, slots=True)
class SarSea:
    """Seeded radar sea with rafts, which are the targets, and ships, which are real but not sought."""

    instruments: tuple[Instrument, ...]
    satellites: tuple[str, ...]
    seed: int
    rafts_per_1000_km2: float
    ships_per_1000_km2: float

    def shows(self, _exposure: Exposure) -> bool:
        """Wherever the camera looks."""
        return True

    def draw(self, exposure: Exposure) -> Scene:
        """A scene of this run's seed; wind and incidence are drawn with it."""
        instrument = self.instruments[exposure.satellite]
        drawn = draw_sar_sea(
            _generator(self.seed, self.satellites, exposure),
            height_px=instrument.height_px,
            width_px=instrument.width_px,
            gsd_m=exposure.gsd_m,
            rafts_per_km2=self.rafts_per_1000_km2 / 1000.0,
            ships_per_km2=self.ships_per_1000_km2 / 1000.0,
        )
        planes = digitise_sigma0(drawn.sigma0)
        weather = {WIND_M_S: drawn.wind_m_s}
        return _synthetic(instrument, exposure, planes, drawn.raft_targets, drawn.ship_targets, weather)


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
