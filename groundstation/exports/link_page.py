"""The tables of docs/link.md, from the data dictionary, the catalogue of telecommands and the table of reports.

In the page a table stands between the lines `<!-- table NAME -->` and `<!-- end -->`; what is between is made here.
"""

import re
from collections.abc import Callable, Iterable

from onboard.comms.dictionary import (
    CHANNELS,
    GROUND_REPORT,
    HOUSEKEEPING,
    MONITORS,
    PRODUCT_SEGMENT,
    SECURITY,
    SPACE_PACKET,
    TC_FRAME,
    TELECOMMAND_PACKET,
    TELECOMMANDS,
    TELEMETRY,
    TIMED_PACKET,
    TM_FRAME,
    Layout,
)
from onboard.comms.event_reports import REPORTS, Reason
from onboard.comms.health_reports import MonitorRaised
from onboard.comms.parameters import Parameter
from onboard.comms.records import Choice, Field
from onboard.comms.telecommand_catalogue import CATALOGUE

_PLACE = re.compile(r"<!-- table (?P<name>\w+) -->\n.*?<!-- end -->", re.DOTALL)


def with_tables(page: str) -> str:
    """The page with every table made anew. KeyError for the name of none."""
    return _PLACE.sub(lambda found: f"<!-- table {found['name']} -->\n\n{table(found['name'])}\n<!-- end -->", page)


def table(name: str) -> str:
    """One table in Markdown."""
    return TABLES[name]()


def _markdown(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    def line(cells: Iterable[object]) -> str:
        return f"| {' | '.join(str(cell) for cell in cells)} |\n"

    return line(columns) + f"|{'---|' * len(columns)}\n" + "".join(line(row) for row in rows)


def _layout(layout: Layout) -> Callable[[], str]:
    """The fields that a layout adds to those of its base."""

    def made() -> str:
        rows = [_parameter(parameter) for parameter in layout.parameters]
        if layout.rest:
            rows.append((layout.rest, "the rest", "octets", "", ""))
        rows += [_parameter(parameter) for parameter in layout.trailer]
        return _markdown(("field", "bits", "values", "unit", "meaning"), rows)

    return made


def _parameter(parameter: Parameter) -> tuple[object, ...]:
    return f"`{parameter.name}`", parameter.type.bits, parameter.type.rule, parameter.unit, parameter.about


def _packets() -> str:
    kinds = [layout for layout in (*TELEMETRY, *TELECOMMANDS) if layout.apid is not None]
    rows = (
        (f"`{one.name}`", f"0x{one.apid:03X}", _way(one), f"`{one.base.name}`" if one.base else "", one.about)
        for one in kinds
    )
    return _markdown(("packet", "APID", "way", "begins as", "what it is"), rows)


def _way(layout: Layout) -> str:
    return "up" if layout in TELECOMMANDS else "down"


def _channels() -> str:
    return _markdown(("virtual channel", "carries"), CHANNELS)


def _telecommands() -> str:
    rows = (
        (entry.code, f"`{entry.word}`", _fields(entry.fields), "bulk" if entry.is_bulk else "", str(entry.once))
        for entry in CATALOGUE
    )
    return _markdown(("code", "telecommand", "fields, in this order", "", "why it is executed once"), rows)


def _reports() -> str:
    rows = (
        (
            *(entry.code, f"`{entry.report_type.__name__}`", _fields(entry.fields), _sentence(entry.report_type)),
            "as the monitor" if entry.report_type is MonitorRaised else entry.severity,
        )
        for entry in REPORTS
    )
    return _markdown(("code", "report", "fields, in this order", "what it tells", "severity"), rows)


def _monitors() -> str:
    rows = ((bit, f"`{name}`", severity) for bit, (name, severity) in enumerate(MONITORS))
    return _markdown(("bit", "monitor", "severity"), rows)


def _reasons() -> str:
    return _markdown(("octet", "reason"), enumerate(Reason))


def _fields(fields: Iterable[Field]) -> str:
    return "<br>".join(f"`{field.name}`: {field.about}; {_rule(field)}" for field in fields)


def _rule(field: Field) -> str:
    is_reason = isinstance(field.form, Choice) and field.form.words == tuple(Reason)
    return "an octet of the table of reasons" if is_reason else field.form.rule


def _sentence(record_type: type) -> str:
    return " ".join(str(record_type.__doc__).split())


TABLES: dict[str, Callable[[], str]] = {
    "packets": _packets,
    "channels": _channels,
    "telecommands": _telecommands,
    "reports": _reports,
    "reasons": _reasons,
    "monitors": _monitors,
    **{
        layout.name: _layout(layout)
        for layout in (
            *(SPACE_PACKET, TIMED_PACKET, PRODUCT_SEGMENT, HOUSEKEEPING, TELECOMMAND_PACKET, GROUND_REPORT),
            *(TM_FRAME, TC_FRAME, SECURITY),
        )
    },
}
"""By name: each makes one table."""
