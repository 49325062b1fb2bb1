"""Virtual time: integer nanoseconds of mission elapsed time (MET).

Nothing on board, on the ground or in the emulated world reads a clock: the present is always an argument.
Calendar time appears only where people or the sky need it, by adding MET to the mission's epoch.
"""

from datetime import UTC, datetime, timedelta

NS_PER_S = 1_000_000_000
NEVER_NS = 2**62
"""A deadline of a participant that waits for others only."""


def to_ns(seconds: float) -> int:
    """Nearest whole nanosecond to a duration in seconds."""
    return round(seconds * NS_PER_S)


def to_s(duration_ns: int) -> float:
    """A duration in seconds, for display and physics; never for bookkeeping."""
    return duration_ns / NS_PER_S


def utc(epoch: datetime, met_ns: int) -> datetime:
    """The calendar instant at a mission elapsed time, to the microsecond that `datetime` can hold."""
    return epoch.astimezone(UTC) + timedelta(microseconds=met_ns // 1000)


def utc_text(epoch: datetime, met_ns: int) -> str:
    """ISO 8601 with milliseconds and a Z, as the run's files write it."""
    return utc(epoch, met_ns).isoformat(timespec="milliseconds").replace("+00:00", "Z")
