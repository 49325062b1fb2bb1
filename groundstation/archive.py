"""The archive: what reached the ground, in SQLite, each product exactly once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundstation.clock_correlation import offset_at
from groundstation.command_log import CommandLog
from groundstation.database import MAX_INTEGER, Database
from groundstation.store import ArchiveStore
from onboard.comms.packets import ProductKind

SAMPLES_A_COMMIT = 60
MAX_PACKET_STORE_BYTES = 64 * 2**20
HOUSEKEEPING_COLUMNS = (
    *("spacecraft", "met_ns", "received_ns", "state_of_charge", "computer_temperature_k", "mode", "sunlit"),
    *("frames_waiting", "outbox_products", "outbox_bytes"),
)


@dataclass(frozen=True, slots=True)
class ArchivedProduct:
    """A row of the product table; `clock_offset_ns`: by how much its spacecraft's clock was ahead, as was known."""

    spacecraft: str
    product_id: int
    kind: ProductKind
    frame_id: int
    archived_ns: int
    payload: bytes
    clock_offset_ns: int = 0


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """A product without its payload."""

    spacecraft: str
    product_id: int
    kind: ProductKind
    frame_id: int
    archived_ns: int
    payload_bytes: int


@dataclass(frozen=True, slots=True)
class ArchivedPacket:
    """A space packet as it was received, primary header first."""

    spacecraft: str
    received_ns: int
    packet: bytes


@dataclass(frozen=True, slots=True)
class LostProduct:
    """A product that a spacecraft told it gave up, and why."""

    spacecraft: str
    product_id: int
    reason: str
    told_ns: int


@dataclass(frozen=True, slots=True)
class FlownModel:
    """A model whose detections may come: lists name it by task and the hash's first four bytes."""

    task: str
    name: str
    sha256: str
    classes: tuple[str, ...]


