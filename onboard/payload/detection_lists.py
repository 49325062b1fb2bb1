"""Compact lists of detections: a hundred clustered boxes in six bytes each, a single one in 64 with its header."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import ceil, isfinite

from onboard.payload import footprints
from onboard.payload.detections import CONFIDENCE_STEPS, Detection
from onboard.payload.product_fields import read_size, size
from onboard.payload.varints import Reader, varints

DETECTION_LIST = 0x12
MAX_TASK_LENGTH = 32

_STRIP_PX = 16
_NIBBLE_SIDE_PX = 16
_GRADES = 16
"""Size classes, each with and without the flag of a box too large for nibbles."""


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


def encode(product: DetectionList) -> bytes:
    """A detection list's bytes; ValueError where a field does not fit the format."""
    return bytes([DETECTION_LIST]) + fields(product)


def decode(data: bytes) -> DetectionList:
    """The list in these bytes; ValueError for anything that `encode` would not have written."""
    reader = Reader(data)
    if reader.take(1)[0] != DETECTION_LIST:
        raise ValueError("not a detection list of a version known here")
    product = read(reader)
    # One comparison stands for every rule of the format: order, shortest forms, ranges, nothing after it.
    if encode(product) != data:
        raise ValueError("a detection list that is not in canonical form")
    return product


def fields(product: DetectionList) -> bytes:
    """All of a list but its kind."""
    task = product.task.encode("ascii")
    if len(product.model_sha256_prefix) != 4 or not 1 <= len(task) <= MAX_TASK_LENGTH:
        raise ValueError("model prefix must have 4 bytes, and task 1 to 32 characters")
    if not (isfinite(product.position_error_m) and product.position_error_m >= 0):
        raise ValueError("position error must be finite and not negative")
    groups = [(index, list(found)) for index, found in groupby(travelling(product), key=_class_of)]
    return b"".join(
        (
            product.model_sha256_prefix,
            varints(len(task)) + task,
            varints(product.frame_id, product.exposed_ns),
            size(product.width_px, product.height_px),
            footprints.encode(product.footprint_deg),
            varints(ceil(product.position_error_m), len(groups)),
            *(_group(index, found, product) for index, found in groups),
        )
    )


def read(reader: Reader) -> DetectionList:
    """What `fields` wrote, or an equal list in another form, which is for the caller to refuse."""
    prefix = reader.take(4)
    task = reader.text()
    frame_id, exposed_ns = reader.varint(), reader.varint()
    width_px, height_px = read_size(reader)
    footprint_deg = footprints.read(reader)
    position_error_m = float(reader.varint())
    n_groups = reader.varint()
    detections: list[Detection] = []
    for _ in range(n_groups):
        detections += _read_group(reader, width_px)
    return DetectionList(
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


def travelling(product: DetectionList) -> tuple[Detection, ...]:
    """A list's detections in the order in which they travel."""
    return tuple(sorted(product.detections, key=lambda found: (found.class_index, _record(found, product))))


def _class_of(detection: Detection) -> int:
    return detection.class_index


def _group(class_index: int, found: Iterable[Detection], product: DetectionList) -> bytes:
    """Class, count, and a record each: position delta with size class and size flag, sides, confidence."""
    records = [_record(detection, product) for detection in found]
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
