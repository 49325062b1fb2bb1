import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.comms.outbox import Outbox
from onboard.errors import MachineError
from onboard.sqlite_store import SqliteStore
from onboard.storage import MemoryStore, Store
from sim.world.disk import SimulatedDisk
from tests.storage_victim import CAPACITY_BYTES, step

ROOT = Path(__file__).resolve().parents[2]

keys = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=4) | st.sampled_from(
    ["a/1", "a/2", "a", "b"]
)
operations = st.one_of(
    st.tuples(st.just("put"), keys, st.binary(max_size=30) | st.integers(0, 20_000).map(bytes)),
    st.tuples(st.just("delete"), keys, st.just(b"")),
    st.tuples(st.sampled_from(["sync", "crash"]), st.just(""), st.just(b"")),
)


def do(store: Store, what: str, key: str, value: bytes) -> None:
    if what == "put":
        store.put(key, value)
    elif what == "delete":
        store.delete(key)
    else:
        store.sync()


@settings(max_examples=60, deadline=None)
@given(st.lists(operations, max_size=40), keys)
def test_all_stores_agree_crashes_included(steps: list[tuple[str, str, bytes]], prefix: str) -> None:
    memory, disk = MemoryStore(), SimulatedDisk()
    synced: list[tuple[str, bytes]] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        real = SqliteStore(path)
        for what, key, value in steps:
            if what == "crash":
                real.close()
                real = SqliteStore(path)
                disk.crash()
                memory = MemoryStore()
                for each in synced:
                    memory.put(*each)
            else:
                for store in (memory, disk, real):
                    do(store, what, key, value)
            if what == "sync":
                synced = memory.items("")
            assert memory.get(key) == disk.get(key) == real.get(key)
        assert memory.items(prefix) == disk.items(prefix) == real.items(prefix)
        assert memory.items("") == disk.items("") == real.items("")
        real.close()


def filled(path: Path, n_values: int = 300) -> None:
    store = SqliteStore(path)
    for number in range(n_values):
        store.put(f"key/{number:04}", bytes([number % 256]) * 1000)
    store.sync()
    store.close()


def read_everything(path: Path) -> None:
    store = SqliteStore(path)
    try:
        store.items("")
        store.put("key", b"value")
        store.sync()
    finally:
        store.close()


def overwrite(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to look into" * 100)


def cut_short(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def scribble(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_960)


def belong_to_another(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE photograph (name TEXT)")
    database.close()


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [overwrite, cut_short, scribble, belong_to_another, become_a_folder])
def test_a_damaged_file_is_told_in_one_line(damage: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    filled(path)
    damage(path)
    with pytest.raises(MachineError) as caught:
        read_everything(path)
    assert str(caught.value).startswith(f"storage {path}: ")
    assert "\n" not in str(caught.value)


def test_a_file_of_another_owner_is_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite"
    path.touch()
    belong_to_another(path)
    before = path.read_bytes()
    with pytest.raises(MachineError, match="something else"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"storage .*missing/store\.sqlite: unable to open"):
        SqliteStore(tmp_path / "missing" / "store.sqlite")


@contextmanager
def no_file_grows_beyond(n_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill_up(store: Store) -> None:
    for number in range(100):
        store.put(f"more/{number}", bytes(10_000))
        store.sync()


def test_a_disk_that_takes_no_more_is_told_and_what_was_synchronised_stays(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.put("first", b"1")
    store.sync()
    with no_file_grows_beyond(200_000), pytest.raises(MachineError) as caught:
        fill_up(store)
    store.close()
    assert str(caught.value).startswith(f"storage {path}: ")
    reopened = SqliteStore(path)
    assert reopened.get("first") == b"1"
    kept = reopened.items("more/")
    assert 5 < len(kept) < 20
    assert all(value == bytes(10_000) for _, value in kept)
    reopened.close()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.put("a", b"1")
    store.sync()
    script = f"from onboard.sqlite_store import SqliteStore\nfrom pathlib import Path\nSqliteStore(Path({str(path)!r}))"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert "MachineError" in second.stderr
    assert "locked" in second.stderr
    store.close()


KILLS = 20


def killed(path: Path, seed: int, first: int, moment_s: float) -> int:
    """Let a process advance from the step `first` and kill it; the last step it told, 0 if none."""
    command = [sys.executable, "-m", "tests.storage_victim", str(path), str(seed), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"0\n"
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(moment_s)
        child.kill()
        told = child.stdout.read().split()
    return int(told[-1]) if told else 0


def test_what_was_told_after_a_sync_outlives_every_kill(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    seed, done = 4, 0
    moments = Random(seed)
    expected = Outbox(CAPACITY_BYTES)
    for _ in range(KILLS):
        told = max(done, killed(path, seed, done + 1, moments.uniform(0, 0.05)))
        store = SqliteStore(path)
        synced = int(store.get("step") or b"0")
        assert told <= synced <= told + 1
        for number in range(done + 1, synced + 1):
            step(expected, seed, number)
        found = Outbox(CAPACITY_BYTES, store)
        assert (tuple(found), found.next_product_id) == (tuple(expected), expected.next_product_id)
        done = synced
        store.close()
    assert done > KILLS
