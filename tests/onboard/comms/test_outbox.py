import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import MAX_PRODUCT_ID, ProductKind
from onboard.mission_time import NEVER_NS
from sim.world.disk import SimulatedDisk
from tests.power_cut import FailingDisk, PowerCut


def product(product_id: int, value: float, size: int = 10, created_ns: int = 0, expires_ns: int = NEVER_NS) -> Product:
    return Product(product_id, ProductKind.CHIP, 0, bytes(size), value, created_ns, expires_ns)


def ids(products: tuple[Product, ...]) -> list[int]:
    return [each.product_id for each in products]


def test_least_valuable_then_oldest_goes_first() -> None:
    outbox = Outbox(40)
    for each in (
        product(1, 0.5),
        product(2, 0.1, created_ns=9),
        product(3, 0.1, created_ns=5),
        product(4, 0.9),
    ):
        assert outbox.store(each) == ()
    assert ids(outbox.store(product(5, 0.5, 15))) == [3, 2]
    assert sorted(each.product_id for each in outbox) == [1, 4, 5]
    assert outbox.held_bytes == 35


def test_equal_value_makes_room_for_the_newer() -> None:
    outbox = Outbox(10)
    outbox.store(product(1, 0.5))
    assert ids(outbox.store(product(2, 0.5, created_ns=1))) == [1]


def test_nothing_is_dropped_in_vain() -> None:
    outbox = Outbox(20)
    outbox.store(product(1, 0.1))
    outbox.store(product(2, 0.9))
    assert ids(outbox.store(product(3, 0.5, 15))) == [3]
    assert ids(outbox.store(product(4, 1.0, 21))) == [4]
    assert len(outbox) == 2


def test_what_expires_by_the_next_contact_goes_before_anything_that_can_be_sent() -> None:
    outbox = Outbox(40)
    outbox.store(product(1, 0.9, expires_ns=60), 100)
    outbox.store(product(2, 0.8, expires_ns=100), 100)
    outbox.store(product(3, 0.1, expires_ns=101), 100)
    assert outbox.store(product(4, 0.2), 100) == (), "where there is room the late ones stay"
    assert ids(outbox.store(product(5, 0.1), 100)) == [1]
    assert ids(outbox.store(product(6, 0.2, 20), 100)) == [2, 3]
    assert ids(outbox.store(product(7, 1.0, expires_ns=99), 100)) == [7], "nor does a late one put out one in time"
    assert sorted(each.product_id for each in outbox) == [4, 5, 6]


def test_of_late_ones_the_later_may_put_out_the_earlier() -> None:
    outbox = Outbox(10)
    outbox.store(product(1, 0.9, expires_ns=60), 100)
    assert ids(outbox.store(product(2, 0.1, expires_ns=70), 100)) == [1]


def test_an_id_cannot_be_held_twice() -> None:
    outbox = Outbox(99)
    outbox.store(product(1, 1))
    with pytest.raises(AssertionError):
        outbox.store(product(1, 1))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 60), st.booleans())))
def test_every_product_is_held_removed_or_returned(steps: list[tuple[float, int, bool]]) -> None:
    outbox = Outbox(100)
    expected: set[int] = set()
    for product_id, (value, size, is_removed) in enumerate(steps):
        dropped = outbox.store(product(product_id, value, size))
        assert all(each.value <= value for each in dropped)
        expected = (expected | {product_id}) - set(ids(dropped))
        if is_removed and expected:
            outbox.remove(gone := min(expected))
            expected.remove(gone)
        assert {each.product_id for each in outbox} == expected
        assert outbox.held_bytes == sum(len(each.payload) for each in outbox) <= 100
        assert all(each in outbox for each in expected)


def test_what_is_past_its_deadline_is_given_up_in_the_order_of_deadlines() -> None:
    outbox = Outbox(99)
    for each in (product(1, 1, expires_ns=300), product(2, 1, expires_ns=200), product(3, 1)):
        outbox.store(each)
    assert outbox.next_expiry_ns == 200
    assert outbox.expire(199) == ()
    assert ids(outbox.expire(200)) == [2]
    assert outbox.next_expiry_ns == 300
    outbox.remove(1)
    assert outbox.next_expiry_ns == NEVER_NS
    assert outbox.expire(NEVER_NS) == ()
    assert ids(tuple(outbox)) == [3]


def test_an_id_stays_used_whatever_became_of_its_product() -> None:
    disk = SimulatedDisk()
    outbox = Outbox(10, disk)
    assert outbox.next_product_id == 1
    outbox.store(product(7, 1))
    outbox.store(product(4, 1))
    outbox.remove(4)
    assert ids(outbox.store(product(8, 1, size=11))) == [8]
    disk.sync()
    assert Outbox(10, disk).next_product_id == 9


