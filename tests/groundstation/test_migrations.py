"""Old archives become new ones, one step at a time, and lose nothing."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from groundstation.archive import Archive, LostProduct
from groundstation.command_queue import CommandChanged
from groundstation.migrations import MIGRATIONS, SCHEMA_VERSION, migrate, version_of
from onboard.comms.packets import ProductKind
from onboard.errors import InputError, MachineError

# As skysift 0.1.0 made it, before there were steps.
VERSION_1 = """
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
PRAGMA user_version = 1;
INSERT INTO product VALUES ('lark-1', 3, 'alert', 17, 1000, x'0102');
INSERT INTO product VALUES ('lark-2', 3, 'image', 18, 2000, x'22');
INSERT INTO housekeeping VALUES ('lark-1', 900, 1000, 0.5, 290.5, 0, 1, 2, 1, 99);
"""


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    path = tmp_path / "archive.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(VERSION_1)
    return path


def schema(db: sqlite3.Connection) -> list[tuple[str, str]]:
    return db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_old_data(archive: Archive) -> None:
    assert [(p.spacecraft, p.product_id, p.kind, p.payload) for p in archive.products()] == [
        ("lark-1", 3, ProductKind.ALERT, b"\x01\x02"),
        ("lark-2", 3, ProductKind.IMAGE, b"\x22"),
    ]
    assert list(archive.housekeeping()) == [("lark-1", 900, 1000, 0.5, 290.5, 0, 1, 2, 1, 99)]


def test_a_version_1_file_keeps_its_data_and_takes_new_rows(old_file: Path) -> None:
    with closing(Archive(old_file)) as archive:
        check_old_data(archive)
        archive.add_housekeeping("lark-1", 2000, (1900, 0.4, 291.0, 0, 0, 2, 1, 99), b"all of it")
        archive.commands.note(5, CommandChanged("lark-1", 1, 0, "set_mode", "queued"))
        assert len(list(archive.commands.all())) == 1
        assert archive.add_lost(LostProduct("lark-1", 4, "no room", 6))
    with closing(sqlite3.connect(old_file)) as db:
        assert version_of(db) == SCHEMA_VERSION
        assert db.execute("SELECT data FROM housekeeping ORDER BY met_ns").fetchall() == [(b"",), (b"all of it",)]


@pytest.mark.parametrize("taken", range(SCHEMA_VERSION + 1))
def test_every_version_arrives_at_the_same_schema(taken: int) -> None:
    with closing(sqlite3.connect(":memory:")) as db, closing(sqlite3.connect(":memory:")) as fresh:
        migrate(db, MIGRATIONS[:taken])
        assert version_of(db) == taken
        migrate(db)
        migrate(fresh)
        assert schema(db) == schema(fresh)
        assert version_of(db) == SCHEMA_VERSION == len(MIGRATIONS)


def test_the_first_step_is_what_version_1_was() -> None:
    with closing(sqlite3.connect(":memory:")) as db, closing(sqlite3.connect(":memory:")) as old:
        migrate(db, MIGRATIONS[:1])
        old.executescript(VERSION_1)
        assert schema(db) == schema(old)


def test_a_step_that_fails_leaves_the_file_as_it_was(old_file: Path) -> None:
    with closing(sqlite3.connect(old_file)) as db:
        before = schema(db)
        with pytest.raises(sqlite3.Error):
            migrate(db, (*MIGRATIONS[:1], "CREATE TABLE half (x); CREATE TABLE half (x);"))
        assert schema(db) == before
        assert version_of(db) == 1
        migrate(db)
        assert db.execute("SELECT count(*) FROM product").fetchone() == (2,)


def test_reading_an_old_file_changes_nothing_in_its_folder(old_file: Path) -> None:
    before = digest(old_file)
    with closing(Archive(old_file, read_only=True)) as archive:
        check_old_data(archive)
        assert list(archive.lost_products()) == []
        assert archive.store.get("anything") is None
    assert digest(old_file) == before
    with closing(sqlite3.connect(old_file)) as db:
        assert version_of(db) == 1


def test_reading_a_file_of_this_version_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    Archive(path).close()
    with closing(Archive(path, read_only=True)) as archive, pytest.raises(MachineError, match="readonly"):
        archive.store.put("key", b"value")


def test_what_a_dead_writer_committed_can_be_read(tmp_path: Path) -> None:
    writer = Archive(tmp_path / "archive.sqlite")
    writer.store.put("key", b"committed")
    writer.commit()
    writer.store.put("key", b"not committed")
    with closing(Archive(tmp_path / "archive.sqlite", read_only=True)) as reader:
        assert reader.store.get("key") == b"committed"
    writer.close()


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_reading_what_is_no_archive_is_the_users_mistake(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "archive.sqlite"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"archive\.sqlite: is no archive of a mission centre$"):
        Archive(path, read_only=True)
    assert path.read_bytes() == content


def test_a_file_of_a_newer_skysift_is_refused_in_one_line(old_file: Path) -> None:
    with closing(sqlite3.connect(old_file)) as db:
        db.execute("PRAGMA user_version = 99")
    for read_only in (False, True):
        with pytest.raises(InputError, match=rf"archive\.sqlite: is an archive of version 99; .* {SCHEMA_VERSION}$"):
            Archive(old_file, read_only=read_only)
