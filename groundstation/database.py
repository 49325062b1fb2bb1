"""The archive's file: opened, brought to this version, and every error of it said in one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from groundstation.migrations import SCHEMA_VERSION, migrate, version_of
from onboard.errors import InputError, MachineError

MAX_INTEGER = 2**63 - 1
"""SQLite's largest; counters of 64 bits from a spacecraft saturate at it."""


class Database:
    """One connection. Writes are durable when `commit` returns: write-ahead log, synchronised in full."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        with self._told():
            self._db = _opened_to_read(path) if read_only else _opened(path)
        with self._told():
            try:
                self._prepare(read_only)
            except BaseException:
                self._db.close()
                raise

    def execute(self, statement: str, *values: object) -> int:
        """Change rows; how many. A second row under a key is our own mistake."""
        with self._told():
            try:
                return self._db.execute(statement, values).rowcount
            except sqlite3.IntegrityError as error:
                raise AssertionError(f"archived twice: {values[:2]}") from error

    def insert(self, statement: str, *values: object) -> int:
        """Add a row; its number."""
        with self._told():
            number = self._db.execute(statement, values).lastrowid
        assert number is not None
        return number

    def rows(self, question: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Rows one by one."""
        with self._told():
            yield from self._db.execute(question, values)

    def row(self, question: str, *values: object) -> tuple[Any, ...] | None:
        """The first row, if there is one."""
        with self._told():
            found: tuple[Any, ...] | None = self._db.execute(question, values).fetchone()
        return found

    def commit(self) -> None:
        """Make everything so far durable; nothing written costs nothing."""
        with self._told():
            self._db.commit()

    def roll_back(self) -> None:
        """Forget what is not committed."""
        with self._told():
            self._db.rollback()

    def close(self) -> None:
        """Let go of the file; what is not committed is lost."""
        self._db.close()

    def _prepare(self, read_only: bool) -> None:
        version = self._version(read_only)
        if version > SCHEMA_VERSION:
            raise InputError(self._path, f"is an archive of version {version}; this skysift knows {SCHEMA_VERSION}")
        if read_only and version < SCHEMA_VERSION:
            # An old run's file stays as it is: what it lacks is added to a copy, a temporary file of SQLite's.
            copy = sqlite3.connect("")
            self._db.backup(copy)
            self._db.close()
            self._db = copy
        if not read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
        migrate(self._db)

    def _version(self, read_only: bool) -> int:
        """Steps that the file has taken. To read one that has taken none is to have named the wrong file."""
        try:
            version = version_of(self._db)
        except sqlite3.Error as error:
            if not read_only or error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
                raise
            version = 0
        if read_only and not version:
            raise InputError(self._path, "is no archive of a mission centre")
        return version

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise MachineError(f"archive {self._path}: {error}") from error


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path)


def _opened_to_read(path: Path) -> sqlite3.Connection:
    # A closed archive has no log beside it. To read it as immutable leaves no files there either, and needs no
    # permission to make any.
    has_log = path.with_name(f"{path.name}-wal").exists()
    return sqlite3.connect(f"{path.absolute().as_uri()}?{'mode=ro' if has_log else 'immutable=1'}", uri=True)
