"""The classical baselines: each graph against a plain reading of its conditions in numpy, pixel for pixel."""

import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from sim.modelling.memory import measured_mb
from sim.scenes.sar_sea import draw_sar_sea
from sim.scenes.wildfire import draw_wildfire

MODELS = Path(__file__).resolve().parents[2] / "sample_data" / "models"
sys.path.insert(0, str(MODELS))

from cfar_baselines import CA_THRESHOLD, LOG_THRESHOLD  # noqa: E402
from make_baselines import BASELINES, write_baselines  # noqa: E402

FIRE, SEA = ("kumar-roy", "murphy", "schroeder"), ("ca-cfar", "log-cfar")
ROUNDING_SHARE = 1e-5
"""Pixels that may differ: the graphs sum in single precision, and some value always lies at a threshold."""

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


def run(name: str, image: Image) -> Image:
    """The graph's answer (height, width) to an image (bands, height, width)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(MODELS / name / "model.onnx"), options)
    answer: Image = session.run(None, {session.get_inputs()[0].name: image[None]})[0][0, 0]
    return answer


def land(seed: int, side_px: int = 128) -> Image:
    """Drawn land with any kind of fire; every other scene with a low Sun."""
    rng = np.random.default_rng([31, seed])
    zenith_deg = 65.0 if seed % 2 else 30.0
    return draw_wildfire(rng, side_px=side_px, gsd_m=20.0, sun_zenith_deg=zenith_deg).reflectance


def sea(seed: int, side_px: int = 192) -> Image:
    """Drawn sea with many rafts and a ship."""
    rng = np.random.default_rng([32, seed])
    return draw_sar_sea(
        rng, height_px=side_px, width_px=side_px, gsd_m=1.0, wind_m_s=3.0, rafts_per_km2=300, ships_per_km2=10
    ).sigma0


def grown(mask: Mask) -> Mask:
    """The mask and its eight neighbours."""
    padded = np.pad(mask, 1)
    rows, columns = mask.shape
    return np.any([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)], axis=0)


def stands_out(value: Image, valid: Mask, row: int, column: int, side_px: int, least: float) -> bool:
    """Above the mean of the window's valid pixels by three deviations, and by `least`."""
    window = around(row, column, side_px)
    background = value[window][valid[window]].astype(np.float64)
    return bool(value[row, column] > background.mean() + max(3 * background.std(), least))


def around(row: int, column: int, side_px: int) -> tuple[slice, slice]:
    """A window, clipped at the image's upper and left edge (slicing clips the others)."""
    reach = side_px // 2
    return slice(max(0, row - reach), row + reach + 1), slice(max(0, column - reach), column + reach + 1)


def contextual(image: Image, potential: Mask, valid: Mask, windows_px: Sequence[int], valid_share: float) -> Mask:
    """Potential pixels that stand out of the smallest window with enough valid pixels."""
    _, nir, _, swir2 = image
    swir2_per_nir = swir2 / np.maximum(nir, np.float32(0.01))
    fire = np.zeros_like(potential)
    for row, column in np.argwhere(potential):
        for side_px in windows_px:
            if (share := valid[around(row, column, side_px)]).sum() >= valid_share * share.size:
                fire[row, column] = stands_out(swir2_per_nir, valid, row, column, side_px, 0.8) and stands_out(
                    swir2, valid, row, column, side_px, 0.08
                )
                break
    return fire


def murphy(image: Image) -> Mask:
    _, nir, swir1, swir2 = image
    hot = (swir2 >= np.float32(1.4) * swir1) & (swir2 >= np.float32(1.4) * nir) & (swir2 >= np.float32(0.15))
    beside = ((swir1 >= 2 * nir) & (swir1 >= 0.5)) | (swir1 >= 1.0) | (swir2 >= 1.0)
    return np.asarray(hot | (grown(hot) & beside))


