"""The archive's schema as steps: `PRAGMA user_version` counts those that a file has taken.

A step is never edited once a run has left a file with it: what changes is a new step. Each is one transaction, its
version number included, so that a death within a step leaves the file as it was.
"""

import sqlite3

_PRODUCTS_AND_HOUSEKEEPING = """
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
"""

_RECEPTION = """
ALTER TABLE housekeeping ADD COLUMN data BLOB NOT NULL DEFAULT x'';
CREATE TABLE packet (
    number INTEGER PRIMARY KEY,
    spacecraft TEXT NOT NULL,
    received_ns INTEGER NOT NULL,
    packet BLOB NOT NULL
) STRICT;
CREATE TABLE lost_product (
    spacecraft TEXT NOT NULL,
    product_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    told_ns INTEGER NOT NULL,
    PRIMARY KEY (spacecraft, product_id)
) STRICT;
"""

_COMMANDING = """
CREATE TABLE command (
    spacecraft TEXT NOT NULL,
    order_number INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    word TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    queued_ns INTEGER,
    radiated_ns INTEGER,
    accepted_ns INTEGER,
    ended_ns INTEGER,
    PRIMARY KEY (spacecraft, order_number)
) STRICT;
CREATE TABLE store (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
"""

_ANALYSIS = """
CREATE TABLE model (
    sha256_prefix BLOB NOT NULL,
    task TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    classes TEXT NOT NULL,
    PRIMARY KEY (sha256_prefix, task)
) STRICT;
CREATE TABLE ground_finding (
    spacecraft TEXT NOT NULL,
    product_id INTEGER NOT NULL,
    archived_ns INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (spacecraft, product_id)
) STRICT;
"""

_EVENTS = """
CREATE TABLE event (
    event_id TEXT PRIMARY KEY,
    task TEXT NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    latitude_deg REAL NOT NULL,
    longitude_deg REAL NOT NULL,
    radius_m REAL NOT NULL,
    detections INTEGER NOT NULL,
    sightings INTEGER NOT NULL,
    satellites TEXT NOT NULL,
    confidence REAL NOT NULL,
    published_ns INTEGER
) STRICT;
CREATE TABLE former_event (former_id TEXT PRIMARY KEY, event_id TEXT NOT NULL) STRICT;
CREATE INDEX former_event_by_event ON former_event (event_id);
"""

_DELIVERIES = """
CREATE TABLE delivery (
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    sink TEXT NOT NULL,
    body BLOB NOT NULL,
    queued_ns INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    delivered_utc TEXT,
    UNIQUE (event_id, sink)
) STRICT;
CREATE INDEX undelivered ON delivery (delivery_id) WHERE delivered_utc IS NULL;
CREATE TABLE dead_letter (
    delivery_id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    sink TEXT NOT NULL,
    body BLOB NOT NULL,
    queued_ns INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    given_up_utc TEXT NOT NULL
) STRICT;
"""

MIGRATIONS = (_PRODUCTS_AND_HOUSEKEEPING, _RECEPTION, _COMMANDING, _ANALYSIS, _EVENTS, _DELIVERIES)
SCHEMA_VERSION = len(MIGRATIONS)


def version_of(db: sqlite3.Connection) -> int:
    """How many steps a file has taken."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(db: sqlite3.Connection, steps: tuple[str, ...] = MIGRATIONS) -> None:
    """Take the steps that a file lacks, one transaction each; sqlite3.Error leaves the last whole one."""
    for version, step in enumerate(steps[version_of(db) :], version_of(db) + 1):
        try:
            db.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {version}; COMMIT;")
        except sqlite3.Error:
            db.rollback()
            raise