def test_a_reload_keeps_every_field_and_the_order_of_storing() -> None:
    disk = SimulatedDisk()
    outbox = Outbox(10**6, disk)
    made = (
        Product(9, ProductKind.IMAGE, 2**62, b"pixels" * 999, -0.1, 2**61, 2**61 + 1),
        Product(3, ProductKind.REPORT, -1, b"", 1e300, 0),
        Product(MAX_PRODUCT_ID, ProductKind.ALERT, 5, b"\0", 1 / 3, 5, 6),
    )
    for each in made:
        outbox.store(each)
    disk.sync()
    assert tuple(Outbox(10**6, disk)) == made


def test_what_is_gone_leaves_nothing_behind_but_its_id() -> None:
    disk = SimulatedDisk()
    outbox = Outbox(20, disk)
    for each in (product(1, 0), product(2, 1, expires_ns=5), product(3, 1), product(4, 1, size=21)):
        outbox.store(each)
    outbox.expire(5)
    outbox.remove(3)
    assert len(disk.items("")) == 1


class CountingDisk(SimulatedDisk):
    """A disk that counts what is put on it."""

    written_bytes = 0

    def put(self, key: str, value: bytes) -> None:
        self.written_bytes += len(value)
        super().put(key, value)


def test_a_payload_is_written_once_and_held_once() -> None:
    disk = CountingDisk()
    outbox = Outbox(10**7, disk)
    image = product(1, 1, size=10**6)
    outbox.store(image)
    disk.sync()
    assert disk.written_bytes < 1.001 * 10**6
    outbox.store(product(2, 1))
    outbox.remove(2)
    disk.sync()
    assert disk.written_bytes < 1.002 * 10**6
    held = next(iter(Outbox(10**7, disk)))
    assert held.payload is image.payload


State = tuple[tuple[Product, ...], int, int, int]


def state(outbox: Outbox) -> State:
    return tuple(outbox), outbox.held_bytes, outbox.next_product_id, outbox.next_expiry_ns


class Spacecraft:
    """A flight core that is rebooted from its disk when the power fails, and what the world was told."""

    def __init__(self) -> None:
        self.disk = FailingDisk()
        self.outbox = Outbox(100, self.disk)
        self.synced = state(self.outbox)
        self.now_ns = 0
        self.advance_acknowledged: list[int] = []
        self.told_acknowledged: list[int] = []
        self.told_ids: set[int] = set()

    def reboot(self) -> None:
        self.outbox = Outbox(100, self.disk)
        self.advance_acknowledged = []
        assert state(self.outbox) == self.synced
        assert self.outbox.next_product_id not in self.told_ids

    def store(self, size: int, value: float, lifetime_ns: int) -> None:
        self.now_ns += 1
        product_id = self.outbox.next_product_id
        expires_ns = self.now_ns + lifetime_ns if lifetime_ns else NEVER_NS
        payload = product_id.to_bytes(4, "big") * (size // 4)
        self.outbox.store(Product(product_id, ProductKind.CHIP, 0, payload, value, self.now_ns, expires_ns))

    def acknowledge(self) -> None:
        for held in list(self.outbox)[:2]:
            self.outbox.remove(held.product_id)
            self.advance_acknowledged.append(held.product_id)

    def sync_and_tell(self) -> None:
        self.disk.sync()
        self.synced = state(self.outbox)
        self.told_acknowledged += self.advance_acknowledged
        self.advance_acknowledged = []
        assert len(set(self.told_acknowledged)) == len(self.told_acknowledged)
        assert not set(self.told_acknowledged) & {held.product_id for held in self.outbox}
        self.told_ids |= set(range(1, self.outbox.next_product_id))


stores = st.tuples(st.integers(0, 60), st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 5))
cuts_after = st.lists(st.integers(0, 40), max_size=10)


@settings(max_examples=300, deadline=None)
@given(st.lists(stores | st.sampled_from("aaessc"), max_size=80), cuts_after)
def test_a_reboot_finds_the_state_of_the_last_sync(steps: list[tuple[int, float, int] | str], cuts: list[int]) -> None:
    craft = Spacecraft()
    for step in steps:
        if cuts and craft.disk.operations_left > 100:
            craft.disk.operations_left = cuts.pop()
        try:
            match step:
                case (size, value, lifetime_ns):
                    craft.store(size, value, lifetime_ns)
                case "a":
                    craft.acknowledge()
                case "e":
                    craft.outbox.expire(craft.now_ns)
                case "s":
                    craft.sync_and_tell()
                case "c":
                    craft.disk.crash()
                    craft.reboot()
        except PowerCut:
            craft.reboot()
    craft.disk.operations_left = 10**6
    craft.disk.crash()
    craft.reboot()
    assert state(craft.outbox) == craft.synced
