"""Lists with chips: round trips, what is chosen and how exact, and what malformed bytes do."""

import tracemalloc
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onboard.payload.chip_cutting import chips_of
from onboard.payload.chips import (
    CHIPS,
    MAX_CHIPS_SAMPLES,
    Chip,
    ChipsProduct,
    chip_corner,
    decode_chips,
    encode_chips,
)
from onboard.payload.compression import decode_rice, encode_rice
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame, Planes
from onboard.payload.products import DetectionList, decode, encode
from onboard.payload.varints import varints

SQUARE_DEG = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)
LIST = DetectionList(
    model_sha256_prefix=bytes.fromhex("deadbeef"),
    task="ship",
    frame_id=3,
    exposed_ns=10**9,
    width_px=100,
    height_px=80,
    footprint_deg=SQUARE_DEG,
    position_error_m=12.0,
    detections=(
        Detection(0, 0, 1, 1, 1, 0.5, 0),
        Detection(50, 40, 60, 45, 0, 0.9, 3),
        Detection(97, 70, 100, 80, 0, 0.7, 2),
    ),
)
FRAME = Frame(
    frame_id=3,
    memory_ref="",
    width_px=100,
    height_px=80,
    bands=("blue", "green", "red", "nir", "copy"),
    sensed_bands=4,
    scale=(0.5, 0.25, 2.0, 1.0, 1.0),
    offset=(0.0, -3.0, 10.0, 0.0, 0.0),
    bit_depth=12,
    exposed_ns=10**9,
    footprint_deg=SQUARE_DEG,
    gsd_m=10.0,
)


def _noise(seed: int, bands: int = 5) -> Planes:
    return np.random.default_rng(seed).integers(0, 4096, (bands, 80, 100)).astype(np.uint16)


def _flat() -> Planes:
    """Dark planes in which the second detection shines, in the second and the fourth band most."""
    planes = np.full((5, 80, 100), 100, np.uint16)
    for band, light in enumerate((110, 4000, 200, 900, 4000)):
        planes[band, 40:45, 50:60] = light
    return planes


def equal(one: ChipsProduct, other: ChipsProduct) -> bool:
    """Whether two products say the same; their lists and chips in one order."""
    plain = ("found", "side_px", "bit_depth", "bands", "scale", "offset")
    return (
        all(getattr(one, name) == getattr(other, name) for name in plain)
        and [chip.detection for chip in one.chips] == [chip.detection for chip in other.chips]
        and all(np.array_equal(a.planes, b.planes) for a, b in zip(one.chips, other.chips, strict=True))
    )


@st.composite
def products(draw: st.DrawFn) -> ChipsProduct:
    width_px, height_px = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    detections = []
    for _ in range(draw(st.integers(0, 12))):
        x0, y0 = draw(st.integers(0, width_px - 1)), draw(st.integers(0, height_px - 1))
        x1, y1 = draw(st.integers(x0 + 1, width_px)), draw(st.integers(y0 + 1, height_px))
        rest = draw(st.integers(0, 2)), draw(st.floats(0, 1)), draw(st.integers(0, 7))
        detections.append(Detection(x0, y0, x1, y1, *rest))
    found = replace(LIST, width_px=width_px, height_px=height_px, detections=tuple(detections))
    side_px = draw(st.integers(1, min(20, width_px, height_px)))
    bit_depth = draw(st.integers(1, 16))
    n_bands = draw(st.integers(1, 3))
    shown = draw(st.lists(st.sampled_from(detections), unique=True)) if detections else []
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    pixels = rng.integers(0, 1 << bit_depth, (len(shown), n_bands, side_px, side_px)).astype(np.uint16)
    calibration = tuple(draw(st.floats(-1e9, 1e9)) for _ in range(n_bands))
    chips = tuple(Chip(one, crop) for one, crop in zip(shown, pixels, strict=True))
    names = ("swir2", "nir", "vv")[:n_bands]
    return ChipsProduct(found, side_px, bit_depth, names, calibration, calibration[::-1], chips)


@given(products())
@settings(deadline=None)
def test_what_arrives_is_what_was_sent(product: ChipsProduct) -> None:
    data = encode_chips(product)
    arrived = decode_chips(data)
    assert encode_chips(arrived) == data
    found = decode(encode(product.found))
    place = {one: number for number, one in reversed(list(enumerate(found.detections)))}
    chips = sorted(product.chips, key=lambda chip: place[chip.detection])
    assert equal(arrived, replace(product, found=found, chips=tuple(chips)))


