"""Who is asked what a frame shows: a model as memory holds it, three copies of it that vote, or two models."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Protocol

import numpy as np

from onboard.config import Safeguards
from onboard.errors import InputError
from onboard.model_library import EnginePool
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference_cache import Engine
from onboard.payload.models import ModelCard, ModelFault
from onboard.payload.voting import Found, agreed, majority
from onboard.payload.weights import WeightCopy

_VOTES: dict[str, Callable[[Sequence[Found | None]], Found | None]] = {
    "none": lambda lists: lists[0],
    "tmr": majority,
    "diverse": agreed,
}

_Seat = SimpleQueue[Engine] | ModelFault
"""Engines of a copy, or why there are none."""


class Ask(Protocol):
    """Asks the panel as it was when a job began, from any thread."""

    def __call__(self, frame: Frame, planes: Planes, upset: int | None = None) -> tuple[Detection, ...]:
        """Detections. `upset` flips a bit of what one copy is given. Raises ModelFault where nobody has an answer."""


class Panel:
    """Copies of weights in memory, and engines for `workers` at a time; `second` is the other model's card."""

    def __init__(self, safeguards: Safeguards, second: ModelCard | None, workers: int, cache_root: str) -> None:
        self._safeguards = safeguards
        self._second = second
        self._workers = workers
        self._cache_root = cache_root
        self._copies: list[WeightCopy] = []
        self._pools: dict[tuple[str, float], EnginePool] = {}

    def strike(self, card: ModelCard, copy: int, draw: int) -> None:
        """Flip a bit of a copy of the model that flies."""
        self._hold(card)
        self._copies[copy].strike(draw)

    def scrub(self, card: ModelCard) -> int:
        """Hold memory against the hashes; returns how many copies had to be loaded anew."""
        self._hold(card)
        spoilt = [copy for copy in self._copies if not copy.is_sound]
        for copy in spoilt:
            copy.reload()
        return len(spoilt)

    def reload(self) -> None:
        """Load every copy anew."""
        for copy in self._copies:
            copy.reload()

    def prepare(self, card: ModelCard, threshold: float) -> Ask:
        """Have engines of what memory holds now, at a threshold, below 0 the card's. Jobs that run keep those they
        have."""
        self._hold(card)
        before, self._pools = self._pools, {}
        seats = [self._seat(copy, threshold if copy.card is card else -1.0, before) for copy in self._copies]

        def ask(frame: Frame, planes: Planes, upset: int | None = None) -> tuple[Detection, ...]:
            return self._answer(seats, frame, planes, upset)

        return ask

    def _hold(self, card: ModelCard) -> None:
        if self._copies and self._copies[0].card.sha256 == card.sha256:
            return
        others = [self._second] if self._second is not None else [card] * (self._safeguards.copies - 1)
        self._copies = [WeightCopy(one) for one in (card, *others)]

    def _seat(self, copy: WeightCopy, threshold: float, before: dict[tuple[str, float], EnginePool]) -> _Seat:
        card = copy.struck_card
        key = (card.sha256, threshold)
        pool = before.get(key) or self._pools.get(key) or EnginePool(self._workers, self._cache_root)
        try:
            engines = pool.prepare(card, threshold, copy.graph)
        except InputError as error:
            if copy.graph is None:
                raise
            return ModelFault(card.name, -1, 0, 0, error.told)
        self._pools[key] = pool
        return engines

    def _answer(self, seats: Sequence[_Seat], frame: Frame, planes: Planes, upset: int | None) -> tuple[Detection, ...]:
        # Copies that are alike answer alike: the host runs them once. Each is charged its time.
        told: dict[tuple[int, bool], Found | ModelFault] = {}
        answers = []
        for number, seat in enumerate(seats):
            is_struck = upset is not None and upset % len(seats) == number
            key = id(seat), is_struck
            if key not in told:
                seen = _with_flipped_bit(planes, upset // len(seats)) if is_struck and upset is not None else planes
                told[key] = _asked(seat, frame, seen)
            answers.append(told[key])
        lists = [None if isinstance(answer, ModelFault) else answer for answer in answers]
        found = _VOTES[self._safeguards.voting](lists)
        if found is None:
            raise next(answer for answer in answers if isinstance(answer, ModelFault))
        return found


def _asked(seat: _Seat, frame: Frame, planes: Planes) -> Found | ModelFault:
    if isinstance(seat, ModelFault):
        return seat
    engine = seat.get()
    try:
        return engine.infer(frame, planes)
    except ModelFault as fault:
        return fault
    finally:
        seat.put(engine)


def _with_flipped_bit(planes: Planes, draw: int) -> Planes:
    """A copy of digital numbers, 16 bits each, with one bit flipped."""
    struck = np.array(planes)
    place, bit = divmod(draw % (16 * struck.size), 16)
    struck.reshape(-1)[place] ^= np.uint16(1 << bit)
    return struck
