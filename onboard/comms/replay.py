"""Protection against replay: every sequence number is accepted once, in any order within a window.

CCSDS 355.0-B has the receiver compare a frame's number with those it accepted before. Frames of several stations
arrive out of order, so the window here reaches back, as in IPsec (RFC 6479): a ring of bits, cleared as the window
moves into them, of constant size and cost.
"""

DEFAULT_WINDOW = 2**20
"""Numbers below the highest that may still come: 128 KiB of memory, ten seconds of 1,115 byte frames at 900 Mbit/s."""


class ReplayWindow:
    """Numbers accepted so far. Those through `highest` given at the start are taken as accepted."""

    def __init__(self, size: int = DEFAULT_WINDOW, highest: int = -1) -> None:
        assert size > 0
        self.size = size
        self.highest = highest
        self._n_blocks = -(-size // 8) + 1
        self._bits = bytearray(b"\xff") * self._n_blocks
        self._bits[self._at(highest)] = (2 << (highest & 7)) - 1

    def is_new(self, number: int) -> bool:
        """Whether a number is in or above the window, and was not accepted."""
        below = self.highest - number
        if below < 0:
            return True
        return below < self.size and not self._bits[self._at(number)] >> (number & 7) & 1

    def add(self, number: int) -> None:
        """Accept a number in or above the window."""
        if number > self.highest:
            self._move(number)
        self._bits[(number >> 3) % self._n_blocks] |= 1 << (number & 7)

    def add_run(self, first: int, count: int) -> None:
        """Accept `count` numbers from `first` on, wherever they are; those below the window change nothing."""
        last = first + count - 1
        if last > self.highest:
            self._move(last)
        first = max(first, self.highest - self.size + 1, 0)
        while first <= last and (first & 7 or last - first < 7):
            self.add(first)
            first += 1
        n_whole = (last + 1 - first) // 8
        if n_whole > 0:
            self._fill(first >> 3, n_whole, 0xFF)
            self.add_run(first + 8 * n_whole, last + 1 - first - 8 * n_whole)

    def _at(self, number: int) -> int:
        return (number >> 3) % self._n_blocks

    def _move(self, highest: int) -> None:
        entered = (highest >> 3) - (self.highest >> 3)
        if entered:
            n_cleared = min(entered, self._n_blocks)
            self._fill((highest >> 3) - n_cleared + 1, n_cleared, 0)
        self.highest = highest

    def _fill(self, block: int, count: int, octet: int) -> None:
        """Set `count` octets of the ring, at most all of them, from a block of eight numbers on."""
        start = block % self._n_blocks
        before_end = min(count, self._n_blocks - start)
        self._bits[start : start + before_end] = bytes([octet]) * before_end
        self._bits[: count - before_end] = bytes([octet]) * (count - before_end)
