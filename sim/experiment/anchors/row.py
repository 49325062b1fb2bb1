"""One published figure beside ours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`reference`, `ours` and `tolerance` in `unit`; `ok` where they agree within the tolerance.

    `is_floor` is for sources that only say 'more than': ours may exceed the reference, not fall short of it.
    """

    name: str
    reference: float
    ours: float
    tolerance: float
    unit: str
    source: str
    is_floor: bool = False

    @property
    def ok(self) -> bool:
        """Whether ours agrees."""
        above = self.ours - self.reference
        return (0.0 if self.is_floor else -self.tolerance) <= above <= self.tolerance


def within(share: float, reference: float) -> float:
    """A tolerance that is a share of the reference."""
    return share * abs(reference)
