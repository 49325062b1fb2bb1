"""The computer of a ground participant dies and boots: what waits, what passes by, what is told anew."""

from groundstation.host import Host
from groundstation.messages import ArchiveSampled, CommandsOrdered, FramesForwarded, FrontEndSampled, HostKilled
from onboard.mission_time import NEVER_NS

FRAMES = FramesForwarded("Svalbard", "ember-1", ())
ORDER = CommandsOrdered("ember-1", ())


class Participant:
    """Remembers what it heard."""

    def __init__(self) -> None:
        self.deadline_ns = NEVER_NS
        self.heard: list[object] = []
        self.end = ""

    def advance(self, _now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        self.heard += inbox
        return ()

    def crash(self) -> None:
        self.end = "crashed"

    def close(self) -> None:
        self.end = "closed"


def test_a_life_a_death_and_another_life() -> None:
    lives: list[Participant] = []

    def build() -> Participant:
        lives.append(Participant())
        return lives[-1]

    host = Host(build)
    states = (ArchiveSampled(True), FrontEndSampled("Svalbard", True), FrontEndSampled("Troll", True))
    host.advance(1, (FRAMES, *states, ArchiveSampled(False)))
    host.advance(10, (HostKilled(5), FRAMES, ORDER))
    assert lives[0].heard == [FRAMES, *states, ArchiveSampled(False)]
    assert (lives[0].end, len(lives), host.deadline_ns) == ("crashed", 1, 15)
    host.advance(12, (FRAMES,))
    host.advance(13, (HostKilled(1),))
    assert host.deadline_ns == 15, "a second death does not make it boot sooner"
    host.advance(15, ())
    assert lives[1].heard == [ArchiveSampled(False), *states[1:], ORDER]
    assert host.deadline_ns == NEVER_NS
    host.close()
    assert lives[1].end == "closed"
