"""What one advance of the flight computer leads to: answers for its shell, and event reports for the ground."""

from enum import Enum

from onboard.commands import CommandEnded
from onboard.comms.event_reports import CommandCompleted, CommandFailed, CommandRefused, EventReport, Reason, told


class Progress(Enum):
    """How far a telecommand has come that did not fail when it was executed."""

    DONE = "done"
    UNDER_WAY = "under way"


Outcome = Progress | Reason
"""Of executing a telecommand: a reason is why it cannot be."""


class Answers:
    """Collects both, each in the order in which it arose."""

    def __init__(self) -> None:
        self._said: list[object] = []
        self._reports: list[EventReport] = []

    def say(self, *answers: object) -> None:
        """Tell the shell."""
        self._said += answers

    def report(self, report: EventReport) -> None:
        """Tell the ground."""
        self._reports.append(report)

    def refuse_command(self, now_ns: int, sequence: int, word: str, reason: Reason) -> None:
        """Tell both why a telecommand cannot be executed."""
        self.say(CommandEnded(sequence, word, reason.value))
        self.report(CommandRefused(now_ns, sequence, reason))

    def end_command(
        self,
        now_ns: int,
        sequence: int,
        word: str,
        reason: Reason | None = None,
        detail: str = "",
        *,
        is_reported: bool = True,
    ) -> None:
        """Tell both that a telecommand has had its effect, or why it has failed, which is always reported."""
        if reason is not None:
            self.say(CommandEnded(sequence, word, detail))
            self.report(CommandFailed(now_ns, sequence, reason, told(detail)))
            return
        self.say(CommandEnded(sequence, word, ""))
        if is_reported:
            self.report(CommandCompleted(now_ns, sequence))

    def take_reports(self) -> list[EventReport]:
        """The reports so far, once."""
        reports, self._reports = self._reports, []
        return reports

    def take(self) -> tuple[object, ...]:
        """The answers so far, once."""
        said, self._said = tuple(self._said), []
        return said
