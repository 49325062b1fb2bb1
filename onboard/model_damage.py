"""A model's file whose bytes were altered, as the world does it, and the hash that tells."""

from hashlib import sha256
from pathlib import Path

_ALTERED_BITS = 0x10


def altered_copy(model: Path, folder: Path, n_bytes: int) -> Path:
    """A copy of a file with so many of its bytes, evenly spread, altered: the user's own file stays as it is."""
    data = bytearray(model.read_bytes())
    n_bytes = min(n_bytes, len(data))
    for number in range(n_bytes):
        data[number * len(data) // n_bytes] ^= _ALTERED_BITS
    folder.mkdir(exist_ok=True)
    altered = folder / f"{sha256(data).hexdigest()[:16]}.altered"
    altered.write_bytes(data)
    return altered


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, in hex."""
    return sha256(path.read_bytes()).hexdigest()
