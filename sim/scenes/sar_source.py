"""The scene source `implanted`: a folder of real radar pictures of the sea, with life rafts put into them."""

from dataclasses import dataclass, replace

import numpy as np

from onboard.payload.imagery import Planes
from sim.equipment.instrument import Instrument
from sim.scenes.picture import Picture
from sim.scenes.sar_implant import implant_rafts
from sim.scenes.source import PictureFolder, Scene
from sim.scenes.truth import Target
from sim.streams import seed_of
from sim.world.camera import Exposure

IMPLANTED = "implanted"
RADAR_BANDS = ("hh", "vv", "hv", "vh")


@dataclass(frozen=True, slots=True)
class ImplantedSea(PictureFolder):
    """A user's radar pictures, dealt as `PictureFolder` deals them, each with rafts on its open water.

    A picture's values are taken for linear sigma0, as its settings scale them; one without calibration is first to be
    given such a scale. The rafts are truth; what else the picture shows, its own ships too, nobody knows: an alert on
    it counts as false.
    """

    seed: int = 0
    rafts_per_1000_km2: float = 0.0

    @classmethod
    def dealt_to(
        cls,
        pictures: tuple[Picture, ...],
        instruments: tuple[Instrument, ...],
        seed: int,
        rafts_per_1000_km2: float,
    ) -> "ImplantedSea":
        """Deal pictures to satellites by turns."""
        dealt = PictureFolder.deal(pictures, instruments).dealt
        return cls(pictures, dealt, False, seed, rafts_per_1000_km2)

    def draw(self, exposure: Exposure) -> Scene:
        """The picture of this exposure with its rafts; the same rafts whenever it is asked."""
        real = PictureFolder.draw(self, exposure)
        rng = np.random.default_rng(seed_of(self.seed, f"implanted/{real.facts.picture}"))
        planes, rafts = _implanted(rng, real, self.rafts_per_1000_km2 / 1000.0)
        return Scene(planes, replace(real.facts, imagery=IMPLANTED, targets=rafts, faint=()))


def _implanted(rng: np.random.Generator, real: Scene, rafts_per_km2: float) -> tuple[Planes, tuple[Target, ...]]:
    """The planes with rafts in the first band that is of a radar; all others are left as they are."""
    facts = real.facts
    band = next((index for index, name in enumerate(facts.bands) if name in RADAR_BANDS), None)
    if band is None:
        return real.planes, ()
    numbers, scale, offset = np.asarray(real.planes[band]), facts.scale[band], facts.offset[band]
    sigma0 = np.where(numbers > 0, numbers * np.float32(scale) + np.float32(offset), np.float32(0)).astype(np.float32)
    sea = np.maximum(sigma0, 0)
    shown, rafts = implant_rafts(rng, sea, gsd_m=facts.gsd_m, rafts_per_km2=rafts_per_km2)
    changed = np.clip(np.rint((shown - np.float32(offset)) / np.float32(scale)), 1, 65535).astype(np.uint16)
    planes = np.array(real.planes, np.uint16)
    planes[band] = np.where((numbers > 0) & (shown != sea), changed, numbers)
    return planes, rafts
