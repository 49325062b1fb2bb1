"""Latency from exposure to the commit in the archive, and its parts, which sum to it to the nanosecond."""

import math
from collections.abc import Iterable

from onboard.mission_time import NS_PER_S
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameLog

PARTS = ("queue", "compute", "contact_wait", "transmit")
"""Exposure to job start, job, job end to first byte sent, first byte sent to archive (repeats and travel included)."""


def parts_ns(frame: FrameLog) -> dict[str, int] | None:
    """A delivered frame's latency by part; None where it has not all happened."""
    instants = (
        frame.exposed_ns,
        frame.job_started_ns,
        frame.job_ended_ns,
        frame.first_sent_ns,
        frame.archived_ns,
    )
    known = [instant for instant in instants if instant is not None]
    if len(known) < len(instants):
        return None
    return {part: end - start for part, start, end in zip(PARTS, known, known[1:], strict=False)}


def latency_table(log: FlightLog) -> dict[str, object]:
    """The `latency_s` entry of the summary, over products made. What was never delivered counts as infinite."""
    made = [frame for frame in log.frames.values() if frame.product_id not in (None, -1)]
    split = [parts_ns(frame) for frame in made]
    undelivered = split.count(None)
    whole = [sum(parts.values()) for parts in split if parts is not None]
    return {
        "capture_to_alert": _percentiles(whole, undelivered),
        **{part: _percentiles((parts[part] for parts in split if parts is not None), undelivered) for part in PARTS},
    }


def _percentiles(delivered_ns: Iterable[int], undelivered: int) -> dict[str, object]:
    ordered = sorted(delivered_ns)
    n = len(ordered) + undelivered
    table: dict[str, object] = {"n": n, "undelivered": undelivered}
    for percent in (50, 90, 99):
        rank = max(math.ceil(n * percent / 100), 1)
        table[f"p{percent}"] = ordered[rank - 1] / NS_PER_S if rank <= len(ordered) else None
    return table
