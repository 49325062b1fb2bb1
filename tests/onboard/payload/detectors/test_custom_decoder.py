"""A decoder of the user's own: found, called, and blamed."""

import sys
from pathlib import Path

import numpy as np
import pytest

from onboard.errors import InputError
from onboard.payload.detectors.custom import custom_detector

CARD = Path("card.toml")

MODULE = """
import numpy as np

def halves(outputs, input_hw, threshold):
    height, width = input_hw
    return [[0, 0, width / 2, height], [0, 0, 1, 1]], outputs[0][:2], [1, 0]

def nothing(outputs, input_hw, threshold):
    return [], [], []

def fails(outputs, input_hw, threshold):
    raise KeyError("no such thing")

def too_few(outputs, input_hw, threshold):
    return [[0, 0, 1, 1]], [0.5]

def no_corners(outputs, input_hw, threshold):
    return [[0, 0, 1]], [0.9], [0]

def turned(outputs, input_hw, threshold):
    return np.zeros((4, 2)), np.ones(2), np.zeros(2, int)

def half_classes(outputs, input_hw, threshold):
    return [[0, 0, 1, 1]], [0.9], [0.5]

def is_none(outputs, input_hw, threshold):
    return None

constant = 3
"""


@pytest.fixture(autouse=True)
def _a_module_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users_heads.py").write_text(MODULE, "utf-8")
    (tmp_path / "users_broken.py").write_text("import nowhere_at_all\n", "utf-8")
    (tmp_path / "users_exit.py").write_text("raise SystemExit(3)\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("users_heads", "users_broken", "users_exit"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_the_function_decodes() -> None:
    detector = custom_detector("users_heads:halves", CARD)
    assert not detector.misfit([(7,), (8, 9)], (10, 20), 2)
    found = detector.decode([np.array([0.9, 0.2])], (10, 20), 0.5, "none")
    assert found.corners.tolist() == [[0.0, 0.0, 10.0, 10.0]]
    assert (found.scores.tolist(), found.class_indices.tolist()) == ([0.9], [1])


def test_the_function_may_find_nothing() -> None:
    assert len(custom_detector("users_heads:nothing", CARD).decode([], (10, 20), 0.5, "none")) == 0


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("users_heads", "must read package.module:function"),
        ("users_heads:halves()", "must read package.module:function"),
        ("../users_heads:halves", "must read package.module:function"),
        ("users_head:halves", "cannot be imported: ModuleNotFoundError: No module named 'users_head'"),
        ("users_broken:halves", "cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("users_exit:halves", "cannot be imported: SystemExit: 3"),
        ("users_heads:half", "the module has no function half"),
        ("users_heads:constant", "the module has no function constant"),
    ],
)
def test_a_missing_function_is_the_cards_fault(entry: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        custom_detector(entry, CARD)
    assert str(raised.value).startswith(f"card.toml: output.entry = {entry!r}: ")
    assert said in str(raised.value)


@pytest.mark.parametrize("name", ["too_few", "no_corners", "turned", "half_classes", "is_none"])
def test_something_else_returned_is_told(name: str) -> None:
    with pytest.raises(InputError, match=r"must return corners \(n, 4\), scores \(n,\) and class indices \(n,\)"):
        custom_detector(f"users_heads:{name}", CARD).decode([], (10, 20), 0.5, "none")


def test_a_failing_function_is_told_in_one_line() -> None:
    with pytest.raises(InputError, match="failed with KeyError: 'no such thing'") as raised:
        custom_detector("users_heads:fails", CARD).decode([], (10, 20), 0.5, "none")
    assert "\n" not in str(raised.value)
