"""Products from their making to their end: stored, sent, acknowledged, or given up and reported as that."""

from dataclasses import replace
from struct import Struct

from onboard.answers import Answers
from onboard.broadcast import Broadcast
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
from onboard.comms.downlink import Downlink
from onboard.comms.event_reports import ProductExpired, ProductGivenUp, Reason, pack
from onboard.comms.frames import FrameBuilder
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import PacketBuilder, ProductKind
from onboard.config import SpacecraftConfig
from onboard.forecast import next_contact_ns
from onboard.link_security import LinkSecurity
from onboard.mission_time import NEVER_NS, NS_PER_S
from onboard.payload.products import awaits_verdict, encode, list_in
from onboard.settings import DurableSettings
from onboard.storage import Store

FETCHED, REPORTED = 1e3, 1e6
"""Values beside confidences of at most 1: what the ground ordered goes after these, and reports go last."""
NO_FRAME = -1
SILENCE_NS = 60 * NS_PER_S
"""Between grants of two passes: longer than a station takes to lock on again."""

_COUNTS = Struct(">QQ")
_COUNTS_KEY = "products/given_up"


class ProductDesk:
    """The outbox and the downlink, with an account of every product in the answers.

    `given_up` counts the products that ever lost their place to another, `expired` those that reached their deadline.
    """

    def __init__(
        self,
        config: SpacecraftConfig,
        store: Store,
        security: LinkSecurity,
        answers: Answers,
        settings: DurableSettings,
    ) -> None:
        self._answers = answers
        self._settings = settings
        self._store = store
        self._lifetimes_ns = dict(config.lifetime_ns)
        self._outbox = Outbox(config.outbox_bytes, store)
        self._downlink = Downlink(
            config.spacecraft_id,
            self._outbox,
            config.frame_length_bytes,
            sealer=security.sealer,
            lane="frames" if config.lane == "frames" else "runs",
        )
        self._broadcast: Broadcast | None = None
        if config.broadcasts:
            builder = FrameBuilder(config.spacecraft_id, config.frame_length_bytes, security.broadcast_sealer)
            self._broadcast = Broadcast(builder, PacketBuilder(), store)
        self._transmitted_ns = -NEVER_NS
        counts = store.get(_COUNTS_KEY)
        self.given_up, self.expired = (0, 0) if counts is None else _COUNTS.unpack(counts)

    @property
    def next_expiry_ns(self) -> int:
        """When the next product expires."""
        return self._outbox.next_expiry_ns

    @property
    def pending_products(self) -> int:
        """Products that the ground has not acknowledged."""
        return self._downlink.pending_products

    @property
    def pending_bytes(self) -> int:
        """Their payload."""
        return self._downlink.pending_bytes

    @property
    def next_product_id(self) -> int:
        """What `store` will call the next product."""
        return self._outbox.next_product_id

    def resize(self, outbox_bytes: int, *, is_full: bool) -> None:
        """The outbox takes so many bytes from now on; where it is full, no more than it holds."""
        self._outbox.capacity_bytes = min(outbox_bytes, self._outbox.held_bytes) if is_full else outbox_bytes

    def held(self) -> tuple[HeldProduct, ...]:
        """The products that the ground has not acknowledged."""
        return tuple(HeldProduct(one.product_id, one.frame_id, len(one.payload)) for one in self._outbox)

    def store(self, now_ns: int, kind: ProductKind, frame_id: int, payload: bytes, value: float) -> None:
        """Hold a frame's result for the ground, and broadcast what it lists, unless that awaits a verdict.

        That it was made is told before, by its number: it may be dropped at once.
        """
        product = self._hold(now_ns, kind, frame_id, payload, value)
        if self._broadcast is None:
            return
        if kind is ProductKind.ALERT:
            self._broadcast.add(now_ns, product)
        elif kind is ProductKind.CHIP and not awaits_verdict(payload):
            # Field terminals are small, and what they hear is repeated for hours: the list without its pixels.
            alone = encode(list_in(payload))
            self._broadcast.add(now_ns, replace(product, kind=ProductKind.ALERT, payload=alone, check=b""))

    def store_extra(self, now_ns: int, kind: ProductKind, frame_id: int, payload: bytes, value: float) -> None:
        """Hold a product that is not a frame's own result, and tell of it. Nobody hears it by broadcast."""
        self._answers.say(ProductMade(self.next_product_id, kind.name.lower(), frame_id, len(payload)))
        self._hold(now_ns, kind, frame_id, payload, value)

    def store_reports(self, now_ns: int) -> None:
        """Make products of all that is to be reported. One of them may put out a product, which is reported too."""
        while reports := self._answers.take_reports():
            for payload in pack(reports):
                self.store_extra(now_ns, ProductKind.REPORT, NO_FRAME, payload, REPORTED)

    def expire(self, now_ns: int) -> None:
        """Give up what nobody wants any more."""
        for product in self._downlink.expire(now_ns):
            self.expired += 1
            self._drop(product, "beyond its deadline")
            if product.kind is not ProductKind.REPORT:
                self._answers.report(ProductExpired(now_ns, product.product_id, product.frame_id, len(product.payload)))

    def transmit(self, now_ns: int, granted_bytes: int, beacon: bytes | None) -> None:
        """Fill a grant. Where the one before is long past, what memory has spoilt meanwhile is given up first."""
        if now_ns - self._transmitted_ns > SILENCE_NS:
            self._discard_damaged(now_ns)
        self._transmitted_ns = now_ns
        sent = self._downlink.transmit(now_ns, granted_bytes, beacon)
        account = sent.account
        self._answers.say(*(ProductSent(product_id) for product_id in sent.first_sent))
        self._answers.say(*(ProductSentWhole(product_id) for product_id in sent.sent_whole))
        self._answers.say(
            Transmit(
                parts=sent.parts,
                payload_bytes=account.payload,
                header_bytes=account.headers,
                fill_bytes=account.fill,
                retransmit_bytes=account.retransmit,
                housekeeping_bytes=account.housekeeping,
            )
        )

    def broadcast(self, now_ns: int, granted_bytes: int) -> None:
        """Fill a grant to field terminals, as far as there is anything to tell them."""
        if self._broadcast is not None and (frames := self._broadcast.transmit(now_ns, granted_bytes)):
            self._answers.say(BroadcastFrames(frames))

    def strike(self, draw: int) -> None:
        """Radiation flips a bit of a product, unnoticed."""
        self._downlink.strike(draw)

    def _discard_damaged(self, now_ns: int) -> None:
        for product in self._downlink.discard_damaged():
            self.given_up += 1
            self._drop(product, Reason.DAMAGED)
            if product.kind is not ProductKind.REPORT:
                size = len(product.payload)
                self._answers.report(ProductGivenUp(now_ns, product.product_id, product.frame_id, size, Reason.DAMAGED))

    def take_report(self, now_ns: int, report: bytes) -> None:
        """Learn from the ground what it has."""
        acknowledged = self._downlink.apply_report(now_ns, report)
        self._answers.say(*(ProductAcknowledged(product_id) for product_id in acknowledged))

    def _hold(self, now_ns: int, kind: ProductKind, frame_id: int, payload: bytes, value: float) -> Product:
        lifetime_ns = self._lifetimes_ns.get(kind.name.lower(), NEVER_NS)
        expires_ns = min(NEVER_NS, now_ns + lifetime_ns)
        product = Product(self.next_product_id, kind, frame_id, payload, value, now_ns, expires_ns)
        next_contact_ns = self._next_contact_ns(now_ns)
        for dropped in self._downlink.store(product, next_contact_ns):
            self.given_up += 1
            self._drop(dropped, "outbox full")
            if dropped.kind is not ProductKind.REPORT:
                size = len(dropped.payload)
                reason = Reason.NO_PASS if dropped.expires_ns <= next_contact_ns else Reason.LEAST_VALUABLE
                self._answers.report(ProductGivenUp(now_ns, dropped.product_id, dropped.frame_id, size, reason))
        return product

    def _next_contact_ns(self, now_ns: int) -> int:
        """When the ground will next listen, as far as the pass plan goes; the present where it has no more passes."""
        planned_ns = next_contact_ns(self._settings.now.passes, now_ns)
        return now_ns if planned_ns == NEVER_NS else planned_ns

    def _drop(self, product: Product, reason: str) -> None:
        self._store.put(_COUNTS_KEY, _COUNTS.pack(self.given_up, self.expired))
        self._answers.say(ProductDropped(product.product_id, product.frame_id, len(product.payload), reason))
