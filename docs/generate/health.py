"""Modes and monitors, from the tables that fly."""

from docs.generate.markdown import code, table
from onboard.comms.dictionary import MONITORS as BITS
from onboard.modes import PROCESSES_FRAMES, SHEDS, Mode, Signal
from onboard.monitors import MONITORS, Monitor

RESPONSES = {
    Signal.FAULT: "safe mode",
    Signal.CHARGE_LOW: "power saving until it is cleared",
    Signal.OVERHEATED: "hot until it is cleared",
}


def modes() -> str:
    """A row for each mode."""
    rows = (
        (code(mode), "worked on" if PROCESSES_FRAMES[mode] else "wait", ", ".join(SHEDS[mode]) or "nothing")
        for mode in Mode
    )
    return table(("mode", "frames", "switched off"), rows)


def monitors() -> str:
    """A row for each monitor, in the order of housekeeping's bits."""
    columns = ("bit", "monitor", "reads", "raised", "cleared", "severity", "response")
    severities = dict(BITS)
    rows = (
        (bit, code(row.name), code(row.reads), _raised(row), _cleared(row), severities[row.name], _response(row))
        for bit, row in enumerate(MONITORS)
    )
    return table(columns, rows)


def _raised(row: Monitor) -> str:
    return f"{row.side} {_limit(row.limit)}{_times(row.raise_after)}"


def _cleared(row: Monitor) -> str:
    if row.clear is not None:
        limit = _limit(row.clear)
    elif row.margin:
        limit = f"{row.margin:g} within it"
    else:
        limit = "within it"
    return f"{limit}{_times(row.clear_after)}"


def _limit(limit: str | float) -> str:
    return code(limit) if isinstance(limit, str) else f"{limit:g}"


def _times(times: int) -> str:
    return f", {times} times" if times > 1 else ""


def _response(row: Monitor) -> str:
    said = (
        RESPONSES[row.signal] if row.signal else "",
        f"the {row.unit} is cycled" if row.unit else "",
        "the flight computer starts anew" if row.resets else "",
    )
    return ", ".join(part for part in said if part) or "told"
