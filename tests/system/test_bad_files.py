"""Bad pictures, models and folders: one line that names the file, the key, the value and the rule; exit code 2."""

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from sim.run_directory import JOURNAL
from tests.models_for_tests import logit_graph, threshold_graph, write_model
from tests.system.small_mission import COST, SCENARIO, Refused


def picture(path: Path) -> Path:
    """A GeoTIFF of three 16-bit bands."""
    tifffile.imwrite(path, np.arange(3 * 80 * 80, dtype=np.uint16).reshape(3, 80, 80), photometric="minisblack")
    return path


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def truncated_png(path: Path) -> None:
    path.unlink()
    cv2.imwrite(str(path.with_suffix(".png")), np.zeros((80, 80, 3), np.uint8))
    truncated(path.with_suffix(".png"))


PICTURES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "truncated": (truncated, "", "a.tif: cannot be read, it may be truncated: failed to read"),
    "truncated PNG": (truncated_png, "", "a.png: cannot be read, it may be truncated"),
    "a text": (
        lambda path: path.write_text("hello"),
        "",
        "a.tif: cannot be read, it may be truncated: not a TIFF file",
    ),
    "nothing": (lambda path: path.write_bytes(b""), "", "a.tif: cannot be read"),
    "none": (Path.unlink, "", "pictures: holds no picture; known kinds: .tif"),
    "band count": (picture, 'bands = ["swir2"]', "a.tif: bands = ['swir2']: the file has 3 bands, and bands has 1"),
    "scale count": (picture, 'bands = ["swir2", "", ""]\nscale = [1.0]', "images.toml: lists must have one entry for"),
    "unknown key": (picture, "band = []", "images.toml: band: unknown key; the nearest known one is bands"),
    "unknown band": (
        picture,
        'bands = ["swr2", "", ""]',
        "images.toml: bands = ['swr2', '', '']: must be different names",
    ),
    "malformed": (picture, "bands = [", "images.toml: is not readable as TOML"),
    "bit depth": (picture, "bit_depth = 40", "images.toml: bit_depth = 40: must be a whole number, 1 to 16"),
    "surrogate": (
        *(picture, 'bands = ["swir2", "", ""]\nsurrogate = { swir1 = { from = "red" } }'),
        "images.toml: surrogate.swir1 = {'from': 'red'}: a.tif must have the band red",
    ),
    "bands nobody sees": (picture, "", "no picture has a band of an instrument that flies: swir2"),
}
"""How a good picture is spoiled, its `images.toml`, and what the message says."""


@pytest.mark.parametrize("case", PICTURES)
def test_pictures(refused: Refused, tmp_path: Path, case: str) -> None:
    spoil, description, told = PICTURES[case]
    folder = tmp_path / "pictures"
    folder.mkdir()
    spoil(picture(folder / "a.tif"))
    if description:
        (folder / "images.toml").write_text(description, "utf-8")
    line = refused("run", "small.toml", "--images", str(folder), "--json")
    assert line.startswith(str(folder))
    assert told in line


def test_no_folder_of_pictures(refused: Refused) -> None:
    assert refused("run", "small.toml", "--images", "nowhere") == "nowhere: no such folder"


def test_pictures_that_are_never_exposed_name_the_next_overpass(refused: Refused, tmp_path: Path) -> None:
    picture(tmp_path / "a.tif")
    (tmp_path / "images.toml").write_text('bands = ["swir2", "swir1", "red"]', "utf-8")
    line = refused("run", "wildfire-watch", "--images", str(tmp_path), "--set", "duration_s=5", "--json")
    assert re.search(r"duration_s = 5.*never exposed|no frame is ever exposed", line)
    assert re.search(r"next overpass is ember-1's at 2026-06-01T1\d:\d\d:\d\d", line)


