"""Pixels beside a frame's result, as far as the passes that are planned have room beyond what is pending."""

from onboard.config import SpacecraftConfig
from onboard.forecast import sendable_bytes
from onboard.mission_time import NS_PER_S
from onboard.payload.frame_store import FrameStore
from onboard.payload.imagery import Frame
from onboard.product_desk import ProductDesk
from onboard.settings import SELF_ORDERED, DurableSettings, FetchOrder

USEFUL_NS = 3 * 3600 * NS_PER_S
"""Pixels to judge a find by shall come within this time: two orbits, in which people decide what to do about it."""
USABLE_SHARE = 0.8
"""Of what the plan promises: headers, housekeeping and repeats take their part (assumed)."""
MOST_OWN_FETCHES = 8
"""The rest of what may be ordered at a time is the ground's."""


class Enrichment:
    """Decides frame by frame whether more than the result is worth sending.

    A frame of value v may fill the room up to the share v of it: as room runs out, only the surest finds get any. What
    is richer never delays what is poorer, which goes first on the link and is of more value in the outbox.
    """

    def __init__(
        self, config: SpacecraftConfig, settings: DurableSettings, frames: FrameStore, products: ProductDesk
    ) -> None:
        self._lifetimes_ns = dict(config.lifetime_ns)
        self._settings = settings
        self._frames = frames
        self._products = products

    def has_room(self, now_ns: int, kind: str, product_bytes: int, value: float) -> bool:
        """Whether a product, of a kind that may have a lifetime, of a frame of this value fits in beside all else."""
        until_ns = now_ns + min(USEFUL_NS, self._lifetimes_ns.get(kind, USEFUL_NS))
        room_bytes = USABLE_SHARE * sendable_bytes(self._settings.now.passes, now_ns, until_ns)
        owed_bytes = self._products.pending_bytes + self._ordered_bytes()
        return owed_bytes + product_bytes <= value * room_bytes

    def order_image(self, now_ns: int, frame: Frame, value: float) -> None:
        """Have the frame itself coded, when nothing else is to be done, where it would fit as it was taken."""
        fetches = self._settings.now.fetches
        if sum(fetch.sequence == SELF_ORDERED for fetch in fetches) >= MOST_OWN_FETCHES:
            return
        if self.has_room(now_ns, "image", frame.pixel_bytes, value) and self._frames.want(frame.frame_id):
            order = FetchOrder(frame.frame_id, "lossless", 1, SELF_ORDERED)
            self._settings.change(fetches=(*fetches, order))

    def _ordered_bytes(self) -> int:
        ordered = (self._frames.get(fetch.frame_id) for fetch in self._settings.now.fetches)
        return sum(stored.frame.pixel_bytes for stored in ordered if stored is not None)
