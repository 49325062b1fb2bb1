"""What the pass plan on board promises: how much can be sent until when, and when somebody next listens.

The plan is the ground's forecast: contacts in any order, those of two stations perhaps at once, and as far ahead as
the ground has told. Both functions are pure; a pass that carries nothing down (rate 0) is no contact to them.
"""

from collections.abc import Iterable

from onboard.comms.telecommands import PlannedPass
from onboard.mission_time import NEVER_NS, NS_PER_S


def sendable_bytes(passes: Iterable[PlannedPass], now_ns: int, until_ns: int) -> int:
    """Bytes, frames' headers included, that the planned passes carry between two instants, rounded down.

    A spacecraft talks to one station at a time: of passes that overlap only the fastest counts, instant by instant.
    """
    changes: list[tuple[int, int]] = []
    for one in passes:
        start_ns, end_ns = max(one.aos_ns, now_ns), min(one.los_ns, until_ns)
        if start_ns < end_ns:
            changes += (start_ns, one.rate_bps), (end_ns, -one.rate_bps)
    bit_ns, last_ns = 0, now_ns
    rates_bps = [0]
    for at_ns, change_bps in sorted(changes):
        bit_ns += max(rates_bps) * (at_ns - last_ns)
        last_ns = at_ns
        if change_bps > 0:
            rates_bps.append(change_bps)
        elif change_bps < 0:
            rates_bps.remove(-change_bps)
    return bit_ns // (8 * NS_PER_S)


def next_contact_ns(passes: Iterable[PlannedPass], now_ns: int) -> int:
    """The next planned instant at which something can be sent: the present in a pass, NEVER_NS after the last."""
    starts_ns = (max(one.aos_ns, now_ns) for one in passes if one.rate_bps and max(one.aos_ns, now_ns) < one.los_ns)
    return min(starts_ns, default=NEVER_NS)
