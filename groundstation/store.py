"""Small durable values in the archive's own file, so that one commit covers them and the products."""

from groundstation.database import Database


class ArchiveStore:
    """Implements `onboard.storage.Store`; `sync` is the archive's commit."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: str) -> bytes | None:
        """The value last put, synchronised or not."""
        row = self._db.row("SELECT value FROM store WHERE key = ?", key)
        return None if row is None else row[0]

    def put(self, key: str, value: bytes) -> None:
        """Write or overwrite a value."""
        self._db.execute("INSERT INTO store VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value)

    def delete(self, key: str) -> None:
        """Forget a value, if there is one."""
        self._db.execute("DELETE FROM store WHERE key = ?", key)

    def items(self, prefix: str) -> list[tuple[str, bytes]]:
        """Keys that begin with the prefix and their values, by key."""
        # No printable ASCII comes after a delete character, so that the index finds the range.
        found = self._db.rows(
            "SELECT key, value FROM store WHERE key >= ? AND key < ? ORDER BY key", prefix, prefix + "\x7f"
        )
        return [(key, value) for key, value in found]

    def sync(self) -> None:
        """Make all writes so far durable, those of the archive's other tables included."""
        self._db.commit()
