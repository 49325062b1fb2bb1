"""Reads Orbit Mean-Elements Messages (CCSDS 502.0-B, section 4) in XML (CCSDS 505.0-B) and in JSON.

JSON has no CCSDS standard: it is one object or a list of them with the message's keywords, as CelesTrak and
Space-Track publish it. Both leave out what is the same in every message, and Space-Track writes numbers as texts.
"""

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from onboard.errors import InputError
from sim.blame import validated
from sim.world.elements import (
    Angle,
    CatalogueNumber,
    DragTerm,
    Eccentricity,
    Inclination,
    MeanElements,
    MeanMotion,
    Utc,
)

_EPOCH = re.compile(r"(\d{4})-(?:(\d{3})|\d{2}-\d{2})T(\d{2}:\d{2}:\d{2}(?:\.\d+)?)Z?")
_SECTIONS = ("metadata", "data/meanElements", "data/tleParameters")


def _epoch(value: object) -> object:
    """CCSDS time codes: a calendar date, or a day of the year (CCSDS 301.0-B, ASCII time codes A and B)."""
    match = _EPOCH.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be an instant such as 2026-06-01T10:00:00.5 or 2026-152T10:00:00.5")
    year, day_of_year, time = match.groups()
    if day_of_year is None:
        return match[0].removesuffix("Z")
    date = datetime(int(year), 1, 1, tzinfo=UTC) + timedelta(days=int(day_of_year) - 1)
    if date.year != int(year):
        raise ValueError("must name a day of the year")
    return f"{date:%Y-%m-%d}T{time}"


class _Message(BaseModel):
    """The keywords that matter here, under their own names."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    OBJECT_NAME: str = ""
    NORAD_CAT_ID: CatalogueNumber = 0
    CENTER_NAME: Literal["EARTH"] = "EARTH"
    REF_FRAME: Literal["TEME"] = "TEME"
    TIME_SYSTEM: Literal["UTC"] = "UTC"
    MEAN_ELEMENT_THEORY: Literal["SGP4", "SGP/SGP4"] = "SGP4"
    EPHEMERIS_TYPE: Annotated[Literal["", "0"], BeforeValidator(str)] = "0"
    """0 is SGP4; 4 is SGP4-XP, whose elements SGP4 misreads."""
    EPOCH: Annotated[Utc, BeforeValidator(_epoch)]
    MEAN_MOTION: MeanMotion
    ECCENTRICITY: Eccentricity
    INCLINATION: Inclination
    RA_OF_ASC_NODE: Angle
    ARG_OF_PERICENTER: Angle
    MEAN_ANOMALY: Angle
    BSTAR: DragTerm

    def elements(self) -> MeanElements:
        return MeanElements(
            name=self.OBJECT_NAME,
            norad_id=self.NORAD_CAT_ID,
            epoch_utc=self.EPOCH,
            mean_motion_rev_per_day=self.MEAN_MOTION,
            eccentricity=self.ECCENTRICITY,
            inclination_deg=self.INCLINATION,
            raan_deg=self.RA_OF_ASC_NODE,
            arg_of_pericenter_deg=self.ARG_OF_PERICENTER,
            mean_anomaly_deg=self.MEAN_ANOMALY,
            bstar_per_earth_radius=self.BSTAR,
        )


def parse_omm(text: str, source: str | Path) -> list[MeanElements]:
    """The mean elements of every object in a file. Raises InputError that names the object and its field."""
    rows = list(_xml_rows(text, source) if text.lstrip("\ufeff \r\n\t").startswith("<") else _json_rows(text, source))
    if not rows:
        raise InputError(source, "holds no orbit mean-elements message")
    return [
        validated(_Message, row, f"{source}: {row.get('OBJECT_NAME') or f'message {place}'}").elements()
        for place, row in enumerate(rows, start=1)
    ]


def _json_rows(text: str, source: str | Path) -> Iterator[dict[str, Any]]:
    try:
        content = json.loads(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        raise InputError(source, f"an OMM is XML, or JSON, which this is not: {error}") from None
    rows = content if isinstance(content, list) else [content]
    for place, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise InputError(
                source, "an OMM in JSON is an object of keywords, or a list of them", key=f"message {place}"
            )
        yield row


def _xml_rows(text: str, source: str | Path) -> Iterator[dict[str, Any]]:
    if "<!DOCTYPE" in text:
        raise InputError(source, "an OMM needs no document type, and none is read")
    try:
        root = ElementTree.fromstring(text.lstrip("\ufeff \r\n\t"))
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(source, f"not valid XML: {error}") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    for segment in root.iter("segment"):
        fields = (field for section in _SECTIONS for field in segment.findall(f"{section}/*"))
        yield {field.tag: field.text or "" for field in fields}
