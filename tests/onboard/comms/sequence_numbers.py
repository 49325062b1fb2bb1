"""Sequence numbers for a test's sealer."""


class Numbers:
    """Counts in memory."""

    def __init__(self, upcoming: int = 0) -> None:
        self.upcoming = upcoming

    def next(self, count: int = 1) -> int:
        """The first of `count` numbers."""
        self.upcoming += count
        return self.upcoming - count