class Archive:
    """Writes are durable when `commit` returns: write-ahead log, synchronised in full.

    Housekeeping is committed by the minute: losing some of it loses nothing that was acknowledged. `commands` and
    `store` are tables of the same file: one commit covers all. `read_only` opens a file of any version as if it
    were of this one, and leaves it as it is.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, max_packet_store_bytes: int = MAX_PACKET_STORE_BYTES
    ) -> None:
        self.database = Database(path, read_only=read_only)
        self.commands = CommandLog(self.database)
        self.store = ArchiveStore(self.database)
        self._max_packet_store_bytes = max_packet_store_bytes
        self._uncommitted_samples = 0
        self._packet_bytes = self._stored_packet_bytes()

    def known_ids(self, spacecraft: str) -> list[int]:
        """Identifiers of a spacecraft's archived products, ascending."""
        rows = self.database.rows("SELECT product_id FROM product WHERE spacecraft = ? ORDER BY product_id", spacecraft)
        return [row[0] for row in rows]

    def add_product(self, product: ArchivedProduct) -> None:
        """Store a product; a second one of the same identifier is our own mistake. What is here is not lost."""
        self.database.execute(
            "DELETE FROM lost_product WHERE spacecraft = ? AND product_id = ?", product.spacecraft, product.product_id
        )
        self.database.execute(
            "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?)",
            *(product.spacecraft, product.product_id, product.kind.name.lower(), min(product.frame_id, MAX_INTEGER)),
            *(product.archived_ns, product.payload),
        )

    def add_housekeeping(self, spacecraft: str, received_ns: int, row: tuple[float, ...], data: bytes = b"") -> None:
        """Store a sample of real-time housekeeping: `met_ns`, then the values in the table's order.

        `data` is the packet's data as it came, with fields that have no column.
        """
        self._uncommitted_samples += 1
        met_ns, *values = (min(value, MAX_INTEGER) for value in row)
        self.database.execute(
            f"INSERT OR IGNORE INTO housekeeping VALUES (?, ?, ?{', ?' * len(values)}, ?)",
            *(spacecraft, met_ns, received_ns, *values, data),
        )
        if self._uncommitted_samples >= SAMPLES_A_COMMIT:
            self.commit()

    def add_packet(self, spacecraft: str, received_ns: int, packet: bytes) -> None:
        """Keep a packet as it came. The oldest make room: all together take a bounded number of bytes."""
        self.database.execute(
            "INSERT INTO packet (spacecraft, received_ns, packet) VALUES (?, ?, ?)", spacecraft, received_ns, packet
        )
        self._packet_bytes += len(packet)
        while self._packet_bytes > self._max_packet_store_bytes:
            oldest = self.database.row("SELECT number, length(packet) FROM packet ORDER BY number LIMIT 1")
            assert oldest is not None
            self.database.execute("DELETE FROM packet WHERE number = ?", oldest[0])
            self._packet_bytes -= oldest[1]

    def add_lost(self, lost: LostProduct) -> bool:
        """Note that a product will not come; whether that is news. What is archived is not lost."""
        is_here = self.database.row(
            "SELECT 1 FROM product WHERE spacecraft = ? AND product_id = ?", lost.spacecraft, lost.product_id
        )
        statement = "INSERT OR IGNORE INTO lost_product VALUES (?, ?, ?, ?)"
        return is_here is None and bool(
            self.database.execute(statement, lost.spacecraft, lost.product_id, lost.reason, lost.told_ns)
        )

    def add_model(self, model: FlownModel) -> None:
        """Make a model's name and classes known, for whoever reads this archive without the mission's files."""
        self.database.execute(
            "INSERT OR REPLACE INTO model VALUES (?, ?, ?, ?, ?)",
            *(bytes.fromhex(model.sha256[:8]), model.task, model.name, model.sha256, json.dumps(model.classes)),
        )

    def add_ground_finding(self, spacecraft: str, product_id: int, archived_ns: int, payload: bytes) -> None:
        """Store the detection list that a model on the ground made of an archived image. A newer one replaces it."""
        self.database.execute(
            "INSERT OR REPLACE INTO ground_finding VALUES (?, ?, ?, ?)", spacecraft, product_id, archived_ns, payload
        )

    def commit(self) -> None:
        """Make everything so far durable."""
        self._uncommitted_samples = 0
        self.database.commit()

    def products(self, *kinds: ProductKind) -> Iterator[ArchivedProduct]:
        """Products of these kinds, or all, by spacecraft and identifier."""
        wanted = f"WHERE kind IN (?{', ?' * (len(kinds) - 1)})" if kinds else ""
        names = (kind.name.lower() for kind in kinds)
        return map(
            self._product, self.database.rows(f"SELECT * FROM product {wanted} ORDER BY spacecraft, product_id", *names)
        )

    def product(self, spacecraft: str, product_id: int) -> ArchivedProduct | None:
        """One product, if it is here."""
        row = self.database.row("SELECT * FROM product WHERE spacecraft = ? AND product_id = ?", spacecraft, product_id)
        return None if row is None else self._product(row)

    def product_list(self) -> Iterator[ProductEntry]:
        """Products without their payloads, by spacecraft and identifier."""
        rows = self.database.rows(
            "SELECT spacecraft, product_id, kind, frame_id, archived_ns, length(payload) FROM product"
            " ORDER BY spacecraft, product_id"
        )
        for spacecraft, product_id, kind, *numbers in rows:
            yield ProductEntry(spacecraft, product_id, ProductKind[kind.upper()], *numbers)

    def ground_findings(self) -> Iterator[tuple[str, int, bytes]]:
        """Spacecraft, instant of the image's arrival and detection list, by spacecraft and product."""
        for row in self.database.rows(
            "SELECT spacecraft, archived_ns, payload FROM ground_finding ORDER BY spacecraft, product_id"
        ):
            yield row[0], row[1], row[2]

    def housekeeping(self) -> Iterator[tuple[object, ...]]:
        """Samples, in `HOUSEKEEPING_COLUMNS`, by spacecraft and time."""
        columns = ", ".join(HOUSEKEEPING_COLUMNS)
        return self.database.rows(f"SELECT {columns} FROM housekeeping ORDER BY spacecraft, met_ns")

    def housekeeping_data(self) -> Iterator[bytes]:
        """What each of those samples came as, in the same order; empty where that was not kept."""
        rows = self.database.rows("SELECT data FROM housekeeping ORDER BY spacecraft, met_ns")
        return (row[0] for row in rows)

    def packets(self) -> Iterator[ArchivedPacket]:
        """Packets that are still kept, in order of arrival."""
        rows = self.database.rows("SELECT spacecraft, received_ns, packet FROM packet ORDER BY number")
        return (ArchivedPacket(*row) for row in rows)

    def lost_products(self) -> Iterator[LostProduct]:
        """Products given up, by spacecraft and identifier."""
        rows = self.database.rows("SELECT * FROM lost_product ORDER BY spacecraft, product_id")
        return (LostProduct(*row) for row in rows)

    def models(self) -> dict[tuple[bytes, str], FlownModel]:
        """Models made known, by the hash's first four bytes and the task."""
        rows = self.database.rows("SELECT * FROM model ORDER BY sha256_prefix, task")
        return {
            (prefix, task): FlownModel(task, name, sha256, tuple(json.loads(classes)))
            for prefix, task, name, sha256, classes in rows
        }

    def close(self) -> None:
        """Make everything durable and let go of the file."""
        self.commit()
        self.database.close()

    def _stored_packet_bytes(self) -> int:
        row = self.database.row("SELECT coalesce(sum(length(packet)), 0) FROM packet")
        assert row is not None
        stored: int = row[0]
        return stored

    def _product(self, row: tuple[Any, ...]) -> ArchivedProduct:
        spacecraft, product_id, kind, frame_id, archived_ns, payload = row
        offset_ns = offset_at(self.store, spacecraft, archived_ns)
        return ArchivedProduct(
            spacecraft, product_id, ProductKind[kind.upper()], frame_id, archived_ns, payload, offset_ns
        )
