"""A run's folder: what is in it, and how it is made ready."""

import errno
import shutil
from pathlib import Path

from onboard.errors import InputError

JOURNAL, ARCHIVE, SUMMARY = "journal.msgpack", "archive.sqlite", "summary.json"
SCENARIO, ORDERS = "scenario.toml", "orders.jsonl"
FORMER_ARCHIVE = "former-archive.sqlite"
"""While a run that broke off is flown along its journal: the archive as it was when it broke off."""
DATABASE_ENDS = ("", "-wal", "-shm", "-journal")
"""Of the files of a database; all but the first are there while it is open, or was when somebody died."""
_PART = ".part"
RUN_FILES = {
    *(SCENARIO, ORDERS, JOURNAL, "telemetry.npz", SUMMARY, "report.html", "exports"),
    *(f"{name}{_PART}" for name in (SCENARIO, ORDERS, SUMMARY)),
    *(f"{name}{end}" for name in (ARCHIVE, FORMER_ARCHIVE, f"{ARCHIVE}{_PART}") for end in DATABASE_ENDS),
}
"""All that a run leaves in its folder, a run that died included."""


def write_whole(path: Path, text: str) -> None:
    """Write a file of a run that is there whole or not at all, whenever the run dies."""
    part = path.with_name(f"{path.name}{_PART}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def prepare_directory(directory: Path) -> Path:
    """An empty run directory; an earlier run's is emptied, anything else is refused and left as it is."""
    try:
        if directory.exists():
            _empty(directory)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / JOURNAL).touch()  # from now on it is known as a run's, however that run ends
        (directory / "exports").mkdir()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise InputError(directory, f"cannot be written: {error.strerror}", key="--out") from None
    return directory


def _empty(directory: Path) -> None:
    if not directory.is_dir():
        raise InputError(directory, "is not a folder", key="--out")
    found = {path.name: path for path in directory.iterdir()}
    if found and JOURNAL not in found:
        raise InputError(directory, "is not empty and holds no earlier run", key="--out")
    if foreign := sorted(found.keys() - RUN_FILES):
        raise InputError(directory, f"holds {foreign[0]}, which no run wrote", key="--out")
    for path in found.values():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
