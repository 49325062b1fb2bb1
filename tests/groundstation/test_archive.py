"""The archive's tables: bounded, durable together, and never numbered twice."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.archive import Archive, ArchivedPacket, ArchivedProduct, FlownModel, LostProduct
from groundstation.command_log import LoggedCommand
from groundstation.command_queue import CommandChanged, State
from groundstation.store import ArchiveStore
from onboard.comms.packets import ProductKind
from onboard.storage import MemoryStore, Store

SAT = "lark-1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


def a_product(product_id: int) -> ArchivedProduct:
    return ArchivedProduct(SAT, product_id, ProductKind.ALERT, 1, 2, b"payload")


def die(archive: Archive) -> None:
    """What the operating system does to a process that is killed: its connection is gone, its transaction too."""
    archive.database.close()


def test_packets_are_kept_as_they_came_and_the_oldest_make_room(path: Path) -> None:
    archive = Archive(path, max_packet_store_bytes=100)
    for number in range(10):
        archive.add_packet(SAT, number, bytes([number]) * 30)
    assert list(archive.packets()) == [ArchivedPacket(SAT, number, bytes([number]) * 30) for number in (7, 8, 9)]
    archive.add_packet(SAT, 10, b"x" * 95)
    archive.close()
    with closing(Archive(path, max_packet_store_bytes=100)) as again:
        again.add_packet(SAT, 11, b"y" * 10)
        assert [packet.received_ns for packet in again.packets()] == [11], "what is stored counts after a restart"
        again.add_packet(SAT, 12, b"z" * 101)
        assert list(again.packets()) == [], "a packet beyond the limit is not kept either"


def test_lost_products_are_told_once_and_never_of_what_is_here(path: Path) -> None:
    with closing(Archive(path)) as archive:
        archive.add_product(a_product(1))
        assert not archive.add_lost(LostProduct(SAT, 1, "no room", 5))
        assert archive.add_lost(LostProduct(SAT, 2, "no room", 5))
        assert not archive.add_lost(LostProduct(SAT, 2, "too old", 6))
        assert list(archive.lost_products()) == [LostProduct(SAT, 2, "no room", 5)]
        archive.add_product(a_product(2))
        assert list(archive.lost_products()) == [], "it came after all, late"


def test_counters_of_64_bits_saturate(path: Path) -> None:
    with closing(Archive(path)) as archive:
        archive.add_housekeeping(SAT, 1, (2**64 - 1, 0.5, 290.0, 0, 0, 0, 0, 2**64 - 1))
        ((*_, outbox_bytes),) = archive.housekeeping()
        assert outbox_bytes == 2**63 - 1
        archive.add_product(ArchivedProduct(SAT, 1, ProductKind.ALERT, 2**64, 2, b""))


def changed(state: State, order: int = 1, sequence: int = 0, reason: str = "") -> CommandChanged:
    return CommandChanged(SAT, order, sequence, "set_mode", state, reason)


def test_a_telecommand_is_logged_from_its_order_to_its_end(path: Path) -> None:
    with closing(Archive(path)) as archive:
        log = archive.commands
        log.note(1, changed(State.QUEUED))
        log.note(1, changed(State.QUEUED, order=2))
        for now_ns in (5, 6):
            log.note(now_ns, changed(State.RADIATED, sequence=9))
        log.note(8, changed(State.ACCEPTED, sequence=9))
        log.note(9, changed(State.FAILED, sequence=9, reason="trial failed"))
        assert list(log.all()) == [
            LoggedCommand(SAT, 1, 9, "set_mode", "failed", 1, 5, 8, 9, "trial failed"),
            LoggedCommand(SAT, 2, 0, "set_mode", "queued", 1, None, None, None, ""),
        ]


def test_one_commit_covers_products_commands_and_the_store(path: Path) -> None:
    for is_synced in (False, True):
        archive = Archive(path)
        archive.add_product(a_product(1))
        archive.commands.note(1, changed(State.QUEUED))
        archive.store.put("security/sequence", b"\x07")
        if is_synced:
            archive.store.sync()
        die(archive)
        with closing(Archive(path)) as again:
            held = (len(again.known_ids(SAT)), len(list(again.commands.all())), len(again.store.items("security/")))
            assert held == ((1, 1, 1) if is_synced else (0, 0, 0))


keys = st.text("ab/~", min_size=1, max_size=3)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("put"), keys, st.binary(max_size=4)),
        st.tuples(st.just("delete"), keys),
        st.tuples(st.just("sync")),
    ),
    max_size=20,
)


@given(operations, keys)
def test_the_store_behaves_as_the_one_in_memory(changes: list[tuple[str, ...]], prefix: str) -> None:
    archive = Archive(Path(":memory:"))
    ours: Store = ArchiveStore(archive.database)
    model: Store = MemoryStore()
    for name, *values in changes:
        for store in (ours, model):
            getattr(store, name)(*values)
        for key in ("", prefix):
            assert ours.items(key) == model.items(key)
        assert ours.get(prefix) == model.get(prefix)
    archive.close()


def test_models_and_ground_findings_come_back(path: Path) -> None:
    model = FlownModel("wildfire", "m", "01020304" + "00" * 28, ("fire", "smoke"))
    with closing(Archive(path)) as archive:
        archive.add_model(model)
        archive.add_model(model)
        assert archive.models() == {(b"\x01\x02\x03\x04", "wildfire"): model}
        for payload in (b"first", b"second"):
            archive.add_ground_finding(SAT, 3, 5, payload)
        assert list(archive.ground_findings()) == [(SAT, 5, b"second")]


def test_one_product_and_the_list_without_payloads(path: Path) -> None:
    with closing(Archive(path)) as archive:
        archive.add_product(a_product(4))
        assert archive.product(SAT, 4) == a_product(4)
        assert archive.product(SAT, 5) is None
        ((entry),) = archive.product_list()
        assert (entry.product_id, entry.kind, entry.payload_bytes) == (4, ProductKind.ALERT, 7)
