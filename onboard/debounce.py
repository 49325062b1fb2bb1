"""Limit checking with repetition and hysteresis: what is seen once may be noise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Debounce:
    """`beyond` and `clear` count readings in a row, those between the two limits belong to neither."""

    is_raised: bool = False
    beyond: int = 0
    clear: int = 0

    def after(self, *, is_beyond: bool, is_clear: bool, raise_after: int, clear_after: int) -> "Debounce":
        """The state after a reading: raised by so many beyond the limit, lowered by so many that are clear."""
        assert not (is_beyond and is_clear)
        beyond = self.beyond + 1 if is_beyond else 0
        clear = self.clear + 1 if is_clear else 0
        return Debounce(beyond >= raise_after or (self.is_raised and clear < clear_after), beyond, clear)
