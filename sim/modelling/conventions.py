"""What is common to the networks of one kind and stands in no graph: colour order, scale, thresholds, class names."""

from dataclasses import dataclass

RGB = ("red", "green", "blue")
BGR = ("blue", "green", "red")
SENTINEL_2 = (
    *("coastal", "blue", "green", "red", "rededge1", "rededge2", "rededge3", "nir", "nir08"),
    *("watervapour", "cirrus", "swir1", "swir2"),
)
"""B1 to B12, with B8A as nir08."""


@dataclass(frozen=True, slots=True)
class Convention:
    """How one family of networks is fed and read. Network value = reflectance x scale + offset.

    `source` is whose habit it is, empty where there is none. `grey` is the reflectance round a letterboxed frame;
    `overlap` tells whether objects may be cut by a border.
    """

    source: str = ""
    colours: tuple[str, ...] = RGB
    scale: float | tuple[float, ...] = 1.0
    offset: float | tuple[float, ...] = 0.0
    grey: float | None = None
    threshold: float = 0.5
    max_iou: float | None = None
    stride_px: int | None = None
    coco: bool = False
    overlap: bool = True


_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_GREY = 114.0 / 255.0
"""The grey of YOLO's letterbox."""

CONVENTIONS = {
    "yolov5": Convention("YOLOv5's detect.py", grey=_GREY, threshold=0.25, max_iou=0.45, stride_px=32, coco=True),
    "yolov8": Convention("the Ultralytics predictor", grey=_GREY, threshold=0.25, max_iou=0.7, stride_px=32, coco=True),
    "yolov8-obb": Convention("the Ultralytics predictor", grey=_GREY, threshold=0.25, max_iou=0.7, stride_px=32),
    "end2end": Convention("the Ultralytics predictor", grey=_GREY, threshold=0.25, stride_px=32, coco=True),
    "yolox": Convention(
        "YOLOX's onnx_inference.py",
        colours=BGR,
        scale=255.0,
        grey=_GREY,
        threshold=0.3,
        max_iou=0.45,
        stride_px=32,
        coco=True,
    ),
    "fastestdet": Convention(
        "FastestDet's test.py", colours=BGR, threshold=0.65, max_iou=0.45, stride_px=32, coco=True
    ),
    "ssd": Convention(
        "Ultra-Light-Fast-Generic-Face-Detector's detect_imgs_onnx.py",
        scale=255.0 / 128.0,
        offset=-127.0 / 128.0,
        threshold=0.7,
        max_iou=0.5,
    ),
    "yunet": Convention("OpenCV's FaceDetectorYN", colours=BGR, scale=255.0, threshold=0.9, max_iou=0.3, stride_px=32),
    "imagenet": Convention(
        "torchvision's classifiers",
        scale=tuple(1.0 / deviation for deviation in _IMAGENET_STD),
        offset=tuple(-mean / std for mean, std in zip(_IMAGENET_MEAN, _IMAGENET_STD, strict=True)),
        overlap=False,
    ),
    "rtdetr": Convention("the Ultralytics predictor", threshold=0.25, stride_px=32, coco=True),
    "detr": Convention(
        "DETR's demo",
        scale=tuple(1.0 / deviation for deviation in _IMAGENET_STD),
        offset=tuple(-mean / std for mean, std in zip(_IMAGENET_MEAN, _IMAGENET_STD, strict=True)),
        threshold=0.7,
        stride_px=32,
    ),
    "tensorflow": Convention("TensorFlow's object detection API", scale=255.0),
    "listed": Convention(coco=True),
    "classifier": Convention(overlap=False),
    "segmentation": Convention(),
    "heatmap": Convention(),
    "custom": Convention(),
}

BANDS_BY_COUNT = {
    1: (("pan",), "one band is taken as panchromatic"),
    2: (("vv", "vh"), "two bands are taken as radar, in Sentinel-1's order"),
    4: (("red", "green", "blue", "nir"), "four bands are taken as colours and near infrared"),
    5: (("blue", "green", "red", "rededge1", "nir"), "the order of five-band multispectral cameras"),
    6: (("blue", "green", "red", "nir", "swir1", "swir2"), "the order of Harmonized Landsat Sentinel-2"),
    7: (("coastal", "blue", "green", "red", "nir", "swir1", "swir2"), "the order of Landsat 8 surface reflectance"),
    8: (
        ("coastal", "blue", "green", "yellow", "red", "rededge1", "nir", "nir08"),
        "the order of WorldView-2, its second near infrared as nir08",
    ),
    10: (
        ("blue", "green", "red", "rededge1", "rededge2", "rededge3", "nir", "nir08", "swir1", "swir2"),
        "Sentinel-2's bands of 10 and 20 m, in its order",
    ),
    12: (
        tuple(band for band in SENTINEL_2 if band != "cirrus"),
        "Sentinel-2's bands of surface reflectance, in its order",
    ),
    13: (SENTINEL_2, "Sentinel-2's bands, in its order"),
}
"""Bands by the number of channels, where it is not three, and whose order that is."""

COCO_NAMES = (
    *("person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light"),
    *("fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow"),
    *("elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee"),
    *("skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard"),
    *("tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple"),
    *("sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch"),
    *("potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone"),
    *("microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear"),
    *("hair drier", "toothbrush"),
)
"""The 80 classes of COCO, in the order in which detectors number them."""
