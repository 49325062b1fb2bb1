"""Gaps in the numbers of a spacecraft's products: what was acknowledged, and never came into the archive.

Numbers are given one after another and never twice. When a spacecraft says that it holds no product any more, each up
to the highest known is in the archive, or was reported as given up, or was acknowledged by mistake.
"""

from collections.abc import Iterable

from onboard.comms.packets import FIRST_PRODUCT_ID
from onboard.comms.reports import RangeSet

MAX_TOLD = 1024
"""Gaps told at a time: whoever forges numbers on a clear link makes no more of them."""


class ProductGaps:
    """One spacecraft's numbers, by what became of them."""

    def __init__(self, archived: Iterable[int] = (), lost: Iterable[int] = ()) -> None:
        self._accounted = RangeSet()
        self._highest = 0
        self._n_lost = 0
        for product_id in archived:
            self.archived(product_id)
        for product_id in lost:
            self.lost(product_id)

    def archived(self, product_id: int) -> None:
        """It is in the archive."""
        self.heard(product_id)
        self._accounted.add(product_id, product_id + 1)

    def lost(self, product_id: int) -> None:
        """Its spacecraft gave it up, and said so."""
        if product_id not in self._accounted:
            self._n_lost += 1
            self.archived(product_id)

    def heard(self, product_id: int) -> None:
        """It was made."""
        self._highest = max(self._highest, product_id)

    def missing(self, held: int, given_up: int) -> tuple[int, ...]:
        """Numbers that nobody accounts for, each once, where a spacecraft holds none and has given up so many.

        Reports that were given up are in that count, and are told by nobody: so many gaps are theirs.
        """
        first, end = FIRST_PRODUCT_ID, self._highest + 1
        if held or end <= first or self._accounted.within(first, end) == [(first, end)]:
            return ()
        gaps = RangeSet([(first, end)])
        for start, stop in self._accounted.within(first, end):
            gaps.remove(start, stop)
        if gaps.size <= given_up - self._n_lost:
            return ()
        found = tuple(number for start, stop in gaps for number in range(start, min(stop, start + MAX_TOLD)))[:MAX_TOLD]
        for number in found:
            self._accounted.add(number, number + 1)
        return found
