"""A model that needs more memory than a device states is refused before it flies; what it needs is measured."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.payload.models import load_card
from sim.data import sample_path
from sim.modelling import memory
from sim.modelling.graph import read_graph
from sim.modelling.memory import measured_mb, sample_devices
from sim.modelling.trial import rounded_up_mb, try_model
from tests.models_for_tests import write_model
from tests.sim.modelling.synthetic_graphs import Graph
from tests.sim.modelling.test_trial import hoarder
from tests.sim.modelling.told import Skysift

MIB = 2**20
on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="other hosts tell less of memory")


def model(folder: Path, cost: str, graph: bytes | None = None) -> Path:
    """A folder that flies in the small mission, with what its card says of its cost."""
    card = write_model(folder, graph=graph) / "card.toml"
    card.write_text(card.read_text("utf-8") + "[cost]\nmacs_per_px = 100.0\n" + cost, "utf-8")
    return folder


def wide(tile_px: int) -> Graph:
    """One band; between its two layers it holds 64 planes of the tile's size."""
    graph = Graph((1, 1, tile_px, tile_px))
    planes = graph.conv(graph.image, 1, 64, bias=np.zeros(64))
    made = graph.conv(graph.add("Relu", planes), 64, 1)
    return graph.output(graph.add("Sigmoid", made), "planes", (1, 1, tile_px, tile_px))


def test_devices_state_their_memory() -> None:
    stated = {device.name: device.memory_mb for device in sample_devices()}
    # NVIDIA's and Intel's data sheets: 16 GB, 8 GB, 4 Gbit. The Raspberry Pi's variant is assumed.
    assert (
        stated.items()
        >= {
            "jetson-orin-nx": 16_000,
            "jetson-xavier-nx": 8_000,
            "myriad-x": 512,
            "raspberry-pi-4": 4_000,
        }.items()
    )


TOO_LITTLE = (
    "cost.memory_mb = 600.0: the model needs more than the 512 MB that the device myriad-x states (memory_mb); export "
    "a smaller network, or one for smaller tiles, or choose --device coral-edge-tpu or raspberry-pi-4 or "
    "zynq-ultrascale-dpu"
)
FLYING = (
    ("run", "small.toml", "--device", "myriad-x"),
    ("run", "small.toml", "--device", "myriad-x", "--processes"),
    ("compare", "small.toml", "--device", "myriad-x"),
)


@pytest.mark.parametrize("command", FLYING)
def test_a_card_that_states_too_much_is_refused(skysift: Skysift, tmp_path: Path, command: tuple[str, ...]) -> None:
    folder = model(tmp_path / "model", "memory_mb = 600.0\n")
    out = tmp_path / "run"
    refusal = skysift(*command, "--model", f"wildfire={folder}", "--out", str(out), "--json").refusal()
    assert refusal == f"{folder}/card.toml: {TOO_LITTLE}"
    assert not out.exists()


def test_model_check_takes_the_device_of_the_scenario_or_the_one_named(skysift: Skysift, tmp_path: Path) -> None:
    folder = model(tmp_path / "model", "memory_mb = 600.0\n")
    told = skysift("model", "check", str(folder), "--scenario", "small.toml", "--json").json()
    assert (told["memory_mb"], told["device"], told["device_memory_mb"]) == (600.0, "jetson-orin-nx", 16_000)
    refusal = skysift("model", "check", str(folder), "--device", "myriad-x").refusal()
    assert refusal == f"{folder}/card.toml: {TOO_LITTLE}"
    assert "no such file, nor a name in devices" in skysift("model", "check", str(folder), "--device", "x").refusal()


def test_the_satellite_with_the_least_memory_decides(skysift: Skysift, tmp_path: Path) -> None:
    folder = model(tmp_path / "model", "memory_mb = 600.0\n")
    options = ("--model", f"wildfire={folder}", "--set", "satellite[1].device.memory_mb=599.5", "--json")
    assert "more than the 600 MB that the device jetson-orin-nx" in skysift("run", "small.toml", *options).refusal()


@pytest.mark.parametrize("bare", [True, False])
def test_what_no_card_states_is_measured(skysift: Skysift, tmp_path: Path, bare: bool) -> None:
    """64 planes of 512 x 512 in single precision are 64 MiB."""
    file = wide(512).save(tmp_path / "wide.onnx")
    path = file
    if not bare:
        path = model(tmp_path / "folder", "", file.read_bytes())
        card = path / "card.toml"
        text = card.read_text("utf-8").replace("tile_px = 64", "tile_px = 512").replace('"reflectance"', '"images"', 1)
        card.write_text(text, "utf-8")
    options = ("--model", f"wildfire={path}", "--set", "satellite[0].device.memory_mb=60", "--json")
    refusal = skysift("run", "small.toml", *options).refusal()
    assert refusal.startswith(f"{path if bare else path / 'model.onnx'}: needs ")
    assert "MB of memory to open and look at one tile, more than the 60 MB that the device jetson-orin-nx" in refusal
    assert "skysift model init" not in refusal


