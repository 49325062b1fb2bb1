"""Third-party detectors through the engine: card, session, decoding, letterbox, tiles, ignored classes."""

from pathlib import Path

import numpy as np
import pytest

from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from tests.onboard.payload.detectors.pictures import large_and_small, quartet

MODELS = Path(__file__).resolve().parents[3] / "../shared/data/models_3p"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="no ../shared/data/models_3p")

COLOUR = 'bands = ["blue", "green", "red"]'
CARDS = {
    "yolox_nano": ("images", COLOUR, "scale = 255.0", "tile_px = 416", "yolox", 80, "none"),
    "FastestDet": ("input.1", COLOUR, "scale = 1.0", "tile_px = 352", "fastestdet", 80, "none"),
    "version-RFB-320": (
        "input",
        'bands = ["red", "green", "blue"]',
        "scale = 1.9921875\noffset = -0.9921875",
        "tile_px = [240, 320]",
        "ssd",
        1,
        "none",
    ),
    "yunet_n_320_320": ("input", COLOUR, "scale = 255.0", "tile_px = 320", "yunet", 1, "none"),
}


def engine(folder: Path, name: str, *, fit: str, threshold: float = 0.5, extra: str = "") -> InferenceEngine:
    input_name, bands, scale, tile, head, n_classes, activation = CARDS[name]
    classes = [f"class {index}" for index in range(n_classes)]
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes((MODELS / f"{name}.onnx").read_bytes())
    (folder / "card.toml").write_text(
        f'[model]\nname = "{name}"\nversion = "1"\ntask = "wildfire"\nlicence = "see README"\n'
        f'[input]\nname = "{input_name}"\nlayout = "NCHW"\nunits = "reflectance"\n{bands}\n{scale}\n{tile}\n'
        f'overlap_px = 64\nstride_px = 32\nfit = "{fit}"\n'
        f'[output]\nhead = "{head}"\nclasses = {classes}\nthreshold = {threshold}\nactivation = "{activation}"\n{extra}'
    )
    return InferenceEngine(load_card(folder))


def frame_of(picture: np.ndarray) -> tuple[Frame, Planes]:
    """A colour picture, (height, width, 3) BGR uint8, as a frame of reflectance 0..1."""
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1)).astype(np.uint16)
    height_px, width_px = picture.shape[:2]
    bands, scale = ("blue", "green", "red"), (1 / 255,) * 3
    return Frame(1, "", width_px, height_px, bands, 3, scale, (0.0,) * 3, 8, 0, (0.0,) * 8, 1.0), planes


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("fit", ["tile", "letterbox"])
def test_a_detector_finds_something_in_a_frame_of_any_size(tmp_path: Path, name: str, fit: str) -> None:
    model = engine(tmp_path / name, name, fit=fit, threshold=0.3)
    for draw in (quartet, large_and_small):
        frame, planes = frame_of(draw(480, 640))
        found = model.infer(frame, planes)
        assert found
        assert all(0 <= box.x0 < box.x1 <= frame.width_px and 0 <= box.y0 < box.y1 <= frame.height_px for box in found)
        assert found == model.infer(frame, planes)