def schroeder(image: Image) -> Mask:
    red, nir, swir1, swir2 = image
    per_nir = swir2 / np.maximum(nir, np.float32(0.01))
    per_swir1 = swir2 / np.maximum(swir1, np.float32(0.01))
    certain = (per_nir > 2.5) & (swir2 - nir > np.float32(0.3)) & (swir2 > 0.5)
    certain |= (
        (swir1 > np.float32(0.8)) & (red < np.float32(0.2)) & ((nir > np.float32(0.4)) | (swir2 < np.float32(0.1)))
    )
    potential = (per_nir > np.float32(1.8)) & (swir2 - nir > np.float32(0.17))
    water = (red > nir) & (nir > swir1) & (swir1 > swir2) & (red - swir2 < np.float32(0.2))
    valid = (swir2 > 0) & ~certain & ~water
    return np.asarray(certain | (contextual(image, potential, valid, (61,), 2 / 61**2) & (per_swir1 > np.float32(1.6))))


def kumar_roy(image: Image, windows_px: Sequence[int] = (5, 7, 9, 13, 19, 29, 41, 61)) -> Mask:
    red, nir, swir1, swir2 = image
    hot = red <= np.float32(0.53) * swir2 - np.float32(0.214)
    certain = hot | (grown(hot) & (red <= np.float32(0.35) * swir1 - np.float32(0.044)))
    potential = red <= np.float32(0.53) * swir2 - np.float32(0.125)
    potential |= swir1 <= np.float32(1.08) * swir2 - np.float32(0.048)
    water = (red > nir) & (nir > swir1)
    valid = (swir2 > 0) & ~certain & ~potential & ~water
    return np.asarray((certain | contextual(image, potential & ~certain, valid, windows_px, 0.25)) & ~water)


REFERENCES: dict[str, Callable[[Image], Mask]] = {"kumar-roy": kumar_roy, "murphy": murphy, "schroeder": schroeder}


def box_mean(values: NDArray[np.float64], outer_px: int, inner_px: int = 0) -> NDArray[np.float64]:
    """Mean over a square, less the square in its middle, of what lies inside the image."""
    sums = [_box_sum(part, outer_px) for part in (values, np.ones_like(values))]
    if inner_px:
        sums = [
            whole - _box_sum(part, inner_px) for whole, part in zip(sums, (values, np.ones_like(values)), strict=True)
        ]
    return np.asarray(sums[0] / sums[1])


def _box_sum(values: NDArray[np.float64], side_px: int) -> NDArray[np.float64]:
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, side_px // 2), (side_px, side_px))
    return np.asarray(windows.sum(axis=(2, 3)))


def ca_excess(sigma0: Image) -> NDArray[np.float64]:
    intensity = sigma0[0].astype(np.float64)
    return np.asarray(box_mean(intensity, 3) / box_mean(intensity, 41, 11))


def log_excess(sigma0: Image) -> NDArray[np.float64]:
    level = np.log(box_mean(sigma0[0].astype(np.float64), 3))
    mean = box_mean(level, 41, 11)
    return np.asarray((level - mean) / np.sqrt(box_mean(level**2, 41, 11) - mean**2))


@pytest.mark.parametrize("name", FIRE)
def test_fire_graphs_are_the_published_conditions(name: str) -> None:
    """Up to the image's edge: windows are clipped there in both."""
    different = fire = pixels = 0
    for seed in range(16):
        image = land(seed)
        seen = run(name, image)
        assert set(np.unique(seen)) <= {0.0, 1.0}
        expected = REFERENCES[name](image)
        different += int((expected != (seen >= 0.5)).sum())
        fire += int(expected.sum())
        pixels += expected.size
    assert fire > 1000
    assert different <= ROUNDING_SHARE * pixels


def test_eight_windows_stand_for_the_growing_one() -> None:
    """Kumar and Roy's window grows from 5 to 61 in steps of two; the verdicts are nearly the same."""
    different = fire = 0
    for seed in range(16):
        image = land(seed)
        eight, all_of_them = kumar_roy(image), kumar_roy(image, range(5, 62, 2))
        different += int((eight != all_of_them).sum())
        fire += int(all_of_them.sum())
    assert different <= 0.02 * fire


@pytest.mark.parametrize("name", FIRE)
def test_a_hot_pixel_is_fire_and_plain_ground_is_not(name: str) -> None:
    image = np.empty((4, 96, 96), np.float32)
    image[:] = np.array([0.06, 0.25, 0.15, 0.08], np.float32)[:, None, None]
    assert not run(name, image).any()
    image[:, 40, 50] = 0.07, 0.28, 0.60, 1.2
    assert np.argwhere(run(name, image)).tolist() == [[40, 50]]


