"""Durable storage as a port: what flight software keeps across the death of its process.

Between two `sync` calls the writer sees its own writes and the medium none of them; a `sync` makes all of them
durable at once. The flight shell synchronises at the end of every advance, before its answers leave: nothing is
said to anyone that a reboot could take back.
"""

from typing import Protocol


class Store(Protocol):
    """Values under keys of printable ASCII. A failing medium raises MachineError."""

    def get(self, key: str) -> bytes | None:
        """The value last put, synchronised or not."""

    def put(self, key: str, value: bytes) -> None:
        """Write or overwrite a value."""

    def delete(self, key: str) -> None:
        """Forget a value, if there is one."""

    def items(self, prefix: str) -> list[tuple[str, bytes]]:
        """Keys that begin with the prefix and their values, by key."""

    def sync(self) -> None:
        """Make all writes so far durable, all or none. Costs nothing where nothing was written."""


class MemoryStore:
    """Storage for a process that never dies."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """The value last put."""
        return self._values.get(key)

    def put(self, key: str, value: bytes) -> None:
        """Write or overwrite a value."""
        self._values[key] = value

    def delete(self, key: str) -> None:
        """Forget a value, if there is one."""
        self._values.pop(key, None)

    def items(self, prefix: str) -> list[tuple[str, bytes]]:
        """Keys that begin with the prefix and their values, by key."""
        return sorted(item for item in self._values.items() if item[0].startswith(prefix))

    def sync(self) -> None:
        """Nothing outlives this process."""
