"""Chips as pictures that a person can judge by: PNG files (ISO/IEC 15948), and a GeoJSON collection that lists them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from groundstation.alerts import AlertKey, alert_key
from groundstation.chips import ArchivedChip
from groundstation.exports.geojson import alert_collection
from groundstation.exports.mission import Mission
from groundstation.publishing import ReportedEvent

PICTURE_SIDE_PX = 256
"""At least this: pixels of a chip become squares of one size, so that each can be told from its neighbour."""
BOX_RGB = (0, 255, 255)
"""No stretch of three bands makes much of it: fires are red to white, land and clouds are grey to green."""
LINE_PX = 2
WAVELENGTHS = (
    *("coastal", "blue", "green", "pan", "yellow", "red", "rededge1", "rededge2", "rededge3", "nir", "nir08"),
    *("watervapour", "cirrus", "swir1", "swir2", "mwir", "lwir1", "lwir2"),
)
"""Names of bands, those of a model's card, from the shortest waves on."""

Rgb = NDArray[np.uint8]
"""Shape (height, width, 3)."""


def picture(chip: ArchivedChip) -> bytes:
    """A PNG file: the chip enlarged, and a line round its box as far as the chip reaches."""
    return bytes(imagecodecs.png_encode(drawn(chip)))


def drawn(chip: ArchivedChip) -> Rgb:
    """The picture's pixels."""
    side_px = chip.product.side_px
    scale = max(1, -(-PICTURE_SIDE_PX // side_px))
    enlarged = stretched(_ordered(chip)).repeat(scale, axis=0).repeat(scale, axis=1)
    (left, top), box = chip.corner_px, chip.chip.detection
    edges = (box.x0 - left, box.y0 - top, box.x1 - left, box.y1 - top)
    _frame(enlarged, *(edge * scale for edge in edges))
    return enlarged


def shown_bands(chip: ArchivedChip) -> tuple[str, ...]:
    """The bands of a picture as red, green, blue: the longest waves red. Fewer bands are repeated."""
    return tuple(chip.product.bands[index] for index in _order(chip.product.bands))


def stretched(values: NDArray[np.float64]) -> Rgb:
    """Physical values (3, height, width) as colours: black the least of all, white the most, by the square root.

    One stretch for all bands keeps their ratios, and with them the colour by which a fire or a ship is told. The root
    leaves something to see of what lies around a target that is many times as bright.
    """
    least, most = float(values.min()), float(values.max())
    span = most - least if most > least else 1.0
    return np.rint(255.0 * np.sqrt((values - least) / span)).astype(np.uint8).transpose(1, 2, 0)


def files(
    chips: Iterable[ArchivedChip], events: Iterable[ReportedEvent], mission: Mission
) -> Iterator[tuple[str, bytes]]:
    """Names and contents: a picture each, and `index.geojson` with what is known of each."""
    event_of = {alert_key(alert): reported for reported in events for alert in reported.alerts}
    shown: dict[AlertKey, dict[str, Any]] = {}
    alerts = []
    for chip in chips:
        key = alert_key(chip.alert)
        alerts.append(chip.alert)
        shown[key] = _properties(chip, event_of.get(key))
        yield f"{chip.name}.png", picture(chip)
    index = alert_collection(alerts, mission, lambda alert: shown[alert_key(alert)])
    yield "index.geojson", json.dumps(index, indent=1).encode() + b"\n"


def _properties(chip: ArchivedChip, reported: ReportedEvent | None) -> dict[str, Any]:
    return {
        "chip": f"{chip.name}.png",
        "chip_bands": list(shown_bands(chip)),
        "chip_corner_px": list(chip.corner_px),
        "chip_side_px": chip.product.side_px,
        "event": None if reported is None else reported.event.event_id,
        "event_confirmed": None if reported is None else reported.event.is_confirmed,
    }


def _ordered(chip: ArchivedChip) -> NDArray[np.float64]:
    product = chip.product
    # Any finite number may have come down, and what is made of it must be finite as well.
    scale, offset = (np.clip(one, -1e100, 1e100)[:, None, None] for one in (product.scale, product.offset))
    values: NDArray[np.float64] = chip.chip.planes * scale + offset
    return values[list(_order(product.bands))]


def _order(bands: tuple[str, ...]) -> tuple[int, int, int]:
    """Which band is red, green and blue. Bands of unknown names stay in their order."""
    order = list(range(len(bands)))
    if set(bands) <= set(WAVELENGTHS):
        order.sort(key=lambda index: -WAVELENGTHS.index(bands[index]))
    return order[0], order[len(order) // 2], order[-1]


def _frame(pixels: Rgb, x0: int, y0: int, x1: int, y1: int) -> None:
    """Draw a line just outside a box, on the sides that lie within the picture."""
    height, width, _ = pixels.shape
    outer = [max(0, x0 - LINE_PX), max(0, y0 - LINE_PX), min(width, x1 + LINE_PX), min(height, y1 + LINE_PX)]
    left, top, right, bottom = outer
    pixels[top : max(top, y0), left:right] = BOX_RGB
    pixels[y1:bottom, left:right] = BOX_RGB
    pixels[top:bottom, left : max(left, x0)] = BOX_RGB
    pixels[top:bottom, x1:right] = BOX_RGB
