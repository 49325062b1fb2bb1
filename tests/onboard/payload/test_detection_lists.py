"""The bytes of detection lists: a golden vector, round trips, and what malformed bytes do."""

from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onboard.payload.detections import Detection
from onboard.payload.products import DETECTION_LIST, DetectionList, decode, encode, locate

SQUARE_DEG = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)
LIST = DetectionList(
    model_sha256_prefix=bytes.fromhex("deadbeef"),
    task="wildfire",
    frame_id=300,
    exposed_ns=1_000_000_000,
    width_px=1024,
    height_px=768,
    footprint_deg=SQUARE_DEG,
    position_error_m=12.3,
    detections=(
        Detection(0, 0, 1, 1, 1, 0.5, 0),
        Detection(0, 16, 20, 18, 0, 0.0, 7),
        Detection(5, 3, 8, 5, 0, 1.0, 2),
    ),
)

# Written by hand from the format's description; varints checked against the Protocol Buffers encoding guide.
GOLDEN = bytes.fromhex(
    "12"  # detection list, version 2
    "deadbeef"  # model
    "08 77696c6466697265"  # "wildfire"
    "ac02"  # frame 300
    "8094ebdc03"  # 1,000,000,000 ns
    "8008 8006"  # 1024 x 768
    "80897a 8092f401"  # 10 and 20 degrees: zigzag 2,000,000 and 4,000,000
    "00 a09c01"  # 0 and +0.1 degrees: zigzag 20,000
    "9f9c01 00"  # -0.1 degrees and 0: zigzag 19,999
    "00 00"  # closes the parallelogram
    "0d"  # 13 m
    "02"  # two classes
    "00 02"  # class 0, two detections
    "b40a 12 ff"  # strip 0, column 5, row 3: 83 x 16 + size class 2 x 2; height 2 and width 3; confidence 255
    "dff50f 1301 00"  # strip 1, column 0, row 0: (16,384 - 83) x 16 + 7 x 2 + 1; 20 x 2; confidence 0
    "01 01"  # class 1, one detection
    "00 00 80"  # the first pixel; size class 0, confidence 128
)


@st.composite
def detection_lists(draw: st.DrawFn) -> DetectionList:
    width_px, height_px = draw(st.integers(1, 65_535)), draw(st.integers(1, 65_535))
    detections = []
    for _ in range(draw(st.integers(0, 20))):
        x0, y0 = draw(st.integers(0, width_px - 1)), draw(st.integers(0, height_px - 1))
        x1, y1 = draw(st.integers(x0 + 1, width_px)), draw(st.integers(y0 + 1, height_px))
        rest = draw(st.integers(0, 300)), draw(st.floats(0, 1)), draw(st.integers(0, 7))
        detections.append(Detection(x0, y0, x1, y1, *rest))
    corners = [draw(st.floats(limit, -limit)) for limit in (-90.0, -180.0) * 4]
    return DetectionList(
        model_sha256_prefix=draw(st.binary(min_size=4, max_size=4)),
        task=draw(st.text("abc-0", min_size=1, max_size=32)),
        frame_id=draw(st.integers(0, 2**40)),
        exposed_ns=draw(st.integers(0, 2**62)),
        width_px=width_px,
        height_px=height_px,
        footprint_deg=tuple(corners),
        position_error_m=draw(st.floats(0, 1e6)),
        detections=tuple(detections),
    )


def _as_set(product: DetectionList) -> list[Detection]:
    return sorted(product.detections, key=repr)


def test_golden_bytes() -> None:
    assert encode(LIST) == GOLDEN
    arrived = decode(GOLDEN)
    assert arrived.detections == (LIST.detections[2], LIST.detections[1], LIST.detections[0])
    assert arrived == replace(LIST, position_error_m=13.0, detections=arrived.detections)


@given(detection_lists())
@settings(deadline=None)
def test_what_arrives_is_what_was_sent(product: DetectionList) -> None:
    data = encode(product)
    arrived = decode(data)
    assert encode(arrived) == data
    assert _as_set(arrived) == _as_set(product)
    assert 0 <= arrived.position_error_m - product.position_error_m <= 1
    apart_deg = (np.subtract(arrived.footprint_deg, product.footprint_deg) + 180) % 360 - 180
    assert np.abs(apart_deg).max() <= 0.51e-5
    same = ("model_sha256_prefix", "task", "frame_id", "exposed_ns", "width_px", "height_px")
    assert all(getattr(arrived, name) == getattr(product, name) for name in same)


@given(detection_lists(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_the_order_of_detections_changes_no_byte(product: DetectionList, random: Random) -> None:
    shuffled = list(product.detections)
    random.shuffle(shuffled)
    assert encode(replace(product, detections=tuple(shuffled))) == encode(product)


@given(st.binary(max_size=80))
@example(b"")
def test_any_bytes_decode_or_raise_value_error(data: bytes) -> None:
    for kind in (b"", bytes([DETECTION_LIST])):
        with suppress(ValueError):
            assert encode(decode(kind + data)) == kind + data


@given(st.integers(0, len(GOLDEN) - 1), st.integers(0, 255), st.integers(0, 3))
def test_damaged_lists_raise_value_error_or_are_canonical(at: int, byte: int, cut: int) -> None:
    data = GOLDEN[:at] + bytes([byte]) + GOLDEN[at + 1 : len(GOLDEN) - cut]
    try:
        assert encode(decode(data)) == data
    except ValueError:
        return


@pytest.mark.parametrize("data", [GOLDEN[:-1], GOLDEN + b"\x00", bytes([DETECTION_LIST - 1]) + GOLDEN[1:], GOLDEN[:20]])
def test_cut_longer_and_foreign_products_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"detection list|ends early|canonical"):
        decode(data)


@pytest.mark.parametrize(
    "change",
    [
        {"task": ""},
        {"task": "é"},
        {"model_sha256_prefix": b"abc"},
        {"width_px": 0},
        {"position_error_m": float("nan")},
        {"footprint_deg": (91.0, *SQUARE_DEG[1:])},
        {"detections": (Detection(1020, 0, 1025, 1, 0, 0.5, 0),)},
    ],
)
def test_what_does_not_fit_the_format_is_not_sent(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - one type for every field, each with its own text
        encode(replace(LIST, **change))


def test_points_lie_between_the_corners_also_at_the_antimeridian() -> None:
    lat, lon = locate(LIST, [0, 1024, 512], [0, 768, 384])
    assert lat == pytest.approx([10.0, 9.9, 9.95], abs=1e-5)
    assert lon == pytest.approx([20.0, 20.1, 20.05], abs=1e-5)
    assert locate(LIST, [], [])[0].shape == (0,)
    crossing = replace(LIST, footprint_deg=(1.0, 179.9, 1.0, -179.9, 0.8, -179.9, 0.8, 179.9))
    _, lon = locate(crossing, [256, 512, 768], [384, 384, 384])
    assert (lon + 360) % 360 == pytest.approx([179.95, 180.0, 180.05], abs=1e-5)
    polar = replace(LIST, footprint_deg=(89.9, 0.0, 89.9, 90.0, 89.9, 180.0, 89.9, -90.0))
    assert locate(polar, 512, 384)[0] == pytest.approx(90.0)
