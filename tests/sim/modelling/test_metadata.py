"""Metadata of exporters is parsed as literals; what is hostile is refused and never run."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.errors import InputError
from sim.modelling.metadata import MAX_DEPTH, Hints, NotLiteral, parse_literal, parse_metadata

SOURCE = Path("m.onnx")

# As Ultralytics 8.3 writes it into an exported graph.
ULTRALYTICS = {
    "description": "Ultralytics YOLO11n model trained on coco.yaml",
    "author": "Ultralytics",
    "date": "2025-01-01T00:00:00.000000",
    "version": "8.3.0",
    "license": "AGPL-3.0 License (https://ultralytics.com/license)",
    "docs": "https://docs.ultralytics.com",
    "stride": "32",
    "task": "detect",
    "batch": "1",
    "imgsz": "[640, 480]",
    "names": "{0: 'person', 1: \"traffic light's\", 2: 'é'}",
    "args": "{'batch': 1, 'half': False, 'dynamic': False, 'simplify': True, 'opset': None, 'nms': True}",
}


def test_metadata_of_a_common_exporter() -> None:
    assert parse_metadata(SOURCE, ULTRALYTICS) == Hints(
        names=("person", "traffic light's", "é"),
        stride_px=32,
        image_px=(640, 480),
        task="detect",
        nms=True,
        licence="AGPL-3.0 License (https://ultralytics.com/license)",
        description="Ultralytics YOLO11n model trained on coco.yaml",
    )


def test_nothing_is_needed() -> None:
    assert parse_metadata(SOURCE, {}) == Hints()
    assert parse_metadata(SOURCE, {"names": " ", "args": "--half", "unknown": "f()"}) == Hints()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('["a", "b"]', ("a", "b")),
        ("('a', 'b')", ("a", "b")),
        ('{"0": "a", "1": "b"}', ("a", "b")),
        ("{1: 'b', 0: 'a'}", ("a", "b")),
    ],
)
def test_names_in_other_forms(text: str, names: tuple[str, ...]) -> None:
    assert parse_metadata(SOURCE, {"names": text}).names == names


def test_stride_and_size_in_other_forms() -> None:
    assert parse_metadata(SOURCE, {"stride": "[8.0, 16.0, 32.0]", "imgsz": "640"}) == Hints(
        stride_px=32, image_px=(640, 640)
    )


HOSTILE = {
    "code": {"names": "__import__('os').system('touch /tmp/owned')"},
    "a call of a literal": {"names": "[](1)"},
    "calls in a row": {"names": "1" + "()" * 10_000},
    "subscripts in a row": {"names": "[]" * 10_000},
    "a comprehension": {"names": "[x for x in range(9)]"},
    "an f-string": {"names": "[f'{1}']"},
    "a sum": {"names": "1" + "+1" * 10_000},
    "signs": {"stride": "-" * 10_000 + "1"},
    "a power": {"stride": "9**9**9"},
    "deep brackets": {"names": "[" * 10_000 + "]" * 10_000},
    "deep mapping": {"names": "{0:" * 90 + "1" + "}" * 90},
    "deep JSON": {"imgsz": '[[[[[[[[[["a"]]]]]]]]]]'},
    "an open bracket": {"names": "['a', "},
    "an open text": {"names": "['a"},
    "huge": {"names": "[" + "'a'," * 100_000 + "]"},
    "huge key": {"k" * 2_000_000: ""},
    "many entries": {str(index): "" for index in range(10_000)},
    "many names": {"names": str(list(range(20_000)))},
    "a long name": {"names": repr(["a" * 10_000])},
    "a number of many digits": {"stride": "1" * 5000},
    "infinity": {"stride": "1e999"},
    "NaN": {"stride": "NaN"},
    "names are a text": {"names": "'person'"},
    "names are a number": {"names": "80"},
    "names are numbers": {"names": "[1, 2]"},
    "names with a gap": {"names": "{0: 'a', 2: 'b'}"},
    "names by name": {"names": "{'a': 0}"},
    "names twice": {"names": "{0: 'a', '0': 'b'}"},
    "an empty name": {"names": "['a', '  ']"},
    "a control character": {"names": r"['a\nb']"},
    "an unhashable key": {"names": "{[1]: 2}"},
    "stride is a text": {"stride": "'32'"},
    "stride is true": {"stride": "True"},
    "stride is zero": {"stride": "0"},
    "stride is no whole number": {"stride": "31.5"},
    "stride is an empty list": {"stride": "[]"},
    "size of three": {"imgsz": "[1, 2, 3]"},
    "size is negative": {"imgsz": "[-640, 640]"},
    "size is huge": {"imgsz": "[1000000, 640]"},
    "size is a mapping": {"imgsz": "{}"},
    "nms is a text": {"nms": "'yes'"},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_metadata_is_refused_in_one_line(case: str) -> None:
    with pytest.raises(InputError) as refusal:
        parse_metadata(SOURCE, HOSTILE[case])
    message = str(refusal.value)
    assert message.startswith("m.onnx: ")
    assert "remove" in message
    assert "\n" not in message
    assert len(message) < 400


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(plain)
def test_literals_come_back(value: Any) -> None:
    for text in (repr(value), json.dumps(value)):
        if depth(value) <= MAX_DEPTH:
            assert parse_literal(text) == value
        else:
            with pytest.raises(NotLiteral):
                parse_literal(text)


@given(st.text(alphabet="[](){},:'\"\\+-.0123456789eTruefalsNn _*x") | st.text())
def test_any_text_is_a_literal_or_refused(text: str) -> None:
    try:
        value = parse_literal(text)
    except NotLiteral:
        return
    try:
        assert repr(json.loads(text.strip())) == repr(value)
    except ValueError:
        assert repr(ast.literal_eval(text.strip())) == repr(value)