@pytest.mark.parametrize(("name", "excess"), [("ca-cfar", ca_excess), ("log-cfar", log_excess)])
def test_sea_graphs_are_the_textbook_detectors(name: str, excess: Callable[[Image], NDArray[np.float64]]) -> None:
    threshold = {"ca-cfar": CA_THRESHOLD, "log-cfar": LOG_THRESHOLD}[name]
    different = bright = pixels = 0
    for seed in range(4):
        image = sea(seed)
        seen, expected = run(name, image), excess(image)
        np.testing.assert_allclose(seen, 1 / (1 + np.exp(threshold - expected)), atol=2e-3)
        different += int(((expected >= threshold) != (seen >= 0.5)).sum())
        bright += int((seen >= 0.5).sum())
        pixels += seen.size
    assert bright > 20
    assert different <= ROUNDING_SHARE * pixels


@pytest.mark.parametrize("name", SEA)
def test_pixels_without_data_are_no_background(name: str) -> None:
    """A swath that ends in zeros: nothing is found along its edge, and what lies near it is found as before."""
    image = np.full((1, 128, 128), 0.02, np.float32)
    image *= np.random.default_rng(3).gamma(4, 1 / 4, image.shape).astype(np.float32)
    image[0, 60:62, 50:52] = 2.0
    whole = run(name, image) >= 0.5
    assert whole.any()
    image[:, :, 64:] = 0.0
    cut = run(name, image) >= 0.5
    assert np.array_equal(cut[:, :62], whole[:, :62])
    assert not cut[:, 64:].any()


@pytest.mark.parametrize("name", [*FIRE, *SEA])
def test_a_tile_says_what_the_frame_says(name: str) -> None:
    """Tiles at odd places, apart from half of the card's overlap at those sides where the frame goes on."""
    card = tomllib.loads((MODELS / name / "card.toml").read_text())["input"]
    side_px, inset_px = card["tile_px"], card["overlap_px"] // 2
    length_px = side_px + 100
    image = land(3, length_px) if name in FIRE else sea(5, length_px)
    frame = run(name, image)
    assert (frame >= 0.5).any()
    for row, column in ((0, 0), (37, 61), (100, 23), (100, 100)):
        tile = run(name, np.ascontiguousarray(image[:, row : row + side_px, column : column + side_px]))
        top, left = (inset_px if start else 0 for start in (row, column))
        bottom, right = (side_px - (inset_px if start + side_px < length_px else 0) for start in (row, column))
        owned = frame[row + top : row + bottom, column + left : column + right]
        np.testing.assert_allclose(tile[top:bottom, left:right], owned, atol=1e-3)


def test_the_script_writes_what_is_shipped(tmp_path: Path) -> None:
    write_baselines(tmp_path)
    for baseline in BASELINES:
        for file in ("model.onnx", "card.toml"):
            made, shipped = (root / baseline.name / file for root in (tmp_path, MODELS))
            assert made.read_bytes() == shipped.read_bytes(), f"run make_baselines.py: {shipped}"


@pytest.mark.parametrize("name", [*FIRE, *SEA])
def test_graphs_use_plain_operators(name: str) -> None:
    model = onnx.load(MODELS / name / "model.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 17)]
    assert not {node.op_type for node in model.graph.node} & {"Loop", "Scan", "If"}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="other hosts tell less of memory")
@pytest.mark.parametrize("name", [*FIRE, *SEA])
def test_cards_state_the_memory_that_a_trial_takes(name: str) -> None:
    card = load_card(MODELS / name)
    assert card.memory_mb is not None
    assert card.memory_mb / 2 <= measured_mb(card) <= card.memory_mb


@pytest.mark.parametrize("name", FIRE)
def test_fire_cards_fit_their_graphs(name: str) -> None:
    card = load_card(MODELS / name)
    assert (card.name, card.task, card.bands) == (name, "wildfire", ("red", "nir", "swir1", "swir2"))
    InferenceEngine(card)


@pytest.mark.parametrize("name", SEA)
def test_sea_cards_name_their_units(name: str) -> None:
    card: dict[str, Any] = tomllib.loads((MODELS / name / "card.toml").read_text())
    assert (card["model"]["name"], card["model"]["task"]) == (name, "raft")
    assert (card["input"]["units"], card["input"]["bands"]) == ("sigma0", ["hh"])
