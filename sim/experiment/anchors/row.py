"""One published figure beside ours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`reference`, `ours` and `tolerance` in `unit`; `ok` where they agree within the tolerance.

    `is_floor` is for sources that only say 'more than': ours may exceed the reference, not fall short of it;
    `is_ceiling` the other way round. `assumed` tells what of ours no source publishes, and `beside` what was found with
    the figure, without which it would mean little.
    """

    name: str
    reference: float
    ours: float
    tolerance: float
    unit: str
    source: str
    is_floor: bool = False
    is_ceiling: bool = False
    assumed: str = ""
    beside: str = ""

    @property
    def ok(self) -> bool:
        """Whether ours agrees."""
        above = self.ours - self.reference
        return (0.0 if self.is_floor else -self.tolerance) <= above <= (0.0 if self.is_ceiling else self.tolerance)


def within(share: float, reference: float) -> float:
    """A tolerance that is a share of the reference."""
    return share * abs(reference)
