"""The archive: what reached the ground, in SQLite, each product exactly once."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from onboard.comms.packets import ProductKind
from onboard.errors import MachineError

SCHEMA_VERSION = 1
SAMPLES_A_COMMIT = 60

_SCHEMA = f"""
CREATE TABLE product (
    spacecraft TEXT NOT NULL,
    product_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    frame_id INTEGER NOT NULL,
    archived_ns INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (spacecraft, product_id)
) STRICT;
CREATE TABLE housekeeping (
    spacecraft TEXT NOT NULL,
    met_ns INTEGER NOT NULL,
    received_ns INTEGER NOT NULL,
    state_of_charge REAL NOT NULL,
    computer_temperature_k REAL NOT NULL,
    mode INTEGER NOT NULL,
    sunlit INTEGER NOT NULL,
    frames_waiting INTEGER NOT NULL,
    outbox_products INTEGER NOT NULL,
    outbox_bytes INTEGER NOT NULL,
    PRIMARY KEY (spacecraft, met_ns)
) STRICT;
PRAGMA user_version = {SCHEMA_VERSION};
"""


@dataclass(frozen=True, slots=True)
class ArchivedProduct:
    """A row of the product table."""

    spacecraft: str
    product_id: int
    kind: ProductKind
    frame_id: int
    archived_ns: int
    payload: bytes


class Archive:
    """Writes are durable when `commit` returns: write-ahead log, synchronised in full.

    Housekeeping is committed by the minute: losing some of it loses nothing that was acknowledged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._uncommitted_samples = 0
        try:
            self._db = sqlite3.connect(path)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise MachineError(f"archive {path}: {error}") from error

    def known_ids(self, spacecraft: str) -> list[int]:
        """Identifiers of a spacecraft's archived products, ascending."""
        rows = self._db.execute(
            "SELECT product_id FROM product WHERE spacecraft = ? ORDER BY product_id", (spacecraft,)
        )
        return [row[0] for row in rows]

    def add_product(self, product: ArchivedProduct) -> None:
        """Store a product; a second one of the same identifier is our own mistake."""
        self._execute(
            "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?)",
            (
                product.spacecraft,
                product.product_id,
                product.kind.name.lower(),
                product.frame_id,
                product.archived_ns,
                product.payload,
            ),
        )

    def add_housekeeping(self, spacecraft: str, received_ns: int, row: tuple[float, ...]) -> None:
        """Store a sample of real-time housekeeping: `met_ns`, then the values in the table's order."""
        self._uncommitted_samples += 1
        met_ns, *values = row
        self._execute(
            f"INSERT OR IGNORE INTO housekeeping VALUES (?, ?, ?{', ?' * len(values)})",
            (spacecraft, met_ns, received_ns, *values),
        )
        if self._uncommitted_samples >= SAMPLES_A_COMMIT:
            self.commit()

    def commit(self) -> None:
        """Make everything so far durable."""
        self._uncommitted_samples = 0
        try:
            self._db.commit()
        except sqlite3.Error as error:
            raise MachineError(f"archive {self._path}: {error}") from error

    def products(self, kind: ProductKind | None = None) -> Iterator[ArchivedProduct]:
        """Products by spacecraft and identifier."""
        wanted = "" if kind is None else "WHERE kind = ?"
        rows = self._db.execute(
            f"SELECT * FROM product {wanted} ORDER BY spacecraft, product_id",
            () if kind is None else (kind.name.lower(),),
        )
        for spacecraft, product_id, kind_name, frame_id, archived_ns, payload in rows:
            yield ArchivedProduct(
                spacecraft, product_id, ProductKind[kind_name.upper()], frame_id, archived_ns, payload
            )

    def close(self) -> None:
        """Make everything durable and let go of the file."""
        self.commit()
        self._db.close()

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.IntegrityError as error:
            raise AssertionError(f"archived twice: {values[:2]}") from error
        except sqlite3.Error as error:
            raise MachineError(f"archive {self._path}: {error}") from error