GRAPHS = {
    "not ONNX": ({"graph": b"hello"}, "model.onnx: is not an ONNX graph that can run here"),
    "truncated": ({"graph": threshold_graph(1, 0.5)[:80]}, "model.onnx: is not an ONNX graph that can run here"),
    "channels": ({"graph": threshold_graph(3, 0.5)}, "card.toml: input.bands = ['swir2']: the graph takes 3 bands"),
    "tile": (
        {"graph": threshold_graph(1, 0.5, tile_px=32)},
        "card.toml: input.tile_px = 64: the graph takes tiles of 32 x 32 px",
    ),
    "classes": (
        {"graph": threshold_graph(1, 0.5, n_classes=2)},
        "card.toml: output.classes = ['fire']: the graph's outputs have 2 classes",
    ),
    "no probability": (
        {"graph": logit_graph(1, gain=99.0)},
        "card.toml: output.activation = 'none': scores come from a layer without activation; below [output] write",
    ),
    "input name": (
        {"input_name": "picture"},
        "card.toml: input.name = 'picture': the graph calls its input 'reflectance'; in line 8 write",
    ),
    "another task": ({"task": "ships"}, "card.toml: model.task = 'ships': the scenario flies it for wildfire"),
    "bands nobody sees": (
        {"bands": ("vv",)},
        "card.toml: input.bands = ['vv']: the cameras see none of these; they see",
    ),
}
"""How the model's folder is written, and what the message says."""


@pytest.mark.parametrize("case", GRAPHS)
def test_model(refused: Refused, tmp_path: Path, case: str) -> None:
    options, told = GRAPHS[case]
    folder = write_model(tmp_path / "model", **options)  # type: ignore[arg-type]
    with (folder / "card.toml").open("a", encoding="utf-8") as card:
        card.write(COST)
    line = refused("run", "small.toml", "--model", f"wildfire={folder}", "--json")
    assert line.startswith(f"{folder}/{told}")


CARDS = {
    "unknown key": ("threshold =", "threshhold =", "output.threshhold: unknown key; the nearest known one is"),
    "unknown section": ("[output]", "[outputs]", "outputs: unknown key; the nearest known one is output"),
    "wrong type": ("tile_px = 64", 'tile_px = "64"', "input.tile_px = '64': must be a whole number"),
    "out of range": ("tile_px = 64", "tile_px = 1", "input.tile_px = 1: must lie in 16 to 4096"),
    "malformed": ("[output]", "[output", "is not readable as TOML"),
    "no cost": ("macs_per_px = 100.0", "", "cost.macs_per_px: is missing"),
}


@pytest.mark.parametrize("case", CARDS)
def test_card(refused: Refused, tmp_path: Path, case: str) -> None:
    old, new, told = CARDS[case]
    card = write_model(tmp_path / "model") / "card.toml"
    text = card.read_text("utf-8") + COST
    assert old in text
    card.write_text(text.replace(old, new), "utf-8")
    line = refused("run", "small.toml", "--model", f"wildfire={card.parent}", "--json")
    assert line.startswith(f"{card}: {told}")


def test_model_without_a_folder_of_its_own(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "bare.onnx").write_bytes(threshold_graph(1, 0.5))
    line = refused("run", "small.toml", "--model", f"wildfire={tmp_path}/bare.onnx")
    assert line.startswith(f"{tmp_path}/bare.onnx: input.bands = ['pan']: the cameras see none of these")
    assert line.endswith(f"the card was inferred, and skysift model init {tmp_path}/bare.onnx writes it for editing")
    (tmp_path / "empty").mkdir()
    line = refused("run", "small.toml", "--model", f"wildfire={tmp_path}/empty")
    assert line == f"{tmp_path}/empty/card.toml: no such file; a model is a folder with model.onnx and card.toml"


KEY_FILES: dict[str, tuple[str, str, int, str]] = {
    "none": ("lark-2.1.key", "0f" * 32, 0o600, "keys: no key file for lark-1: expected lark-1.1.key"),
    "read by others": ("lark-1.1.key", "0f" * 32, 0o644, "keys/lark-1.1.key: "),
    "no key": ("lark-1.1.key", "no key", 0o600, "keys/lark-1.1.key: a key file holds 64 hexadecimal digits"),
}


@pytest.mark.parametrize("case", KEY_FILES)
def test_key_file(refused: Refused, tmp_path: Path, case: str) -> None:
    name, content, permissions, told = KEY_FILES[case]
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / name
    key.write_text(content, "utf-8")
    key.chmod(permissions)
    assert told in refused("run", "small.toml", "--json", "--set", f"security.keys={tmp_path}/keys")