# Written by hand from the format's description; the list as in test_detection_lists, the pixel by 121.0-B-3.
GOLDEN = bytes.fromhex(
    "31"  # chips, version 1
    "deadbeef 0473686970 03 8094ebdc03 64 50"  # model, "ship", frame 3, 1,000,000,000 ns, 100 x 80
    "80897a 8092f401 00 a09c01 9f9c01 00 00 00"  # the footprint
    "0c 01"  # 12 m, one class
    "00 01 80a206 59 b2"  # class 0, one detection: strip 4, column 1, row 0: 6,416 x 16; 10 x 6; confidence 178
    "01 08 01"  # side 1, 8 bits, one band
    "026972 3fe0000000000000 c008000000000000"  # "ir", 0.5, -3.0
    "01 00"  # one chip, of the first detection
)


def test_golden_header() -> None:
    found = replace(LIST, detections=(Detection(1, 64, 11, 70, 0, 0.7, 0),))
    chip = Chip(found.detections[0], np.array([[[171]]], np.uint16))
    data = encode_chips(ChipsProduct(found, 1, 8, ("ir",), (0.5,), (-3.0,), (chip,)))
    assert data[: len(GOLDEN)] == GOLDEN
    assert decode_rice(data[len(GOLDEN) :], (1, 1, 1), 8).tolist() == [[[171]]]


def test_a_chip_lies_round_its_detection_as_far_as_the_frame_reaches() -> None:
    assert [chip_corner(LIST, one, 16) for one in LIST.detections] == [(0, 0), (47, 34), (84, 64)]
    whole = replace(LIST, width_px=16, height_px=200)
    assert chip_corner(whole, Detection(0, 0, 16, 200, 0, 0.5, 0), 16) == (0, 92)


@pytest.mark.parametrize("seed", range(3))
def test_chips_are_what_the_frame_shows_there(seed: int) -> None:
    planes = _noise(seed)
    product = chips_of(FRAME, planes, LIST, bands=("nir", "blue"), most_bytes=10_000)
    assert [chip.detection.confidence for chip in product.chips] == sorted(
        (one.confidence for one in LIST.detections), reverse=True
    )
    assert (product.bands, product.scale, product.offset) == (("nir", "blue"), (1.0, 0.5), (0.0, 0.0))
    assert product.bit_depth == 12
    for chip in product.chips:
        x, y = chip_corner(LIST, chip.detection, 16)
        assert np.array_equal(chip.planes, planes[[3, 0], y : y + 16, x : x + 16])


@pytest.mark.parametrize("most_bytes", [5000, 3800, 3000, 2400, 1200, 200, 0])
def test_chips_fit_as_exactly_as_there_is_room(most_bytes: int) -> None:
    planes = _noise(5)
    product = chips_of(FRAME, planes, LIST, most_bytes=most_bytes)
    alone = len(encode_chips(replace(product, chips=())))
    data = encode_chips(product)
    print(f"{most_bytes} bytes: {len(product.chips)} chips of {product.bit_depth} bits in {len(data)}")
    assert len(data) <= max(most_bytes, alone)
    assert product.bit_depth >= 6
    step = 1 << 12 - product.bit_depth
    for chip in product.chips:
        x, y = chip_corner(LIST, chip.detection, 16)
        for plane, band, scale, offset in zip(chip.planes, product.bands, product.scale, product.offset, strict=True):
            at = FRAME.bands.index(band)
            truth = planes[at, y : y + 16, x : x + 16] * FRAME.scale[at] + FRAME.offset[at]
            assert np.abs(plane * scale + offset - truth).max() <= (step - 1) / 2 * FRAME.scale[at]


def test_more_room_is_never_used_worse() -> None:
    planes = _noise(6)
    made = [chips_of(FRAME, planes, LIST, most_bytes=n) for n in range(200, 5200, 200)]
    worth = [(len(product.chips), product.bit_depth if product.chips else 0) for product in made]
    assert all(less <= more for less, more in pairwise(worth))
    assert worth[0][0] == 0
    assert worth[-1] == (3, 12)


def test_the_bands_in_which_targets_stand_out_are_shown() -> None:
    shown = chips_of(FRAME, _flat(), LIST)
    assert shown.bands == ("green", "red", "nir")
    assert chips_of(FRAME, _flat(), LIST, bands=("copy", "red", "red", "thermal")).bands == ("red",)
    assert chips_of(replace(FRAME, sensed_bands=1), _flat(), LIST).bands == ("blue",)


def test_the_most_confident_get_chips_and_each_one_only() -> None:
    twice = replace(LIST, detections=(*LIST.detections, LIST.detections[1]))
    for most, expected in ((0, []), (1, [1]), (2, [1, 2]), (9, [1, 2, 0])):
        product = chips_of(FRAME, _flat(), twice, most_chips=most)
        assert [chip.detection for chip in product.chips] == [LIST.detections[place] for place in expected]
        assert encode_chips(decode_chips(encode_chips(product))) == encode_chips(product)


