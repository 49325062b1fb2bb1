"""Encryption at rest."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind
from onboard.errors import MachineError
from onboard.sealed_store import SealedStore
from onboard.sqlite_store import SqliteStore
from onboard.storage import MemoryStore
from sim.world.disk import SimulatedDisk

KEY, OTHER = bytes([1]) * 32, bytes([2]) * 32


@given(st.dictionaries(st.text("ab/", min_size=1, max_size=4), st.binary(max_size=40), max_size=6))
def test_it_holds_what_a_store_holds(values: dict[str, bytes]) -> None:
    store, plain = SealedStore(MemoryStore(), KEY), MemoryStore()
    for key, value in values.items():
        store.put(key, value)
        plain.put(key, value)
    assert store.items("") == plain.items("")
    assert store.items("a") == plain.items("a")
    assert all(store.get(key) == value for key, value in values.items())
    for key in values:
        store.delete(key)
    assert store.items("") == []
    assert store.get("a") is None


def test_nothing_legible_reaches_the_medium(tmp_path: Path) -> None:
    medium = SqliteStore(tmp_path / "1.store")
    outbox = Outbox(10_000, SealedStore(medium, KEY))
    outbox.store(Product(1, ProductKind.ALERT, 1, b"a secret of the field" * 9, 0.5, 0))
    medium.sync()
    medium.close()
    assert all(b"secret" not in path.read_bytes() for path in tmp_path.iterdir())
    medium = SqliteStore(tmp_path / "1.store")
    (product,) = Outbox(10_000, SealedStore(medium, KEY))
    assert product.payload == b"a secret of the field" * 9
    medium.close()


def test_the_same_value_under_two_keys_looks_different() -> None:
    medium = MemoryStore()
    store = SealedStore(medium, KEY)
    store.put("a", b"value")
    store.put("b", b"value")
    assert medium.get("a") != medium.get("b")


@pytest.mark.parametrize("spoil", ["bit", "cut", "other place", "other key"])
def test_what_was_altered_is_not_believed(spoil: str) -> None:
    medium = MemoryStore()
    SealedStore(medium, KEY).put("a", b"value")
    sealed = medium.get("a")
    assert sealed is not None
    place = "b" if spoil == "other place" else "a"
    medium.put(place, {"bit": bytes([sealed[0] ^ 1]) + sealed[1:], "cut": sealed[:9]}.get(spoil, sealed))
    store = SealedStore(medium, OTHER if spoil == "other key" else KEY)
    with pytest.raises(MachineError, match="was altered"):
        store.get(place)
    with pytest.raises(MachineError, match="was altered"):
        store.items(place)


def test_what_was_not_synchronised_is_lost_as_in_the_store_below() -> None:
    disk = SimulatedDisk()
    store = SealedStore(disk, KEY)
    store.put("a", b"1")
    store.sync()
    store.put("a", b"2")
    assert store.get("a") == b"2"
    disk.crash()
    assert store.get("a") == b"1"
