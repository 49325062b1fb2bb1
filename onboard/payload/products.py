"""What travels to the ground: compact lists of detections, and images.

The first byte holds the kind in its high and the format version in its low four bits; integers are varints.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import ceil, isfinite, prod
from struct import Struct
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.payload import footprints
from onboard.payload.detections import CONFIDENCE_STEPS, Detection
from onboard.payload.imagery import Planes
from onboard.payload.varints import Reader, varints

DETECTION_LIST = 0x12
IMAGE = 0x22

MAX_SIDE_PX = 65_535
MAX_TASK_LENGTH = 32
MAX_IMAGE_SAMPLES = 2**29
"""A gigabyte of pixels: what a damaged header may at most make the ground reserve."""

Codec = Literal["raw", "jpegls"]
"""Pixels packed at the sensor's depth, or JPEG-LS planes."""
CODECS: tuple[Codec, ...] = ("raw", "jpegls")

_STRIP_PX = 16
_NIBBLE_SIDE_PX = 16
_GRADES = 16
"""Size classes, each with and without the flag of a box too large for nibbles."""
_CALIBRATION = Struct(">dd")
_IMAGE_HEAD_BYTES = 4
"""Kind and version, codec, bit depth, number of bands."""


@dataclass(frozen=True, slots=True)
class DetectionList:
    """Detections of one model in one frame; `footprint_deg` as in `imagery.Frame`.

    The ground gets the footprint to 1e-5 degrees, the position error as whole metres rounded up, and the
    detections in the order in which they travel: by class, then by strips of 16 rows.
    """

    model_sha256_prefix: bytes
    task: str
    frame_id: int
    exposed_ns: int
    width_px: int
    height_px: int
    footprint_deg: tuple[float, ...]
    position_error_m: float
    detections: tuple[Detection, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ImageProduct:
    """Pixels of what the sensor took, fields as in `imagery.Frame`; `planes` (bands, height, width).

    The ground gets the bit depth that held every pixel: the declared one, or more where a pixel exceeded it.

    A raw image of a radar takes `raw_bytes`, the volume of its echoes, and not that of its pixels: zeros after them
    stand for what focusing on the ground would have used up. 0 means that pixels are what the sensor gave.
    """

    frame_id: int
    exposed_ns: int
    codec: Codec
    width_px: int
    height_px: int
    bands: tuple[str, ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    bit_depth: int
    footprint_deg: tuple[float, ...]
    planes: Planes
    raw_bytes: int = 0


def locate(
    product: DetectionList | ImageProduct, x: ArrayLike, y: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude (degrees) of points in pixels, arrays of x's shape; see `footprints.locate`."""
    return footprints.locate(product.footprint_deg, product.width_px, product.height_px, x, y)


def encode(product: DetectionList) -> bytes:
    """A detection list's bytes; ValueError where a field does not fit the format."""
    task = product.task.encode("ascii")
    if len(product.model_sha256_prefix) != 4 or not 1 <= len(task) <= MAX_TASK_LENGTH:
        raise ValueError("model prefix must have 4 bytes, and task 1 to 32 characters")
    if not (isfinite(product.position_error_m) and product.position_error_m >= 0):
        raise ValueError("position error must be finite and not negative")
    groups = [
        (index, list(found)) for index, found in groupby(sorted(product.detections, key=_class_of), key=_class_of)
    ]
    return b"".join(
        (
            bytes([DETECTION_LIST]),
            product.model_sha256_prefix,
            varints(len(task)) + task,
            varints(product.frame_id, product.exposed_ns),
            _size(product.width_px, product.height_px),
            footprints.encode(product.footprint_deg),
            varints(ceil(product.position_error_m), len(groups)),
            *(_group(index, found, product) for index, found in groups),
        )
    )


def decode(data: bytes) -> DetectionList:
    """The list in these bytes; ValueError for anything that `encode` would not have written."""
    reader = Reader(data)
    if reader.take(1)[0] != DETECTION_LIST:
        raise ValueError("not a detection list of a version known here")
    prefix = reader.take(4)
    task = reader.text()
    frame_id, exposed_ns, width_px, height_px = (reader.varint() for _ in range(4))
    _size(width_px, height_px)
    footprint_deg = footprints.read(reader)
    position_error_m = float(reader.varint())
    n_groups = reader.varint()
    detections: list[Detection] = []
    for _ in range(n_groups):
        detections += _read_group(reader, width_px)
    product = DetectionList(
        prefix,
        task,
        frame_id,
        exposed_ns,
        width_px,
        height_px,
        footprint_deg,
        position_error_m,
        tuple(detections),
    )
    # One comparison stands for every rule of the format: order, shortest forms, ranges, nothing after it.
    if encode(product) != data:
        raise ValueError("a detection list that is not in canonical form")
    return product


def encode_image(image: ImageProduct) -> bytes:
    """An image's bytes; ValueError where a field does not fit the format."""
    # Late: it loads imagecodecs, and most satellites send detections only.
    from onboard.payload import compression

    planes = np.asarray(image.planes)
    if planes.shape != (len(image.bands), image.height_px, image.width_px) or not planes.size:
        raise ValueError(f"planes of shape {planes.shape} do not fit the image's bands and size")
    bit_depth = _checked_depth(max(image.bit_depth, int(planes.max()).bit_length()))
    header = (
        bytes([IMAGE, CODECS.index(image.codec), bit_depth, len(image.bands)])
        + varints(image.frame_id, image.exposed_ns)
        + _size(image.width_px, image.height_px)
        + footprints.encode(image.footprint_deg)
        + b"".join(_band(*band) for band in zip(image.bands, image.scale, image.offset, strict=True))
    )
    if image.codec == "raw":
        return header + _echoes(compression.pack_bits(planes, bit_depth), image.raw_bytes)
    if image.raw_bytes:
        raise ValueError("only a raw image has raw_bytes")
    return header + compression.encode_jpegls(planes, bit_depth)


def image_frame_id(data: bytes) -> int:
    """The frame that an image shows; ValueError where these bytes are no image."""
    if data[:1] != bytes([IMAGE]):
        raise ValueError("not an image of a version known here")
    reader = Reader(data)
    reader.take(_IMAGE_HEAD_BYTES)
    return reader.varint()


def decode_image(data: bytes) -> ImageProduct:
    """The image in these bytes; ValueError where they are damaged or of another kind."""
    from onboard.payload import compression

    reader = Reader(data)
    kind, codec_index, bit_depth, n_bands = reader.take(_IMAGE_HEAD_BYTES)
    if kind != IMAGE or codec_index >= len(CODECS) or n_bands == 0:
        raise ValueError("not an image of a version known here")
    frame_id, exposed_ns, width_px, height_px = (reader.varint() for _ in range(4))
    _size(width_px, height_px)
    footprint_deg = footprints.read(reader)
    bands, scale, offset = zip(*(_read_band(reader) for _ in range(n_bands)), strict=True)
    shape = (n_bands, height_px, width_px)
    if prod(shape) > MAX_IMAGE_SAMPLES:
        raise ValueError(f"an image of {prod(shape)} samples is beyond {MAX_IMAGE_SAMPLES}")
    raw_bytes = 0
    if CODECS[codec_index] == "raw":
        raw_bytes = reader.varint()
        pixel_bytes = compression.packed_bytes(prod(shape), _checked_depth(bit_depth))
        packed = reader.take(pixel_bytes)
        if reader.rest() != bytes(max(0, raw_bytes - pixel_bytes)) or 0 < raw_bytes < pixel_bytes:
            raise ValueError(f"not {raw_bytes} bytes of echoes with {pixel_bytes} of pixels")
        planes = compression.unpack_bits(packed, prod(shape), bit_depth).reshape(shape)
    else:
        planes = compression.decode_jpegls(reader.rest(), shape)
    return ImageProduct(
        frame_id=frame_id,
        exposed_ns=exposed_ns,
        codec=CODECS[codec_index],
        width_px=width_px,
        height_px=height_px,
        bands=bands,
        scale=scale,
        offset=offset,
        bit_depth=_checked_depth(bit_depth),
        footprint_deg=footprint_deg,
        planes=planes,
        raw_bytes=raw_bytes,
    )


def _echoes(packed: bytes, raw_bytes: int) -> bytes:
    """Packed pixels in as many bytes as the raw data had, behind that number."""
    if 0 < raw_bytes < len(packed):
        raise ValueError(f"{raw_bytes} bytes of raw data do not hold {len(packed)} bytes of pixels")
    return varints(raw_bytes) + packed.ljust(raw_bytes, b"\0")


def _checked_depth(bit_depth: int) -> int:
    if not 1 <= bit_depth <= 16:
        raise ValueError(f"a depth of {bit_depth} bits is beyond 1 to 16")
    return bit_depth


def _band(name: str, scale: float, offset: float) -> bytes:
    if not (isfinite(scale) and isfinite(offset)):
        raise ValueError("a calibration has finite numbers")
    return varints(len(name)) + name.encode("ascii") + _CALIBRATION.pack(scale, offset)


def _read_band(reader: Reader) -> tuple[str, float, float]:
    name, (scale, offset) = reader.text(), _CALIBRATION.unpack(reader.take(_CALIBRATION.size))
    _band(name, scale, offset)
    return name, scale, offset


def _class_of(detection: Detection) -> int:
    return detection.class_index


def _size(width_px: int, height_px: int) -> bytes:
    if not (1 <= width_px <= MAX_SIDE_PX and 1 <= height_px <= MAX_SIDE_PX):
        raise ValueError(f"a frame of {width_px} x {height_px} pixels is beyond 1 to {MAX_SIDE_PX} a side")
    return varints(width_px, height_px)


def _group(class_index: int, found: Iterable[Detection], product: DetectionList) -> bytes:
    """Class, count, and a record each: position delta with size class and size flag, sides, confidence."""
    records = sorted(_record(detection, product) for detection in found)
    out = bytearray(varints(class_index, len(records)))
    previous = 0
    for position, grade, body in records:
        out += varints((position - previous) * _GRADES + grade) + body
        previous = position
    return bytes(out)


def _record(found: Detection, product: DetectionList) -> tuple[int, int, bytes]:
    """Place in the order of strips (columns in a strip of 16 rows, rows in a column), size class and flag, body."""
    inside = 0 <= found.x0 < found.x1 <= product.width_px and 0 <= found.y0 < found.y1 <= product.height_px
    if not inside:
        raise ValueError(f"a box that is not inside the frame: {found}")
    strip, row = divmod(found.y0, _STRIP_PX)
    position = (strip * product.width_px + found.x0) * _STRIP_PX + row
    more_width, more_height = found.x1 - found.x0 - 1, found.y1 - found.y0 - 1
    is_large = max(more_width, more_height) >= _NIBBLE_SIDE_PX
    sides = varints(more_width, more_height) if is_large else bytes([more_height << 4 | more_width])
    return position, found.size_class << 1 | is_large, sides + bytes([found.confidence_step])


def _read_group(reader: Reader, width_px: int) -> list[Detection]:
    class_index, count = reader.varint(), reader.varint()
    found: list[Detection] = []
    position = 0
    for _ in range(count):
        delta, grade = divmod(reader.varint(), _GRADES)
        size_class, is_large = divmod(grade, 2)
        position += delta
        column, row = divmod(position, _STRIP_PX)
        strip, x0 = divmod(column, width_px)
        y0 = strip * _STRIP_PX + row
        if is_large:
            more_width, more_height = reader.varint(), reader.varint()
        else:
            more_height, more_width = divmod(reader.take(1)[0], _NIBBLE_SIDE_PX)
        box = (x0, y0, x0 + more_width + 1, y0 + more_height + 1)
        found.append(Detection(*box, class_index, reader.take(1)[0] / CONFIDENCE_STEPS, size_class))
    return found
