"""The outbox as a stream drops, sends and forgets what the flight software's does."""

from hypothesis import given
from hypothesis import strategies as some

from onboard.comms.outbox import Outbox as FlightOutbox
from onboard.comms.outbox import Product
from onboard.comms.packets import ProductKind
from sim.experiment.fit.stores import Outbox

VALUES = (0.0, 0.5, 1.0)


@given(some.lists(some.tuples(some.integers(1, 60), some.sampled_from(VALUES)), max_size=40), some.integers(20, 120))
def test_who_gives_way_is_who_gives_way_on_board(products: list[tuple[int, float]], capacity_bytes: int) -> None:
    flown, ours = FlightOutbox(capacity_bytes), Outbox(capacity_bytes)
    dropped = []
    for number, (size_bytes, value) in enumerate(products, start=1):
        product = Product(number, ProductKind.IMAGE, number, bytes(size_bytes), value, number)
        dropped += [victim.frame_id for victim in flown.store(product)]
        ours.store(number, size_bytes, size_bytes + 29, value)
    assert ours.dropped == dropped
    assert sorted(ours.waiting) == sorted(product.frame_id for product in flown)
    assert ours.held_bytes == flown.held_bytes


def test_the_most_valuable_goes_first_and_then_the_oldest() -> None:
    outbox = Outbox(1_000)
    for frame, value in ((1, 0.2), (2, 0.9), (3, 0.9)):
        outbox.store(frame, 10, 40, value)
    assert outbox.send(90.0, is_acknowledged=False) == 90.0
    assert outbox.delivered == [2, 3]
    assert outbox.held_bytes == 30, "nothing is forgotten before it is acknowledged"
    assert outbox.send(100.0, is_acknowledged=True) == 30.0, "what was sent of it stays sent"
    assert outbox.delivered == [2, 3, 1]
    assert outbox.held_bytes == 0
    assert outbox.peak_bytes == 30


def test_what_is_down_gives_way_without_loss_and_what_expires_is_lost() -> None:
    outbox = Outbox(20)
    outbox.store(1, 10, 10, 0.0)
    outbox.send(10.0, is_acknowledged=False)
    outbox.store(2, 10, 10, 0.0, expires_ns=50)
    outbox.store(3, 10, 10, 0.0)
    assert outbox.dropped == []
    outbox.expire(50)
    assert outbox.dropped == [2]
    assert outbox.waiting == [3]
