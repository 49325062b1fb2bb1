"""The heads that find boxes, by the name that a card gives them."""

from onboard.payload.detectors import (
    classifier,
    detr,
    end2end,
    fastestdet,
    heatmap,
    ssd,
    tensorflow,
    yolo,
    yolox,
    yunet,
)
from onboard.payload.detectors.contract import Detector

DETECTORS: dict[str, Detector] = {
    "heatmap": Detector(heatmap.decode, heatmap.layouts),
    "yolov5": Detector(yolo.decode_yolov5, yolo.yolov5_layouts),
    "yolov8": Detector(yolo.decode_yolov8, yolo.yolov8_layouts),
    "yolov8-obb": Detector(yolo.decode_yolov8_obb, yolo.yolov8_obb_layouts),
    "end2end": Detector(end2end.decode, end2end.layouts),
    "tensorflow": Detector(tensorflow.decode, end2end.list_layouts),
    "detr": Detector(detr.decode, detr.layouts),
    "yolox": Detector(yolox.decode, yolox.layouts),
    "ssd": Detector(ssd.decode, ssd.layouts),
    "fastestdet": Detector(fastestdet.decode, fastestdet.layouts),
    "yunet": Detector(yunet.decode, yunet.layouts),
    "classifier": Detector(classifier.decode, classifier.layouts),
}
"""`custom` is made with onboard.payload.detectors.custom from its entry point."""
