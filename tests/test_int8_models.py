"""The shipped models in 8-bit integers: their size, their cards, and how near they are to the float models."""

import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from onboard.payload.models import load_card
from onboard.payload.session import GraphSession
from sim.data import sample_path
from sim.experiment.bench import integers
from sim.scenes.sar_study import draw_study_sea
from sim.scenes.sensor import REFLECTANCE_SCALE, digitise
from sim.scenes.wildfire import draw_wildfire

MOST_BYTES = 250_000
SIDE_PX = 128
Floats = NDArray[np.float32]


def land(seed: int) -> Floats:
    """Drawn land with any kind of fire, as it flies."""
    rng = np.random.default_rng([41, seed])
    scene = draw_wildfire(rng, side_px=SIDE_PX, gsd_m=20.0, sun_zenith_deg=40.0)
    return digitise(scene.reflectance) * np.float32(REFLECTANCE_SCALE)


def sea(seed: int) -> Floats:
    """Drawn sea with small targets, ships and ice."""
    return draw_study_sea(np.random.default_rng([42, seed])).sigma0[None].astype(np.float32)


DRAWN = {"wildfire-swir": land, "raft-sar": sea}


@pytest.fixture(scope="module", params=integers.NAMES)
def pair(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """The folders of a float model and of its integers."""
    return sample_path("models", request.param), sample_path("models", request.param + integers.SUFFIX)


def answer(folder: Path, tile: Floats) -> Floats:
    graph = GraphSession(load_card(folder))
    graph.bind(np.ascontiguousarray(tile[None]))
    return np.asarray(graph.run()[0][0])


def test_there_are_some() -> None:
    assert "wildfire-swir" in integers.NAMES


def test_small_enough_to_uplink(pair: tuple[Path, Path]) -> None:
    assert (pair[1] / "model.onnx").stat().st_size <= MOST_BYTES


def test_the_card_is_that_of_the_float_model(pair: tuple[Path, Path]) -> None:
    floats, whole = (tomllib.loads((folder / "card.toml").read_text("utf-8")) for folder in pair)
    assert whole["model"]["name"] == floats["model"]["name"] + integers.SUFFIX
    for key in ("name", "description"):
        del floats["model"][key], whole["model"][key]
    assert whole["cost"].pop("memory_mb") <= floats["cost"].pop("memory_mb")
    assert whole == floats


def test_sums_cannot_overflow_without_vnni(pair: tuple[Path, Path]) -> None:
    tensors = [numpy_helper.to_array(tensor) for tensor in onnx.load(pair[1] / "model.onnx").graph.initializer]
    kernels = [tensor for tensor in tensors if tensor.dtype == np.int8 and tensor.ndim == 4]
    assert len(kernels) >= 10
    assert all(np.abs(kernel.astype(int)).max() <= 64 for kernel in kernels)


def test_probabilities_agree(pair: tuple[Path, Path]) -> None:
    """Where either sees anything at all; elsewhere both are near zero."""
    off: list[Floats] = []
    for seed in range(10):
        tile = DRAWN[pair[0].name](seed)
        floats, whole = (answer(folder, tile) for folder in pair)
        off.append(np.abs(floats - whole)[np.maximum(floats, whole) > 0.1])
    every = np.concatenate(off)
    print(f"{len(every)} pixels, off by {every.mean():.4f}, a hundredth by {np.percentile(every, 99):.3f} or more")
    assert len(every) > 500
    assert every.mean() < 0.03


@pytest.mark.parametrize(
    ("told", "has"),
    [
        ("flags\t\t: fpu avx512f avx512_vnni\n", True),
        ("processor : 0\nflags : fpu avx2 avx_vnni\n", True),
        ("flags : fpu avx2 avx512f\n", False),
        ("Features : fp asimd asimddp\n", False),
    ],
)
def test_vnni_is_read_from_the_processors_flags(
    told: str, has: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integers, "_CPUINFO", tmp_path / "cpuinfo")
    assert not integers.has_vnni()
    (tmp_path / "cpuinfo").write_text(told)
    assert integers.has_vnni() is has
