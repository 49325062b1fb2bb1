"""Graphs that end with lists of detections, as several projects write them, and graphs that find nothing on an image.

Numbers come out of constants: what matters is their form. A touch of the image keeps the input in use.
"""

from typing import Any

import numpy as np

from tests.sim.modelling.synthetic_graphs import TYPES, Graph, Length, segmentation
from tests.sim.modelling.synthetic_heads import SIDE, yolov8

ROWS = 50


def touched(graph: Graph, values: Any) -> str:
    """The values, plus next to nothing of the image."""
    mean = graph.add("ReduceMean", graph.image, keepdims=0)
    return graph.add("Add", graph.constant(values), graph.add("Mul", mean, graph.constant(1e-9)))


def told(graph: Graph, name: str, values: Any, shape: Any, dtype: str = "float32") -> Graph:
    made = touched(graph, values)
    if np.asarray(values).dtype.kind == "i":
        made = graph.add("Round", made)
    made = graph.add("Cast", made, to=TYPES[dtype]) if dtype != "float32" else made
    return graph.output(made, name, shape, dtype)


def boxes_in_parts(*, centres: bool = False, y_first: bool = False) -> Any:
    rng = np.random.default_rng(1)
    first = rng.uniform(0.1, 0.5, (1, ROWS, 2))
    if centres:
        return np.concatenate([rng.uniform(0.3, 0.9, (1, ROWS, 2)), rng.uniform(0.02, 0.2, (1, ROWS, 2))], axis=2)
    corners = np.concatenate([first, first + 0.2], axis=2)
    return corners[..., [1, 0, 3, 2]] if y_first else corners


def scores(*shape: int) -> Any:
    return np.random.default_rng(2).uniform(0.05, 0.9, shape)


def labels(first: int = 1) -> Any:
    return np.arange(ROWS).reshape(1, ROWS) % 3 + first


def tensorflow(names: tuple[str, str, str, str], *, first: int = 1, extra: bool = False) -> Graph:
    graph = Graph((1, SIDE, SIDE, 3), dtype="uint8", name="input_tensor", channels_last=True)
    boxes, classes, certainty, number = names
    told(graph, boxes, boxes_in_parts(y_first=True), (1, ROWS, 4))
    told(graph, classes, labels(first), (1, ROWS))
    if extra:
        told(graph, "raw_detection_boxes", boxes_in_parts(), (1, ROWS, 4))
        told(graph, "detection_multiclass_scores", scores(1, ROWS, 4), (1, ROWS, 4))
    told(graph, certainty, scores(1, ROWS), (1, ROWS))
    return told(graph, number, [float(ROWS)], (1,))


def torchvision(rows: int = 4) -> Graph:
    graph = Graph()
    told(graph, "boxes", boxes_in_parts()[0, :rows] * SIDE, ("n", 4))
    told(graph, "labels", labels()[0, :rows], ("n",), "int64")
    return told(graph, "scores", scores(rows), ("n",))


def mmdetection() -> Graph:
    graph = Graph()
    told(graph, "dets", np.concatenate([boxes_in_parts() * SIDE, scores(1, ROWS, 1)], axis=2), (1, ROWS, 5))
    return told(graph, "labels", labels(0), (1, ROWS), "int64")


def yolov7() -> Graph:
    graph = Graph()
    rows = np.concatenate(
        [np.zeros((1, ROWS, 1)), boxes_in_parts() * SIDE, labels(0)[..., None], scores(1, ROWS, 1)], 2
    )
    chosen = graph.add("TopK", touched(graph, rows[0]), graph.constant([9], np.int64), n_outputs=2, axis=0)
    return graph.output(chosen, "output", ("rows", 7))


def query_rows(n_classes: int) -> Graph:
    graph = Graph()
    rows = np.concatenate([boxes_in_parts(centres=True), scores(1, ROWS, n_classes)], axis=2)
    return told(graph, "output0", rows, (1, ROWS, 4 + n_classes))


def queries(kind: str, width: int = 5) -> Graph:
    graph = Graph()
    told(graph, "pred_boxes", boxes_in_parts(centres=True), (1, ROWS, 4))
    values = np.log(scores(1, ROWS, width))
    if kind == "softmax":
        values[..., -1] = 4.0
    return told(graph, "logits", np.exp(values) if kind == "probabilities" else values, (1, ROWS, width))


def masks(n_classes: int = 3) -> Graph:
    graph = yolov8(n_classes + 32)
    return graph.output(graph.level(4, 32), "proto", (1, 32, SIDE // 4, SIDE // 4))


def columns_and(n_classes: int, *extra: float) -> Graph:
    """Columns of box and class probabilities, and numbers that are none behind them."""
    graph = Graph()
    column = [SIDE * 0.9, SIDE * 0.9, 20.0, 20.0, *([0.5] * n_classes), *extra]
    values = np.tile(np.reshape(column, (1, -1, 1)), (1, 1, 525))
    return told(graph, "output0", values, values.shape)


def class_map(n_classes: int, *, squeezed: bool) -> Graph:
    graph = segmentation(n_classes=n_classes, sigmoid=False)
    graph.outputs.clear()
    made = graph.add("ArgMax", "planes", axis=1, keepdims=0 if squeezed else 1)
    shape: tuple[Length, ...] = (1, 64, 64) if squeezed else (1, 1, 64, 64)
    return graph.output(graph.add("Cast", made, to=6), "map", shape, "int32")


def flags() -> Graph:
    graph = Graph((1, 1, 64, 64), name="swir2")
    return graph.output(graph.add("Greater", graph.image, graph.constant(0.5)), "mask", (1, 1, 64, 64), "bool")


def band_ratio() -> Graph:
    """(b1 - b0) / (b1 + b0), and a threshold on it: no layer that multiplies and accumulates."""
    graph = Graph((1, 2, 64, 64), name="red_nir")
    red, nir = (graph.add("Gather", graph.image, graph.constant([index], np.int64), axis=1) for index in (0, 1))
    ratio = graph.add("Div", graph.add("Sub", nir, red), graph.add("Add", nir, red))
    return graph.output(graph.add("Sigmoid", ratio), "p", (1, 1, 64, 64))


def squeezed_plane() -> Graph:
    graph = segmentation()
    graph.outputs.clear()
    return graph.output(graph.add("Squeeze", "planes", graph.constant([1], np.int64)), "plane", (1, 64, 64))


def centre_net() -> Graph:
    graph = Graph((1, 3, 64, 64))
    for name, count in (("wh", 2), ("hm", 3), ("reg", 2)):
        graph.output(graph.level(4, count), name, (1, count, 16, 16))
    return graph


def recogniser() -> Graph:
    """A softmax over letters for each place of a line."""
    graph = Graph((1, 3, 48, 320))
    columns = graph.add("ReduceMean", graph.conv(graph.image, 3, 37), keepdims=0, axes=[2])
    return graph.output(
        graph.add("Softmax", graph.add("Transpose", columns, perm=[0, 2, 1]), axis=2), "t", (1, 320, 37)
    )


def embedding() -> Graph:
    graph = Graph((1, 3, 64, 64))
    pooled = graph.add("Flatten", graph.add("GlobalAveragePool", graph.conv(graph.image, 3, 64)))
    return graph.output(graph.add("LpNormalization", pooled, axis=1, p=2), "fc1", (1, 64))


def enlarger() -> Graph:
    graph = Graph((1, 3, 64, 64))
    return graph.output(graph.add("DepthToSpace", graph.conv(graph.image, 3, 12), blocksize=2), "y", (1, 3, 128, 128))
