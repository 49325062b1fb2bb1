"""docs/link.md tells what the dictionary tells."""

import re
from pathlib import Path

import pytest

from groundstation.exports.link_page import TABLES, table, with_tables
from onboard.comms.dictionary import HOUSEKEEPING, TELECOMMANDS, TELEMETRY

PAGE = Path(__file__).resolve().parents[3] / "docs" / "link.md"


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text("utf-8")
    renewed = with_tables(page)
    assert page == renewed, "docs/link.md is old: write with_tables(page) of groundstation.exports.link_page into it"


def test_every_table_is_in_the_page_once() -> None:
    named = re.findall(r"<!-- table (\w+) -->", PAGE.read_text("utf-8"))
    # A report of the ground has no field of its own.
    assert sorted(named) == sorted(TABLES.keys() - {"ground_report"})


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_even(name: str) -> None:
    widths = {line.count("|") for line in table(name).splitlines()}
    assert len(widths) == 1


def test_tables_name_every_packet_and_every_field_of_housekeeping() -> None:
    packets, fields = table("packets"), table("housekeeping")
    for layout in (*TELEMETRY, *TELECOMMANDS):
        assert layout.apid is None or f"`{layout.name}` | 0x{layout.apid:03X}" in packets
    for parameter in HOUSEKEEPING.parameters:
        assert f"| `{parameter.name}` | {parameter.type.bits} |" in fields
