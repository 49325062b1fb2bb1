"""When the adaptive strategy sends pixels beside a list."""

from dataclasses import replace

from onboard.answers import Answers
from onboard.comms.packets import ProductKind
from onboard.comms.telecommands import PlannedPass
from onboard.enrichment import MOST_OWN_FETCHES, USABLE_SHARE, USEFUL_NS, Enrichment
from onboard.link_security import LinkSecurity
from onboard.mission_time import NS_PER_S
from onboard.payload.frame_store import FrameStore
from onboard.product_desk import ProductDesk
from onboard.settings import SELF_ORDERED, DurableSettings, Settings
from onboard.storage import MemoryStore
from tests.flight_for_tests import CONFIG, FRAME_BYTES, frame

RATE_BPS = 8 * 10_000
"""A second carries ten thousand bytes, of which eight thousand count."""


class Desk:
    def __init__(self, seconds: int = 10, after_ns: int = 0, **changes: object) -> None:
        store = MemoryStore()
        config = replace(CONFIG, outbox_bytes=10**9, **changes)  # type: ignore[arg-type]
        passes = (PlannedPass(after_ns, after_ns + seconds * NS_PER_S, RATE_BPS),) if seconds else ()
        self.settings = DurableSettings(store, Settings("adaptive", passes=passes))
        self.frames = FrameStore(10**9, store)
        security = LinkSecurity(config, store)
        security.refill()
        self.products = ProductDesk(config, store, security, Answers(), self.settings)
        self.enrichment = Enrichment(config, self.settings, self.frames, self.products)

    def has_room(self, n_bytes: int, value: float = 1.0, kind: str = "image") -> bool:
        return self.enrichment.has_room(0, kind, n_bytes, value)


def test_room_is_what_the_passes_carry_less_a_margin() -> None:
    desk = Desk(seconds=10)
    assert desk.has_room(round(100_000 * USABLE_SHARE))
    assert not desk.has_room(round(100_000 * USABLE_SHARE) + 1)
    assert not Desk(seconds=0).has_room(1)


def test_a_doubtful_find_gets_less_of_it() -> None:
    desk = Desk(seconds=10)
    assert desk.has_room(40_000, value=0.5)
    assert not desk.has_room(40_001, value=0.5)


def test_what_is_pending_comes_first() -> None:
    desk = Desk(seconds=10)
    desk.products.store(0, ProductKind.IMAGE, 1, bytes(70_000), 0.9)
    assert desk.has_room(10_000)
    assert not desk.has_room(10_001)


def test_only_passes_count_in_which_pixels_are_still_of_use() -> None:
    assert Desk(seconds=10, after_ns=USEFUL_NS - 10 * NS_PER_S).has_room(80_000)
    assert not Desk(seconds=10, after_ns=USEFUL_NS).has_room(1)
    soon = Desk(seconds=10, after_ns=5 * NS_PER_S, lifetime_ns=(("image", 10 * NS_PER_S),))
    assert soon.has_room(40_000)
    assert not soon.has_room(40_001)
    assert soon.has_room(80_000, kind="chip")


def test_an_ordered_image_takes_room_until_it_is_made() -> None:
    desk = Desk(seconds=3)
    for number in (1, 2):
        desk.frames.admit(frame(number))
        desk.frames.begin_work(number)
        desk.enrichment.order_image(0, frame(number), 1.0)
    ordered = [fetch.frame_id for fetch in desk.settings.now.fetches]
    assert ordered == [1]
    assert 24_000 - FRAME_BYTES < FRAME_BYTES
    assert desk.has_room(24_000 - FRAME_BYTES)
    assert not desk.has_room(24_001 - FRAME_BYTES)


def test_the_ground_keeps_most_of_what_may_be_ordered() -> None:
    desk = Desk(seconds=10_000)
    for number in range(1, 20):
        desk.frames.admit(frame(number))
        desk.frames.begin_work(number)
        desk.enrichment.order_image(0, frame(number), 1.0)
    assert [fetch.sequence for fetch in desk.settings.now.fetches] == [SELF_ORDERED] * MOST_OWN_FETCHES
