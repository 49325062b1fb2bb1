"""What fault detection must not forget in a reboot."""

from dataclasses import dataclass, replace

from onboard.mission_time import to_ns
from onboard.modes import Mode
from onboard.storage import Store
from onboard.wire import Codec

_KEY = "fdir"


@dataclass(frozen=True, slots=True)
class UnitTime:
    """A unit, and the instant that is noted of it."""

    unit: str
    met_ns: int


@dataclass(frozen=True, slots=True)
class FdirState:
    """`raised` are names of monitors; `cycles` tell when units were cycled, `left_off` until when others stay off.

    `boots_ns` are reboots of late, `heard_ns` is when the ground was heard last, and `array_w` the best that the array
    has given.
    """

    mode: str = Mode.NOMINAL.value
    raised: tuple[str, ...] = ()
    cycles: tuple[UnitTime, ...] = ()
    left_off: tuple[UnitTime, ...] = ()
    boots_ns: tuple[int, ...] = ()
    heard_ns: int = 0
    array_w: float = 0.0


def is_recent(now_ns: int, met_ns: int, window_s: float) -> bool:
    """Whether something was within the window; what seems to come was noted before the clock was set back."""
    return 0 <= now_ns - met_ns < to_ns(window_s)


class DurableFdir:
    """The state over a store: a change is durable with the store's next sync."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._codec = Codec(FdirState, UnitTime)
        kept = store.get(_KEY)
        self.now: FdirState = FdirState() if kept is None else self._codec.decode(kept)

    def change(self, **fields: object) -> None:
        """Set some of it, by the names of `FdirState`."""
        after = replace(self.now, **fields)  # type: ignore[arg-type]  # checked by the caller's names
        if after != self.now:
            self.now = after
            self._store.put(_KEY, self._codec.encode(after))
