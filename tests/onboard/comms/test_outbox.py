import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind


def product(product_id: int, value: float, size: int = 10, created_ns: int = 0) -> Product:
    return Product(product_id, ProductKind.CHIP, 0, bytes(size), value, created_ns)


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
