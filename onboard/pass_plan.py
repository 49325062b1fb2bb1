"""The pass plan on board, as it comes from the ground in pieces."""

from onboard.answers import Outcome, Progress
from onboard.comms.event_reports import Reason
from onboard.comms.telecommands import PlannedPass
from onboard.mission_time import NEVER_NS
from onboard.settings import DurableSettings

MAX_PASSES = 256


def plan_passes(now_ns: int, settings: DurableSettings, passes: tuple[PlannedPass, ...]) -> Outcome:
    """From the first of these on, these are the passes; what was planned before it stays until it is over."""
    first_ns = min((one.aos_ns for one in passes), default=NEVER_NS)
    kept = tuple(one for one in settings.now.passes if now_ns < one.los_ns and one.aos_ns < first_ns)
    if len(kept) + len(passes) > MAX_PASSES:
        return Reason.NO_ROOM
    settings.change(passes=kept + passes)
    return Progress.DONE