def test_keys_of_no_folder(refused: Refused) -> None:
    line = refused("run", "small.toml", "--json", "--set", "security.keys=/nowhere/keys")
    assert line == "/nowhere/keys: the folder of key files cannot be read: No such file or directory"


SINKS = {
    "no address": ('{name="a",kind="webhook",target="here"}', "must be a file, or a webhook with an http or https URL"),
    "no token": (
        '{name="a",kind="webhook",target="http://localhost/",token_file="/nowhere/token"}',
        "/nowhere/token: token_file: cannot be read: No such file or directory",
    ),
    "a folder": ('{name="a",kind="file",target="."}', "must be a file, and is a folder"),
    "two of one name": ('{name="a",kind="file",target="x"},{name="a",kind="file",target="y"}', "two have this name"),
}


@pytest.mark.parametrize("case", SINKS)
def test_sink(refused: Refused, case: str, tmp_path: Path) -> None:
    sinks, told = SINKS[case]
    out = tmp_path / "out"
    assert told in refused("run", "small.toml", "--json", "--out", str(out), "--set", f"ground.sinks=[{sinks}]")
    assert not out.exists()  # nothing was emptied for a run that could not begin


COMMAND_FILES: dict[str, tuple[bytes, str]] = {
    "no text": (b"\xff\xfe", "orders.jsonl: not valid JSONL: 'utf-8' codec can't decode"),
    "no JSON": (b"reset\n", "orders.jsonl, line 1: is not JSON: "),
    "unknown satellite": (
        b'{"at_s": 1, "satellite": "lark-9", "command": "reset"}',
        "orders.jsonl, line 1: satellite = 'lark-9': not known here; did you mean lark-",
    ),
}


@pytest.mark.parametrize("case", COMMAND_FILES)
def test_commands(refused: Refused, case: str, tmp_path: Path) -> None:
    content, told = COMMAND_FILES[case]
    (tmp_path / "orders.jsonl").write_bytes(content)
    assert told in refused("run", "small.toml", "--json", "--commands", str(tmp_path / "orders.jsonl"))


def test_commands_of_no_file(refused: Refused) -> None:
    assert refused("run", "small.toml", "--json", "--commands", "none.jsonl") == "none.jsonl: No such file or directory"


@pytest.mark.parametrize("arguments", [("passes", "--run"), ("export", "--format=csv")], ids=["passes", "export"])
def test_run_that_is_none(refused: Refused, arguments: tuple[str, str], tmp_path: Path) -> None:
    assert "holds no finished run" in refused(*arguments, str(tmp_path))


@pytest.mark.parametrize(
    "journal", [b"", b"garbage", b"\x81\xaeschema_version\x02\xc1", b"\x81\xaeschema_version\x02\xff"]
)
def test_journal_that_is_none(refused: Refused, desk: Path, journal: bytes) -> None:
    (desk / "journal.msgpack").write_bytes(journal)
    (desk / "scenario.toml").write_bytes((desk / "small.toml").read_bytes())
    try:
        assert refused("passes", "--run", str(desk)).startswith("journal.msgpack: is no journal, or a broken one")
    finally:
        (desk / "journal.msgpack").unlink()
        (desk / "scenario.toml").unlink()


def test_archive_that_is_none(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "archive.sqlite").write_text("no database, whatever it says", "utf-8")
    assert refused("export", str(tmp_path), "--format", "csv").endswith("is no archive of a mission centre")


def test_out_that_is_no_folder_of_ours(refused: Refused, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine", "utf-8")
    assert refused("run", "small.toml", "--out", str(file)) == f"{file}: --out: is not a folder"
    line = refused("run", "small.toml", "--out", str(file / "below"))
    assert line == f"{file}/below: --out: cannot be written: Not a directory"
    (tmp_path / "scenario.toml").write_text(SCENARIO, "utf-8")
    assert refused("run", "small.toml", "--out", str(tmp_path)).endswith("is not empty and holds no earlier run")
    (tmp_path / JOURNAL).touch()
    assert refused("run", "small.toml", "--out", str(tmp_path)).endswith("holds file, which no run wrote")
    assert file.read_text("utf-8") == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="has no place that nobody can write to")
def test_out_on_a_read_only_place(refused: Refused) -> None:
    assert refused("run", "small.toml", "--out", "/proc/out").startswith("/proc/out: --out: cannot be written")
