"""An archived image as a TIFF file that geographic tools can place (OGC GeoTIFF 1.1, 19-008r4)."""

import io
import json

import tifffile

from onboard.payload.products import ImageProduct, locate

_TIE_POINTS, _KEY_DIRECTORY = 33922, 34735
_SHORT, _DOUBLE = 3, 12
_WGS_84 = 4326
_KEYS = (
    *(1, 1, 1, 3),  # directory of version 1, revision 1.1, with three keys
    *(1024, 0, 1, 2),  # model type: geographic
    *(1025, 0, 1, 1),  # raster type: a pixel is an area
    *(2048, 0, 1, _WGS_84),
)


def geotiff(image: ImageProduct) -> bytes:
    """Digital numbers, a plane a band, tied to the Earth at the four corners; calibration in the description."""
    return _written(image, _tie_points(image))


def _written(image: ImageProduct, tie_points: tuple[float, ...]) -> bytes:
    described = {
        "bands": image.bands,
        "scale": image.scale,
        "offset": image.offset,
        "bit_depth": image.bit_depth,
        "physical value": "digital number x scale + offset",
    }
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        image.planes,
        photometric="minisblack",
        planarconfig="separate" if len(image.bands) > 1 else None,
        compression="zlib",
        metadata=None,
        description=json.dumps(described),
        software="skysift (emulated)",
        extratags=[
            (_TIE_POINTS, _DOUBLE, len(tie_points), tie_points, True),
            (_KEY_DIRECTORY, _SHORT, len(_KEYS), _KEYS, True),
        ],
    )
    return file.getvalue()


def _tie_points(image: ImageProduct) -> tuple[float, ...]:
    """Column, row, 0, longitude, latitude, 0 of each corner; longitudes without a jump, from the first on."""
    columns, rows = (0, image.width_px, image.width_px, 0), (0, 0, image.height_px, image.height_px)
    latitudes, longitudes = locate(image, columns, rows)
    first_deg = float(longitudes[0])
    ties: list[float] = []
    for column, row, latitude, longitude in zip(columns, rows, latitudes.tolist(), longitudes.tolist(), strict=True):
        ties += (column, row, 0.0, first_deg + (longitude - first_deg + 180.0) % 360.0 - 180.0, latitude, 0.0)
    return tuple(ties)
