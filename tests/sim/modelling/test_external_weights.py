"""Weights in other files are taken from the model's folder and from nowhere else."""

import os
from pathlib import Path

import pytest
from onnx import TensorProto

from onboard.errors import InputError
from sim.modelling.graph import read_graph, whole_file
from sim.modelling.macs import count_macs
from sim.modelling.trial import try_model
from tests.sim.modelling.synthetic_graphs import segmentation

pytestmark = pytest.mark.usefixtures("in_process")


def external(folder: Path, location: str, *, offset: str = "0", length: str | None = None) -> Path:
    """The good model with its weights elsewhere."""
    model = segmentation().model()
    tensor = model.graph.initializer[0]
    length = str(len(tensor.raw_data)) if length is None else length
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=value)
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    return folder / "model.onnx"


WEIGHTS = segmentation().model().graph.initializer[0].raw_data


def test_weights_go_into_the_one_file_that_flies(tmp_path: Path) -> None:
    path = external(tmp_path / "model", "weights.bin")
    (path.parent / "weights.bin").write_bytes(WEIGHTS)
    whole = tmp_path / "alone" / "model.onnx"
    whole.parent.mkdir()
    whole.write_bytes(whole_file(read_graph(path)))
    alone = read_graph(whole)
    assert not alone.external
    (planes,) = try_model(alone).outputs.values()
    assert planes.tobytes() == try_model(read_graph(path)).outputs["planes"].tobytes()


def test_a_file_that_is_whole_stays_as_it_is(tmp_path: Path) -> None:
    path = segmentation().save(tmp_path / "m.onnx")
    assert whole_file(read_graph(path)) == path.read_bytes()


def test_weights_beside_the_graph_are_taken(tmp_path: Path) -> None:
    path = external(tmp_path / "model", "parts/weights.bin")
    (path.parent / "parts").mkdir()
    (path.parent / "parts" / "weights.bin").write_bytes(WEIGHTS)
    facts = read_graph(path)
    assert [(file.name, file.file_bytes) for file in facts.external] == [("parts/weights.bin", len(WEIGHTS))]
    assert facts.total_bytes == facts.file_bytes + len(WEIGHTS)
    assert try_model(facts).outputs["planes"].shape == (1, 1, 64, 64)
    assert count_macs(facts, (64, 64)).macs_per_px == 3.0


OUTSIDE: dict[str, tuple[dict[str, str], str]] = {
    "missing": ({"location": "none.bin"}, "there is no such file"),
    "above": ({"location": "../weights.bin"}, "must lie in a file in the model's own folder"),
    "above, in the middle": ({"location": "parts/../../weights.bin"}, "own folder"),
    "absolute": ({"location": "/etc/passwd"}, "own folder"),
    "absolute on Windows": ({"location": "C:\\weights.bin"}, "own folder"),
    "above on Windows": ({"location": "..\\weights.bin"}, "own folder"),
    "nowhere": ({"location": ""}, "own folder"),
    "the folder": ({"location": "."}, "there is no such file"),
    "the graph itself": ({"location": "model.onnx"}, "leads out"),
    "a link that leads out": ({"location": "link.bin"}, "leads out of the model's folder"),
    "through a folder that leads out": ({"location": "way/weights.bin"}, "leads out of the model's folder"),
    "a device": ({"location": "zero"}, "leads out"),
    "a pipe": ({"location": "pipe"}, "there is no such file"),
    "two lines": ({"location": "a\nb"}, "own folder"),
    "beyond its end": ({"location": "inside.bin", "offset": "4"}, "beyond the end of inside.bin"),
    "negative": ({"location": "inside.bin", "offset": "-4"}, "beyond the end"),
    "a huge length": ({"location": "inside.bin", "length": "9" * 40}, "beyond the end"),
    "another length": ({"location": "inside.bin", "length": "4"}, ""),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_weights_anywhere_else_are_refused(case: str, tmp_path: Path) -> None:
    keys, rule = OUTSIDE[case]
    (tmp_path / "weights.bin").write_bytes(WEIGHTS)
    folder = tmp_path / "model"
    path = external(folder, **keys)
    (folder / "inside.bin").write_bytes(WEIGHTS)
    (folder / "link.bin").symlink_to("../weights.bin")
    (folder / "way").symlink_to("..")
    (folder / "zero").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe")
    with pytest.raises(InputError) as refusal:
        try_model(read_graph(path))
    assert rule in str(refusal.value)
    assert "root:" not in str(refusal.value)
