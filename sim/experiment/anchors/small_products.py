"""What a result weighs beside its frame: ORION, which sends the frames worth sending, and LeoDOS, which sends alerts.

Ours are the products of the shipped wildfire model on drawn frames, each sent alone through the downlink: a transfer
frame that carries any of it counts whole. ORION's 66 to 72 s a frame are left out: it runs a language model on a
Raspberry Pi 5, generates tokens at the speed of its memory, and our devices know multiply-accumulates only.
"""

from dataclasses import dataclass

import numpy as np

from onboard.comms.downlink import Downlink
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind
from onboard.comms.transfer import FrameAccount
from onboard.mission_time import NS_PER_S
from onboard.payload.chip_cutting import chips_of
from onboard.payload.detections import Detection
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard, load_card
from onboard.payload.products import DetectionList, encode, encode_chips
from sim.data import sample_path
from sim.equipment.instrument import Instrument
from sim.experiment.anchors.row import Row
from sim.experiment.drawn_frames import exposed, imager
from sim.experiment.matching import matches
from sim.scenes.sensor import FLIGHT_SENSOR
from sim.scenes.truth import Target
from sim.scenes.wildfire import draw_wildfire

ORION = "ORION (github.com/Saransh-cpp/ORION, 2026), three runs of 396 to 546 frames on a Raspberry Pi 5"
FRAME_BYTES, FRAME_PX = 786_432, 512
"""ORION's: 512 x 512 pixels of three bytes."""
LEAST_SAVED, MOST_SAVED = 0.950, 0.974
LEODOS = "LeoDOS (leodos-project.github.io, 2026), use case wildfire: 'about 1 KB' of place, size, confidence, time"
ALERT_BYTES = 1000.0

FRAMES, SUN_ZENITH_DEG = 16, 40.0
SEED = 20260601
ASSUMED = f"{FRAMES} drawn frames of {FRAME_PX} x {FRAME_PX} px with a fire in each, and the shipped wildfire model"


@dataclass(frozen=True, slots=True)
class _Result:
    """What the model makes of a frame: its list, and the list with chips; both empty where it finds nothing."""

    targets: tuple[Target, ...]
    detections: tuple[Detection, ...]
    bare: bytes
    with_chips: bytes


def rows() -> list[Row]:
    """Bytes saved, with the recall beside them, and the weight of an alert."""
    results = _results()
    recall = _recall(results)
    most_boxes = max(len(result.detections) for result in results)
    lists = [_on_air(ProductKind.ALERT, result.bare) for result in results]
    chips = [_on_air(ProductKind.CHIP, result.with_chips) for result in results]
    told = [result for result in results if result.detections]
    return [
        _saved("detection lists", lists, recall),
        _saved("lists with chips", chips, recall),
        Row(
            "LeoDOS: payload of a wildfire alert",
            ALERT_BYTES,
            max(float(len(result.bare)) for result in told),
            ALERT_BYTES,
            "byte",
            LEODOS,
            is_ceiling=True,
            assumed=f"the longest of the lists that tell of {ASSUMED}",
            beside=f"{min(len(each.bare) for each in told)} bytes at least; 1 to {most_boxes} boxes a fire",
        ),
        Row(
            "LeoDOS: a wildfire alert on the air",
            ALERT_BYTES,
            max(float(account.products) for account in lists),
            0.25 * ALERT_BYTES,
            "byte",
            LEODOS,
            assumed=f"theirs is a payload, ours a whole transfer frame, of {ASSUMED}; 25 % for 'about'",
        ),
    ]


def _saved(what: str, accounts: list[FrameAccount], recall: str) -> Row:
    sent_bytes = sum(account.products for account in accounts)
    per_frame = sent_bytes / len(accounts)
    return Row(
        f"ORION: bytes saved, {what}",
        MOST_SAVED,
        1.0 - sent_bytes / (len(accounts) * FRAME_BYTES),
        1.0 - MOST_SAVED,
        "",
        f"{ORION}: {LEAST_SAVED:.1%} to {MOST_SAVED:.1%}, no recall stated",
        is_floor=True,
        assumed=f"{ASSUMED}, in place of its pictures and its question; a result goes down by itself",
        beside=f"{recall}; {per_frame:,.0f} bytes a frame on the air",
    )


def _recall(results: list[_Result]) -> str:
    targets = sum(len(result.targets) for result in results)
    seen = sum(int((matches(result.detections, result.targets)[0] >= 0.0).sum()) for result in results)
    return f"recall {seen / targets:.2f} ({seen} of {targets} targets)"


def _on_air(kind: ProductKind, payload: bytes) -> FrameAccount:
    """What the frames that carry a product are made of, in a grant of its own; nothing for no product."""
    if not payload:
        return FrameAccount()
    downlink = Downlink(1, Outbox(FRAME_BYTES))
    downlink.store(Product(1, kind, 1, payload, 1.0, 0))
    account = downlink.transmit(NS_PER_S, FRAME_BYTES, b"housekeeping").account
    assert account.payload == len(payload)
    return account


def _results() -> list[_Result]:
    card = load_card(sample_path("models", "wildfire-swir"))
    engine = InferenceEngine(card)
    return [_result(engine, card, imager(), frame_id) for frame_id in range(1, FRAMES + 1)]


def _result(engine: InferenceEngine, card: ModelCard, instrument: Instrument, frame_id: int) -> _Result:
    drawn = draw_wildfire(
        np.random.default_rng([SEED, frame_id]),
        side_px=FRAME_PX,
        gsd_m=instrument.gsd_m,
        sun_zenith_deg=SUN_ZENITH_DEG,
        fire_count=1,
        sensor=FLIGHT_SENSOR,
    )
    frame, planes = exposed(instrument, drawn.reflectance, frame_id)
    detections = engine.infer(frame, planes)
    if not detections:
        return _Result(drawn.targets, (), b"", b"")
    listed = DetectionList(
        model_sha256_prefix=bytes.fromhex(card.sha256[:8]),
        task=card.task,
        frame_id=frame_id,
        exposed_ns=frame.exposed_ns,
        width_px=FRAME_PX,
        height_px=FRAME_PX,
        footprint_deg=frame.footprint_deg,
        position_error_m=instrument.position_error_m,
        detections=detections,
    )
    return _Result(drawn.targets, detections, encode(listed), encode_chips(chips_of(frame, planes, listed)))
