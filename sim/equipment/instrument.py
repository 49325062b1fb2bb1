"""Cameras and radars."""

from typing import Annotated

from pydantic import Field, model_validator

from sim.equipment.records import NonNegative, Number, Positive, Record


class Instrument(Record):
    """A camera or radar. Physical value of band b = digital number x scale[b] + offset[b].

    `gsd_m` is that of `gsd_altitude_km` and grows with altitude; without one it does not, as a radar's. A radar's raw
    echoes take `raw_bytes_per_px` for each pixel of the focused image; 0 where the pixels are what the sensor gives.
    Every `interval_s` a scene is exposed, `looks_per_scene` times, `look_gap_s` apart.
    """

    name: str
    kind: str
    bands: Annotated[tuple[str, ...], Field(min_length=1)]
    width_px: Annotated[int, Field(ge=16, le=16384)]
    height_px: Annotated[int, Field(ge=16, le=16384)]
    bit_depth: Annotated[int, Field(ge=1, le=16)]
    gsd_m: Positive
    gsd_altitude_km: Positive | None = None
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    interval_s: Annotated[Number, Field(ge=0.1, le=1e6)]
    looks_per_scene: Annotated[int, Field(ge=1, le=8)] = 1
    look_gap_s: Annotated[Number, Field(ge=0.1, le=60)] = 10.0
    energy_per_frame_j: NonNegative
    max_sun_zenith_deg: Annotated[Number, Field(ge=0, le=180)]
    raw_bytes_per_px: NonNegative = 0.0
    needs_land: bool
    needs_sea: bool = False
    position_error_m: NonNegative

    @property
    def frame_interval_s(self) -> float:
        """Between frames on the average, every look counted."""
        return self.interval_s / self.looks_per_scene

    @model_validator(mode="after")
    def _calibrated(self) -> "Instrument":
        if not len(self.bands) == len(self.scale) == len(self.offset):
            raise ValueError("bands, scale and offset must be of one length")
        if 0.0 < self.raw_bytes_per_px < len(self.bands) * self.bit_depth / 8:
            raise ValueError("raw_bytes_per_px must be 0, or at least what the pixels take")
        if (self.looks_per_scene - 1) * self.look_gap_s >= self.interval_s:
            raise ValueError("the looks at a scene, look_gap_s apart, must end before the next, within interval_s")
        if self.needs_land and self.needs_sea:
            raise ValueError("needs_land and needs_sea leave nothing to expose")
        return self
