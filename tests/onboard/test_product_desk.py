"""Products from their making to their end."""

from dataclasses import replace

import pytest

from groundstation.messages import AlertReceived, BroadcastLink, FramesReceived, TerminalConfig
from groundstation.terminal import Terminal
from onboard.answers import Answers
from onboard.commands import (
    BroadcastFrames,
    HeldProduct,
    ProductAcknowledged,
    ProductDropped,
    ProductMade,
    ProductSent,
    ProductSentWhole,
    Transmit,
)
from onboard.comms.event_reports import FrameEvicted, ProductExpired, ProductGivenUp, Reason, encode
from onboard.comms.packets import ProductKind
from onboard.comms.telecommands import PlannedPass
from onboard.link_security import LinkSecurity
from onboard.mission_time import NEVER_NS, NS_PER_S
from onboard.payload.products import encode as encode_list
from onboard.product_desk import FETCHED, ProductDesk
from onboard.settings import DurableSettings, Settings
from onboard.storage import MemoryStore, Store
from tests.flight_for_tests import CONFIG, Ground, told
from tests.groundstation.lists_for_tests import a_list, chips_bytes


def desk(
    store: Store | None = None,
    outbox_bytes: int = 1000,
    *,
    passes: tuple[PlannedPass, ...] = (),
    broadcasts: bool = False,
) -> tuple[ProductDesk, Answers]:
    answers = Answers()
    config = replace(CONFIG, outbox_bytes=outbox_bytes, lifetime_ns=(("alert", 100),), broadcasts=broadcasts)
    store = store or MemoryStore()
    settings = DurableSettings(store, Settings("detections", passes=passes))
    return ProductDesk(config, store, LinkSecurity(config, store), answers, settings), answers


def test_a_product_is_sent_acknowledged_and_forgotten() -> None:
    products, answers = desk()
    products.store(1, ProductKind.IMAGE, 9, b"image", 0.0)
    assert products.held() == (HeldProduct(1, 9, 5),)
    products.transmit(2, 5000, b"beacon")
    said = answers.take()
    assert said[:2] == (ProductSent(1), ProductSentWhole(1))
    (sent,) = said[2:]
    assert isinstance(sent, Transmit)
    assert (sent.payload_bytes, sent.housekeeping_bytes) == (5, 512)
    ground = Ground()
    ground.hear(2, said)
    products.take_report(3, ground.report())
    products.take_report(3, b"noise")
    assert answers.take() == (ProductAcknowledged(1),)
    assert (products.pending_products, products.pending_bytes) == (0, 0)


def test_a_full_outbox_gives_up_the_least_valuable_and_says_so() -> None:
    products, answers = desk()
    products.store(1, ProductKind.ALERT, 1, bytes(600), 0.5)
    products.store(2, ProductKind.ALERT, 2, bytes(600), 0.4)
    products.store(3, ProductKind.ALERT, 3, bytes(600), 0.6)
    said, reports = told(answers)
    assert said == (ProductDropped(2, 2, 600, "outbox full"), ProductDropped(1, 1, 600, "outbox full"))
    assert reports == [
        ProductGivenUp(2, 2, 2, 600, Reason.LEAST_VALUABLE),
        ProductGivenUp(3, 1, 1, 600, Reason.LEAST_VALUABLE),
    ]
    assert products.next_product_id == 4
    assert (products.given_up, products.expired) == (2, 0)


@pytest.mark.parametrize(
    ("aos_ns", "given_up", "reason"),
    [(101, 1, Reason.NO_PASS), (100, 2, Reason.LEAST_VALUABLE), (0, 2, Reason.LEAST_VALUABLE)],
    ids=["the pass comes too late", "it comes in time", "no pass is known"],
)
def test_a_full_outbox_first_gives_up_what_no_planned_pass_can_bring_in_time(
    aos_ns: int, given_up: int, reason: Reason
) -> None:
    products, answers = desk(passes=(PlannedPass(aos_ns, aos_ns + 50, 8000),))
    products.store(1, ProductKind.ALERT, 1, bytes(600), 0.9)
    products.store(60, ProductKind.IMAGE, 2, bytes(300), 0.1)
    products.store(70, ProductKind.IMAGE, 3, bytes(300), 0.2)
    assert told(answers)[1] == [ProductGivenUp(70, given_up, given_up, 600 if given_up == 1 else 300, reason)]


