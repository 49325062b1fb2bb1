import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from onboard.comms.keys import MAX_KEYS, emulated_keys, read_keys, run_keys
from onboard.comms.security import derive_key
from onboard.errors import InputError

ONE, TWO = bytes(range(32)), bytes(range(1, 33))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    put(tmp_path, "ember-1.1.key", ONE)
    return tmp_path


def put(folder: Path, name: str, key: bytes | str) -> Path:
    path = folder / name
    path.write_text(key if isinstance(key, str) else key.hex() + "\n")
    path.chmod(0o600)
    return path


def told(folder: Path, *spacecraft: str) -> str:
    with pytest.raises(InputError) as refusal:
        read_keys(folder, spacecraft or ("ember-1",))
    line = str(refusal.value)
    assert "\n" not in line
    assert ONE.hex() not in line
    return line


def test_keys_are_read_by_spacecraft_and_id(folder: Path) -> None:
    put(folder, "ember-1.12.key", TWO.hex().upper())
    put(folder, "ember-2.1.key", bytes(32).hex() + "\r\n")
    put(folder, "another.1.key", "not read, for it is nobody's here")
    put(folder, "README", "not a key")
    assert read_keys(folder, ["ember-2", "ember-1"]) == {"ember-1": {1: ONE, 12: TWO}, "ember-2": {1: bytes(32)}}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666], ids=oct)
def test_a_file_that_others_may_read_or_write_is_refused(folder: Path, mode: int) -> None:
    (folder / "ember-1.1.key").chmod(mode)
    assert told(folder) == (f"{folder}/ember-1.1.key: is readable or writable by group or others: run chmod 600 on it")


@pytest.mark.parametrize("mode", [0o770, 0o707], ids=oct)
def test_a_folder_into_which_others_may_write_is_refused(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    assert told(folder) == f"{folder}: is writable by group or others: run chmod 700 on it"


@pytest.mark.parametrize(
    "text", ["", ONE.hex()[:-1], ONE.hex() + "0", ONE.hex() * 2, "g" * 64, " " + ONE.hex(), ONE.hex()[:-1] + "\n\n"]
)
def test_a_file_that_does_not_hold_32_bytes_is_refused(folder: Path, text: str) -> None:
    put(folder, "ember-1.1.key", text)
    assert told(folder).endswith("a key file holds 64 hexadecimal digits (32 bytes) and no more")


@pytest.mark.parametrize(
    "name", ["ember-1.key", "ember-1.0.key", "ember-1.01.key", "ember-1.32767.key", "ember-1.x.key"]
)
def test_another_name_is_refused(folder: Path, name: str) -> None:
    put(folder, name, TWO)
    assert "is named SPACECRAFT.ID.key" in told(folder)


@pytest.mark.parametrize("name", ["ember-1.2.key", "ember-2.1.key"])
def test_the_same_key_twice_is_refused(folder: Path, name: str) -> None:
    put(folder, name, ONE)
    assert told(folder, "ember-1", "ember-2").endswith(
        f"{name}: holds the same key as ember-1.1.key: every key is used once"
    )


def test_what_is_missing_is_named(folder: Path) -> None:
    assert told(folder, "ember-3") == f"{folder}: no key file for ember-3: expected ember-3.1.key"
    assert told(folder / "nowhere").endswith("the folder of key files cannot be read: No such file or directory")
    assert told(folder / "ember-1.1.key").endswith("the folder of key files cannot be read: Not a directory")


def test_a_pipe_in_place_of_a_key_does_not_block(folder: Path) -> None:
    os.mkfifo(folder / "ember-1.2.key", 0o600)
    assert told(folder).endswith("ember-1.2.key: keys are regular files in a folder")


def test_a_link_to_nowhere_is_refused(folder: Path) -> None:
    (folder / "ember-1.2.key").symlink_to("gone")
    assert told(folder).endswith("the key file cannot be read: No such file or directory")


def test_too_many_keys_are_refused(folder: Path) -> None:
    for key_id in range(2, MAX_KEYS + 2):
        put(folder, f"ember-1.{key_id}.key", key_id.to_bytes(32, "big"))
    assert "at most 64" in told(folder)


def test_derivation_golden() -> None:
    # RFC 5869, test case 1, cut to the 32 octets of a key: what lies under derive_key.
    okm = HKDF(SHA256(), 32, bytes(range(13)), bytes(range(0xF0, 0xFA))).derive(b"\x0b" * 22)
    assert okm.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    assert derive_key(ONE, "x", b"salt") == HKDF(SHA256(), 32, b"salt", b"skysift x").derive(ONE)


def test_emulated_keys_follow_from_seed_and_spacecraft_alone() -> None:
    keys = emulated_keys(1, "ember-1")
    assert keys == emulated_keys(1, "ember-1", 8)
    assert list(keys) == list(range(1, 9))
    others = [*emulated_keys(2, "ember-1").values(), *emulated_keys(1, "ember-2").values()]
    assert len({*keys.values(), *others}) == 24


def test_two_runs_with_the_same_key_files_share_no_key() -> None:
    first, second = run_keys({1: ONE, 2: TWO}, b"run 1"), run_keys({1: ONE, 2: TWO}, b"run 2")
    assert run_keys({1: ONE, 2: TWO}, b"run 1") == first
    assert len({ONE, TWO, *first.values(), *second.values()}) == 6
