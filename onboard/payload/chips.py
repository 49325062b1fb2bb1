"""Chips: a detection list, and small crops round its most confident detections.

There are two kinds: chips of finds, for a person to judge by, and candidates, of which a model on the ground has yet
to say whether they are any.

After the kind and the list's fields come side, bit depth and number of bands in a byte each, the bands with their
calibration, the number of chips, which detections they show as gaps in the list's order, and the pixels, all chips of
a band before the next band. A chip is centred on its detection's box, as far as the frame reaches: its place takes
no byte. The box of a detection may be larger than its chip.

Pixels are coded without loss. What was cut from them before that, `chip_cutting` says.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from onboard.payload import detection_lists
from onboard.payload.detection_lists import DetectionList
from onboard.payload.detections import Detection
from onboard.payload.imagery import Planes
from onboard.payload.product_fields import bands as band_fields
from onboard.payload.product_fields import checked_depth, read_bands
from onboard.payload.varints import Reader, varints

CHIPS, CANDIDATES = 0x31, 0x41
MAX_CHIP_SIDE_PX = 64
MAX_CHIP_BANDS = 8
MAX_CHIPS_SAMPLES = 2**20
"""What a damaged header may at most make the ground reserve."""


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """A crop round a detection of the list; `planes` (bands, side, side)."""

    detection: Detection
    planes: Planes


@dataclass(frozen=True, slots=True, eq=False)
class ChipsProduct:
    """A detection list with chips of `side_px` a side. Physical value of band b = number x scale[b] + offset[b].

    The ground gets the list as `DetectionList` says, and chips in the order of their detections in it. What
    `awaits_verdict` is no alert before a model on the ground has looked at its chips.
    """

    found: DetectionList
    side_px: int
    bit_depth: int
    bands: tuple[str, ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    chips: tuple[Chip, ...]
    awaits_verdict: bool = False


def chip_corner(found: DetectionList, detection: Detection, side_px: int) -> tuple[int, int]:
    """Column and row, in the frame, of the first pixel of a detection's chip."""
    centred = (detection.x0 + detection.x1 - side_px) // 2, (detection.y0 + detection.y1 - side_px) // 2
    x, y = (
        max(0, min(at, length - side_px)) for at, length in zip(centred, (found.width_px, found.height_px), strict=True)
    )
    return x, y


def encode_chips(product: ChipsProduct) -> bytes:
    """The bytes of a list with chips; ValueError where a field does not fit the format."""
    from onboard.payload import compression

    header, order = _header(product)
    if not order:
        return header
    pixels = np.array([product.chips[number].planes for number in order])
    shape = (len(order), *_chip_shape(product))
    if pixels.shape != shape or int(pixels.max()) >> product.bit_depth or prod(shape) > MAX_CHIPS_SAMPLES:
        raise ValueError(f"pixels of shape {pixels.shape} do not fit the chips' bands, size and depth")
    flat = pixels.transpose(1, 0, 2, 3).reshape(-1, *shape[2:])
    return header + compression.encode_rice(flat, product.bit_depth)


def decode_chips(data: bytes) -> ChipsProduct:
    """The list with chips in these bytes; ValueError where they are damaged or of another kind."""
    from onboard.payload import compression

    reader = Reader(data)
    kind = reader.take(1)[0]
    if kind not in (CHIPS, CANDIDATES):
        raise ValueError("not chips of a version known here")
    found = detection_lists.read(reader)
    side_px, bit_depth, n_bands = reader.take(3)
    names, scale, offset = read_bands(reader, _checked_bands(n_bands))
    shown = _read_shown(reader, found)
    coded = reader.rest()
    shape = (n_bands * len(shown), side_px, side_px)
    if prod(shape) > MAX_CHIPS_SAMPLES:
        raise ValueError(f"chips of {prod(shape)} samples are beyond {MAX_CHIPS_SAMPLES}")
    flat = (
        compression.decode_rice(coded, shape, checked_depth(bit_depth)) if prod(shape) else np.zeros(shape, np.uint16)
    )
    planes = flat.reshape(n_bands, len(shown), side_px, side_px)
    chips = tuple(Chip(detection, planes[:, number]) for number, detection in enumerate(shown))
    product = ChipsProduct(found, side_px, bit_depth, names, scale, offset, chips, kind == CANDIDATES)
    # As for lists, but for the pixels: another release of the coder may choose other options and still be right.
    header, _ = _header(product)
    if header != data[: len(data) - len(coded)] or (coded and not shown):
        raise ValueError("chips that are not in canonical form")
    return product


def _header(product: ChipsProduct) -> tuple[bytes, list[int]]:
    """All but the pixels, and the order in which chips travel."""
    found, side_px = product.found, product.side_px
    if not 1 <= side_px <= min(MAX_CHIP_SIDE_PX, found.width_px, found.height_px):
        raise ValueError(f"chips of {side_px} pixels a side do not fit the frame or the format")
    fields = detection_lists.fields(found)
    place_of = {one: place for place, one in reversed(list(enumerate(detection_lists.travelling(found))))}
    places = sorted((place_of.get(chip.detection, -1), number) for number, chip in enumerate(product.chips))
    gaps, next_place = [], 0
    for place, _ in places:
        if place < next_place:
            raise ValueError("a chip of no detection in the list, or a second one of the same")
        gaps.append(place - next_place)
        next_place = place + 1
    header = (
        bytes([CANDIDATES if product.awaits_verdict else CHIPS])
        + fields
        + bytes([side_px, checked_depth(product.bit_depth), _checked_bands(len(product.bands))])
        + band_fields(product.bands, product.scale, product.offset)
        + varints(len(gaps), *gaps)
    )
    return header, [number for _, number in places]


def _read_shown(reader: Reader, found: DetectionList) -> list[Detection]:
    """The detections that have chips."""
    n_chips = reader.varint()
    if n_chips > len(found.detections):
        raise ValueError("more chips than detections")
    shown, place = [], 0
    for _ in range(n_chips):
        place += reader.varint()
        if place >= len(found.detections):
            raise ValueError("a chip of no detection in the list")
        shown.append(found.detections[place])
        place += 1
    return shown


def _chip_shape(product: ChipsProduct) -> tuple[int, int, int]:
    return len(product.bands), product.side_px, product.side_px


def _checked_bands(n_bands: int) -> int:
    if not 1 <= n_bands <= MAX_CHIP_BANDS:
        raise ValueError(f"chips show 1 to {MAX_CHIP_BANDS} bands, not {n_bands}")
    return n_bands
