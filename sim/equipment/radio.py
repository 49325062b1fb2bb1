"""Radios."""

from typing import Annotated

from pydantic import Field

from sim.equipment.records import NonNegative, Number, Record


class Radio(Record):
    """A transceiver of fixed rates."""

    name: str
    downlink_rate_bps: Annotated[Number, Field(ge=100, le=1e12)]
    uplink_rate_bps: Annotated[Number, Field(ge=100, le=1e12)]
    transmit_w: NonNegative
    frame_length_bytes: Annotated[int, Field(ge=128, le=2048)]
    station_latency_s: NonNegative
