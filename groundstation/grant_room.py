"""The room of an uplink grant: packets laid whole and end to end into the data fields of TC transfer frames."""


class GrantRoom:
    """A grant of bytes, each frame of which costs `frame_overhead_bytes` and carries `most_data_bytes` at most."""

    def __init__(self, granted_bytes: int, frame_overhead_bytes: int, most_data_bytes: int) -> None:
        self.left_bytes = granted_bytes
        self._overhead = frame_overhead_bytes
        self._most = most_data_bytes
        self._fields: list[bytes] = []
        self.packets = 0

    @property
    def largest(self) -> int:
        """Bytes of the longest packet that still has room; not above 0 where none has."""
        in_last = min(self._most - len(self._fields[-1]), self.left_bytes) if self._fields else 0
        return max(in_last, min(self._most, self.left_bytes - self._overhead))

    @property
    def data_fields(self) -> tuple[bytes, ...]:
        """What the frames carry, in the order in which they are to be radiated."""
        return tuple(self._fields)

    def put(self, packet: bytes) -> bool:
        """Lay a packet behind the others; False where it has no room."""
        if len(packet) > self.largest:
            return False
        if self._fields and len(self._fields[-1]) + len(packet) <= self._most:
            self._fields[-1] += packet
        else:
            self._fields.append(packet)
            self.left_bytes -= self._overhead
        self.left_bytes -= len(packet)
        self.packets += 1
        return True
