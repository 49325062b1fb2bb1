"""A model that fails on some frames: those are set aside with the reason, all others fly as if nothing had happened."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from onboard.commands import FrameSetAside
from sim.cli import main
from sim.experiment.flight_records import FrameKey, FrameLog
from sim.journal import read_records
from sim.run import RunResult
from sim.run_directory import JOURNAL
from tests.models_for_tests import write_model
from tests.system.small_mission import COST, fly

TOO_MANY_PX = 15
"""Bright pixels in a frame: one target of the small mission has 9, so that two are too many."""
BRIGHT = 1.0
"""Reflectance between the small mission's background, 0.2, and its targets, 1.5."""


def failing_graph(name: str) -> bytes:
    """ONNX of sigmoid(40 x (reflectance - 0.5)) that fails, in the way of this name, where too much is bright."""
    source = helper.make_tensor_value_info("reflectance", TensorProto.FLOAT, [1, 1, 64, 64])
    result = helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1, "height", "width"])
    nodes = [
        helper.make_node("Greater", ["reflectance", "bright"], ["lit"]),
        helper.make_node("Cast", ["lit"], ["lit_px"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["lit_px"], ["count"], keepdims=0),
        helper.make_node("Greater", ["count", "too_many"], ["is_much"]),
        helper.make_node("Sub", ["reflectance", "half"], ["above"]),
        helper.make_node("Mul", ["above", "steepness"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["healthy"]),
        *WAYS[name],
    ]
    scalars = {
        **{"bright": BRIGHT, "too_many": TOO_MANY_PX, "half": 0.5, "steepness": 40.0, "far": 1e3},
        **{"nan": np.nan, "inf": np.inf, "zero": 0.0},
    }
    constants = [numpy_helper.from_array(np.array(value, np.float32), key) for key, value in scalars.items()]
    constants += [
        numpy_helper.from_array(np.array(value, np.int64), key)
        for key, value in {"axis": [0], "seven": 7, "ones": [1, 1], "side": 64, "rows": [2], "end": [64]}.items()
    ]
    graph = helper.make_graph(nodes, "for_tests", [source], [result], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def where_much(constant: str) -> list[onnx.NodeProto]:
    return [helper.make_node("Where", ["is_much", constant, "healthy"], ["probability"])]


WAYS = {
    "NaN": where_much("nan"),
    "infinity": where_much("inf"),
    "no probability": where_much("far"),
    "out of range": [
        helper.make_node("Cast", ["is_much"], ["one"], to=TensorProto.INT64),
        helper.make_node("Mul", ["one", "seven"], ["index"]),
        helper.make_node("Unsqueeze", ["index", "axis"], ["indices"]),
        helper.make_node("Gather", ["healthy", "indices"], ["probability"], axis=1),
    ],
    "wrong shape": [
        helper.make_node("Cast", ["is_much"], ["one"], to=TensorProto.INT64),
        helper.make_node("Add", ["one", "side"], ["length"]),
        helper.make_node("Unsqueeze", ["length", "axis"], ["lengths"]),
        helper.make_node("Concat", ["ones", "lengths", "lengths"], ["shape"], axis=0),
        helper.make_node("Reshape", ["healthy", "shape"], ["probability"]),
    ],
    "another size": [
        helper.make_node("Cast", ["is_much"], ["one"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", ["one", "axis"], ["start"]),
        helper.make_node("Slice", ["healthy", "start", "end", "rows"], ["probability"]),
    ],
}
"""How a healthy answer becomes a bad one."""


@pytest.fixture(scope="module")
def healthy(mission: Path) -> RunResult:
    """The mission with the same model without the failure."""
    return fly(mission, mission.parent / "healthy")


def write_failing_model(folder: Path, way: str) -> Path:
    card = write_model(folder, graph=failing_graph(way), name=f"fails with {way}") / "card.toml"
    card.write_text(card.read_text("utf-8") + COST, "utf-8")
    return folder


def bright_px(frame: FrameLog) -> int:
    assert frame.exposure.targets is not None
    return sum(target.pixels for target in frame.exposure.targets)


def check_run(run: RunResult, healthy: RunResult, told: str) -> None:
    """Frames with too much in them are set aside, each with the reason; the others are as without a failure."""
    too_much = {key for key, frame in healthy.log.frames.items() if bright_px(frame) > TOO_MANY_PX}
    taken = {key for key in too_much if healthy.log.frames[key].is_processed}
    unharmed = healthy.log.frames.keys() - too_much
    assert len(taken) >= 3
    assert any(healthy.log.frames[key].detections for key in unharmed)
    assert {key for key, frame in run.log.frames.items() if frame.deferred_because} == taken
    assert set_aside(run.directory) == {key: run.log.frames[key].deferred_because for key in taken}
    for key in taken:
        assert told in run.log.frames[key].deferred_because
        assert "\n" not in run.log.frames[key].deferred_because
        assert not run.log.frames[key].is_processed
    for key in unharmed:
        frame, without = run.log.frames[key], healthy.log.frames[key]
        assert (frame.detections, frame.is_completed) == (without.detections, without.is_completed)
    summary = run.summary
    assert summary["status"] == "degraded"
    assert summary["frames"]["deferred"] >= len(taken)
    assert f"{summary['frames']['deferred']} of {len(run.log.frames)} frames deferred" in summary["reasons"]
    assert any(told in reason for reason in summary["reasons"])
    assert summary["frames"]["exposed"] == healthy.summary["frames"]["exposed"]
    on_the_ground = {key for key in unharmed if run.log.frames[key].archived_ns is not None}
    assert on_the_ground
    assert run.findings.detections.keys() == on_the_ground


def set_aside(directory: Path) -> dict[FrameKey, str]:
    """What the journal tells of frames whose work failed."""
    return {
        (node, answer.frame_id): answer.reason
        for _, node, _, answers in read_records(directory / JOURNAL)
        for answer in answers
        if isinstance(answer, FrameSetAside)
    }


TOLD = {
    "NaN": "probabilities from nan to nan",
    "infinity": "probabilities from inf to inf",
    "no probability": "probabilities from 1000 to 1000",
    "out of range": "indices element out of data bounds",
    "wrong shape": "cannot be reshaped",
    "another size": "(1, 1, 63, 64)",
}


@pytest.mark.parametrize("way", WAYS)
def test_frames_that_the_model_fails_on_are_set_aside(
    mission: Path, healthy: RunResult, tmp_path: Path, way: str
) -> None:
    model = write_failing_model(tmp_path / "model", way)
    run = fly(mission, tmp_path / "out", f"models.wildfire={model}")
    check_run(run, healthy, TOLD[way])


@pytest.mark.parametrize("way", ["NaN", "out of range"])
def test_one_process_or_many(mission: Path, tmp_path: Path, way: str) -> None:
    setting = f"models.wildfire={write_failing_model(tmp_path / 'model', way)}"
    digests = {
        fly(mission, tmp_path / f"{processes}", setting, processes=processes).summary["digest"]
        for processes in (False, True)
    }
    assert len(digests) == 1


def test_a_user_is_told_and_the_command_succeeds(
    mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_failing_model(tmp_path / "model", "NaN")
    arguments = ("run", str(mission), "--model", f"wildfire={model}", "--json", "--out", str(tmp_path / "out"))
    monkeypatch.setattr(sys, "argv", ["skysift", *arguments])
    assert main() == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == "degraded"
    assert err == ""
    monkeypatch.setattr(sys, "argv", ["skysift", *arguments, "--fail-on", "lost"])
    assert main() == 1


HEAD = """
import numpy as np

def head(outputs, input_hw, threshold):
    rows, cols = np.nonzero(outputs[0][0, 0] >= threshold)
    if len(rows) > {too_many}:
        {failure}
    corners = [(col, row, col + 1, row + 1) for row, col in zip(rows, cols)]
    return corners, outputs[0][0, 0][rows, cols], np.zeros(len(rows), int)
"""
FAILURES = {
    "raises": ("raise KeyError('no such thing')", "the function failed with KeyError: 'no such thing'"),
    "leaves": ("raise SystemExit(3)", "the function failed with SystemExit: 3"),
    "returns something else": ("return None", "the function must return corners (n, 4)"),
    "finds NaN": ("return [[np.nan] * 4], [0.9], [0]", "boxes without finite corners"),
    "finds another class": ("return [[0, 0, 1, 1]], [0.9], [7]", "class indices 7 to 7, the card has 1"),
}


@pytest.fixture
def custom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes a model whose head is a function of the user's that fails in some way; importable by any process."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def write(failure: str) -> Path:
        module = f"users_{failure.replace(' ', '_')}"
        (tmp_path / f"{module}.py").write_text(HEAD.format(too_many=TOO_MANY_PX, failure=FAILURES[failure][0]), "utf-8")
        card = write_model(tmp_path / failure, name=failure) / "card.toml"
        entry = f'head = "custom"\nentry = "{module}:head"\nmax_iou = 1.0'
        card.write_text(card.read_text("utf-8").replace('head = "segmentation"', entry) + COST, "utf-8")
        return card.parent

    return write


@pytest.mark.parametrize("failure", FAILURES)
def test_a_head_of_the_users_that_fails(
    mission: Path, tmp_path: Path, custom: Callable[[str], Path], failure: str
) -> None:
    run = fly(mission, tmp_path / "out", f"models.wildfire={custom(failure)}")
    told = set_aside(run.directory)
    assert all(FAILURES[failure][1] in reason for reason in told.values())
    taken = {key for key, frame in run.log.frames.items() if frame.job_ended_ns is not None}
    assert told.keys() == {key for key in taken if bright_px(run.log.frames[key]) > TOO_MANY_PX}
    for key in taken - told.keys():
        frame = run.log.frames[key]
        assert len(frame.detections) == bright_px(frame)
    assert run.findings.detections
    assert run.summary["status"] == "degraded"


def test_a_head_of_the_users_that_fails_in_one_process_or_many(
    mission: Path, tmp_path: Path, custom: Callable[[str], Path]
) -> None:
    setting = f"models.wildfire={custom('raises')}"
    here, elsewhere = (fly(mission, tmp_path / f"{many}", setting, processes=many) for many in (False, True))
    assert set_aside(here.directory)
    assert here.summary["digest"] == elsewhere.summary["digest"]
