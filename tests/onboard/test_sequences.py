from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.sequences import DurableCounter
from onboard.storage import MemoryStore
from sim.world.disk import SimulatedDisk
from tests.power_cut import FailingDisk, PowerCut


def test_numbers_come_in_order_and_a_reboot_goes_on_after_the_block() -> None:
    disk = SimulatedDisk()
    counter = DurableCounter(disk, "frames", block=10)
    assert [counter.next(), counter.next(3), counter.next()] == [0, 1, 4]
    disk.crash()
    assert DurableCounter(disk, "frames", block=10).next() == 10


def test_a_run_of_numbers_may_exceed_the_block() -> None:
    disk = SimulatedDisk()
    counter = DurableCounter(disk, "frames", block=10)
    assert [counter.next(25), counter.next()] == [0, 25]
    assert DurableCounter(disk, "frames", block=10).next() == 35


def test_two_counters_share_a_store() -> None:
    store = MemoryStore()
    first, second = (DurableCounter(store, key, block=2) for key in ("a", "b"))
    assert [first.next(), first.next(), second.next(), first.next()] == [0, 1, 0, 2]


def test_a_refilled_counter_synchronises_nothing_within_an_advance() -> None:
    disk = SimulatedDisk()
    counter = DurableCounter(disk, "frames", block=100)
    for number in range(0, 1000, 50):
        counter.refill()
        before = disk.syncs
        assert counter.next(50) == number
        assert disk.syncs == before
    assert disk.syncs <= 20


def test_a_full_reserve_is_not_refilled() -> None:
    disk = SimulatedDisk()
    counter = DurableCounter(disk, "frames", block=1)
    for _ in range(3):
        counter.refill()
    assert disk.syncs == 1


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 30) | st.sampled_from(["refill", "sync"]), max_size=60),
    st.lists(st.integers(0, 12), max_size=8),
    st.sampled_from([1, 2, 7, 100]),
)
def test_no_number_is_used_twice(steps: list[int | str], cuts: list[int], block: int) -> None:
    disk = FailingDisk()
    counter = DurableCounter(disk, "count", block)
    used_below = 0
    for step in steps:
        if cuts and disk.operations_left > 100:
            disk.operations_left = cuts.pop()
        try:
            match step:
                case "refill":
                    counter.refill()
                case "sync":
                    disk.sync()
                case int():
                    first = counter.next(step)
                    assert first >= used_below
                    used_below = first + step
        except PowerCut:
            counter = DurableCounter(disk, "count", block)
