"""Latency from exposure to the commit in the archive, its parts, which sum to it to the nanosecond, and its bound.

`queue` lasts from the exposure to the start of the frame's first job, `compute` to the end of its last one,
`contact_wait` to the first byte sent, `transmit` until all would have been archived had nothing been lost, `retransmit`
from there to the commit. Where the last byte was first sent in a later pass, `transmit` spans the wait between them.

`event_to_capture` lasts from the instant at which something began to the first frame exposed that shows it, for each
that any frame shows; what began before the run counts from where it began, and how many did is told.

What was never delivered counts as infinite: results made, and frames that hold a target and were never worked on. A
frame that was worked on and gave nothing to send is no alert, late or never: what it missed is told by the recall.
"""

import math
from collections.abc import Iterable
from itertools import pairwise

from onboard.mission_time import NS_PER_S
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameLog
from sim.experiment.oracle import Oracle
from sim.experiment.results import Percentiles

PARTS = ("queue", "compute", "contact_wait", "transmit", "retransmit")
NO_ONSET = "no frame shows a target of which is known when it began"


def parts_ns(frame: FrameLog) -> dict[str, int] | None:
    """A delivered frame's latency by part, none of them negative; None where it has not all happened."""
    result = frame.result
    if result is None or result.archived_ns is None:
        return None
    # What was told of a transfer may have died with its flight computer; then all of it counts as transmission.
    lossless_ns = result.lossless_ns if result.is_sent_whole and result.lossless_ns else result.archived_ns
    instants = (
        frame.exposed_ns,
        result.job_started_ns,
        result.job_ended_ns,
        result.first_sent_ns,
        min(lossless_ns, result.archived_ns),
        result.archived_ns,
    )
    known = [instant for instant in instants if instant is not None]
    if len(known) < len(instants):
        return None
    parts = {part: end - start for part, (start, end) in zip(PARTS, pairwise(known), strict=True)}
    assert min(parts.values()) >= 0, f"latency that runs backwards: {parts}"
    return parts


def latency_table(log: FlightLog) -> dict[str, Percentiles]:
    """The `latency_s` entry of the summary."""
    owed = [(name, frame) for (name, _), frame in log.frames.items() if _is_owed(frame)]
    split = [parts_ns(frame) for _, frame in owed]
    delivered = [parts for parts in split if parts is not None]
    undelivered = len(owed) - len(delivered)
    return {
        "event_to_capture": _event_to_capture(log),
        "capture_to_alert": _percentiles((sum(parts.values()) for parts in delivered), undelivered),
        **{part: _percentiles((parts[part] for parts in delivered), undelivered) for part in PARTS},
        **_against_oracle(Oracle(log.contacts), owed, split),
    }


def _event_to_capture(log: FlightLog) -> Percentiles:
    """An event is known by its onset, to the nanosecond."""
    captured_ns: dict[int, int] = {}
    for frame in log.frames.values():
        for target in frame.exposure.targets or ():
            if target.onset_ns is not None:
                first_ns = captured_ns.get(target.onset_ns, frame.exposed_ns)
                captured_ns[target.onset_ns] = min(first_ns, frame.exposed_ns)
    if not captured_ns:
        return {**_percentiles((), 0), "reason": NO_ONSET}
    earlier = sum(onset_ns < 0 for onset_ns in captured_ns)
    told = f"of {len(captured_ns)} events that a frame shows, {earlier} had begun before the run"
    return {**_percentiles((first - onset for onset, first in captured_ns.items()), 0), "reason": told}


def _is_owed(frame: FrameLog) -> bool:
    """Whether something of a frame is to be delivered: its result, or one it should have had."""
    if frame.product_id is not None:
        return frame.product_id >= 0
    return bool(frame.exposure.targets)


def _against_oracle(
    oracle: Oracle, owed: list[tuple[str, FrameLog]], split: list[dict[str, int] | None]
) -> dict[str, Percentiles]:
    """What an oracle takes from exposure to archive with the same jobs, and what the run took beyond that.

    The excess is of those that an oracle delivers: nobody is late for a contact that the plan does not have.
    """
    bounds_ns: list[int] = []
    excess_ns: list[int] = []
    for (satellite, frame), parts in zip(owed, split, strict=True):
        ended_ns = frame.result.job_ended_ns if frame.result else None
        first_ns = None if ended_ns is None else oracle.delivery_ns(satellite, ended_ns)
        if first_ns is not None:
            bounds_ns.append(first_ns - frame.exposed_ns)
            if parts is not None:
                excess_ns.append(sum(parts.values()) - bounds_ns[-1])
    return {
        "oracle": _percentiles(bounds_ns, len(owed) - len(bounds_ns)),
        "excess_over_oracle": _percentiles(excess_ns, len(bounds_ns) - len(excess_ns)),
    }


def _percentiles(delivered_ns: Iterable[int], undelivered: int) -> Percentiles:
    ordered = sorted(delivered_ns)
    n = len(ordered) + undelivered
    p50, p90, p99 = (_at(ordered, max(math.ceil(n * percent / 100), 1)) for percent in (50, 90, 99))
    return {"n": n, "undelivered": undelivered, "p50": p50, "p90": p90, "p99": p99}


def _at(ordered_ns: list[int], rank: int) -> float | None:
    return ordered_ns[rank - 1] / NS_PER_S if rank <= len(ordered_ns) else None
