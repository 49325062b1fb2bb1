"""The bytes of images and thumbnails: round trips, sizes, places, and what malformed bytes do."""

from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.payload.image_products import image_of, shrunk
from onboard.payload.imagery import Frame, Planes
from onboard.payload.products import (
    CODECS,
    IMAGE,
    MAX_IMAGE_SAMPLES,
    Codec,
    ImageProduct,
    decode_image,
    encode_image,
    image_frame_id,
    locate,
)
from onboard.payload.varints import varints

SQUARE_DEG = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)


LOSSLESS = [codec for codec in CODECS if codec != "jpeg2000"]


def check_image(image: ImageProduct) -> None:
    """What was made of damaged bytes is an image all the same."""
    assert image.planes.shape == (len(image.bands), image.height_px, image.width_px)
    assert image.planes.size <= MAX_IMAGE_SAMPLES
    assert 1 <= image.bit_depth <= 16


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


@pytest.mark.parametrize("codec", LOSSLESS)
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


def test_jpeg_2000_has_the_quality_that_was_asked_for() -> None:
    planes = np.random.default_rng(3).integers(0, 4096, (2, 96, 80)).astype(np.uint16)
    sizes = []
    for psnr_db in (40.0, 50.0, 60.0):
        data = encode_image(_image(planes, "jpeg2000"), psnr_db)
        arrived = decode_image(data)
        error = arrived.planes.astype(float) - planes
        assert (arrived.codec, arrived.bit_depth) == ("jpeg2000", 12)
        assert 10 * np.log10(4095**2 / np.mean(error**2)) == pytest.approx(psnr_db, abs=0.5)
        sizes.append(len(data))
    assert sizes == sorted(sizes)


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


@given(st.binary(max_size=80))
def test_any_bytes_are_an_image_or_raise_value_error(data: bytes) -> None:
    for kind in (b"", bytes([IMAGE, 0, 12, 1]), bytes([IMAGE, 1, 12, 1])):
        with suppress(ValueError):
            check_image(decode_image(kind + data))
        with suppress(ValueError):
            image_frame_id(kind + data)


def test_a_claim_of_endless_echoes_reserves_nothing() -> None:
    planes = np.ones((1, 1, 1), np.uint16)
    image = replace(_image(planes), bands=("vv",), scale=(1.0,), offset=(0.0,))
    honest = encode_image(image)
    assert honest.endswith(varints(0) + b"\x00\x10")
    with pytest.raises(ValueError, match="echoes"):
        decode_image(honest[:-3] + varints(2**62) + b"\x00\x10")


def _frame(width_px: int, height_px: int) -> Frame:
    return Frame(
        frame_id=5,
        memory_ref="",
        width_px=width_px,
        height_px=height_px,
        bands=("red", "swir2", "surrogate"),
        sensed_bands=2,
        scale=(1e-4, 2e-4, 1.0),
        offset=(0.5, 0.0, 0.0),
        bit_depth=12,
        exposed_ns=77,
        footprint_deg=SQUARE_DEG,
        gsd_m=20.0,
        raw_bytes=30_000,
    )


def _ramps(width_px: int, height_px: int) -> Planes:
    """Two planes that hold each pixel's column and row, and one for a stand-in."""
    rows, cols = np.mgrid[:height_px, :width_px].astype(np.uint16)
    return np.stack([cols, rows, cols])


def test_an_image_of_a_frame_is_what_the_sensor_gave_of_it() -> None:
    frame, planes = _frame(45, 31), _ramps(45, 31)
    raw, lossless = (image_of(frame, planes, codec) for codec in ("raw", "jpegls"))
    assert raw.raw_bytes == 30_000
    assert lossless.raw_bytes == 0
    for image in (raw, lossless):
        assert image.bands == ("red", "swir2")
        assert image.footprint_deg == SQUARE_DEG
        assert np.array_equal(decode_image(encode_image(image)).planes, planes[:2])


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40), st.sampled_from(LOSSLESS))
@settings(deadline=None, max_examples=50)
def test_a_thumbnail_says_where_its_pixels_lie(width_px: int, height_px: int, shrink: int, codec: Codec) -> None:
    """What a thumbnail's pixel shows, and where it says to lie, are the same place in the frame."""
    frame = _frame(width_px, height_px)
    thumbnail = image_of(frame, _ramps(width_px, height_px), codec, shrink)
    assert thumbnail.planes.shape[1:] == (max(1, height_px // shrink), max(1, width_px // shrink))
    arrived = decode_image(encode_image(thumbnail))
    assert arrived.raw_bytes == (30_000 if codec == "raw" and shrink == 1 else 0)
    rows, cols = np.mgrid[: arrived.height_px, : arrived.width_px]
    said = locate(arrived, cols + 0.5, rows + 0.5)
    # Means of columns and rows, rounded: at most half a pixel of the frame off, a half is 20 m here at most.
    full = image_of(frame, _ramps(width_px, height_px), "raw")
    shown = locate(full, arrived.planes[0] + 0.5, arrived.planes[1] + 0.5)
    half_px_deg = 0.1 / np.array([height_px, width_px]) * 0.5
    for axis in range(2):
        assert np.abs(said[axis] - shown[axis]).max() <= half_px_deg[axis] + 3e-5


def test_what_shrinking_cuts_at_the_far_edges_is_not_in_the_footprint() -> None:
    thumbnail = image_of(_frame(1000, 1000), _ramps(1000, 1000), "raw", 16)
    assert (thumbnail.width_px, thumbnail.height_px) == (62, 62)
    # 992 of 1,000 pixels are left: 0.0992 of 0.1 degrees.
    assert thumbnail.footprint_deg == pytest.approx(
        (10.0, 20.0, 10.0, 20.0992, 9.9008, 20.0992, 9.9008, 20.0), abs=2e-5
    )
    assert image_of(_frame(1000, 1000), _ramps(1000, 1000), "raw", 8).footprint_deg == SQUARE_DEG


def test_shrinking_takes_means() -> None:
    assert shrunk(_ramps(9, 5), 4)[:2].tolist() == [[[2, 6]], [[2, 2]]]
    assert shrunk(_ramps(3, 2), 9)[:2].tolist() == [[[1]], [[0]]]
