"""A run's scratch folder. What a run that was killed left behind, the next one removes."""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "skysift-run-"
MARK = ".in-use"
"""A file that its run keeps locked: the lock ends with the process, however that ends."""


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder for a run, removed at its end."""
    _remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        with (folder / f"{MARK}-soon").open("wb") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX)
            # Nobody sees a mark that is not locked yet.
            (folder / f"{MARK}-soon").rename(folder / MARK)
            yield folder


def _remove_abandoned() -> None:
    """A folder without a mark is somebody else's, one whose mark is locked is a run's."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{MARK}"):
        if path.is_file():
            with contextlib.suppress(OSError), path.open("rb") as mark:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent)
