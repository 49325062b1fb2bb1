"""The journal: every grant with its events and answers, in order, and the SHA-256 over them.

A field, or a part of one, of more than 64 bytes is kept as its length and hash: pixels and transfer frames decide the
digest without filling the disk. The header carries the resolved scenario and the environment's fingerprint; nothing of
the host's pace, the number of processes or the wall clock enters.
"""

import fcntl
import hashlib
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import msgpack

from groundstation import messages
from groundstation.archive import FlownModel
from groundstation.command_queue import CommandChanged
from onboard import commands, config, events, modes
from onboard.comms import runs
from onboard.comms.housekeeping import Housekeeping
from onboard.errors import InputError
from onboard.payload import detections, imagery
from onboard.wire import Codec, message_types
from sim import facts
from sim.scenes import truth

SCHEMA_VERSION = 2
RECORD_TYPES = (int, str, tuple, tuple)
NO_JOURNAL = "is no journal, or a broken one"
_INLINE_BYTES = 64
_SHORT = frozenset((bool, float, int, str, type(None)))
_LONG_BYTES, _REMEMBERED_BYTES = 4096, 64 * 2**20

_Kept = tuple[str, int, bytes]


class Digests:
    """SHA-256 of long bytes. What goes on unchanged from node to node, within one process, is hashed once."""

    def __init__(self, remembered_bytes: int = _REMEMBERED_BYTES) -> None:
        self.held_bytes = 0
        self._remembered_bytes = remembered_bytes
        self._known: dict[int, tuple[bytes, _Kept]] = {}

    def kept(self, value: bytes) -> _Kept:
        """Length and hash."""
        known = self._known.get(id(value))
        if known:
            return known[1]
        kept = ("sha256", len(value), hashlib.sha256(value).digest())
        if len(value) >= _LONG_BYTES:
            self._known[id(value)] = value, kept
            self.held_bytes += len(value)
        while self.held_bytes > self._remembered_bytes:
            oldest, _ = self._known.pop(next(iter(self._known)))
            self.held_bytes -= len(oldest)
        return kept


class _JournalCodec(Codec):
    def __init__(self, *message_types: type) -> None:
        super().__init__(*message_types)
        self._digests = Digests()

    def _values(self, message: Any) -> tuple[Any, ...]:
        values = super()._values(message)
        return tuple([value if type(value) in _SHORT else self._kept(value) for value in values])

    def _kept(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._kept(item) for item in value)
        if isinstance(value, bytes) and len(value) > _INLINE_BYTES:
            return self._digests.kept(value)
        return value


CODEC = _JournalCodec(
    *message_types(commands, config, events, modes, runs, detections, imagery, messages, facts, truth),
    CommandChanged,
    FlownModel,
    Housekeeping,
)


def fingerprint() -> dict[str, str]:
    """What floating-point results depend on, besides the scenario and the seed."""
    packages = ("numpy", "onnxruntime", "opencv-python-headless", "imagecodecs", "sgp4")
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{package: version(package) for package in packages},
    }


class Journal:
    """Writes records to a file and into the digest. While it is open nobody else writes to that file.

    `notes` are for the run's summary.
    """

    def __init__(self, path: Path, scenario: dict[str, Any]) -> None:
        self.notes: tuple[str, ...] = ()
        self._file = self._opened(path)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it ends with the process, however that ends
        except BlockingIOError:
            self._file.close()
            raise InputError(path, "is written to by a run that is still flying") from None
        self._hash = hashlib.sha256()
        self._write(
            msgpack.packb({"schema_version": SCHEMA_VERSION, "fingerprint": fingerprint(), "scenario": scenario})
        )

    @property
    def digest(self) -> str:
        """SHA-256 of all that was recorded, as hexadecimal."""
        return self._hash.hexdigest()

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Keep one grant."""
        self._write(CODEC.encode((now_ns, node, granted, answers)))

    def end(self) -> None:
        """Nothing follows."""

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _opened(self, path: Path) -> BinaryIO:
        return path.open("wb")

    def _write(self, data: bytes) -> None:
        # Flushed record by record: what the kernel has, a killed run leaves behind.
        self._hash.update(data)
        self._file.write(data)
        self._file.flush()


def read_header(path: Path) -> dict[str, Any]:
    """The journal's first record. Raises InputError where there is none."""
    with path.open("rb") as file, _reading(path):
        header: dict[str, Any] = msgpack.Unpacker(file).unpack()
    if not isinstance(header, dict):
        raise InputError(path, NO_JOURNAL)
    return header


Record = tuple[int, str, tuple[object, ...], tuple[object, ...]]
"""An instant, a node, what it was granted, and what it answered."""


def read_records(path: Path) -> Iterator[Record]:
    """Every record after the header, decoded; one that a death broke off is none.

    Raises InputError for a journal of another version, and for what is none.
    """
    return (record for _, record in read_records_from(path))


def read_records_from(path: Path, place: int = 0) -> Iterator[tuple[int, Record]]:
    """Records and the place in the file after each, from a place or from the first one on, as `read_records`."""
    version_found = read_header(path).get("schema_version")
    if version_found != SCHEMA_VERSION:
        raise InputError(path, f"is a journal of version {version_found}, and this reads version {SCHEMA_VERSION}")
    with path.open("rb") as file:
        file.seek(place)
        unpacker = CODEC.unpacker(file)
        if not place:
            unpacker.skip()
        while True:
            with _reading(path):
                record = next(unpacker, None)
            if record is None:
                return
            if not (isinstance(record, tuple) and tuple(map(type, record)) == RECORD_TYPES):
                raise InputError(path, NO_JOURNAL)
            yield place + unpacker.tell(), record


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What msgpack raises for bytes that are not its own, and a codec for those that are not ours."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AssertionError, msgpack.UnpackException) as error:
        raise InputError(path, f"{NO_JOURNAL} ({str(error) or 'a value out of range'})") from None
