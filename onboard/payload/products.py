"""What travels to the ground: detection lists, lists with chips, and images: the interface to them, for the ground.

The first byte holds the kind in its high and the format version in its low four bits; integers are varints.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.payload import footprints
from onboard.payload.chips import CANDIDATES, CHIPS, Chip, ChipsProduct, chip_corner, decode_chips, encode_chips
from onboard.payload.detection_lists import DETECTION_LIST, MAX_TASK_LENGTH, DetectionList, decode, encode
from onboard.payload.image_products import (
    CODECS,
    IMAGE,
    MAX_IMAGE_SAMPLES,
    Codec,
    ImageProduct,
    decode_image,
    encode_image,
    image_frame_id,
)

__all__ = [
    "CANDIDATES",
    "CHIPS",
    "CODECS",
    "DETECTION_LIST",
    "IMAGE",
    "MAX_IMAGE_SAMPLES",
    "MAX_TASK_LENGTH",
    "Chip",
    "ChipsProduct",
    "Codec",
    "DetectionList",
    "ImageProduct",
    "awaits_verdict",
    "chip_corner",
    "decode",
    "decode_chips",
    "decode_image",
    "encode",
    "encode_chips",
    "encode_image",
    "image_frame_id",
    "list_in",
    "locate",
]


@lru_cache(maxsize=256)
def list_in(data: bytes) -> DetectionList:
    """The detection list in a product that has one, by itself or with chips; ValueError for any other bytes.

    Remembered: many ask for a product's list, and its chips are restored pixel by pixel to know that they are sound.
    """
    return decode_chips(data).found if data[:1] in (bytes([CHIPS]), bytes([CANDIDATES])) else decode(data)


def awaits_verdict(data: bytes) -> bool:
    """Whether a product's list is of candidates, of which a model on the ground has yet to say what they are."""
    return data[:1] == bytes([CANDIDATES])


def locate(
    product: DetectionList | ImageProduct, x: ArrayLike, y: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude (degrees) of points in pixels, arrays of x's shape; see `footprints.locate`."""
    return footprints.locate(product.footprint_deg, product.width_px, product.height_px, x, y)