@on_linux
def test_a_graph_beyond_the_trial_s_limit_is_refused_by_the_device_s(skysift: Skysift, tmp_path: Path) -> None:
    file = hoarder().save(tmp_path / "hoarder.onnx")
    refusal = skysift("model", "check", str(file), "--device", "myriad-x").refusal()
    assert refusal.startswith(
        f"{file}: needs over 4,000 MB of memory to open and look at one tile, more than the 512 MB"
    )
    refusal = skysift("model", "check", str(file), "--device", "jetson-orin-nx").refusal()
    assert refusal.startswith(f"{file}: needs more memory than the 4,000 MB allowed")


@on_linux
def test_the_peak_is_the_model_s_own(tmp_path: Path) -> None:
    """Neither that of the process that started the child, nor that of making the sample frame, or of a pool."""
    ballast = np.ones(300 * MIB // 8)
    planes_bytes = 64 * 512 * 512 * 4
    peak = try_model(read_graph(wide(512).save(tmp_path / "wide.onnx"))).peak_memory_bytes
    # The layer's planes, once or, until the activation is done, twice; image and output; a little for the runtime.
    assert planes_bytes <= peak <= 2 * planes_bytes + 60 * MIB
    graph = Graph((1, 1, 2048, 2048))
    same = graph.output(graph.add("Sigmoid", graph.image), "planes", (1, 1, 2048, 2048)).save(tmp_path / "same.onnx")
    frame_bytes = 2048 * 2048 * 4
    assert 2 * frame_bytes <= try_model(read_graph(same)).peak_memory_bytes <= 2 * frame_bytes + 30 * MIB
    assert ballast.sum() > 0


@on_linux
def test_trials_of_one_graph_agree() -> None:
    """A graph of 400 steps, most of whose tensors are freed on the way: the C library keeps none of them."""
    facts = read_graph(sample_path("models", "kumar-roy") / "model.onnx")
    peaks = [try_model(facts, tile_px=(256, 256)).peak_memory_bytes for _ in range(4)]
    assert max(peaks) - min(peaks) <= MIB


@on_linux
def test_a_card_s_tile_is_what_is_measured(tmp_path: Path) -> None:
    graph = Graph((1, 1, "h", "w"), name="reflectance")
    planes = graph.add("Relu", graph.conv(graph.image, 1, 64, bias=np.zeros(64)))
    file = graph.output(graph.add("Sigmoid", graph.conv(planes, 64, 1)), "p", (1, 1, "h", "w")).save(
        tmp_path / "m.onnx"
    )
    folder = model(tmp_path / "model", "", file.read_bytes())
    small_mb = measured_mb(load_card(folder))
    card = folder / "card.toml"
    card.write_text(card.read_text("utf-8").replace("tile_px = 64", "tile_px = 1024"), "utf-8")
    assert measured_mb(load_card(folder)) >= small_mb + 200


def test_the_image_measured_is_calibrated_as_the_card_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = replace(load_card(model(tmp_path / "model", "")), scale=(255.0,), offset=(-10.0,))
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(memory, "ask", lambda _task, request, **_: asked.append(request) or {"peak_memory_bytes": 1})
    measured_mb(card)
    assert [(request["shape"], request["value"]) for request in asked] == [((1, 1, 64, 64), 15.5)]


def test_model_init_writes_what_the_trial_took(skysift: Skysift, tmp_path: Path) -> None:
    file = wide(512).save(tmp_path / "wide.onnx")
    skysift("model", "init", str(file), "--json").json()
    card = load_card(tmp_path / "wide")
    assert card.memory_mb is not None
    assert 64 <= card.memory_mb <= 200
    assert "memory_mb = " in (tmp_path / "wide" / "card.toml").read_text("utf-8")


@given(st.integers(0, 10**12))
def test_rounding_never_promises_less(memory_bytes: int) -> None:
    rounded = rounded_up_mb(memory_bytes)
    assert memory_bytes <= rounded * 1e6 <= memory_bytes * 1.1 + 1e6 + 1
    assert rounded >= 1
