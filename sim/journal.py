"""The journal: every grant with its events and answers, in order, and the SHA-256 over them.

A field of more than 64 bytes is kept as its length and hash: pixels and transfer frames decide the digest without
filling the disk. The header carries the resolved scenario and the environment's fingerprint; nothing of the host's
pace, the number of processes or the wall clock enters.
"""

import hashlib
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgpack

from groundstation import messages
from onboard import commands, config, events, modes
from onboard.payload import detections, imagery
from onboard.wire import Codec, message_types
from sim import facts
from sim.scenes import truth

SCHEMA_VERSION = 1
_INLINE_BYTES = 64


def _kept(value: Any) -> Any:
    if isinstance(value, bytes) and len(value) > _INLINE_BYTES:
        return ("sha256", len(value), hashlib.sha256(value).digest())
    return value


class _JournalCodec(Codec):
    def _values(self, message: Any) -> tuple[Any, ...]:
        return tuple(_kept(value) for value in super()._values(message))


CODEC = _JournalCodec(
    *message_types(commands, config, events, modes, detections, imagery, messages, facts, truth),
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
    """Writes records to a file and into the digest."""

    def __init__(self, path: Path, scenario: dict[str, Any]) -> None:
        self._file = path.open("wb")
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

    def close(self) -> None:
        """Flush to disk."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)


def read_header(path: Path) -> dict[str, Any]:
    """The journal's first record."""
    with path.open("rb") as file:
        header: dict[str, Any] = msgpack.Unpacker(file).unpack()
        return header


def read_records(path: Path) -> Iterator[tuple[int, str, tuple[object, ...], tuple[object, ...]]]:
    """Every record after the header, decoded."""
    with path.open("rb") as file:
        unpacker = CODEC.unpacker(file)
        unpacker.skip()
        yield from unpacker
