"""The spacecraft's ends of a secured link: what it seals, what it opens, and what of that must outlive a reboot."""

from collections.abc import Mapping

from onboard.broadcast import broadcast_keys
from onboard.comms.security import Direction, Opener, OpenerState, Sealer
from onboard.config import SpacecraftConfig
from onboard.sequences import DurableCounter
from onboard.storage import Store
from onboard.wire import Codec

SEQUENCE_BLOCK = 2**24
"""More frames than any grant holds: no reservation falls into the middle of an advance."""

_OPENER = "security/opener"


class LinkSecurity:
    """All ends are None on a clear link. Broadcasts are sealed with keys of their own, rotated with the others."""

    def __init__(self, config: SpacecraftConfig, store: Store) -> None:
        self._store = store
        self._codec = Codec(OpenerState)
        self._spacecraft_id = config.spacecraft_id
        self._counters: list[DurableCounter] = []
        self.sealer: Sealer | None = None
        self.broadcast_sealer: Sealer | None = None
        self.opener: Opener | None = None
        if not config.link_keys:
            return
        keys = dict(config.link_keys)
        self.sealer = self._sealer("downlink", keys)
        if config.broadcasts:
            self.broadcast_sealer = self._sealer("broadcast", broadcast_keys(keys))
        state = store.get(_OPENER)
        self._kept = OpenerState() if state is None else self._codec.decode(state)
        self.opener = Opener(keys, config.spacecraft_id, Direction.UP, self._kept)

    @property
    def key_id(self) -> int:
        """The key that seals frames now, 0 on a clear link."""
        return self.sealer.rotations[-1][1] if self.sealer else 0

    def rotate(self, direction: str, key_id: int) -> bool:
        """Seal with another key from the next frame on, or accept another of the ground's; False where it is not held
        or not higher than the one in use."""
        if self.sealer is None or self.opener is None:
            return False
        if direction == "uplink":
            return self.opener.expect(key_id)
        if not self._rotate("downlink", self.sealer, key_id):
            return False
        if self.broadcast_sealer is not None:
            self._rotate("broadcast", self.broadcast_sealer, key_id)
        return True

    def keep(self) -> None:
        """Put into the store what was opened in this advance, and the keys to expect, beside their effects."""
        if self.opener is not None and self.opener.state != self._kept:
            self._kept = self.opener.state
            self._store.put(_OPENER, self._codec.encode(self._kept))

    def refill(self) -> None:
        """Reserve sequence numbers for the next advance; this synchronises the store."""
        for counter in self._counters:
            counter.refill()

    def _sealer(self, link: str, keys: Mapping[int, bytes]) -> Sealer:
        self._counters.append(DurableCounter(self._store, f"security/{link}_sequence", SEQUENCE_BLOCK))
        kept = self._store.get(f"security/{link}_rotations")
        rotations = ((0, min(keys)),) if kept is None else self._codec.decode(kept)
        return Sealer(keys, self._spacecraft_id, Direction.DOWN, self._counters[-1], rotations)

    def _rotate(self, link: str, sealer: Sealer, key_id: int) -> bool:
        if not sealer.rotate(key_id, 0):
            return False
        self._store.put(f"security/{link}_rotations", self._codec.encode(sealer.rotations))
        return True
