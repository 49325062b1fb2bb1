"""Telecommands on board: taken in, executed in order, each exactly once, and answered for.

What a telecommand changes is the caller's: its effect is a write to the store that the mark of its execution is in,
and what follows outside is derived from the store at every boot.
"""

from collections.abc import Callable

from onboard.answers import Answers, Outcome, Progress
from onboard.commands import CommandTaken
from onboard.comms.command_receiver import Acceptance, CommandReceiver
from onboard.comms.event_reports import CommandAccepted, Reason
from onboard.comms.security import Opener
from onboard.comms.tc_frames import parse_tc_frame
from onboard.comms.telecommand_catalogue import decode, entry_of
from onboard.comms.telecommand_packets import CommandPacket, parse_packets
from onboard.comms.telecommands import Telecommand
from onboard.storage import Store

Effect = Callable[[int, int, Telecommand], Outcome]
"""Gives a telecommand its effect, at an instant, under its number."""


class Commanding:
    """The spacecraft's end of the telecommand link. `is_restarting` once a reset was executed: nothing after it is."""

    def __init__(self, spacecraft_id: int, store: Store, opener: Opener | None, answers: Answers) -> None:
        self._spacecraft_id = spacecraft_id
        self._opener = opener
        self._answers = answers
        self._receiver = CommandReceiver(store)
        self.is_restarting = False
        self.has_heard = False
        """Whether the last frame came from the ground, whatever became of it."""

    @property
    def accepted(self) -> int:
        """The last telecommand up to which all were accepted."""
        return self._receiver.accepted

    @property
    def window(self) -> int:
        """Those accepted beyond it, as a mask."""
        return self._receiver.window

    def take(self, now_ns: int, frame: bytes) -> tuple[bytes, ...]:
        """Accept the telecommands in a TC frame; returns the ground's reports in it."""
        data = parse_tc_frame(frame, self._spacecraft_id, self._opener)
        self.has_heard = data is not None
        reports: list[bytes] = []
        for packet in parse_packets(data or b""):
            if isinstance(packet, CommandPacket):
                self._accept(now_ns, packet)
            else:
                reports.append(packet.data)
        return tuple(reports)

    def execute(self, now_ns: int, effect: Effect) -> None:
        """Execute what has its turn; to be called at boot, too."""
        if not self.is_restarting:
            self.is_restarting = self._receiver.execute(
                lambda sequence, command: self._execute(now_ns, sequence, command, effect)
            )

    def _accept(self, now_ns: int, packet: CommandPacket) -> None:
        outcome = self._receiver.receive(packet.sequence, packet.data)
        self._answers.say(CommandTaken(packet.sequence, outcome.value))
        command = decode(packet.data)
        if outcome is Acceptance.ACCEPTED and command is not None and entry_of(command).is_reported:
            self._answers.report(CommandAccepted(now_ns, packet.sequence))

    def _execute(self, now_ns: int, sequence: int, command: Telecommand | None, effect: Effect) -> None:
        if command is None:
            self._answers.refuse_command(now_ns, sequence, "unknown", Reason.UNKNOWN_COMMAND)
            return
        outcome, entry = effect(now_ns, sequence, command), entry_of(command)
        if isinstance(outcome, Reason):
            self._answers.refuse_command(now_ns, sequence, entry.word, outcome)
        elif outcome is Progress.DONE:
            self._answers.end_command(now_ns, sequence, entry.word, is_reported=entry.is_reported)
