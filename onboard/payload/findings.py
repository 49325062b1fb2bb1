"""What a model found in a frame, as it travels."""

from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelCard
from onboard.payload.products import DetectionList


def list_of(card: ModelCard, frame: Frame, detections: tuple[Detection, ...], position_error_m: float) -> DetectionList:
    """The detections of a frame with all that places them. `position_error_m` is of the frame's footprint."""
    return DetectionList(
        model_sha256_prefix=bytes.fromhex(card.sha256[:8]),
        task=card.task,
        frame_id=frame.frame_id,
        exposed_ns=frame.exposed_ns,
        width_px=frame.width_px,
        height_px=frame.height_px,
        footprint_deg=frame.footprint_deg,
        position_error_m=position_error_m,
        detections=detections,
    )
