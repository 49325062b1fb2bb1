"""Durable storage in one SQLite file: write-ahead log, synchronised in full."""

import sqlite3
from pathlib import Path
from typing import Any

from onboard.errors import MachineError

_APPLICATION_ID = 0x736B7966
"""The letters `skyf`, where SQLite keeps whose file it is."""
_FORMAT = 1
_SCHEMA = f"""
BEGIN;
CREATE TABLE item (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_FORMAT};
COMMIT;
"""
_LOCK_WAIT_S = 1.0
"""A predecessor that was killed may still be letting go of the file."""
_MAX_LOG_BYTES = 16 * 2**20
"""The log keeps the size of the largest transaction it held: after an image it is cut back to this."""


class SqliteStore:
    """Implements `onboard.storage.Store`. One process at a time may have the file open.

    A full disk, a damaged file or one of something else raises MachineError with the path, in one line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = sqlite3.connect(path, timeout=_LOCK_WAIT_S)
        except sqlite3.Error as error:
            raise self._failure(error) from error
        try:
            self._open()
        except sqlite3.Error as error:
            self._db.close()
            raise self._failure(error) from error

    def get(self, key: str) -> bytes | None:
        """The value last put, synchronised or not."""
        for (value,) in self._execute("SELECT value FROM item WHERE key = ?", key):
            return bytes(value)
        return None

    def put(self, key: str, value: bytes) -> None:
        """Write or overwrite a value."""
        self._execute("INSERT INTO item VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value)

    def delete(self, key: str) -> None:
        """Forget a value, if there is one."""
        self._execute("DELETE FROM item WHERE key = ?", key)

    def items(self, prefix: str) -> list[tuple[str, bytes]]:
        """Keys that begin with the prefix and their values, by key."""
        # No printable ASCII comes after a delete character, so that the index finds the range.
        found = self._execute(
            "SELECT key, value FROM item WHERE key >= ? AND key < ? ORDER BY key", prefix, prefix + "\x7f"
        )
        return [(key, value) for key, value in found]

    def sync(self) -> None:
        """Make all writes so far durable, all or none."""
        if not self._db.in_transaction:
            return
        try:
            self._db.commit()
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Let go of the file. What was not synchronised is lost, as in a crash."""
        self._db.close()

    def _open(self) -> None:
        # Exclusive: two spacecraft on one file would lose updates; and a sync has no locks to take.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        owner, version, n_tables = (
            self._db.execute(question).fetchone()[0]
            for question in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema")
        )
        is_new = (owner, version, n_tables) == (0, 0, 0)
        if not is_new and (owner, version) != (_APPLICATION_ID, _FORMAT):
            raise sqlite3.DatabaseError("not a spacecraft's storage of this version, but a database of something else")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(f"PRAGMA journal_size_limit = {_MAX_LOG_BYTES}")
        if is_new:
            self._db.executescript(_SCHEMA)

    def _execute(self, statement: str, *values: str | bytes) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def _failure(self, error: sqlite3.Error) -> MachineError:
        return MachineError(f"storage {self._path}: {error}")
