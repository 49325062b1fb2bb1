"""Images: pixels of what the sensor took, of a whole frame or of a smaller picture of it."""

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np

from onboard.payload import footprints
from onboard.payload.imagery import Frame, Planes
from onboard.payload.product_fields import bands, checked_depth, read_bands, read_size, size
from onboard.payload.varints import Reader, varints

IMAGE = 0x22
MAX_IMAGE_SAMPLES = 2**29
"""A gigabyte of pixels: what a damaged header may at most make the ground reserve."""

Codec = Literal["raw", "jpegls", "ccsds121", "jpeg2000"]
"""Pixels packed at the sensor's depth; planes of JPEG-LS or CCSDS 121.0-B, without loss; JPEG 2000, with losses."""
CODECS: tuple[Codec, ...] = ("raw", "jpegls", "ccsds121", "jpeg2000")

LOSSY_PSNR_DB = 50.0
"""Of JPEG 2000 where nothing else is said. See `Compression` in sim/scenario.py for why."""

_IMAGE_HEAD_BYTES = 4
"""Kind and version, codec, bit depth, number of bands."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageProduct:
    """Pixels of what the sensor took, fields as in `imagery.Frame`; `planes` (bands, height, width).

    The footprint is of these pixels and no others: with the size it says where each lies, and how large it is on the
    ground, in a thumbnail as in a whole frame.

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


def image_of(frame: Frame, planes: Planes, codec: Codec, shrink: int = 1) -> ImageProduct:
    """What the sensor gave of a frame, `planes` (bands, height, width), each side shortened `shrink` times."""
    sensed = slice(frame.sensed_bands)
    small = shrunk(planes[sensed], shrink)
    _, height_px, width_px = small.shape
    return ImageProduct(
        frame_id=frame.frame_id,
        exposed_ns=frame.exposed_ns,
        codec=codec,
        width_px=width_px,
        height_px=height_px,
        bands=frame.bands[sensed],
        scale=frame.scale[sensed],
        offset=frame.offset[sensed],
        bit_depth=frame.bit_depth,
        footprint_deg=_shrunk_footprint(frame, shrink),
        planes=small,
        raw_bytes=frame.raw_bytes if codec == "raw" and shrink == 1 else 0,
    )


def shrunk(planes: Planes, factor: int) -> Planes:
    """Planes with each side shortened: means over squares of pixels; what is left over at the far edges is cut."""
    if factor == 1:
        return planes
    n_bands, height, width = planes.shape
    rows, cols = max(1, height // factor), max(1, width // factor)
    tall, wide = min(factor, height), min(factor, width)
    squares = planes[:, : rows * tall, : cols * wide].reshape(n_bands, rows, tall, cols, wide)
    means: Planes = np.rint(squares.mean(axis=(2, 4), dtype=np.float64)).astype(np.uint16)
    return means


def _shrunk_footprint(frame: Frame, factor: int) -> tuple[float, ...]:
    """Where the pixels of a frame lie that `shrunk` does not cut."""
    wide, tall = (side - side % min(factor, side) for side in (frame.width_px, frame.height_px))
    if (wide, tall) == (frame.width_px, frame.height_px):
        return frame.footprint_deg
    corners = footprints.locate(
        frame.footprint_deg, frame.width_px, frame.height_px, [0, wide, wide, 0], [0, 0, tall, tall]
    )
    return tuple(np.stack(corners, axis=1).ravel().tolist())


def encode_image(image: ImageProduct, lossy_psnr_db: float = LOSSY_PSNR_DB) -> bytes:
    """An image's bytes; ValueError where a field does not fit the format. Only JPEG 2000 has a quality to choose."""
    # Late: they load imagecodecs, and most satellites send detections only.
    from onboard.payload import compression, frame_codecs

    planes = np.asarray(image.planes)
    if planes.shape != (len(image.bands), image.height_px, image.width_px) or not planes.size:
        raise ValueError(f"planes of shape {planes.shape} do not fit the image's bands and size")
    bit_depth = checked_depth(max(image.bit_depth, int(planes.max()).bit_length()))
    header = (
        bytes([IMAGE, CODECS.index(image.codec), bit_depth, len(image.bands)])
        + varints(image.frame_id, image.exposed_ns)
        + size(image.width_px, image.height_px)
        + footprints.encode(image.footprint_deg)
        + bands(image.bands, image.scale, image.offset)
    )
    if image.codec == "raw":
        return header + _echoes(compression.pack_bits(planes, bit_depth), image.raw_bytes)
    if image.raw_bytes:
        raise ValueError("only a raw image has raw_bytes")
    if image.codec == "ccsds121":
        return header + frame_codecs.encode_ccsds121(planes, bit_depth)
    if image.codec == "jpeg2000":
        return header + frame_codecs.encode_jpeg2000(planes, bit_depth, lossy_psnr_db)
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
    reader = Reader(data)
    kind, codec_index, bit_depth, n_bands = reader.take(_IMAGE_HEAD_BYTES)
    if kind != IMAGE or codec_index >= len(CODECS) or n_bands == 0:
        raise ValueError("not an image of a version known here")
    frame_id, exposed_ns = reader.varint(), reader.varint()
    width_px, height_px = read_size(reader)
    footprint_deg = footprints.read(reader)
    names, scale, offset = read_bands(reader, n_bands)
    shape = (n_bands, height_px, width_px)
    if prod(shape) > MAX_IMAGE_SAMPLES:
        raise ValueError(f"an image of {prod(shape)} samples is beyond {MAX_IMAGE_SAMPLES}")
    codec = CODECS[codec_index]
    planes, raw_bytes = _read_planes(reader, codec, shape, checked_depth(bit_depth))
    return ImageProduct(
        frame_id=frame_id,
        exposed_ns=exposed_ns,
        codec=codec,
        width_px=width_px,
        height_px=height_px,
        bands=names,
        scale=scale,
        offset=offset,
        bit_depth=bit_depth,
        footprint_deg=footprint_deg,
        planes=planes,
        raw_bytes=raw_bytes,
    )


def _read_planes(reader: Reader, codec: Codec, shape: tuple[int, int, int], bit_depth: int) -> tuple[Planes, int]:
    """The pixels, and the size of the echoes that they stand for."""
    from onboard.payload import compression, frame_codecs

    if codec == "jpegls":
        return compression.decode_jpegls(reader.rest(), shape), 0
    if codec == "ccsds121":
        return frame_codecs.decode_ccsds121(reader.rest(), shape, bit_depth), 0
    if codec == "jpeg2000":
        return frame_codecs.decode_jpeg2000(reader.rest(), shape, bit_depth), 0
    raw_bytes = reader.varint()
    pixel_bytes = compression.packed_bytes(prod(shape), bit_depth)
    packed = reader.take(pixel_bytes)
    unused = reader.rest()
    if len(unused) != max(0, raw_bytes - pixel_bytes) or any(unused) or 0 < raw_bytes < pixel_bytes:
        raise ValueError(f"not {raw_bytes} bytes of echoes with {pixel_bytes} of pixels")
    return compression.unpack_bits(packed, prod(shape), bit_depth).reshape(shape), raw_bytes


def _echoes(packed: bytes, raw_bytes: int) -> bytes:
    """Packed pixels in as many bytes as the raw data had, behind that number."""
    if 0 < raw_bytes < len(packed):
        raise ValueError(f"{raw_bytes} bytes of raw data do not hold {len(packed)} bytes of pixels")
    return varints(raw_bytes) + packed.ljust(raw_bytes, b"\0")
