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


def test_only_what_was_written_is_synchronised() -> None:
    disk = SimulatedDisk()
    disk.sync()
    assert disk.syncs == 0
    disk.put("key", b"1")
    disk.sync()
    disk.sync()
    assert disk.syncs == 1
