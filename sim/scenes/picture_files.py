"""One picture file as stored: GeoTIFF, PNG, JPEG or NPY, bands first, with what the file tells of itself."""

from dataclasses import dataclass
from math import cos, radians, sqrt
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from onboard.errors import InputError

_END_MARKS = {".png": b"IEND", ".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9"}
SUFFIXES = (".tif", ".tiff", ".npy", *_END_MARKS)
RASTER_SUFFIXES = (".jp2",)
"""What only GDAL reads: with the extra `eo`."""

_M_PER_DEG = 111_320.0
"""Of latitude, on the WGS 84 ellipsoid, within 0.6 %."""
_GEOGRAPHIC, _WGS84, _METRE, _PIXEL_IS_POINT = 2, 4326, 9001, 2
"""GeoTIFF 1.1 (OGC 19-008): model type, EPSG codes of the coordinate system and the unit, raster type."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """`values` of any number type, (bands, height, width), and what the file tells; None where it does not.

    `has_alpha`: the last band is transparency. `footprint_deg`: as in `imagery.Frame`. `bands`: "" for one that the
    file does not name. `scale` and `offset`: of each band, as in `imagery.Frame`. A picture of `n_control_points` is
    placed by these, and by no projection.
    """

    values: NDArray[Any]
    has_alpha: bool = False
    nodata: float | None = None
    gsd_m: float | None = None
    footprint_deg: tuple[float, ...] | None = None
    bands: tuple[str, ...] | None = None
    scale: tuple[float, ...] | None = None
    offset: tuple[float, ...] | None = None
    n_control_points: int = 0


def read_picture_file(path: Path) -> PictureFile:
    """Read one file; InputError where it is damaged or holds something else than bands of numbers."""
    reader = {".tif": _read_tiff, ".tiff": _read_tiff, ".npy": _read_npy}.get(path.suffix.lower(), _read_coded)
    try:
        file = reader(path)
    # Whatever it is: decoders of damaged files raise what they meet.
    except Exception as error:
        raise InputError(path, f"cannot be read, it may be truncated: {error}") from None
    values = file.values
    if values.ndim != 3 or values.dtype.kind not in "uif" or not values.size:
        raise InputError(path, f"must hold bands of numbers, and holds {values.dtype} of shape {values.shape}")
    return file


def _read_npy(path: Path) -> PictureFile:
    """Bands are the first axis or the last, whichever is shorter."""
    values = np.load(path, allow_pickle=False)
    if values.ndim == 2:
        values = values[None]
    elif values.ndim == 3 and values.shape[2] < values.shape[0]:
        values = np.moveaxis(values, 2, 0)
    return PictureFile(values)


def _read_coded(path: Path) -> PictureFile:
    data = path.read_bytes()
    # OpenCV fills what is missing of a JPEG with grey and says nothing.
    if _END_MARKS[path.suffix.lower()] not in data[-1024:]:
        raise ValueError("its end mark is missing")
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise ValueError("it is no picture of its kind")
    if values.ndim == 2:
        return PictureFile(values[None])
    red_first = (2, 1, 0, 3)[: values.shape[2]]
    return PictureFile(np.moveaxis(values[..., red_first], 2, 0), has_alpha=values.shape[2] == 4)


def _read_tiff(path: Path) -> PictureFile:
    with tifffile.TiffFile(path) as tiff:
        page, series = tiff.pages.first, tiff.series[0]
        other = [at for at, axis in enumerate(series.axes) if axis not in "YX"]
        order = (*other, series.axes.index("Y"), series.axes.index("X"))
        values = np.transpose(series.asarray(), order).reshape(-1, page.imagelength, page.imagewidth)
        tag = page.tags.get("GDAL_NODATA")
        geo = page.geotiff_tags or {}
        transform = _pixel_to_model(geo)
        return PictureFile(
            values,
            has_alpha=bool(page.extrasamples) and int(page.extrasamples[-1]) in (1, 2),
            nodata=None if tag is None else float(tag.value),
            gsd_m=None if transform is None else _gsd_m(geo, transform, len(values[0])),
            footprint_deg=None if transform is None else _footprint_deg(geo, transform, values.shape[1:]),
        )


def _pixel_to_model(geo: dict[str, Any]) -> NDArray[np.float64] | None:
    """The affine map (2, 3) from column, row, 1 to x, y; (0, 0) is the first pixel's outer corner."""
    if "ModelTransformation" in geo:
        transform = np.asarray(geo["ModelTransformation"], np.float64).reshape(4, 4)[:2, [0, 1, 3]]
    elif "ModelPixelScale" in geo and "ModelTiepoint" in geo:
        (across, down, _), (col, row, _, x, y, _) = geo["ModelPixelScale"], geo["ModelTiepoint"][:6]
        transform = np.array([[across, 0.0, x - col * across], [0.0, -down, y + row * down]])
    else:
        return None
    if geo.get("GTRasterTypeGeoKey") == _PIXEL_IS_POINT:
        transform[:, 2] -= transform[:, :2] @ (0.5, 0.5)
    return transform


def _gsd_m(geo: dict[str, Any], transform: NDArray[np.float64], height_px: int) -> float | None:
    """Side of a square of a pixel's area; None where its unit is neither degrees nor metres."""
    side = sqrt(abs(float(np.linalg.det(transform[:, :2]))))
    if geo.get("GTModelTypeGeoKey") == _GEOGRAPHIC:
        latitude_deg = float(transform[1] @ (0.0, height_px / 2, 1.0))
        side *= _M_PER_DEG * sqrt(max(0.0, cos(radians(latitude_deg))))
    elif geo.get("ProjLinearUnitsGeoKey", _METRE) != _METRE:
        return None
    return round(side, 6) or None


def _footprint_deg(
    geo: dict[str, Any], transform: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[float, ...] | None:
    """Corners for WGS 84 latitude and longitude; a map projection is left to the `eo` extra."""
    if geo.get("GTModelTypeGeoKey") != _GEOGRAPHIC or geo.get("GeographicTypeGeoKey") != _WGS84:
        return None
    height_px, width_px = shape
    corners = [(0, 0, 1), (width_px, 0, 1), (width_px, height_px, 1), (0, height_px, 1)]
    return tuple(float(axis @ corner) for corner in corners for axis in transform[::-1])
