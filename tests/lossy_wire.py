"""One direction of a link that loses, repeats, delays, reorders and damages what it carries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from onboard.comms.runs import FrameRun

Message = TypeVar("Message")


@dataclass
class Wire:
    """Chances by message; of a run each frame is lost by its own. A late message comes with a later batch."""

    random: Random
    loss: float = 0.0
    repeat: float = 0.0
    delay: float = 0.0
    damage: float = 0.0
    late: list[Any] = field(default_factory=list)

    def carry(self, messages: Iterable[Message]) -> list[Message]:
        """What arrives of a batch, and of those before."""
        arriving, self.late = self.late, []
        for message in messages:
            for _ in range(1 + (self.random.random() < self.repeat)):
                if (kept := self._kept(message)) is not None:
                    (self.late if self.random.random() < self.delay else arriving).append(kept)
        if self.delay:
            self.random.shuffle(arriving)
        return arriving

    def clean(self) -> None:
        """From now on nothing happens to messages."""
        self.loss = self.repeat = self.delay = self.damage = 0.0

    def _kept(self, message: Any) -> Any:
        if isinstance(message, FrameRun):
            lost = tuple((n, n + 1) for n in range(message.frames) if self.random.random() < self.loss)
            return message.without(lost) if len(lost) < message.frames else None
        return None if self.random.random() < self.loss else self._damaged(message)

    def _damaged(self, message: bytes) -> bytes:
        """One to three wrong bits, which a CRC-16 sees in frames of this length, or none."""
        if self.random.random() >= self.damage:
            return message
        flipped = int.from_bytes(message, "big")
        for bit in self.random.sample(range(8 * len(message)), self.random.randint(1, 3)):
            flipped ^= 1 << bit
        return flipped.to_bytes(len(message), "big")
