"""The engine over threshold models, whose detections are known without a network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onboard.errors import InputError
from onboard.payload.imagery import Frame, Planes, Tile
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelFault, load_card
from onboard.payload.network_input import NetworkInput
from tests.models_for_tests import class_number_graph, logit_graph, threshold_graph, write_model


def frame_of(planes: Planes, bands: tuple[str, ...] = ("swir2",), gsd_m: float = 20.0) -> Frame:
    height_px, width_px = planes.shape[1:]
    n = len(bands)
    return Frame(7, "f", width_px, height_px, bands, n, (1e-4,) * n, (0.0,) * n, 12, 0, (0.0,) * 8, gsd_m)


def engine(folder: Path, **card: object) -> InferenceEngine:
    return InferenceEngine(load_card(write_model(folder, **card)))  # type: ignore[arg-type]


def test_a_blob_is_found_where_it_is(tmp_path: Path) -> None:
    planes = np.zeros((1, 150, 200), np.uint16)
    planes[0, 40:43, 60:64] = 9000
    (found,) = engine(tmp_path).infer(frame_of(planes), planes)
    assert (found.x0, found.y0, found.x1, found.y1) == (60, 40, 64, 43)
    assert (found.confidence, found.class_index, found.size_class) == (1.0, 0, 3)  # 12 pixels of 400 m²


def test_calibration_is_applied_and_bands_are_found_by_name(tmp_path: Path) -> None:
    planes = np.zeros((3, 70, 70), np.uint16)
    planes[:, 5, 5] = (100, 5000, 100)
    frame = frame_of(planes, ("red", "swir2", "nir"))
    model = engine(tmp_path, bands=("swir2", "swir1"), level=0.5)
    assert model.infer(frame, planes)  # 0.5 x steepness: exactly at the level, confidence 0.5
    assert not model.infer(replace(frame, offset=(0.0, -0.1, 0.0)), planes)
    assert not model.infer(replace(frame, scale=(1e-4, 9e-5, 1e-4)), planes)
    assert not model.infer(replace(frame, bands=("swir2", "green", "nir")), planes)


def test_a_band_that_a_frame_lacks_is_zeros_after_one_that_had_it(tmp_path: Path) -> None:
    planes = np.full((1, 64, 64), 6000, np.uint16)
    model = engine(tmp_path)
    assert model.infer(frame_of(planes), planes)
    assert model.infer(frame_of(planes, ("red",)), planes) == ()


@pytest.mark.parametrize("size", [(1, 1), (20, 200), (63, 64), (65, 64)])
def test_frames_smaller_than_a_tile_make_no_false_fire(tmp_path: Path, size: tuple[int, int]) -> None:
    planes = np.full((1, *size), 3000, np.uint16)
    planes[0, -1, -1] = 9000
    (found,) = engine(tmp_path).infer(frame_of(planes), planes)
    assert (found.x0, found.y0, found.x1, found.y1) == (size[1] - 1, size[0] - 1, size[1], size[0])
    assert found.size_class == 2  # one pixel, not its reflections


def test_tiling_changes_nothing_for_a_model_that_looks_at_single_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    planes = np.zeros((1, 300, 333), np.uint16)
    for row, col, height, width in zip(*rng.integers(0, 300, (2, 40)), *rng.integers(1, 40, (2, 40)), strict=True):
        planes[0, row : row + height, col : col + width] = rng.integers(5500, 9000)
    frame = frame_of(planes)
    found = [
        engine(tmp_path / str(n), tile_px=tile, overlap_px=overlap, min_pixels=4).infer(frame, planes)
        for n, (tile, overlap) in enumerate([(512, 0), (64, 16), (64, 0), (100, 50), (37, 11)])
    ]
    assert len(found[0]) > 20
    assert all(other == found[0] for other in found[1:])


def test_the_same_frame_gives_the_same_result(tmp_path: Path) -> None:
    planes = np.random.default_rng(1).integers(0, 7000, (1, 100, 100)).astype(np.uint16)
    model = engine(tmp_path)
    assert model.infer(frame_of(planes), planes) == model.infer(frame_of(planes), planes)


def test_numbers_without_meaning_are_a_fault_with_its_facts(tmp_path: Path) -> None:
    planes = np.zeros((1, 64, 100), np.uint16)
    planes[0, 3, 90] = 65535
    model = engine(tmp_path, graph=logit_graph(1))
    with pytest.raises(ModelFault, match=r"threshold, frame 7, tile at row 0, column 36: probabilities from 0 to 6.5"):
        model.infer(frame_of(planes), planes)
    with pytest.raises(ModelFault, match="nan"):
        model.infer(replace(frame_of(planes), scale=(float("nan"),)), planes)


def test_a_class_number_beyond_the_card_is_told_in_words(tmp_path: Path) -> None:
    """A graph that numbers its pixels by their brightness: 0 to 4 on the trial's ramp, 20 for reflectance 2."""
    model = engine(tmp_path, graph=class_number_graph(10.0), classes=("sea", "land", "cloud", "ice", "fire"))
    planes = np.full((1, 64, 64), 3500, np.uint16)
    planes[0, 5, 5] = 20_500
    with pytest.raises(ModelFault, match="tile at row 0, column 0: class numbers 3 to 20, the card has 5"):
        model.infer(frame_of(planes), planes)
    with pytest.raises(InputError, match=r"output.classes = \['a', 'b'\]: the graph puts out class numbers 0 to 4"):
        engine(tmp_path, graph=class_number_graph(10.0), classes=("a", "b"))