def test_a_small_frame_has_small_chips_and_an_empty_list_none() -> None:
    found = replace(LIST, width_px=7, height_px=9, detections=(Detection(0, 0, 7, 9, 0, 0.5, 0),))
    product = chips_of(replace(FRAME, width_px=7, height_px=9), _flat()[:, :9, :7], found)
    assert product.side_px == 7
    empty = chips_of(FRAME, _flat(), replace(LIST, detections=()))
    assert decode_chips(encode_chips(empty)).chips == ()


def test_pixels_beyond_the_declared_depth_are_kept() -> None:
    planes = _flat()
    planes[1, 42, 52] = 60_000
    product = chips_of(FRAME, planes, LIST, bands=("green",))
    assert product.bit_depth == 16
    assert max(int(chip.planes.max()) for chip in product.chips) == 60_000


@pytest.mark.parametrize(
    "change",
    [
        {"bands": ()},
        {"bands": ("a", "b", "c", "d"), "scale": (1.0,) * 4, "offset": (0.0,) * 4},
        {"scale": (1.0,)},
        {"scale": (float("nan"),) * 3},
        {"side_px": 0},
        {"side_px": 15},
        {"side_px": 81},
        {"bit_depth": 5},
        {"bit_depth": 17},
        {"found": replace(LIST, detections=LIST.detections[:1])},
        {"found": replace(LIST, task="")},
    ],
)
def test_what_does_not_fit_the_format_is_not_sent(change: dict[str, Any]) -> None:
    product = chips_of(FRAME, _noise(1), LIST)
    with pytest.raises(ValueError):  # noqa: PT011 - one type for every field, each with its own text
        encode_chips(replace(product, **change))
    twice = replace(product, chips=(*product.chips, product.chips[0]))
    with pytest.raises(ValueError, match="second one"):
        encode_chips(twice)


SOUND = encode_chips(chips_of(FRAME, _noise(1)[:, ::2, ::2].repeat(2, 1).repeat(2, 2), LIST, most_bytes=700))


@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255), st.integers(0, 40), st.binary(max_size=9))
@settings(deadline=None, max_examples=300)
@example(1, SOUND[1], 0, b"\0")
@example(0, 0x32, 0, b"")
def test_damaged_chips_raise_value_error_or_are_sound(at: int, byte: int, cut: int, more: bytes) -> None:
    damaged = SOUND[:at] + bytes([byte]) + SOUND[at + 1 : len(SOUND) - cut] + more
    with suppress(ValueError):
        product = decode_chips(damaged)
        assert equal(decode_chips(encode_chips(product)), product)


@given(st.binary(max_size=120))
@settings(deadline=None)
def test_any_bytes_decode_or_raise_value_error(data: bytes) -> None:
    for kind in (b"", bytes([CHIPS]), SOUND[: len(SOUND) // 4]):
        with suppress(ValueError):
            assert isinstance(decode_chips(kind + data), ChipsProduct)


def test_hostile_numbers_reserve_little() -> None:
    fields = encode(LIST)[1:]
    band = b"\x01a" + bytes(16)
    claims = [
        bytes([CHIPS]) + fields + bytes([255, 16, 3]) + 3 * band + varints(3, 0, 0, 0),
        bytes([CHIPS]) + fields + bytes([64, 16, 3]) + 3 * band + varints(2**62, *(0,) * 50),
        bytes([CHIPS]) + fields + bytes([64, 16, 3]) + 3 * band + varints(1, 2**62),
        bytes([CHIPS]) + fields + bytes([0, 16, 1]) + band + varints(1, 0),
        bytes([CHIPS]) + fields + bytes([64, 0, 255]) + 3 * band,
    ]
    tracemalloc.start()
    for claim in claims:
        for tail in (b"", bytes(500), b"\xff" * 500):
            with pytest.raises(ValueError):  # noqa: PT011 - each lies in its own way
                decode_chips(claim + tail)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 40 * MAX_CHIPS_SAMPLES


@given(st.integers(1, 16), st.tuples(st.integers(1, 5), st.integers(1, 20), st.integers(1, 20)), st.integers(0, 99))
@settings(deadline=None)
def test_rice_coding_loses_nothing(bit_depth: int, shape: tuple[int, int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    rough = rng.integers(0, 1 << bit_depth, shape)
    for samples in (rough, rough >> rng.integers(0, bit_depth), np.full(shape, (1 << bit_depth) - 1)):
        planes = samples.astype(np.uint16)
        data = encode_rice(planes, bit_depth)
        assert np.array_equal(decode_rice(data, shape, bit_depth), planes)
        with suppress(ValueError):
            assert int(decode_rice(data[:-1], shape, bit_depth).max()) < 1 << bit_depth


def test_rice_coding_refuses_other_numbers_of_samples() -> None:
    planes = _noise(2)
    data = encode_rice(planes, 12)
    for shape in ((5, 80, 98), (5, 80, 102), (6, 80, 100)):
        with pytest.raises(ValueError, match=r"Rice coded|output buffer"):
            decode_rice(data, shape, 12)
