"""Exposures that telecommands ordered, each at its instant.

An exposure is struck from the stored list in the advance that orders it, so that no death has it taken twice. One whose
instant passes while the flight computer is down is missed, and its telecommand fails when the last is over.
"""

from dataclasses import replace

from onboard.answers import Answers, Outcome, Progress
from onboard.commands import Expose
from onboard.comms.event_reports import Reason
from onboard.comms.telecommands import CaptureAt
from onboard.mission_time import NEVER_NS
from onboard.settings import CaptureOrder, DurableSettings

MAX_ORDERS = 64
"""At a time: each may hold as many instants as a telecommand does."""


class Captures:
    """The orders are in the settings."""

    def __init__(self, settings: DurableSettings, answers: Answers) -> None:
        self._settings = settings
        self._answers = answers

    @property
    def next_ns(self) -> int:
        """When the next exposure is due."""
        return min((order.met_ns[0] for order in self._settings.now.captures), default=NEVER_NS)

    def order(self, now_ns: int, sequence: int, command: CaptureAt) -> Outcome:
        """Plan the exposures that a telecommand asks for."""
        orders = self._settings.now.captures
        if len(orders) >= MAX_ORDERS:
            return Reason.NO_ROOM
        instants = tuple(at_ns for at_ns in command.met_ns if at_ns >= now_ns)
        if not instants:
            return Reason.IN_THE_PAST
        new = CaptureOrder(instants, len(command.met_ns) - len(instants), sequence)
        self._settings.change(captures=(*orders, new))
        return Progress.UNDER_WAY

    def expose(self, now_ns: int) -> None:
        """Order the exposures that are due."""
        if self.next_ns > now_ns:
            return
        if any(now_ns in order.met_ns for order in self._settings.now.captures):
            self._answers.say(Expose())  # one frame serves all that asked for it
        left = [self._followed(now_ns, order) for order in self._settings.now.captures]
        self._settings.change(captures=tuple(order for order in left if order is not None))

    def _followed(self, now_ns: int, order: CaptureOrder) -> CaptureOrder | None:
        """What is left of an order after this instant."""
        missed = order.missed + sum(at_ns < now_ns for at_ns in order.met_ns)
        later = tuple(at_ns for at_ns in order.met_ns if at_ns > now_ns)
        if later:
            return replace(order, met_ns=later, missed=missed)
        if missed:
            detail = f"{missed} exposures missed"
            self._answers.end_command(now_ns, order.sequence, "capture_at", Reason.IN_THE_PAST, detail)
        else:
            self._answers.end_command(now_ns, order.sequence, "capture_at")
        return None
