"""Frames from their exposure to their end: admitted, kept after processing while there is room, fetched, released."""

from onboard.answers import Answers, Outcome, Progress
from onboard.commands import FrameRefused, ReleaseFrame
from onboard.comms.event_reports import FrameEvicted, Reason
from onboard.comms.telecommands import FetchFrame
from onboard.config import SpacecraftConfig
from onboard.payload.frame_store import FrameState, FrameStore, StoredFrame
from onboard.payload.imagery import Frame
from onboard.settings import SELF_ORDERED, DurableSettings, FetchOrder
from onboard.storage import Store

MAX_FETCHES = 64
"""Ordered and not yet served: what the ground wants gives way to no newcomer."""


class FrameDesk:
    """Mass memory's catalogue, and what becomes known of it."""

    def __init__(self, config: SpacecraftConfig, store: Store, settings: DurableSettings, answers: Answers) -> None:
        self._most_retained_bytes = config.retained_bytes
        self._settings = settings
        self._answers = answers
        self.catalogue = FrameStore(config.mass_memory_bytes, store)

    def admit(self, now_ns: int, frame: Frame) -> None:
        """Take a frame in, or refuse it."""
        self._give_up(now_ns, self.catalogue.admit(frame))

    def resize(self, now_ns: int, mass_memory_bytes: int, *, is_full: bool) -> None:
        """Mass memory has so much room from now on; where it is full, for no more than it holds."""
        room_bytes = min(mass_memory_bytes, self.catalogue.stored_bytes) if is_full else mass_memory_bytes
        self._give_up(now_ns, self.catalogue.resize(room_bytes))

    def keep(self, now_ns: int, frame: Frame, value: float) -> None:
        """Its work is done: the ground may ask for it while there is room."""
        self.catalogue.keep(frame.frame_id, value)
        self._trim(now_ns)

    def order_fetch(self, sequence: int, command: FetchFrame) -> Outcome:
        """The ground wants a frame."""
        fetches = self._settings.now.fetches
        if len(fetches) >= MAX_FETCHES:
            return Reason.NO_ROOM
        if not self.catalogue.want(command.frame_id):
            return Reason.UNKNOWN_FRAME
        order = FetchOrder(command.frame_id, command.codec, command.thumbnail_factor, sequence)
        self._settings.change(fetches=(*fetches, order))
        return Progress.UNDER_WAY

    def end_fetch(self, now_ns: int, order: FetchOrder, failed_because: str = "") -> None:
        """The frame that the ground wants is a product, or cannot become one."""
        self.catalogue.put_back(order.frame_id)
        fetches = tuple(one for one in self._settings.now.fetches if one != order)
        self._settings.change(fetches=fetches)
        if all(one.frame_id != order.frame_id for one in fetches):
            self.catalogue.serve(order.frame_id)
            self._trim(now_ns)
        if order.sequence == SELF_ORDERED:
            return
        reason = Reason.JOB_FAILED if failed_because else None
        self._answers.end_command(now_ns, order.sequence, "fetch_frame", reason, failed_because)

    def _trim(self, now_ns: int) -> None:
        self._give_up(now_ns, self.catalogue.trim(self._most_retained_bytes))

    def _give_up(self, now_ns: int, victims: tuple[StoredFrame, ...]) -> None:
        """A frame that was kept has had its result: only one that still waited is lost."""
        for victim in victims:
            frame = victim.frame
            if victim.state is FrameState.WAITING:
                self._answers.say(FrameRefused(frame.frame_id, "mass memory full"))
                self._answers.report(FrameEvicted(now_ns, frame.frame_id, frame.captured_bytes, Reason.NO_ROOM))
            self._answers.say(ReleaseFrame(frame.frame_id))
