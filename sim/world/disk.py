"""A spacecraft's disk as the emulated world has it: a power cut or a dying process loses what was not synchronised."""

from onboard.mission_time import NS_PER_S


class SimulatedDisk:
    """Implements `onboard.storage.Store`; what was synchronised outlives the flight software that wrote it.

    `busy_ns` is the virtual time that synchronising has taken so far: `sync_latency_ns` each time that there was
    something to write, and the time of its bytes at `write_rate_bytes_per_s` (0: as fast as thought).
    """

    def __init__(self, sync_latency_ns: int = 0, write_rate_bytes_per_s: int = 0) -> None:
        self.busy_ns = 0
        self.syncs = 0
        self.written_bytes = 0
        self._sync_latency_ns = sync_latency_ns
        self._write_rate_bytes_per_s = write_rate_bytes_per_s
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
        n_bytes = 0
        for key, value in self._unsynced.items():
            if value is None:
                self._durable.pop(key, None)
            else:
                self._durable[key] = value
                n_bytes += len(key) + len(value)
        self._unsynced.clear()
        self.syncs += 1
        self.written_bytes += n_bytes
        self.busy_ns += self._sync_latency_ns
        if self._write_rate_bytes_per_s:
            self.busy_ns += n_bytes * NS_PER_S // self._write_rate_bytes_per_s

    def crash(self) -> None:
        """Lose what was not synchronised."""
        self._unsynced.clear()
