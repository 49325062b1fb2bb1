"""Orbit Mean-Elements Messages: the standard's example, the publishers' forms, and what is wrong with a file."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sgp4 import exporter, omm
from sgp4.api import Satrec

from onboard.errors import InputError
from sim.data import sample_path
from sim.world.elements import MeanElements, TwoLineElements
from sim.world.omm import parse_omm
from sim.world.orbit import Orbits

# CCSDS 502.0-B-2, figures 4-1 and 4-2: GOES 9, as a TLE and as a message made from it.
GOES_TLE = TwoLineElements(
    "1 23581U 95025A   07064.44075725 -.00000113  00000-0  10000-3 0  9250",
    "2 23581   3.0539  81.7939 0005013 249.2363 150.1602  1.00273272 43169",
)
GOES: dict[str, Any] = {
    "OBJECT_NAME": "GOES 9",
    "OBJECT_ID": "1995-025A",
    "CENTER_NAME": "EARTH",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
    "MEAN_ELEMENT_THEORY": "SGP/SGP4",
    "EPOCH": "2007-064T10:34:41.4264",
    "MEAN_MOTION": "1.00273272",
    "ECCENTRICITY": "0.0005013",
    "INCLINATION": "3.0539",
    "RA_OF_ASC_NODE": "81.7939",
    "ARG_OF_PERICENTER": "249.2363",
    "MEAN_ANOMALY": "150.1602",
    "GM": "398600.8",
    "EPHEMERIS_TYPE": "0",
    "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": "23581",
    "ELEMENT_SET_NO": "0925",
    "REV_AT_EPOCH": "4316",
    "BSTAR": "0.0001",
    "MEAN_MOTION_DOT": "-0.00000113",
    "MEAN_MOTION_DDOT": "0.0",
}
METADATA = tuple(GOES)[:6]
TLE_PARAMETERS = tuple(GOES)[14:]
NUMBERS = (*tuple(GOES)[7:13], "BSTAR")
GOES_EPOCH = datetime(2007, 3, 5, 10, 34, 41, 426400, tzinfo=UTC)


def xml(*messages: dict[str, Any], namespace: str = "") -> str:
    """Messages as CCSDS 505.0-B lays them out."""

    def section(tag: str, fields: dict[str, Any], keys: set[str]) -> str:
        rows = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items() if key in keys)
        return f"<{tag}>{rows}</{tag}>"

    def message(fields: dict[str, Any]) -> str:
        elements = set(GOES) - set(METADATA) - set(TLE_PARAMETERS)
        data = section("meanElements", fields, elements) + section("tleParameters", fields, set(TLE_PARAMETERS))
        body = f"<segment>{section('metadata', fields, set(METADATA))}<data>{data}</data></segment>"
        return f'<omm id="CCSDS_OMM_VERS" version="2.0"><header/><body>{body}</body></omm>'

    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm{namespace}>{"".join(map(message, messages))}</ndm>'


def one(text: str) -> MeanElements:
    (elements,) = parse_omm(text, "goes.omm")
    return elements


FORMS = {
    "json": json.dumps(GOES),
    "json list": json.dumps([GOES]),
    "json numbers": json.dumps({key: float(value) if key in NUMBERS else value for key, value in GOES.items()}),
    "json as CelesTrak leaves fields out": json.dumps(
        {key: value for key, value in GOES.items() if key not in METADATA[2:]}
    ),
    "xml": xml(GOES),
    "xml with a namespace": xml(GOES, namespace=' xmlns="urn:ccsds:recommendation:navigation:schema:ndmxml"'),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_standards_example_flies_as_its_tle_does(form: str) -> None:
    elements = one(FORMS[form])
    assert (elements.name, elements.norad_id, elements.epoch_utc) == ("GOES 9", 23581, GOES_EPOCH)
    t_s = np.arange(0.0, 86400.0, 3600.0)
    ours, theirs = (Orbits([of], GOES_EPOCH).positions_teme(t_s)[0] for of in (elements, GOES_TLE))
    # The TLE's epoch has eight decimals of a day: 0.4 ms, 1.3 m.
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_the_sample_flies_as_the_sgp4_package_reads_it() -> None:
    path = sample_path("orbits", "cygnss-3.json")
    (elements,) = parse_omm(path.read_text(), path)
    reference = Satrec()
    omm.initialize(reference, json.loads(path.read_text())[0])
    start = elements.epoch_utc
    code, position_km, _ = reference.sgp4(reference.jdsatepoch, reference.jdsatepochF + 0.5)
    assert code == 0
    np.testing.assert_allclose(Orbits([elements], start).positions_teme(43200.0)[0, 0], position_km, atol=1e-5)


def test_several_objects_keep_their_order() -> None:
    second = GOES | {"OBJECT_NAME": "OTHER", "NORAD_CAT_ID": "123456789"}
    for text in (json.dumps([GOES, second]), xml(GOES, second)):
        assert [(found.name, found.norad_id) for found in parse_omm(text, "two")] == [
            ("GOES 9", 23581),
            ("OTHER", 123456789),
        ]


def test_what_the_sgp4_package_writes_is_read() -> None:
    record = Satrec.twoline2rv(GOES_TLE.line1, GOES_TLE.line2)
    elements = one(json.dumps(exporter.export_omm(record, "GOES 9")))
    assert elements.mean_motion_rev_per_day == pytest.approx(1.00273272, abs=1e-12)
    assert abs(elements.epoch_utc - GOES_EPOCH).total_seconds() < 1e-3


WITHOUT = {key: {other: value for other, value in GOES.items() if other != key} for key in GOES}
NEEDED = (*tuple(GOES)[6:13], "BSTAR")


@pytest.mark.parametrize("field", NEEDED)
@pytest.mark.parametrize("write", [json.dumps, xml])
def test_a_missing_field_is_named(field: str, write: Any) -> None:
    with pytest.raises(InputError) as caught:
        parse_omm(write(WITHOUT[field]), "goes.omm")
    assert str(caught.value) == f"goes.omm: GOES 9: {field}: is missing"


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("MEAN_MOTION", "one", "number"),
        ("MEAN_MOTION", "", "number"),
        ("MEAN_MOTION", "NaN", "finite"),
        ("MEAN_MOTION", "19", "less than or equal to 18"),
        ("ECCENTRICITY", "1.0", "less than 1"),
        ("INCLINATION", "181", "less than or equal to 180"),
        ("EPOCH", "yesterday", "must be an instant such as 2026-06-01T10:00:00.5"),
        ("EPOCH", "2026-13-01T00:00:00", "month"),
        ("EPOCH", "2026-400T00:00:00", "day of the year"),
        ("REF_FRAME", "EME2000", "must be 'TEME'"),
        ("CENTER_NAME", "MOON", "must be 'EARTH'"),
        ("TIME_SYSTEM", "TAI", "must be 'UTC'"),
        ("MEAN_ELEMENT_THEORY", "DSST", "must be 'SGP4' or 'SGP/SGP4'"),
        ("EPHEMERIS_TYPE", "4", "must be "),
        ("NORAD_CAT_ID", "-1", "greater than or equal to 0"),
    ],
)
@pytest.mark.parametrize("write", [json.dumps, xml])
def test_a_wrong_field_is_named_with_its_value_and_rule(field: str, value: str, rule: str, write: Any) -> None:
    with pytest.raises(InputError, match=rule) as caught:
        parse_omm(write(GOES | {field: value}), "goes.omm")
    assert str(caught.value).startswith(f"goes.omm: GOES 9: {field} = {value!r}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [True, None, [1.0], {}])
def test_json_values_of_another_kind_are_refused(value: Any) -> None:
    with pytest.raises(InputError, match="MEAN_MOTION"):
        parse_omm(json.dumps(GOES | {"MEAN_MOTION": value}), "goes.omm")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "XML, or JSON"),
        ("CCSDS_OMM_VERS = 2.0", "XML, or JSON"),
        ("[]", "holds no orbit mean-elements message"),
        ("[1]", "message 1: an OMM in JSON is an object"),
        ("<ndm>", "not valid XML"),
        ("<ndm/>", "holds no orbit mean-elements message"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><ndm>&b;</ndm>', "document type"),
        ('[{"OBJECT_NAME": 3}]', "OBJECT_NAME"),
        ("{}", "message 1: EPOCH: is missing"),
    ],
)
def test_files_that_are_no_omm(text: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule) as caught:
        parse_omm(text, "goes.omm")
    assert str(caught.value).startswith("goes.omm: ")


def test_a_name_of_leap_years_day_is_the_last() -> None:
    assert one(json.dumps(GOES | {"EPOCH": "2024-366T23:59:59.999999Z"})).epoch_utc == datetime(
        2024, 12, 31, 23, 59, 59, 999999, tzinfo=UTC
    )
