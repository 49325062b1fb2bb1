"""The order of things on the timeline."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.mission_time import NEVER_NS, NS_PER_S
from sim.executive import WORLD, Delivery, Executive, Sent
from sim.nodes import LocalNode
from sim.pace import AsFastAsPossible, RealTime

Record = tuple[int, str, tuple[object, ...], tuple[object, ...]]


class Echo:
    """Answers every message with itself, and wakes by itself at set instants."""

    def __init__(self, *wakes_ns: int) -> None:
        self._wakes = list(wakes_ns)
        self.seen: list[tuple[int, tuple[object, ...]]] = []

    @property
    def deadline_ns(self) -> int:
        return self._wakes[0] if self._wakes else NEVER_NS

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        while self._wakes and self._wakes[0] <= now_ns:
            self._wakes.pop(0)
        self.seen.append((now_ns, inbox))
        return inbox

    def close(self) -> None:
        pass


class Silent(Echo):
    """A world that keeps what it is sent."""

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        super().advance(now_ns, inbox)
        return ()


def build(**nodes: Echo) -> tuple[Executive, list[Record]]:
    records: list[Record] = []
    living = {name: LocalNode(node) for name, node in nodes.items()}
    return Executive(living, lambda *record: records.append(record), AsFastAsPossible()), records


def test_time_then_priority_then_insertion() -> None:
    world, node = Silent(), Echo()
    executive, _ = build(world=world, node=node)
    executive.post(
        [
            Delivery(20, "node", "late"),
            Delivery(10, "node", "second"),
            Delivery(10, "node", "last", priority=1),
            Delivery(10, "node", "third"),
            Delivery(10, "node", "first", priority=-1),
        ]
    )
    executive.run(100)
    assert node.seen == [(10, ("first", "second", "third", "last")), (20, ("late",))]


def test_what_a_node_sends_reaches_the_world_at_the_same_instant() -> None:
    world, node = Silent(), Echo()
    executive, records = build(world=world, node=node)
    executive.post([Delivery(10, "node", "hello")])
    executive.run(10)
    assert world.seen == [(10, (Sent("node", "hello"),))]
    assert records == [(10, "node", ("hello",), ("hello",))]


def test_a_node_is_called_at_its_own_deadline() -> None:
    world, node = Silent(), Echo(5, 7)
    executive, _ = build(world=world, node=node)
    executive.run(6)
    assert node.seen == [(5, ())]
    executive.run(7)
    assert node.seen == [(5, ()), (7, ())]


def test_a_delivery_into_the_past_is_our_own_mistake() -> None:
    world, node = Silent(), Echo(5)
    executive, _ = build(world=world, node=node)
    executive.run(5)
    with pytest.raises(AssertionError, match="past"):
        executive.post([Delivery(3, "node", "too late")])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(-1, 1)), max_size=40))
def test_the_order_is_total_and_repeatable(posts: list[tuple[int, int]]) -> None:
    def fly() -> list[tuple[int, tuple[object, ...]]]:
        world, node = Silent(), Echo()
        executive, _ = build(world=world, node=node)
        executive.post(Delivery(at, "node", number, priority) for number, (at, priority) in enumerate(posts))
        executive.run(100)
        return node.seen

    seen = fly()
    assert seen == fly()
    order = [message for _, inbox in seen for message in inbox]
    assert order == sorted(range(len(posts)), key=lambda number: (*posts[number], number))


def test_the_world_records_facts_and_posts_deliveries() -> None:
    world, node = Silent(), Echo()
    executive, records = build(world=world, node=node)
    executive.open((Delivery(4, "node", "from the world"), "a fact"))
    executive.run(10)
    assert records[0] == (0, WORLD, (), ("a fact",))
    assert node.seen == [(4, ("from the world",))]


def test_pace_looks_after_the_nodes_while_it_waits() -> None:
    looks: list[int] = []
    RealTime(10.0).wait_until(0, lambda: looks.append(0))
    pace = RealTime(10.0)
    pace.wait_until(0, lambda: None)
    pace.wait_until(NS_PER_S // 2, lambda: looks.append(1))
    assert looks


def test_pace_holds_nobody_up_to_where_a_run_broke_off() -> None:
    pace = RealTime(1e-6, from_ns=5 * NS_PER_S)
    for now_ns in (0, NS_PER_S, 5 * NS_PER_S):
        pace.wait_until(now_ns, lambda: pytest.fail("it waits"))


def test_what_comes_from_outside_is_delivered_in_between() -> None:
    world = Silent(20, 30)
    asked: list[tuple[int, int]] = []
    records: list[Record] = []

    def inputs(last_ns: int, next_ns: int) -> tuple[Delivery, ...] | None:
        asked.append((last_ns, next_ns))
        return (Delivery(25, WORLD, "an order"),) if asked.count((20, 30)) == 1 and len(asked) == 2 else None

    executive = Executive({WORLD: LocalNode(world)}, lambda *one: records.append(one), AsFastAsPossible(), inputs)
    executive.run(30)
    assert world.seen == [(20, ()), (25, ("an order",)), (30, ())]
    assert asked == [(0, 20), (20, 30), (20, 25), (25, 30)]


def test_after_what_is_refused_the_pace_is_asked_anew() -> None:
    waited: list[int] = []
    came = [None, (), (), None]

    class Counted(AsFastAsPossible):
        def wait_until(self, now_ns: int, _look: Callable[[], None]) -> None:
            waited.append(now_ns)

    world = Silent(20, 30)
    executive = Executive({WORLD: LocalNode(world)}, lambda *_: None, Counted(), lambda *_: came.pop(0))
    executive.run(30)
    assert world.seen == [(20, ()), (30, ())]
    assert waited == [20, 30, 30, 30]
