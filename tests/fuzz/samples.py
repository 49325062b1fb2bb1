"""Sound bytes of every format that comes from outside, for the fuzzer to spoil."""

import numpy as np

from onboard.comms import event_reports, housekeeping, reports, telecommand_catalogue
from onboard.comms.event_reports import CommandFailed, CommandRefused, ProductExpired, Reason
from onboard.comms.frames import DEFAULT_FRAME_BYTES, NO_PACKET_START, FrameBuilder
from onboard.comms.housekeeping import Housekeeping
from onboard.comms.packets import PacketBuilder, ProductKind, product_check, time_code
from onboard.comms.reports import PartialProduct, Report
from onboard.comms.tc_frames import build_tc_frame
from onboard.comms.telecommand_packets import command_packet, report_packet
from onboard.comms.telecommands import (
    Area,
    BeginModelUpload,
    CaptureAt,
    FetchFrame,
    LoadModelPart,
    PlannedPass,
    Reset,
    RotateKey,
    SetPassPlan,
    SetThreshold,
)
from onboard.payload import model_archive, products
from onboard.payload.detections import Detection
from onboard.payload.products import Chip, ChipsProduct, Codec, DetectionList, ImageProduct

SPACECRAFT = 0x155
_SQUARE_DEG = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)

HOUSEKEEPING = (housekeeping.encode(Housekeeping(10**12, 0.75, 301.5, 1, True, 3, 4, 5, 10**6, 7)),)

REPORTS = (
    reports.encode(Report(0, 0, 9, (), ())),
    reports.encode(
        Report(10**12, 0, 2**32 - 1, ((0, 40), (50, 2**31)), (PartialProduct(45, 9000, 8000, ((5, 8), (99, 2000))),))
    ),
)

TELECOMMANDS = tuple(
    telecommand_catalogue.encode(command)
    for command in (
        SetPassPlan((PlannedPass(5, 10**11, 10**8), PlannedPass(10**12, 10**12 + 7, 1))),
        SetThreshold("wildfire", 0.5),
        CaptureAt((10**10, 10**11), Area(-10.5, 170.0, 10.0, -170.0)),
        FetchFrame(17, "lossless", 4),
        BeginModelUpload(3, "wildfire", 1000, bytes(32), 2),
        LoadModelPart(3, 500, bytes(500)),
        RotateKey("downlink", 2),
        Reset(),
    )
)

EVENT_REPORTS = (
    event_reports.encode(
        (
            CommandRefused(10**9, 7, Reason.UNKNOWN_KEY),
            ProductExpired(2 * 10**9, 4, -1, 900),
            CommandFailed(3 * 10**9, 8, Reason.TRIAL_FAILED, "NaN in the output"),
        )
    ),
)

_FOUND = DetectionList(
    *(bytes(4), "wildfire", 300, 10**9, 1024, 768, _SQUARE_DEG, 12.3),
    (Detection(0, 0, 1, 1, 1, 0.5, 0), Detection(0, 16, 20, 18, 0, 0.0, 7), Detection(5, 3, 8, 5, 0, 1.0, 2)),
)
DETECTION_LISTS = (products.encode(_FOUND),)


def _chips(n_chips: int) -> bytes:
    pixels = (np.arange(2 * 8 * 8, dtype=np.uint16) * 37 % 256).reshape(2, 8, 8)
    chips = tuple(Chip(detection, pixels) for detection in _FOUND.detections[:n_chips])
    return products.encode_chips(ChipsProduct(_FOUND, 8, 8, ("red", "swir2"), (1e-4, 0.5), (0.0, -3.0), chips))


CHIPS = (_chips(3), _chips(1), _chips(0))


def _image(codec: Codec, raw_bytes: int = 0) -> bytes:
    planes = (np.arange(2 * 6 * 5, dtype=np.uint16) * 67).reshape(2, 6, 5)
    geometry = (5, 6, ("red", "swir2"), (1e-4, 0.5), (0.0, -3.0), 12, _SQUARE_DEG)
    return products.encode_image(ImageProduct(9, 10**9, codec, *geometry, planes, raw_bytes))


IMAGES = (_image("raw"), _image("raw", 200), *(_image(codec) for codec in products.CODECS if codec != "raw"))

MODEL_ARCHIVES = (model_archive.pack(b"card", b"graph"),)


def _packets() -> tuple[bytes, ...]:
    builder = PacketBuilder()
    code = time_code(10**12)
    segments = []
    for kind in ProductKind:
        payload = bytes([kind]) * 90
        stream = payload + product_check(payload)
        segments += [builder.segment(code, kind, kind, len(stream), at, stream[at : at + 47]) for at in (0, 47)]
    return (*segments, builder.housekeeping(code, HOUSEKEEPING[0]), builder.idle(50))


PACKETS = _packets()


def _tm_frames() -> tuple[bytes, ...]:
    """A frame of whole packets, two that a packet spans, one in the middle of a packet, and one of idle data."""
    builder, packets = FrameBuilder(SPACECRAFT), PacketBuilder()
    size = builder.data_bytes
    whole = b"".join(PACKETS)
    whole += packets.idle(size - len(whole))
    image = packets.segment(bytes(7), ProductKind.IMAGE, 9, 10**6, 0, bytes(size - 25))
    spanning = packets.housekeeping(bytes(7), bytes(range(256)) * 9) + packets.idle(900)
    return (
        builder.build(0, 0, whole),
        builder.build(3, 0, image),
        builder.build(4, 0, spanning[:size]),
        builder.build(4, NO_PACKET_START, spanning[size : 2 * size]),
        builder.build(4, 100, spanning[2 * size :].ljust(size, b"\x55")),
        builder.idle(),
    )


TM_FRAMES = _tm_frames()
assert all(len(frame) == DEFAULT_FRAME_BYTES for frame in TM_FRAMES)

TC_DATA = (
    command_packet(1, TELECOMMANDS[0]),
    command_packet(20_000, TELECOMMANDS[3]) + report_packet(7, REPORTS[1]) + command_packet(2**32 - 1, TELECOMMANDS[6]),
)
TC_FRAMES = tuple(build_tc_frame(SPACECRAFT, data) for data in TC_DATA)
