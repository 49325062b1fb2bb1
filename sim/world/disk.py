"""A spacecraft's disk as the emulated world has it: a power cut or a dying process loses what was not synchronised."""


class SimulatedDisk:
    """Implements `onboard.storage.Store`; what was synchronised outlives the flight software that wrote it."""

    def __init__(self) -> None:
        self.syncs = 0
        self._durable: dict[str, bytes] = {}
        self._unsynced: dict[str, bytes | None] = {}

    def get(self, key: str) -> bytes | None:
        """The value last put, synchronised or not."""
        return self._unsynced[key] if key in self._unsynced else self._durable.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Write or overwrite a value."""
        self._unsynced[key] = value

    def delete(self, key: str) -> None:
        """Forget a value, if there is one."""
        self._unsynced[key] = None

    def items(self, prefix: str) -> list[tuple[str, bytes]]:
        """Keys that begin with the prefix and their values, by key."""
        visible = self._durable | self._unsynced
        return [(key, value) for key, value in sorted(visible.items()) if value is not None and key.startswith(prefix)]

    def sync(self) -> None:
        """Make all writes so far durable."""
        if not self._unsynced:
            return
        for key, value in self._unsynced.items():
            if value is None:
                self._durable.pop(key, None)
            else:
                self._durable[key] = value
        self._unsynced.clear()
        self.syncs += 1

    def crash(self) -> None:
        """Lose what was not synchronised."""
        self._unsynced.clear()
