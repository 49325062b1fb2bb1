"""Keys of a model's card and tables of a run's archive, from the code that reads and makes them."""

import re
import sqlite3
from contextlib import closing

from docs.generate.markdown import code, table
from groundstation.migrations import MIGRATIONS, migrate
from onboard.payload.card_layout import CARD

_MUST = re.compile("^must (be |lie in |lie )?")
_KINDS = {str: "text", list: "list", int: "whole number", float: "number", dict: "table"}


def card_keys() -> str:
    """A row for each key of `card.toml`."""
    rows = []
    for section, keys in CARD.items():
        for name, key in keys.items():
            is_required = not isinstance(key.default, (str, int, float, list, dict))
            without = "none" if key.default in ("", [], {}) else code(key.default)
            kinds = " or ".join(_KINDS[kind] for kind in key.kinds)
            rule = _MUST.sub("", key.rule)
            rows.append((code(f"{section}.{name}"), f"{kinds}; {rule}", "required" if is_required else without))
    return table(("key", "value", "without it"), rows)


def archive_tables() -> str:
    """A row for each table of `archive.sqlite`, its columns in order, those of its key first in bold."""
    with closing(sqlite3.connect(":memory:")) as db:
        migrate(db)
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")]
        rows = [(code(name), _columns(db, name)) for name in names if not name.startswith("sqlite_")]
    return (
        f"Schema version {len(MIGRATIONS)} (`PRAGMA user_version`). Columns in bold are the table's key.\n\n"
        + table(("table", "columns"), rows)
    )


def _columns(db: sqlite3.Connection, name: str) -> str:
    columns = db.execute(f"PRAGMA table_info({name})").fetchall()
    return ", ".join(f"**{code(one[1])}**" if one[5] else code(one[1]) for one in columns)
