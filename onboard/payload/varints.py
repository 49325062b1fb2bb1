"""Integers of variable length, and a reader of fields: the letters of which products are written.

A varint holds seven bits a byte, lowest first, the top bit set on all but the last (as in Protocol Buffers).
Signed integers are zigzag first: 0, -1, 1, -2 become 0, 1, 2, 3.
"""


def varints(*values: int) -> bytes:
    """Integers in 0..2**63 - 1 one after the other; ValueError for any other."""
    out = bytearray()
    for value in values:
        if not 0 <= value < 2**63:
            raise ValueError(f"{value} does not fit a varint")
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
    return bytes(out)


def zigzags(*values: int) -> bytes:
    """Signed integers one after the other."""
    return varints(*(2 * value if value >= 0 else -2 * value - 1 for value in values))


class Reader:
    """Takes fields from bytes in order; ValueError where they end early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, n_bytes: int) -> bytes:
        """The next bytes."""
        if n_bytes > len(self._data) - self._at:
            raise ValueError("the product ends early")
        self._at += n_bytes
        return self._data[self._at - n_bytes : self._at]

    @property
    def is_at_end(self) -> bool:
        """Whether every byte is taken."""
        return self._at == len(self._data)

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.take(len(self._data) - self._at)

    def varint(self) -> int:
        """The next integer, in its shortest form or longer."""
        value = 0
        for shift in range(0, 63, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("a varint beyond 63 bits")

    def zigzag(self) -> int:
        """The next signed integer."""
        half, is_negative = divmod(self.varint(), 2)
        return -half - 1 if is_negative else half

    def text(self) -> str:
        """The next ASCII text, behind its length."""
        return self.take(self.varint()).decode("ascii")
