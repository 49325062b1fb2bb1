"""An uploaded model out of its archive and on trial."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from onboard.payload.model_archive import MAX_CARD_BYTES, pack, unpack
from onboard.payload.model_trial import ModelRejected, golden_tile, try_model, unpack_model
from onboard.payload.models import load_card
from tests.models_for_tests import write_model

SAMPLES = Path(__file__).resolve().parents[3] / "sample_data" / "models"
BANDS = ("red", "nir", "swir1", "swir2")


def costed(folder: Path) -> Path:
    card = folder / "card.toml"
    card.write_text(card.read_text("utf-8") + "\n[cost]\nmacs_per_px = 1\n", "utf-8")
    return folder


def nan_above(level: float) -> bytes:
    """ONNX that is 0 for dark pixels and NaN for bright ones: sqrt(level - x) x 0."""
    source = helper.make_tensor_value_info("reflectance", TensorProto.FLOAT, [1, 1, "H", "W"])
    result = helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1, "H", "W"])
    constants = [helper.make_tensor("level", TensorProto.FLOAT, [1], [level])]
    constants += [helper.make_tensor("zero", TensorProto.FLOAT, [1], [0.0])]
    nodes = [
        helper.make_node("Sub", ["level", "reflectance"], ["left"]),
        helper.make_node("Sqrt", ["left"], ["root"]),
        helper.make_node("Mul", ["root", "zero"], ["probability"]),
    ]
    graph = helper.make_graph(nodes, "nan", [source], [result], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


@given(st.binary(min_size=1, max_size=300), st.binary(min_size=1, max_size=300))
def test_an_archive_unpacks_to_what_was_packed(card: bytes, graph: bytes) -> None:
    assert unpack(pack(card, graph)) == (card, graph)


@given(st.binary(max_size=60))
def test_noise_is_no_archive(noise: bytes) -> None:
    parts = unpack(noise)
    assert parts is None or pack(*parts) == noise


@pytest.mark.parametrize("bad", [b"", b"\x01", b"\x02\x01cg", b"\x01\x01c", b"\x01\x00g", b"\x01\x81\x00cg"])
def test_what_pack_would_not_write_is_refused(bad: bytes) -> None:
    assert unpack(bad) is None


def test_an_archive_is_bounded() -> None:
    with pytest.raises(ValueError, match="card has 1 to"):
        pack(b"c" * (MAX_CARD_BYTES + 1), b"g")
    assert unpack(b"\x01\xff\xff\x7f" + b"c" * 300) is None


@pytest.mark.parametrize("name", ["wildfire-swir", "ca-cfar", "murphy", "bright-target"])
def test_the_shipped_models_pass(name: str, tmp_path: Path) -> None:
    folder = SAMPLES / name
    archive = pack((folder / "card.toml").read_bytes(), (folder / "model.onnx").read_bytes())
    unpacked = unpack_model(tmp_path, archive, "0123abcd")
    card = load_card(folder)
    assert try_model(unpacked, card.task, card.bands).sha256 == card.sha256
    assert sorted(path.name for path in unpacked.iterdir()) == ["card.toml", "model.onnx"]


def test_a_half_written_folder_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "0123").mkdir()
    (tmp_path / "0123" / "model.onnx").write_bytes(b"half")
    folder = unpack_model(tmp_path, pack(b"card", b"graph"), "0123")
    assert (folder / "model.onnx").read_bytes() == b"graph"
    with pytest.raises(ModelRejected, match="is no archive"):
        unpack_model(tmp_path, b"junk", "0123")


@pytest.mark.parametrize(
    ("level", "passes"),
    [(0.05, False), (0.7, False), (1.5, True)],
    ids=["NaN on plain ground", "NaN on the hot spot only", "NaN beyond what the tile holds"],
)
def test_a_model_of_nans_is_rejected_where_the_tile_shows_them(level: float, passes: bool, tmp_path: Path) -> None:
    folder = costed(write_model(tmp_path / "model", graph=nan_above(level)))
    if passes:
        assert try_model(folder, "wildfire", BANDS).name == "threshold"
        return
    with pytest.raises(ModelRejected, match="nan"):
        try_model(folder, "wildfire", BANDS)


def test_what_a_card_may_not_claim(tmp_path: Path) -> None:
    plain = write_model(tmp_path / "plain")
    with pytest.raises(ModelRejected, match="does not state"):
        try_model(plain, "wildfire", BANDS)
    folder = costed(plain)
    with pytest.raises(ModelRejected, match="is for wildfire"):
        try_model(folder, "liferaft", BANDS)
    with pytest.raises(ModelRejected, match="the camera none"):
        try_model(folder, "wildfire", ("vv",))
    (folder / "model.onnx").write_bytes(b"\x08\x07garbage")
    with pytest.raises(ModelRejected, match="not an ONNX graph"):
        try_model(folder, "wildfire", BANDS)


def test_a_custom_head_does_not_come_by_uplink(tmp_path: Path) -> None:
    folder = costed(write_model(tmp_path / "custom"))
    card = folder / "card.toml"
    text = card.read_text("utf-8").replace('head = "segmentation"', 'head = "custom"\nentry = "os:system"')
    card.write_text(text, "utf-8")
    with pytest.raises(ModelRejected, match="custom head"):
        try_model(folder, "wildfire", BANDS)


def test_a_card_nested_beyond_reason_is_rejected(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "deep")
    (folder / "card.toml").write_text("x = " + "[" * 60_000, "utf-8")
    with pytest.raises(ModelRejected):
        try_model(folder, "wildfire", BANDS)


def test_the_golden_tile_is_the_same_everywhere(tmp_path: Path) -> None:
    card = load_card(write_model(tmp_path / "model", bands=("red", "swir2"), tile_px=64))
    frame, planes = golden_tile(card)
    assert planes.shape == (2, 64, 64)
    assert frame.bands == ("red", "swir2")
    # By hand at row 0, column 0: |0 - 128| x 2800 // 128 above 200, and a texture of 0; then 17 and 977 % 97 further.
    assert planes[0, 0, 0] == 200 + 2800
    assert planes[1, 0, 0] == 200 + 111 * 2800 // 128 + 977 % 97
    assert planes[:, 32:35, 32:35].min() == planes.max() == 9000
    assert np.array_equal(golden_tile(card)[1], planes)


def test_graphs_of_these_tests_are_sound() -> None:
    onnx.checker.check_model(onnx.load_from_string(nan_above(0.5)))
