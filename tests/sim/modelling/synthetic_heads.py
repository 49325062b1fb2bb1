"""A graph for every kind of head."""

from typing import Any

import numpy as np

from tests.sim.modelling.synthetic_graphs import Graph, cells, decoded_bias, detector_rows, segmentation

SIDE = 160
CELLS = cells(SIDE, SIDE)


def yolov5(tile: Any = SIDE) -> Graph:
    graph = Graph((1, 3, tile, tile), name="zebra")
    rows = detector_rows(graph, 8, anchors=3, bias=decoded_bias(3, objectness=True))
    return graph.output(rows, "lion", (1, 3 * CELLS if tile == SIDE else "n", 8))


def old_yolov5() -> Graph:
    graph = yolov5()
    for stride in (8, 16, 32):
        side = SIDE // stride
        shape = graph.constant([1, 3, 8, side, side], np.int64)
        graph.output(graph.add("Reshape", graph.level(stride, 24), shape), f"raw{stride}", (1, 3, 8, side, side))
    return graph


def yolov8(n_classes: int = 3, tile: Any = SIDE, *, score: float = 0.5) -> Graph:
    graph = Graph((1, 3, tile, tile), name="x.1")
    bias = [*decoded_bias(0, objectness=False), *([score] * n_classes)]
    rows = detector_rows(graph, 4 + n_classes, bias=bias)
    columns = graph.add("Transpose", rows, perm=[0, 2, 1])
    return graph.output(columns, "y.1", (1, 4 + n_classes, CELLS if tile == SIDE else "anchors"))


def yolox(*, decoded: bool = False, exponential: bool = False) -> Graph:
    graph = Graph()
    rows = detector_rows(graph, 85, bias=decoded_bias(80, objectness=True) if decoded else None)
    if exponential:
        rows = graph.add("Exp", rows)
    return graph.output(rows, "rows", (1, CELLS, 85))


def best_rows(count: int = 100) -> Graph:
    graph = Graph()
    rows = detector_rows(graph, 6)
    scores = graph.add("ReduceSum", rows, graph.constant([2], np.int64), keepdims=0)
    graph.nodes[-1].output[0] = scores
    graph.add("TopK", scores, graph.constant([count], np.int64), n_outputs=2, axis=1)
    chosen = graph.nodes[-1].output[1]
    row_numbers = graph.add("Reshape", chosen, graph.constant([-1], np.int64))
    return graph.output(graph.add("Gather", rows, row_numbers, axis=1), "picked", (1, count, 6))


def four_outputs(names: tuple[str, str, str, str] = ("num_dets", "det_boxes", "det_scores", "det_classes")) -> Graph:
    """As TensorRT's EfficientNMS writes them, in another order."""
    graph = Graph()
    number, boxes, scores, classes = names
    mean = graph.add("ReduceMean", graph.image, keepdims=1, axes=[1, 2, 3])
    flat = graph.add("Reshape", mean, graph.constant([1, 1], np.int64))
    cube = graph.add("Reshape", mean, graph.constant([1, 1, 1], np.int64))
    graph.output(graph.add("Mul", flat, graph.constant(np.ones((1, 50)))), scores, (1, 50))
    whole = graph.add("Cast", graph.add("Mul", flat, graph.constant(np.ones((1, 50)))), to=6)
    graph.output(whole, classes, (1, 50), "int32")
    graph.output(graph.add("Mul", cube, graph.constant(np.ones((1, 50, 4)))), boxes, (1, 50, 4))
    return graph.output(graph.add("Cast", flat, to=6), number, (1, 1), "int32")


def ssd(n_classes: int = 3, *, softmax: bool = True, pixels: bool = False, centres: bool = False) -> Graph:
    graph = Graph(name="in")
    corner = [0.6, 0.6, 0.1, 0.1] if centres else [0.2, 0.2, 0.7, 0.8]
    small = graph.add("Mul", detector_rows(graph, 4), graph.constant(0.01))
    boxes = graph.add("Add", small, graph.constant([[[100.0 * one if pixels else one for one in corner]]]))
    graph.output(boxes, "p", (1, CELLS, 4))
    rows = detector_rows(graph, n_classes + 1)
    scores = graph.add("Softmax", rows, axis=2) if softmax else graph.add("Sigmoid", rows)
    return graph.output(scores, "q", (1, CELLS, n_classes + 1))


def fastestdet(*, logits: bool = False) -> Graph:
    """Activated throughout, or of 4 classes that were never asked where there is no object."""
    graph = Graph()
    maps = graph.level(16, 9, bias=[-5.0, *([0.0] * 4), *([0.5] * 4)] if logits else None)
    made = maps if logits else graph.add("Sigmoid", maps)
    return graph.output(made, "maps", (1, 9, SIDE // 16, SIDE // 16))


def yunet() -> Graph:
    graph = Graph()
    for index, stride in enumerate((8, 16, 32)):
        for part, width in enumerate((10, 1, 4, 1)):
            rows = graph.rows(stride, width)
            made = graph.add("Sigmoid", rows) if width == 1 else rows
            graph.output(made, f"o{index}{part}", (1, (SIDE // stride) ** 2, width))
    return graph


def classifier(n_classes: int = 5, *, last: str = "", side: Any = 20, channels: int = 4, pooled: bool = False) -> Graph:
    graph = Graph(("N", channels, side, side), name="chip")
    pool = graph.add("GlobalAveragePool", graph.conv(graph.image, channels, n_classes))
    if pooled:
        return graph.output(pool, "scores", ("N", n_classes, 1, 1))
    flat = graph.add("Flatten", pool)
    weight = graph.constant(np.eye(n_classes) * 9.0)
    made = graph.add("Gemm", flat, weight)
    return graph.output(graph.add(last, made) if last else made, "out", ("N", n_classes))


def part_size(part: int, name: str) -> Graph:
    graph = Graph((1, 1, 64, 64), name="sigma0")
    planes = graph.add("Sigmoid", graph.level(part, 1))
    return graph.output(planes, name, (1, 1, 64 // part, 64 // part))


def deep_supervision() -> Graph:
    graph = segmentation((1, 3, 64, 64))
    return graph.output(graph.add("Sigmoid", graph.level(1, 1)), "aside", (1, 1, 64, 64))


def divides_by(constant: float | list[float], operator: str = "Div", mean: list[float] | None = None) -> Graph:
    graph = Graph((1, 3, 64, 64))
    shaped = np.reshape(constant, (1, -1, 1, 1))
    if mean is not None:
        graph.image = graph.add("Sub", graph.image, graph.constant(np.reshape(mean, (1, -1, 1, 1))))
    graph.image = graph.add(operator, graph.image, graph.constant(shaped))
    return graph.output(graph.add("Sigmoid", graph.level(1, 1)), "planes", (1, 1, 64, 64))
