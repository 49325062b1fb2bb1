"""The shipped cloud mask: its graph is what its script says, and it counts a frame's pixels once each."""

import hashlib
import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelFault, load_card
from onboard.payload.screening import CloudMask, check_mask
from sim.data import sample_path
from sim.scenes.spectra import BANDS, LAND_COVERS
from tests.flight_for_tests import CORNERS
from tests.models_for_tests import logit_graph, write_model

FOLDER = sample_path("models", "cloud-mask")
SCALE = 2.0 / 4095
CLOUD = (0.7, 0.7, 0.5, 0.35)


@pytest.fixture(scope="module")
def mask() -> CloudMask:
    return CloudMask(load_card(FOLDER))


def frame_of(planes: NDArray[np.uint16], bands: tuple[str, ...] = BANDS) -> Frame:
    _, height, width = planes.shape
    n = len(bands)
    return Frame(1, "", width, height, bands, n, (SCALE,) * n, (0.0,) * n, 12, 0, CORNERS, 20.0)


def painted(reflectance: tuple[float, ...], height: int, width: int) -> NDArray[np.uint16]:
    one = np.rint(np.array(reflectance) / SCALE).astype(np.uint16)
    return np.broadcast_to(one[:, None, None], (len(one), height, width)).copy()


def said(red: float, nir: float, swir1: float, swir2: float) -> bool:
    """A plain reading of the tests."""
    snow_index = (red - swir1) / max(red + swir1, 0.01)
    return red > 0.25 and snow_index <= 0.4 and nir > swir1 and nir <= 2 * red and swir2 > 0.03


def test_the_script_writes_the_same_bytes(tmp_path: Path) -> None:
    runpy.run_path(str(FOLDER / "make.py"))["write"](tmp_path)
    for name in ("model.onnx", "card.toml"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()
    told = json.loads((FOLDER / "evaluation.json").read_text("utf-8"))
    assert told["sha256"] == hashlib.sha256((FOLDER / "model.onnx").read_bytes()).hexdigest()


def test_what_the_readme_says_is_what_was_found() -> None:
    told, readme = (
        json.loads((FOLDER / "evaluation.json").read_text("utf-8")),
        (FOLDER / "README.md").read_text("utf-8"),
    )
    for limit, found in list(told["frames_by_limit"].items())[1:]:
        row = next(line.strip("| ").split(" | ") for line in readme.splitlines() if line.startswith(f"| {limit} |"))
        assert row[1:3] == [str(found["truly_cloudy"]), str(found["dropped"])]
        assert float(row[3]) == pytest.approx(found["precision"], abs=0.0051)
        assert row[4] == "-" if found["recall"] is None else float(row[4]) == pytest.approx(found["recall"], abs=0.0051)
        assert int(row[5].split()[0]) == round(100 * found["fires_dropped"])
    for figure in (*told["pixels"].values(), told["most_marked_in_a_clear_frame"], told["cloudiest_frame"]):
        assert f"{figure:.2f}".lstrip("0") in readme or f"{100 * figure:.1f} %" in readme


def test_each_pixel_is_judged_as_its_conditions_read(mask: CloudMask) -> None:
    rng = np.random.default_rng(4)
    planes = np.rint(rng.uniform(0, 1.0, (4, 40, 50)) / SCALE).astype(np.uint16)
    planes[:, :20] = painted(CLOUD, 20, 50) + rng.integers(0, 300, (4, 20, 50)).astype(np.uint16)
    cloudy = [said(*pixel) for pixel in (planes * SCALE).reshape(4, -1).T.tolist()]
    assert 0.3 < np.mean(cloudy) < 0.8
    assert mask.cloud_fraction(frame_of(planes), planes) == pytest.approx(np.mean(cloudy), abs=0.002)


@pytest.mark.parametrize("cover", sorted(LAND_COVERS.keys() - {"salt"}))
def test_clear_ground_is_no_cloud(cover: str, mask: CloudMask) -> None:
    planes = painted(LAND_COVERS[cover], 20, 20)
    assert mask.cloud_fraction(frame_of(planes), planes) == 0.0


def test_salt_is_what_four_bands_cannot_tell_from_cloud(mask: CloudMask) -> None:
    planes = painted(LAND_COVERS["salt"], 20, 20)
    assert mask.cloud_fraction(frame_of(planes), planes) == 1.0


@pytest.mark.parametrize(("height", "width"), [(256, 256), (300, 700), (31, 513)])
def test_a_frame_of_any_size_is_counted_once(height: int, width: int, mask: CloudMask) -> None:
    planes = painted(LAND_COVERS["forest"], height, width)
    planes[:, :, : width // 3] = painted(CLOUD, height, width // 3)
    assert mask.cloud_fraction(frame_of(planes), planes) == pytest.approx(width // 3 / width)


@pytest.mark.parametrize("missing", BANDS)
def test_without_a_band_nothing_is_held_for_cloud(missing: str, mask: CloudMask) -> None:
    seen = tuple(band for band in BANDS if band != missing)
    planes = painted(tuple(CLOUD[BANDS.index(band)] for band in seen), 20, 20)
    assert mask.cloud_fraction(frame_of(planes, seen), planes) == 0.0


def test_a_mask_of_ones_own_is_read_as_its_card_says(tmp_path: Path) -> None:
    """Logits of .8 and 4: as probabilities .69 and .98, of which one reaches .7. Read as they are, they are none."""
    folder = write_model(tmp_path, graph=logit_graph(1, gain=4.0), classes=("cloud",), threshold=0.7)
    card = replace(load_card(folder), macs_per_px=1.0)
    planes = np.full((1, 100, 100), round(0.2 / SCALE), np.uint16)
    planes[:, :25] = round(1.0 / SCALE)
    frame = frame_of(planes, ("swir2",))
    assert CloudMask(replace(card, activation="sigmoid")).cloud_fraction(frame, planes) == 0.25
    tame = write_model(tmp_path / "tame", graph=logit_graph(1), classes=("cloud",), threshold=0.7)
    planes[:, :25] = 4000
    with pytest.raises(ModelFault, match="probabilities"):
        CloudMask(replace(load_card(tame), macs_per_px=1.0)).cloud_fraction(frame, planes)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"head": "yolox"}, "output.head"),
        ({"classes": ("cloud", "snow")}, "output.classes"),
        ({"macs_per_px": None}, "cost.macs_per_px"),
    ],
)
def test_another_kind_of_model_is_no_mask(changes: dict[str, object], key: str) -> None:
    with pytest.raises(InputError, match=key):
        check_mask(replace(load_card(FOLDER), **changes))  # type: ignore[arg-type]
