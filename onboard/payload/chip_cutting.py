"""Which detections get chips, of which bands, and how exact: what fits into a stated number of bytes.

Pixels lose low bits until all fit, and the rest is coded without loss. Measured on eight drawn scenes, ten chips of
16 x 16 x 3 with flames, 12 bits of which 8 are left (no pixel is off by more than 8 digital numbers, 4.6 in the root
mean square), and on their first chips alone:

| codec | ten, bytes | one, bytes |
|---|---|---|
| JPEG XL (ISO/IEC 18181), lossless | 3736 | 383 |
| WebP (RFC 9649), lossless | 4088 | 479 |
| median edge prediction, Rice coder of CCSDS 121.0-B | 4253 | 399 |
| JPEG-LS (ISO/IEC 14495) | 4300 | 531 |
| the same prediction, deflate | 4591 | 464 |
| JPEG 2000 (ISO/IEC 15444), reversible | 4807 | 584 |

The Rice coder was chosen: it is the field's standard, has no header, takes any depth to 16 bits, where WebP ends at 8,
and decodes damaged bytes in bounded memory. JPEG XL would save an eighth, but what its decoder reserves for a damaged
stream cannot be bounded from outside.
Lossy JPEG XL, JPEG 2000, JPEG and WebP need more bytes at an equal mean error than cutting bits does, down to some
2,000 for ten chips, and none of them bounds the error of a pixel.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from onboard.payload.chips import MAX_CHIP_BANDS, MAX_CHIP_SIDE_PX, Chip, ChipsProduct, chip_corner, encode_chips
from onboard.payload.detection_lists import DetectionList
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame, Planes

DEFAULT_SIDE_PX = 16
DEFAULT_CHIPS = 10
DEFAULT_PRODUCT_BYTES = 5000
SHOWN_BANDS = 3
"""What a picture has room for."""
CONTEXT_SIDE_PX = 32
CONTEXT_CHIPS = 64
CONTEXT_PRODUCT_BYTES = 2**18
CONTEXT_BITS = 10
"""A model is to see what the sensor saw: the noise of a pixel is some numbers out of 4,096."""
CONTEXT_PX = 8
"""What a network is to see of the ground round a find on every side."""
COARSEST_BITS = 6
"""A chip of 64 levels still shows what burns; rather than fewer levels there are fewer chips."""


def chips_of(
    frame: Frame,
    planes: Planes,
    found: DetectionList,
    *,
    bands: tuple[str, ...] = (),
    side_px: int = DEFAULT_SIDE_PX,
    most_chips: int = DEFAULT_CHIPS,
    most_bytes: int = DEFAULT_PRODUCT_BYTES,
) -> ChipsProduct:
    """A list with chips of its most confident detections, cut from `planes` (bands, height, width), in `most_bytes`.

    They show those of `bands` that the sensor has; where none is named, the three in which the targets stand out most.
    As few bits as need be are cut from the pixels; where even six bits are too many, the least confident chips are left
    out. A list that is larger by itself goes without chips, as large as it is.
    """
    chosen = sorted(set(found.detections), key=_by_confidence)[:most_chips]
    crops, side_px = _crops(frame, planes, found, chosen, side_px)
    shown = _named(frame, bands) or _telling(crops)
    return _fitting(frame, found, chosen, crops[:, shown], shown, COARSEST_BITS, most_bytes)


def chips_in_context(frame: Frame, planes: Planes, found: DetectionList, bands: tuple[str, ...]) -> ChipsProduct:
    """A list of candidates with chips for a model on the ground: larger ones, of all of `bands` that the sensor has.

    A find that lies in another's chip with ground enough about it needs none of its own.
    """
    side_px = min(CONTEXT_SIDE_PX, frame.width_px, frame.height_px)
    chosen: list[Detection] = []
    for detection in sorted(set(found.detections), key=_by_confidence):
        corners = (chip_corner(found, one, side_px) for one in chosen)
        if not any(shows(found, detection, corner, side_px) for corner in corners):
            chosen.append(detection)
        if len(chosen) == CONTEXT_CHIPS:
            break
    crops, side_px = _crops(frame, planes, found, chosen, side_px)
    shown = _named(frame, bands) or _telling(crops)
    product = _fitting(frame, found, chosen, crops[:, shown], shown, CONTEXT_BITS, CONTEXT_PRODUCT_BYTES)
    return replace(product, awaits_verdict=True)


def shows(found: DetectionList, detection: Detection, corner: tuple[int, int], side_px: int) -> bool:
    """Whether a chip at this corner shows a detection, and `CONTEXT_PX` round it as far as the frame reaches."""
    x, y = corner
    return (
        x <= max(0, detection.x0 - CONTEXT_PX)
        and y <= max(0, detection.y0 - CONTEXT_PX)
        and min(found.width_px, detection.x1 + CONTEXT_PX) <= x + side_px
        and min(found.height_px, detection.y1 + CONTEXT_PX) <= y + side_px
    )


def _crops(
    frame: Frame, planes: Planes, found: DetectionList, chosen: list[Detection], side_px: int
) -> tuple[NDArray[np.uint16], int]:
    """Crops (chips, sensed bands, side, side) round detections, and their side: that of a small frame at most."""
    assert 1 <= side_px <= MAX_CHIP_SIDE_PX
    side_px = min(side_px, frame.width_px, frame.height_px)
    corners = [chip_corner(found, detection, side_px) for detection in chosen]
    sensed = planes[: frame.sensed_bands]
    crops = np.array([sensed[:, y : y + side_px, x : x + side_px] for x, y in corners], np.uint16)
    return crops.reshape(-1, frame.sensed_bands, side_px, side_px), side_px


def _fitting(
    frame: Frame,
    found: DetectionList,
    chosen: list[Detection],
    crops: NDArray[np.uint16],
    shown: list[int],
    coarsest_bits: int,
    most_bytes: int,
) -> ChipsProduct:
    """As many chips, and of as many bits, as go into so many bytes."""
    for n_chips, bits_cut in _compromises(len(chosen), frame.bit_depth - coarsest_bits):
        product = _product(frame, found, chosen[:n_chips], crops[:n_chips], shown, bits_cut)
        if len(encode_chips(product)) <= most_bytes:
            break
    return product


def _by_confidence(found: Detection) -> tuple[float, ...]:
    return -found.confidence, -found.size_class, found.y0, found.x0, found.y1, found.x1, found.class_index


def _named(frame: Frame, names: tuple[str, ...]) -> list[int]:
    """Of the sensed bands those named, in that order."""
    sensed = frame.bands[: frame.sensed_bands]
    return [sensed.index(name) for name in dict.fromkeys(names) if name in sensed][:MAX_CHIP_BANDS]


def _telling(crops: NDArray[np.uint16]) -> list[int]:
    """The bands, in the frame's order, whose brightest pixel most exceeds the mean, by their ratio."""
    ratio = (crops.max(axis=(2, 3)) + 1.0) / (crops.mean(axis=(2, 3)) + 1.0)
    best = np.argsort(-ratio.sum(axis=0), kind="stable")[:SHOWN_BANDS]
    return sorted(best.tolist())


def _compromises(n_chips: int, most_cut: int) -> Iterator[tuple[int, int]]:
    """How many chips, and how many bits to cut, the best first."""
    for n in range(n_chips, 0, -1):
        for bits_cut in range(max(0, most_cut) + 1):
            yield n, bits_cut
    yield 0, 0


def _product(
    frame: Frame,
    found: DetectionList,
    chosen: list[Detection],
    crops: NDArray[np.uint16],
    shown: list[int],
    bits_cut: int,
) -> ChipsProduct:
    """Crops (chips, bands, side, side) with low bits cut: a number stands for the middle of what it was."""
    depth = max([frame.bit_depth, *(int(crop.max()).bit_length() for crop in crops)])
    step, middle = 1 << bits_cut, ((1 << bits_cut) - 1) / 2
    return ChipsProduct(
        found=found,
        side_px=crops.shape[2],
        bit_depth=max(1, depth - bits_cut),
        bands=tuple(frame.bands[band] for band in shown),
        scale=tuple(frame.scale[band] * step for band in shown),
        offset=tuple(frame.offset[band] + frame.scale[band] * middle for band in shown),
        chips=tuple(Chip(detection, crop >> bits_cut) for detection, crop in zip(chosen, crops, strict=True)),
    )
