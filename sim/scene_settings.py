"""What a scenario says of what cameras see."""

from typing import Literal

from pydantic import model_validator

from sim.equipment.records import NonNegative, Record

PICTURED = ("images", "implanted")
"""Sources that show a folder of pictures."""


class Scene(Record):
    """What cameras see: `synthetic` wildfire country and `sar-sea` with implanted rafts are places on a seeded Earth,
    `images` come from a folder, `implanted` are real SAR pictures from a folder with rafts implanted, and tiny
    `targets` are for fault tests.

    `land_fires_per_1000_km2` burn at any instant on the Earth's land, on the average. `firms_csv` names a file of fires
    as NASA FIRMS gives them, which burn besides at their places and times.
    """

    source: Literal["synthetic", "sar-sea", "images", "implanted", "targets"] = "synthetic"
    land_fires_per_1000_km2: NonNegative = 2.0
    rafts_per_1000_km2: NonNegative = 1000.0
    ships_per_1000_km2: NonNegative = 50.0
    firms_csv: str = ""
    images: str = ""
    placement: Literal["under-track", "overpass"] = "under-track"

    @model_validator(mode="after")
    def _has_images(self) -> "Scene":
        if (self.source in PICTURED) != bool(self.images):
            raise ValueError('images names a folder, and only where source = "images" or "implanted"')
        if self.placement == "overpass" and self.source != "images":
            raise ValueError('placement = "overpass" is for source = "images"')
        if self.firms_csv and self.source != "synthetic":
            raise ValueError('firms_csv is for source = "synthetic"')
        return self

    @property
    def is_in_place(self) -> bool:
        """Whether frames show the ground beneath them; pictures dealt out under the track were taken elsewhere."""
        return self.source not in PICTURED or self.placement == "overpass"
