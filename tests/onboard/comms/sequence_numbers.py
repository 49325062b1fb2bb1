"""Sequence numbers for a test's sealer."""


class Numbers:
    """Counts in memory."""

    def __init__(self) -> None:
        self._next = 0

    def next(self, count: int = 1) -> int:
        """The first of `count` numbers."""
        first, self._next = self._next, self._next + count
        return first
