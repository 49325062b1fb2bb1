"""When weights in memory are held against their hash, and what that takes."""

from onboard.commands import ProcessingStep, Purpose, StartJob
from onboard.config import SpacecraftConfig
from onboard.mission_time import NEVER_NS

HASH_MACS_PER_BYTE = 20.0
"""SHA-256 takes 64 rounds of some twenty operations a block of 64 bytes (FIPS 180-4); an operation counts as one."""


class Scrubbing:
    """A check is due every `scrub_ns`; one that may not begin waits, and none is made up for."""

    def __init__(self, config: SpacecraftConfig) -> None:
        self._period_ns = config.safeguards.scrub_ns
        self._step = ProcessingStep("scrubbing", round(config.safeguards.weight_bytes * HASH_MACS_PER_BYTE))
        self._is_due = False
        self.next_ns = 0 if self._period_ns else NEVER_NS

    def due(self, now_ns: int) -> ProcessingStep | None:
        """The work of a check that is due, if one is."""
        if self._period_ns and now_ns >= self.next_ns:
            self._is_due = self.next_ns > 0  # what was just loaded needs none
            self.next_ns = now_ns + self._period_ns
        return self._step if self._is_due else None

    def due_after(self, order: StartJob) -> ProcessingStep | None:
        """As `due`, when a job has begun: it may be the check."""
        self._is_due = self._is_due and order.purpose is not Purpose.SCRUB
        return self._step if self._is_due else None
