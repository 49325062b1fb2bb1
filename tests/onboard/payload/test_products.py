"""The bytes of products: a golden vector, round trips, sizes, and what malformed bytes do."""

import sys
from contextlib import suppress
from dataclasses import fields, replace
from random import Random
from subprocess import run
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onboard.payload.detections import Detection
from onboard.payload.imagery import Planes
from onboard.payload.products import (
    CODECS,
    DETECTION_LIST,
    IMAGE,
    MAX_IMAGE_SAMPLES,
    Codec,
    DetectionList,
    ImageProduct,
    decode,
    decode_image,
    encode,
    encode_image,
    locate,
)

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
    for kind in (b"", bytes([DETECTION_LIST]), bytes([IMAGE, 0, 12, 1])):
        with suppress(ValueError):
            assert encode(decode(kind + data)) == kind + data
        with suppress(ValueError):
            check_image(decode_image(kind + data))


def check_image(image: ImageProduct) -> None:
    """What was made of damaged bytes is an image all the same."""
    assert image.planes.shape == (len(image.bands), image.height_px, image.width_px)
    assert image.planes.size <= MAX_IMAGE_SAMPLES
    assert 1 <= image.bit_depth <= 16


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


def _clustered(n: int, seed: int) -> tuple[Detection, ...]:
    rng = np.random.default_rng(seed)
    centre = rng.integers(100, 900, (8, 2))[rng.integers(0, 8, n)]
    y0, x0 = np.clip(centre + np.rint(rng.normal(0, 25, (n, 2))).astype(int), 0, 1000).T.tolist()
    w, h = rng.integers(1, 17, (2, n)).tolist()
    return tuple(Detection(x0[i], y0[i], x0[i] + w[i], y0[i] + h[i], i % 2, i / n, i % 8) for i in range(n))


def test_a_hundred_clustered_detections_take_at_most_six_bytes_each() -> None:
    for seed in range(5):
        product = replace(LIST, height_px=1024, detections=_clustered(120, seed))
        assert len(encode(product)) <= 6 * 120
        bare = len(encode(replace(product, detections=())))
        assert (len(encode(product)) - bare) / 120 <= 5.5


def test_one_detection_fits_64_bytes_after_days_at_high_latitude() -> None:
    # 185 km (a Landsat scene) near 78 degrees: every delta as long as they come.
    footprint_deg = (78.91234, 178.98765, 78.61234, -173.45678, 77.01234, -174.56789, 77.31234, 178.12345)
    product = replace(
        LIST,
        frame_id=2_000_000,
        exposed_ns=6 * 86_400 * 10**9,
        height_px=1024,
        footprint_deg=footprint_deg,
        position_error_m=9_999.0,
        detections=(Detection(1000, 1000, 1016, 1016, 0, 0.7, 3),),
    )
    assert len(encode(product)) <= 64


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


def _image(planes: Planes, codec: Codec = "raw", bit_depth: int = 12) -> ImageProduct:
    return ImageProduct(
        frame_id=5,
        exposed_ns=77,
        codec=codec,
        width_px=planes.shape[2],
        height_px=planes.shape[1],
        bands=("red", "swir2"),
        scale=(1e-4, 2e-4),
        offset=(0.5, 0.0),
        bit_depth=bit_depth,
        footprint_deg=SQUARE_DEG,
        planes=planes,
    )


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    ("largest", "declared", "held"), [(4095, 12, 12), (4096, 12, 13), (200, 8, 8), (65535, 10, 16)]
)
def test_images_arrive_pixel_for_pixel(codec: Codec, largest: int, declared: int, held: int) -> None:
    planes = np.random.default_rng(3).integers(0, largest + 1, (2, 31, 45)).astype(np.uint16)
    planes[0, 0, 0] = largest
    image = _image(planes, codec, declared)
    data = encode_image(image)
    arrived = decode_image(data)
    assert np.array_equal(arrived.planes, planes)
    assert encode_image(arrived) == data
    expected = {field.name: getattr(image, field.name) for field in fields(image) if field.name != "planes"}
    assert all(getattr(arrived, name) == value for name, value in (expected | {"bit_depth": held}).items())


def test_raw_pixels_take_the_sensor_bits() -> None:
    planes = np.full((2, 64, 64), 4095, np.uint16)
    header = len(encode_image(_image(planes[:, :1, :1]))) - 3
    assert len(encode_image(_image(planes))) == header + 2 * 64 * 64 * 12 // 8


def test_a_radars_raw_image_takes_the_volume_of_its_echoes() -> None:
    planes = np.arange(2 * 9 * 11, dtype=np.uint16).reshape(2, 9, 11)
    pixels = encode_image(_image(planes))
    echoes = encode_image(replace(_image(planes), raw_bytes=10_000))
    # The same header, with 10,000 in two bytes in the place of zero in one.
    assert len(echoes) == len(pixels) - len(planes.tobytes()) * 12 // 16 + 1 + 10_000
    arrived = decode_image(echoes)
    assert (arrived.raw_bytes, arrived.planes.tolist()) == (10_000, planes.tolist())
    for damaged in (echoes[:-1], echoes + b"\0", echoes[:-1] + b"\1"):
        with pytest.raises(ValueError, match="echoes"):
            decode_image(damaged)


@pytest.mark.parametrize(
    "change",
    [
        {"codec": "zip"},
        {"raw_bytes": 1},
        {"codec": "jpegls", "raw_bytes": 1_000},
        {"bit_depth": 17},
        {"width_px": 3},
        {"offset": (0.0,)},
        {"scale": (1.0, float("inf"))},
    ],
)
def test_an_image_that_does_not_fit_is_not_sent(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - one type for every field, each with its own text
        encode_image(replace(_image(np.zeros((2, 4, 4), np.uint16)), **change))


@given(st.sampled_from(CODECS), st.integers(0, 10_000), st.integers(0, 255))
@settings(deadline=None)
def test_damaged_images_raise_value_error_or_decode(codec: Codec, at: int, byte: int) -> None:
    planes = np.arange(2 * 9 * 11, dtype=np.uint16).reshape(2, 9, 11)
    data = bytearray(encode_image(_image(planes, codec)))
    data[at % len(data)] = byte
    for damaged in (bytes(data), bytes(data)[: at % len(data)]):
        with suppress(ValueError):
            check_image(decode_image(damaged))


def test_the_ground_reads_products_without_image_codecs() -> None:
    script = (
        "import sys, onboard.payload.products\n"
        "sys.exit(any(name in sys.modules for name in ('cv2', 'onnxruntime', 'imagecodecs')))"
    )
    assert run([sys.executable, "-c", script], check=False).returncode == 0
