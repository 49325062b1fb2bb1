from onboard.storage import Store
from sim.world.disk import SimulatedDisk


def test_a_crash_loses_what_was_not_synchronised_and_nothing_else() -> None:
    disk = SimulatedDisk()
    disk.put("kept", b"1")
    disk.put("changed", b"2")
    disk.put("deleted", b"3")
    disk.sync()
    disk.put("changed", b"22")
    disk.delete("deleted")
    disk.put("new", b"4")
    disk.crash()
    assert disk.items("") == [("changed", b"2"), ("deleted", b"3"), ("kept", b"1")]
    assert disk.get("new") is None


def test_the_writer_sees_its_writes_at_once() -> None:
    disk: Store = SimulatedDisk()
    disk.put("b", b"2")
    disk.sync()
    disk.put("a", b"1")
    disk.delete("b")
    assert disk.get("b") is None
    assert disk.items("") == [("a", b"1")]


def test_a_sync_takes_its_latency_and_the_time_of_its_bytes() -> None:
    disk = SimulatedDisk(sync_latency_ns=5_000_000, write_rate_bytes_per_s=1000)
    disk.put("key", bytes(997))
    disk.sync()
    assert disk.busy_ns == 1_005_000_000
    disk.sync()
    assert (disk.busy_ns, disk.syncs, disk.written_bytes) == (1_005_000_000, 1, 1000)
    disk.delete("key")
    disk.sync()
    assert disk.busy_ns == 1_010_000_000
