"""The pass report as tables for people."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table

from sim.commands.common import human_bytes

_CONTACT = ("satellite", "station", "rise")


def flown_table(report: Mapping[str, Any]) -> Table:
    """What each contact was planned to be and was: `used` is time on the air, `margin` the least of the pass."""
    table = _table("Contacts as flown", ("planned", "used", "rate", "margin", "granted", "sent", "lost"))
    for row in report["passes"]:
        margin = row["margin_db"]
        told = (_rate(row["rate_bps"]["mean"]), "-" if margin is None else f"{margin['least']:.1f} dB")
        _add(table, row, _times(row), told, _carried(row))
    total = report["total"]
    table.add_row("all", "", "", *_times(total), "", "", *_carried(total), style="bold")
    return table


def channel_table(report: Mapping[str, Any]) -> Table:
    """Bytes of whole frames by virtual channel, those channels that were used; of them what was repeated; and up."""
    total = report["total"]
    names = [name for name, sent in total["channel_bytes"].items() if sent]
    table = _table("Bytes by virtual channel", (*names, "repeats", "uplink"))
    for row in report["passes"]:
        _add(table, row, _bytes(row, names))
    table.add_row("all", "", "", *_bytes(total, names), style="bold")
    return table


def reception_table(report: Mapping[str, Any]) -> Table:
    """What came of frames on the ground: those accepted, and whatever else there was."""
    total = report["total"]["received"]
    names = [name for name, count in total.items() if count or name == "frames_accepted"]
    table = _table("Frames as received", tuple(name.replace("_", " ") for name in names))
    for row in report["passes"]:
        _add(table, row, [str(row["received"][name]) for name in names])
    table.add_row("all", "", "", *(str(total[name]) for name in names), style="bold")
    return table


def _table(title: str, columns: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in (*_CONTACT, *columns):
        table.add_column(column, justify="left" if column in _CONTACT[:2] else "right")
    return table


def _add(table: Table, row: Mapping[str, Any], *cells: Iterable[str]) -> None:
    contact = (row["satellite"], row["station"], row["aos_utc"][11:19])
    table.add_row(*contact, *(cell for group in cells for cell in group))


def _times(row: Mapping[str, Any]) -> tuple[str, str]:
    return f"{row['planned_s']:.0f} s", f"{row['used_s']:.1f} s"


def _rate(rate_bps: float) -> str:
    return f"{rate_bps / 1e6:.1f} Mb/s" if rate_bps >= 1e6 else f"{rate_bps / 1e3:.1f} kb/s"


def _carried(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return human_bytes(row["granted_bytes"]), human_bytes(row["sent_bytes"]), str(row["frames"]["lost"])


def _bytes(row: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    sent = [*(row["channel_bytes"][name] for name in names), row["bytes"]["retransmit"], row["uplink"]["bytes"]]
    return [human_bytes(count) for count in sent]
