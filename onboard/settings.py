"""What telecommands have set: kept over reboots, and the flight rules' words until told otherwise."""

from dataclasses import dataclass, replace

from onboard.comms.telecommands import PlannedPass
from onboard.modes import Mode
from onboard.storage import Store
from onboard.wire import Codec

SELF_ORDERED = -1
"""In place of a telecommand's number: the spacecraft's own strategy ordered it."""

_KEY = "settings"


@dataclass(frozen=True, slots=True)
class FetchOrder:
    """A stored frame that is wanted as it is; telecommand `sequence` is completed when its product is stored."""

    frame_id: int
    codec: str
    shrink: int
    sequence: int


@dataclass(frozen=True, slots=True)
class CaptureOrder:
    """Exposures still to come, ascending, and how many could not be; telecommand `sequence` ends with the last."""

    met_ns: tuple[int, ...]
    missed: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Settings:
    """`threshold` below 0 stands for that of the model's card; `mode` is what was commanded last."""

    strategy: str
    threshold: float = -1.0
    mode: str = Mode.NOMINAL.value
    passes: tuple[PlannedPass, ...] = ()
    fetches: tuple[FetchOrder, ...] = ()
    captures: tuple[CaptureOrder, ...] = ()


class DurableSettings:
    """The settings over a store: a change is durable with the store's next sync."""

    def __init__(self, store: Store, original: Settings) -> None:
        self._store = store
        self._codec = Codec(Settings, FetchOrder, CaptureOrder, PlannedPass)
        kept = store.get(_KEY)
        self.now: Settings = original if kept is None else self._codec.decode(kept)

    def change(self, **fields: object) -> None:
        """Set some of them, by the names of `Settings`."""
        self.now = replace(self.now, **fields)  # type: ignore[arg-type]  # checked by the caller's names
        self._store.put(_KEY, self._codec.encode(self.now))