def test_field_terminals_hear_what_a_frames_own_result_lists_and_no_pixels() -> None:
    products, answers = desk(broadcasts=True, outbox_bytes=10_000)
    found = a_list(7, 0.0, (500, 500, 502, 501))
    products.store(1, ProductKind.CHIP, 7, chips_bytes(found), 0.9)
    products.store_extra(2, ProductKind.CHIP, 8, chips_bytes(a_list(8, 0.0, (1, 1, 2, 2))), 0.9)
    answers.take()
    products.broadcast(NS_PER_S, 10_000)
    (sent,) = answers.take()
    assert isinstance(sent, BroadcastFrames)
    link = BroadcastLink("lark-1", CONFIG.spacecraft_id, CONFIG.frame_length_bytes)
    terminal = Terminal(TerminalConfig("crew", (link,)))
    heard = terminal.advance(NS_PER_S, (FramesReceived("lark-1", (sent.frames,)),))
    assert heard == (AlertReceived("lark-1", 1, 7, encode_list(found)),)


def test_field_terminals_hear_no_candidates() -> None:
    products, answers = desk(broadcasts=True, outbox_bytes=10_000)
    found = a_list(7, 0.0, (500, 500, 502, 501))
    products.store(1, ProductKind.CHIP, 7, chips_bytes(found, awaits_verdict=True), 0.9)
    answers.take()
    products.broadcast(NS_PER_S, 10_000)
    assert answers.take() == ()


def test_products_expire_and_what_expired_is_reported() -> None:
    products, answers = desk()
    products.store(1, ProductKind.ALERT, 1, b"old", 0.5)
    products.store(1, ProductKind.IMAGE, 2, b"image", 0.5)
    assert products.next_expiry_ns == 101
    products.expire(100)
    assert told(answers) == ((), [])
    products.expire(101)
    assert told(answers) == ((ProductDropped(1, 1, 3, "beyond its deadline"),), [ProductExpired(101, 1, 1, 3)])
    assert products.next_expiry_ns == NEVER_NS
    assert (products.given_up, products.expired) == (0, 1)


def test_counts_and_products_outlive_a_reboot() -> None:
    store = MemoryStore()
    products, _ = desk(store)
    products.store(1, ProductKind.ALERT, 1, b"old", 0.5)
    products.expire(101)
    for number in (2, 3):
        products.store(102, ProductKind.IMAGE, number, bytes(600), 0.5)
    again, _ = desk(store)
    assert (again.given_up, again.expired, again.next_product_id) == (1, 1, 4)
    assert again.held() == (HeldProduct(3, 3, 600),)


def test_reports_of_an_instant_are_one_product_that_outlives_all_others() -> None:
    products, answers = desk(outbox_bytes=200)
    evicted = [FrameEvicted(5, number, 10, Reason.NO_ROOM) for number in (1, 2)]
    for report in evicted:
        answers.report(report)
    products.store_reports(5)
    size = len(encode(evicted))
    assert told(answers) == ((ProductMade(1, "report", -1, size),), [])
    products.store_extra(6, ProductKind.IMAGE, 7, bytes(190), FETCHED)
    said, reports = told(answers)
    assert said[-1] == ProductDropped(2, 7, 190, "outbox full"), "even of what the ground ordered"
    assert reports == [ProductGivenUp(6, 2, 7, 190, Reason.LEAST_VALUABLE)]
    products.store_reports(6)
    assert products.held()[0] == HeldProduct(1, -1, size)


def test_a_report_that_puts_out_a_product_tells_of_it_too() -> None:
    products, answers = desk(outbox_bytes=60)
    products.store(1, ProductKind.ALERT, 1, bytes(55), 0.5)
    answers.report(FrameEvicted(5, 1, 10, Reason.NO_ROOM))
    products.store_reports(5)
    made = [one for one in answers.take() if isinstance(one, ProductMade)]
    assert [one.product_id for one in made] == [2, 3]
    ground = Ground()
    products.transmit(10**9, 5000, b"beacon")
    ground.hear(10**9, answers.take())
    assert ProductGivenUp(5, 1, 1, 55, Reason.LEAST_VALUABLE) in ground.event_reports