@pytest.mark.parametrize(
    ("graph", "card", "told"),
    [
        (b"this is no graph", {}, "model.onnx: is not an ONNX graph that can run here"),
        (b"", {}, "model.onnx: is not an ONNX graph that can run here"),
        (threshold_graph(1, 0.5)[:-20], {}, "model.onnx: is not an ONNX graph that can run here"),
        (threshold_graph(3, 0.5), {}, "card.toml: input.bands: the card says 1 channels, the graph 3"),
        (
            threshold_graph(1, 0.5, tile_px=32),
            {},
            "input.tile_px: the card says 64 pixels a side, the graph 32",
        ),
        (
            None,
            {"input_name": "x"},
            "input.name = 'x': the graph must have this one input, and has reflectance",
        ),
        (
            threshold_graph(1, 0.5, n_classes=2),
            {},
            "output.classes = ['fire']: the graph must put out float32 of",
        ),
        (logit_graph(1, gain=30.0), {}, "output.head = 'segmentation': this head reads probabilities"),
    ],
)
def test_a_graph_that_is_not_its_card_is_told(
    tmp_path: Path, graph: bytes | None, card: dict[str, object], told: str
) -> None:
    with pytest.raises(InputError) as caught:
        engine(tmp_path, graph=graph, **card)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_graph_changed_after_its_card_was_read_does_not_fly(tmp_path: Path) -> None:
    card = load_card(write_model(tmp_path))
    (tmp_path / "model.onnx").write_bytes(threshold_graph(1, 0.9))
    with pytest.raises(InputError, match="changed after its card was read"):
        InferenceEngine(card)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8])
@pytest.mark.parametrize("clip", [(), (5.0, 11.0)])
def test_an_input_is_calibrated_clipped_rounded_and_laid_out(
    tmp_path: Path, layout: str, dtype: type, clip: tuple[float, ...]
) -> None:
    card = load_card(write_model(tmp_path, bands=("red", "swir2")))
    card = replace(card, scale=(50.0, 100.0), offset=(1.0, 2.0), clip=clip, layout=layout)
    planes = np.random.default_rng(3).integers(0, 1500, (2, 70, 90)).astype(np.uint16)
    given = NetworkInput(card, np.dtype(dtype), 2)
    given.fill_ramp()
    given.fill_tile(given.channels(frame_of(planes, card.bands), planes), Tile(3, 5, 64, 64))
    expected = planes[:, 3:67, 5:69] * 1e-4 * np.reshape((50.0, 100.0), (2, 1, 1)) + np.reshape((1.0, 2.0), (2, 1, 1))
    expected = np.clip(expected, *clip) if clip else expected
    expected = expected if layout == "NCHW" else expected.transpose(1, 2, 0)
    assert (given.array.shape, given.array.dtype) == ((2, *expected.shape), dtype)
    # Half of a whole number may be rounded either way.
    assert np.allclose(given.array[0].astype(float), expected, rtol=1e-3, atol=0.501 if dtype == np.uint8 else 0.0)
    assert not given.array[1].any()


def test_a_network_that_normalises_by_itself_gets_the_digital_numbers(tmp_path: Path) -> None:
    card = replace(load_card(write_model(tmp_path, bands=("red", "swir2"))), scale=(1e4, 1e4))
    planes = np.random.default_rng(2).integers(0, 4096, (2, 70, 90)).astype(np.uint16)
    frame = frame_of(planes, ("red", "swir2"))
    for shape in ((2, 70, 90), (1, 70, 90)):  # the second frame lacks a band
        part = replace(frame, bands=frame.bands[-shape[0] :], scale=(1e-4,) * shape[0], offset=(0.0,) * shape[0])
        given = NetworkInput(card, np.dtype(np.uint16), 1)
        given.fill_ramp()
        given.fill_tile(given.channels(part, planes[-shape[0] :]), Tile(3, 5, 64, 64))
        assert np.array_equal(given.array[0, 2 - shape[0] :], planes[-shape[0] :, 3:67, 5:69])
        assert not given.array[0, : 2 - shape[0]].any()
