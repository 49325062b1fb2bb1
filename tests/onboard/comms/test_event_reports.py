"""Event reports: compact, canonical, in order of time."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.event_reports import (
    MAX_DETAIL_LENGTH,
    REPORTS,
    CommandCompleted,
    CommandFailed,
    EventReport,
    ModelActivated,
    ProductExpired,
    Reason,
    ReportEntry,
    decode,
    encode,
    pack,
    told,
)
from onboard.comms.records import Choice, Form, Octets, Text, Whole

ONBOARD = Path(__file__).resolve().parents[3] / "onboard"


def values(form: Form) -> st.SearchStrategy[Any]:
    """Values that a form can write."""
    match form:
        case Whole(high, low):
            return st.integers(low, high)
        case Choice(words):
            return st.sampled_from(words)
        case Text(most, _):
            return st.text(max_size=most).map(told)
        case Octets(most, _):
            return st.binary(min_size=most, max_size=most)
    raise AssertionError(form)


any_report: st.SearchStrategy[EventReport] = st.one_of(
    [
        st.builds(
            entry.report_type,
            met_ns=st.integers(0, 2**62),
            **{field.name: values(field.form) for field in entry.fields},
        )
        for entry in REPORTS
    ]
)
histories = st.lists(any_report, max_size=12).map(lambda some: sorted(some, key=lambda one: one.met_ns))


@pytest.mark.parametrize("entry", REPORTS, ids=lambda entry: entry.report_type.__name__)
def test_the_table_names_every_field_in_order(entry: ReportEntry) -> None:
    assert ["met_ns", *(one.name for one in entry.fields)] == [one.name for one in fields(entry.report_type)]


def test_the_table_has_every_report_once() -> None:
    assert {entry.report_type for entry in REPORTS} == set(EventReport.__args__)
    assert len({entry.code for entry in REPORTS}) == len(REPORTS)


@given(histories)
def test_round_trip(history: list[EventReport]) -> None:
    assert decode(encode(history)) == tuple(history)


@given(histories, st.integers(150, 400))
def test_packed_payloads_hold_all_in_order(history: list[EventReport], most_bytes: int) -> None:
    payloads = pack(history, most_bytes)
    assert all(len(payload) <= most_bytes for payload in payloads)
    read = [decode(payload) for payload in payloads]
    assert [one for some in read if some for one in some] == history
    assert None not in read
    assert () not in read


@given(st.binary(max_size=100) | st.binary(max_size=100).map(lambda body: b"\x01" + body))
def test_noise_is_safe(noise: bytes) -> None:
    read = decode(noise)
    assert read is None or encode(read) == noise


def test_golden_bytes_and_size() -> None:
    # By hand: version; kind, 300 ns, number 5; kind, 4 ns later, number 6, reason 3, text of 2.
    history: list[EventReport] = [CommandCompleted(300, 5), CommandFailed(304, 6, Reason.UNKNOWN_FRAME, "no")]
    assert encode(history).hex(" ") == "01 03 ac 02 04 04 04 05 03 02 6e 6f"
    day_ns = 86_400 * 10**9
    assert len(encode([CommandCompleted(day_ns, 1000)])) <= 12
    assert len(encode([ModelActivated(day_ns, 1, b"abcd")])) <= 16


def test_time_does_not_run_back() -> None:
    with pytest.raises(ValueError, match="does not fit a varint"):
        encode([CommandCompleted(5, 1), CommandCompleted(4, 2)])


def test_a_product_of_no_frame_has_the_frame_minus_one() -> None:
    report = ProductExpired(1, 2, -1, 3)
    assert decode(encode([report])) == (report,)
    with pytest.raises(ValueError, match="frame_id must be a whole number from -1"):
        encode([replace(report, frame_id=-2)])


def test_what_is_told_is_short_and_printable() -> None:
    assert told("µ\n" + "x" * 200) == "??" + "x" * (MAX_DETAIL_LENGTH - 2)


def test_reasons_keep_their_places() -> None:
    """The octets are on the link and in archives: new ones go to the end."""
    assert list(Reason)[:4] == ["unknown command", "unknown strategy", "unknown task", "frame not in mass memory"]
    assert list(Reason).index(Reason.JOB_FAILED) == 18


def test_every_word_is_said_on_board() -> None:
    """A dictionary with words that nobody says teaches the ground what never comes."""
    told = "".join(path.read_text("utf-8") for path in ONBOARD.rglob("*.py") if path.name != "event_reports.py")
    assert [reason.name for reason in Reason if f"Reason.{reason.name}" not in told] == []
    assert [entry.report_type.__name__ for entry in REPORTS if f"{entry.report_type.__name__}(" not in told] == []
