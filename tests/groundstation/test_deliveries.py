"""When deliveries are tried and given up, on a clock that the test holds."""

from hypothesis import given
from hypothesis import strategies as st

from groundstation.deliveries import Answer, DeliveryQueue, RetryPolicy, Verdict
from groundstation.publications import Delivery

NOT_NOW = Answer(Verdict.NOT_NOW, "HTTP 503")


def a_delivery(number: int, attempts: int = 0) -> Delivery:
    return Delivery(number, f"event-{number}", "hook", b"{}", attempts)


def test_waits_double_up_to_a_limit() -> None:
    policy = RetryPolicy(attempts=8, first_wait_s=1.0, most_wait_s=20.0)
    assert [policy.wait_s(failures) for failures in range(1, 8)] == [1, 2, 4, 8, 16, 20, 20]
    assert policy.wait_s(100_000) == 20


def test_a_failed_delivery_comes_back_when_it_is_due_and_lets_others_pass() -> None:
    waiting = DeliveryQueue(RetryPolicy(first_wait_s=10.0))
    for number in (2, 1):
        waiting.add(a_delivery(number), 0.0)
    first = waiting.take(0.0)
    assert first == a_delivery(1), "in order of publication"
    assert waiting.settle(first, NOT_NOW, 0.0).verdict is Verdict.NOT_NOW
    assert waiting.take(0.0) == a_delivery(2)
    assert waiting.take(9.9) is None
    assert waiting.due_s == 10.0
    assert waiting.take(10.0) == a_delivery(1, attempts=1)
    assert waiting.due_s is None


def test_a_receiver_may_ask_for_more_time_within_the_limit() -> None:
    waiting = DeliveryQueue(RetryPolicy(first_wait_s=1.0, most_wait_s=60.0))
    for asked_s, due_s in ((0.0, 1.0), (30.0, 30.0), (1e9, 60.0)):
        waiting.settle(a_delivery(1), Answer(Verdict.NOT_NOW, "", asked_s), 0.0)
        assert waiting.due_s == due_s
        assert waiting.take(due_s)


@given(st.lists(st.sampled_from(list(Verdict)), max_size=12), st.integers(1, 6))
def test_every_delivery_ends_delivered_given_up_or_waiting(verdicts: list[Verdict], most: int) -> None:
    waiting = DeliveryQueue(RetryPolicy(attempts=most))
    waiting.add(a_delivery(1), 0.0)
    for number, verdict in enumerate(verdicts, 1):
        due_s = waiting.due_s
        assert due_s is not None
        delivery = waiting.take(due_s)
        assert delivery is not None
        settled = waiting.settle(delivery, Answer(verdict, "told"), due_s)
        assert settled.attempts == number <= most
        assert (settled.verdict is Verdict.NOT_NOW) == (len(waiting) == 1)
        if settled.verdict is not Verdict.NOT_NOW:
            gave_up = number == most and verdict is Verdict.NOT_NOW
            assert settled.verdict is (Verdict.REFUSED if gave_up else verdict)
            break
