"""What a model found is found again, for the same frame and model and for no other."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.inference_cache import CachedEngine, engine_for
from onboard.payload.models import ModelFault, load_card
from tests.models_for_tests import logit_graph, write_model

PLANES = np.zeros((1, 64, 64), np.uint16)
PLANES[0, 10:13, 20:24] = 9000
FRAME = Frame(7, "f", 64, 64, ("swir2",), 1, (1e-4,), (0.0,), 12, 0, (0.0,) * 8, 20.0)


class CountingEngine(InferenceEngine):
    """Counts how often it is asked."""

    asked = 0

    def infer(self, frame: Frame, planes: Planes) -> tuple[object, ...]:  # type: ignore[override]
        self.asked += 1
        return super().infer(frame, planes)


@pytest.fixture
def engine(tmp_path: Path) -> CountingEngine:
    return CountingEngine(load_card(write_model(tmp_path / "model")))


def test_a_frame_is_searched_once_whatever_its_number(engine: CountingEngine, tmp_path: Path) -> None:
    first = CachedEngine(engine, tmp_path).infer(FRAME, PLANES)
    again = CachedEngine(engine, tmp_path).infer(replace(FRAME, frame_id=8, memory_ref="g", exposed_ns=5), PLANES)
    assert len(first) == 1
    assert again == first
    assert engine.asked == 1


def test_a_frame_without_a_target_is_kept_too(engine: CountingEngine, tmp_path: Path) -> None:
    dark = np.zeros_like(PLANES)
    assert [CachedEngine(engine, tmp_path).infer(FRAME, dark) for _ in range(2)] == [(), ()]
    assert engine.asked == 1


CHANGES: dict[str, Callable[[Frame, Planes], tuple[Frame, Planes]]] = {
    "a pixel": lambda frame, planes: (frame, np.where(planes == 0, np.uint16(1), planes)),
    "shape": lambda frame, planes: (replace(frame, width_px=32, height_px=128), planes.reshape(1, 128, 32)),
    "calibration": lambda frame, planes: (replace(frame, scale=(9e-5,)), planes),
    "bands": lambda frame, planes: (replace(frame, bands=("red",)), planes),
    "sample distance": lambda frame, planes: (replace(frame, gsd_m=300.0), planes),
}


@pytest.mark.parametrize("what", CHANGES)
def test_another_frame_is_searched(engine: CountingEngine, tmp_path: Path, what: str) -> None:
    cached = CachedEngine(engine, tmp_path)
    cached.infer(FRAME, PLANES)
    frame, planes = CHANGES[what](FRAME, PLANES)
    assert cached.infer(frame, planes) == engine.infer(frame, planes)
    assert engine.asked == 3


def test_another_threshold_is_another_model(engine: CountingEngine, tmp_path: Path) -> None:
    assert len(CachedEngine(engine, tmp_path).infer(FRAME, PLANES)) == 1
    strict = CountingEngine(replace(engine.card, threshold=1.1))
    assert CachedEngine(strict, tmp_path).infer(FRAME, PLANES) == ()
    assert strict.asked == 1


@pytest.mark.parametrize("left", [b"", b"\x00", b"\x81\xa9Detection\x91\x01", b"no list at all"])
def test_what_a_crash_left_is_found_anew(engine: CountingEngine, tmp_path: Path, left: bytes) -> None:
    cached = CachedEngine(engine, tmp_path)
    whole = cached.infer(FRAME, PLANES)
    (kept,) = (tmp_path / "inference").iterdir()
    kept.write_bytes(left)
    assert cached.infer(FRAME, PLANES) == whole
    assert cached.infer(FRAME, PLANES) == whole
    assert engine.asked == 2


def test_a_fault_is_not_kept(tmp_path: Path) -> None:
    cached = engine_for(load_card(write_model(tmp_path / "model", graph=logit_graph(1))), str(tmp_path))
    bright = np.where(PLANES == 0, PLANES, np.uint16(65535))
    for frame_id in (7, 8):
        with pytest.raises(ModelFault, match=f"frame {frame_id}"):
            cached.infer(replace(FRAME, frame_id=frame_id), bright)
    assert not list((tmp_path / "inference").iterdir())


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    card = load_card(write_model(tmp_path / "model"))
    assert isinstance(engine_for(card), InferenceEngine)
