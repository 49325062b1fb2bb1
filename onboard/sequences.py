"""Numbers that are never used twice, whatever dies when."""

from onboard.storage import Store

_STORED_BYTES = 16


class DurableCounter:
    """Counts up from 0. Numbers are used only from a block whose end is durable; a reboot goes on after that end.

    A reservation synchronises the store, with whatever an unfinished advance has written so far. `refill` between
    advances keeps that from happening within one.
    """

    def __init__(self, store: Store, key: str, block: int = 65_536) -> None:
        assert block > 0
        self._store, self._key, self._block = store, key, block
        self._next = self._end = int.from_bytes(store.get(key) or b"", "big")

    def next(self, count: int = 1) -> int:
        """Use up this many numbers; the first of them."""
        assert count > 0
        if self._next + count > self._end:
            self._reserve(count)
        self._next += count
        return self._next - count

    def refill(self) -> None:
        """Reserve a block ahead where less than half of one is left."""
        if self._end - self._next < (self._block + 1) // 2:
            self._reserve(self._block)

    def _reserve(self, count: int) -> None:
        end = self._next + max(count, self._block)
        self._store.put(self._key, end.to_bytes(_STORED_BYTES, "big"))
        self._store.sync()
        self._end = end
