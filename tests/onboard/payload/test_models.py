"""Model cards: what is accepted, and what the refusals say."""

from hashlib import sha256
from pathlib import Path

import pytest

from onboard.errors import InputError
from onboard.payload.models import load_card
from tests.models_for_tests import write_model


def _edited(tmp_path: Path, old: str, new: str) -> Path:
    folder = write_model(tmp_path / "model")
    card = folder / "card.toml"
    text = card.read_text("utf-8")
    assert old in text
    card.write_text(text.replace(old, new), "utf-8")
    return folder


def test_a_card_is_read_with_its_hash(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", bands=("nir", "swir2"), min_pixels=3)
    card = load_card(folder)
    assert (card.bands, card.classes, card.min_pixels, card.macs_per_px) == (
        ("nir", "swir2"),
        ("fire",),
        3,
        None,
    )
    assert card.sha256 == sha256((folder / "model.onnx").read_bytes()).hexdigest()
    assert card.card_path == folder / "card.toml"


def test_cost_is_optional_and_whole_numbers_pass_as_numbers(tmp_path: Path) -> None:
    card = load_card(_edited(tmp_path, "[output]", "[cost]\nmacs_per_px = 1200\n[output]"))
    assert card.macs_per_px == 1200.0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "overlap_px = 16",
            "overlap = 16",
            "input.overlap: unknown key; the nearest known one is input.overlap_px",
        ),
        ("[output]", "[outputs]", "outputs: unknown key; the nearest known one is output"),
        ("overlap_px = 16", "", "input.overlap_px: is missing; it must lie in 0 to 2048"),
        (
            "overlap_px = 16",
            "overlap_px = 33",
            "input.overlap_px = 33: must be at most half of input.tile_px = 64",
        ),
        ("tile_px = 64", "tile_px = 8", "input.tile_px = 8: must lie in 16 to 4096"),
        ("tile_px = 64", "tile_px = 64.0", "input.tile_px = 64.0: must be a whole number"),
        ("min_pixels = 1", "min_pixels = true", "output.min_pixels = True: must be a whole number"),
        ("threshold = 0.5", "threshold = 1", "output.threshold = 1.0: must lie between 0 and 1"),
        ("threshold = 0.5", "threshold = nan", "output.threshold = nan: must lie between 0 and 1"),
        ('layout = "NCHW"', 'layout = "CHWN"', "input.layout = 'CHWN': must be NCHW or NHWC"),
        (
            "bands = ['swir2']",
            "bands = ['swir_2']",
            "input.bands = ['swir_2']: must be different names out of coastal",
        ),
        ("bands = ['swir2']", "bands = ['red', 'red']", "input.bands = ['red', 'red']: must be different"),
        ("classes = ['fire']", "classes = []", "output.classes = []: must be different texts"),
        ('task = "wildfire"', f'task = "{"x" * 33}"', "must be a text of 1 to 32 ASCII characters"),
        ('name = "threshold"', 'name = ""', "model.name = '': must be a text that is not empty"),
        ("[model]", "[model", "is not readable as TOML"),
    ],
)
def test_a_wrong_card_is_told_in_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    folder = _edited(tmp_path, old, new)
    with pytest.raises(InputError) as caught:
        load_card(folder)
    assert str(caught.value).startswith(f"{folder / 'card.toml'}: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bare_onnx_and_missing_files_teach(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    with pytest.raises(InputError, match=r"put it in a folder as model.onnx, with a card.toml"):
        load_card(folder / "model.onnx")
    (folder / "model.onnx").unlink()
    with pytest.raises(InputError, match=r"model.onnx: cannot be read"):
        load_card(folder)
    with pytest.raises(InputError, match=r"a model is a folder with model.onnx and card.toml"):
        load_card(tmp_path / "nowhere")
