"""Where the keys of the link come from: files that only their owner can read, or an emulated run's seed.

A key file `SPACECRAFT.ID.key` holds 32 bytes as 64 hexadecimal digits. Key 1 is used first; a rotation goes to a
higher id. Both ends have the same files.
"""

import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from onboard.comms.security import KEY_BYTES, MAX_KEY_ID, derive_key
from onboard.errors import InputError

Keys = dict[int, bytes]
"""A spacecraft's keys by id."""

FIRST_KEY_ID = 1
MAX_KEYS = 64
"""Ours: files of one spacecraft."""

_NAME = re.compile(r"(.+)\.([1-9][0-9]{0,4})\.key")
_MOST_CHARACTERS = 2 * KEY_BYTES + 2
"""A line end may follow."""


def emulated_keys(seed: int, spacecraft: str, n_keys: int = 8) -> Keys:
    """Keys 1 to `n_keys` of an emulated run, by HKDF-SHA256 from its seed.

    They are NOT SECRET: whoever knows the seed, which stands in the scenario, has them. They exercise the link and
    cost what secret ones cost, and equal seeds give equal frames, so that runs can be compared. What must be kept
    from others needs key files.
    """
    secret = f"emulated, not secret: seed {seed}".encode()
    return {key_id: derive_key(secret, f"link key {key_id} of {spacecraft}") for key_id in range(1, n_keys + 1)}


def run_keys(keys: Mapping[int, bytes], run_identity: bytes) -> Keys:
    """The keys that one run uses, so that two runs, which both count from 0, share no (key, IV) pair.

    `run_identity` is of this run alone: runs of the same identity must send the same frames.
    """
    assert run_identity
    return {key_id: derive_key(key, "link key of a run", run_identity) for key_id, key in keys.items()}


def read_keys(folder: Path, spacecraft: Iterable[str]) -> dict[str, Keys]:
    """The keys of every spacecraft named; InputError where a file is missing, malformed, or not private."""
    found: dict[str, Keys] = {name: {} for name in spacecraft}
    holders: dict[bytes, Path] = {}
    for path in _key_files(folder):
        name, key_id = _parsed_name(path)
        if name not in found:
            continue
        key = _read(path)
        if key in holders:
            raise InputError(path, f"holds the same key as {holders[key].name}: every key is used once")
        holders[key] = path
        found[name][key_id] = key
    for name, keys in found.items():
        if FIRST_KEY_ID not in keys:
            raise InputError(folder, f"no key file for {name}: expected {name}.{FIRST_KEY_ID}.key")
        if len(keys) > MAX_KEYS:
            raise InputError(folder, f"{len(keys)} key files for {name}: at most {MAX_KEYS}")
    return found


def _key_files(folder: Path) -> list[Path]:
    try:
        require_private(folder, folder.stat().st_mode)
        return sorted(path for path in folder.iterdir() if path.suffix == ".key")
    except OSError as error:
        raise InputError(folder, f"the folder of key files cannot be read: {error.strerror}") from error


def _parsed_name(path: Path) -> tuple[str, int]:
    named = _NAME.fullmatch(path.name)
    if named is None or int(named[2]) > MAX_KEY_ID:
        raise InputError(path, f"a key file is named SPACECRAFT.ID.key, with an id of 1 to {MAX_KEY_ID}")
    return named[1], int(named[2])


def _read(path: Path) -> bytes:
    try:
        # Nobody can exchange the file in between: the folder is its owner's.
        require_private(path, path.stat().st_mode)
        with path.open("rb") as file:
            text = file.read(_MOST_CHARACTERS + 1)
    except OSError as error:
        raise InputError(path, f"the key file cannot be read: {error.strerror}") from error
    digits = text.strip(b"\r\n")
    if len(text) > _MOST_CHARACTERS or re.fullmatch(rb"[0-9a-fA-F]{%d}" % (2 * KEY_BYTES), digits) is None:
        raise InputError(path, f"a key file holds {2 * KEY_BYTES} hexadecimal digits ({KEY_BYTES} bytes) and no more")
    return bytes.fromhex(digits.decode())


def require_private(path: Path, mode: int) -> None:
    """Others may neither read nor change a key file; nor put files into its folder."""
    is_folder = stat.S_ISDIR(mode)
    if not (is_folder or stat.S_ISREG(mode)):
        raise InputError(path, "keys are regular files in a folder")
    if mode & (0o022 if is_folder else 0o066):
        told = "writable" if is_folder else "readable or writable"
        raise InputError(path, f"is {told} by group or others: run chmod {'700' if is_folder else '600'} on it")
