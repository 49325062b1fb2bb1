"""Ground stations and the networks that run them."""

from typing import Annotated

from pydantic import Field

from sim.equipment.records import Number, Record


class StationSite(Record):
    """A ground station."""

    name: str
    latitude_deg: Annotated[Number, Field(ge=-90, le=90)]
    longitude_deg: Annotated[Number, Field(ge=-180, le=180)]
    altitude_m: Annotated[Number, Field(ge=-430, le=9000)] = 0.0
    bands: tuple[str, ...] = ()


class StationNetwork(Record):
    """A provider's stations."""

    network: str
    source: str
    licence: str
    stations: tuple[StationSite, ...]
