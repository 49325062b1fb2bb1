"""Ground stations and the networks that run them."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sim.equipment.antenna import Antenna
from sim.equipment.records import Number, Record

LOWEST_HORIZON_DEG = -5.0
"""The sea's horizon, seen from 24 km up."""


def _is_mask(mask: object) -> object:
    """Pairs of numbers within their ranges, azimuths ascending."""
    pairs = mask if isinstance(mask, (list, tuple)) else [None]
    plain = [pair for pair in pairs if isinstance(pair, (list, tuple)) and len(pair) == 2]
    numbers = [number for pair in plain for number in pair if type(number) in (int, float)]
    azimuths, elevations = numbers[::2], numbers[1::2]
    if (
        len(numbers) != 2 * len(pairs)
        or any(not 0.0 <= azimuth < 360.0 for azimuth in azimuths)
        or any(not LOWEST_HORIZON_DEG <= elevation < 90.0 for elevation in elevations)
        or any(after <= before for before, after in pairwise(azimuths))
    ):
        raise ValueError(
            "must be a list of [azimuth_deg, elevation_deg], azimuths from 0 to under 360 and ascending, "
            f"elevations from {LOWEST_HORIZON_DEG:g} to under 90"
        )
    return mask


HorizonMask = Annotated[tuple[tuple[Number, Number], ...], BeforeValidator(_is_mask)]


class StationSite(Record):
    """A ground station, or a field terminal: a responder's small antenna that only receives what satellites broadcast.

    The horizon mask is straight from pair to pair, round the circle.
    """

    name: str
    latitude_deg: Annotated[Number, Field(ge=-90, le=90)]
    longitude_deg: Annotated[Number, Field(ge=-180, le=180)]
    altitude_m: Annotated[Number, Field(ge=-430, le=9000)] = 0.0
    kind: Literal["station", "field-terminal"] = "station"
    bands: tuple[str, ...] = ()
    horizon_mask_deg: HorizonMask = ()
    antenna: Antenna | None = None


class StationNetwork(Record):
    """A provider's stations."""

    network: str
    source: str
    licence: str
    stations: tuple[StationSite, ...]
