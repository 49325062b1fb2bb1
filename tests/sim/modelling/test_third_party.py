"""Five networks of other people: what their makers say of them is inferred, and the child process reads them."""

import subprocess
import sys
from pathlib import Path

import pytest

from sim.modelling.study import study

ROOT = Path(__file__).resolve().parents[3]
MODELS = ROOT / "../shared/data/models_3p"

RGB, BGR = ["red", "green", "blue"], ["blue", "green", "red"]
EXPECTED = {
    # From the table of pre-processing in that folder's README.
    "yolox_nano": ("yolox", BGR, 255.0, 0.0, 416, 32, 80),
    "FastestDet": ("fastestdet", BGR, 1.0, 0.0, 352, 32, 80),
    "version-RFB-320": ("ssd", RGB, 255 / 128, -127 / 128, [240, 320], 64, 1),
    "yunet_n_320_320": ("yunet", BGR, 255.0, 0.0, 320, 32, 1),
    "allenai_viirs_nightlights": ("classifier", [*RGB, "nir"], 1.0, 0.0, 20, 1, 2),
}
PUBLISHED_MACS = {
    # YOLOX's README: nano has 1.08 GFLOPs, two a multiply-accumulate, at 416 px.
    "yolox_nano": 1.08e9 / 2,
    # libfacedetection.train's README: YuNet_n has 149 MFlops at 320 px. How they are counted is not told.
    "yunet_n_320_320": 149e6,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_card_is_inferred(name: str) -> None:
    path = MODELS / f"{name}.onnx"
    if not path.exists():
        pytest.skip("the third-party models are not here")
    found = study(path, task="ships")
    head, bands, scale, offset, tile_px, stride_px, n_classes = EXPECTED[name]
    table = found.draft.as_table()
    assert table["output"]["head"] == head
    assert table["input"]["layout"] == "NCHW"
    assert table["input"]["bands"] == bands
    assert (table["input"]["scale"], table["input"]["offset"]) == (scale, offset)
    assert table["input"]["tile_px"] == tile_px
    assert table["input"]["stride_px"] == stride_px
    assert len(table["output"]["classes"]) == n_classes
    assert set(table["output"]["outputs"]) == {output.name for output in found.facts.outputs}
    assert not found.draft.warnings
    assert found.work.uncounted == ()
    if name in PUBLISHED_MACS:
        assert found.work.macs == pytest.approx(PUBLISHED_MACS[name], rel=0.1)


def test_reading_loads_no_onnx() -> None:
    """The command line stays quick: onnx and onnxruntime are for the child."""
    script = "import sys, sim.modelling.study; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "sim.modelling.trial" in loaded.stdout.split()
    assert not {"onnx", "onnxruntime", "cv2"} & set(loaded.stdout.split())
