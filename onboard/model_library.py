"""Models as files: the one loaded before launch, and those unpacked from archives that came by uplink."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from onboard.errors import InputError
from onboard.model_damage import altered_copy, sha256_of
from onboard.payload.inference_cache import Engine, engine_for
from onboard.payload.model_trial import ModelRejected, try_model, unpack_model
from onboard.payload.models import ModelCard, load_card

_TRIAL_RUNS = 2
_MOST_MACS = 2**63 - 1
"""What a message carries. A card may claim any finite number."""

DAMAGED = "the model's file is damaged: its SHA-256 is not its card's"

Archive = Callable[[bytes], bytes]
"""Gives an archive by its hash."""


class FlyingModels:
    """Cards by archive, each model unpacked once, below `root`; `archive` gives the bytes of one.

    The cloud mask's folder is `mask`, that of the model whose answer is asked beside `second`; the ground does not
    change them in flight.
    """

    def __init__(
        self, original: Path, root: Path, archive: Archive, mask: Path | None = None, second: Path | None = None
    ) -> None:
        self._root = root
        self._mask = mask
        self._second = second
        self._archive = archive
        self._folders = {b"": original}
        self._cards: dict[bytes, ModelCard] = {}
        self._trial_macs: dict[bytes, int] = {}
        self._altered: dict[str, Path] = {}

    def card(self, archive_sha256: bytes) -> ModelCard:
        """The card of a model that flies, or that passed its trial."""
        if archive_sha256 not in self._cards:
            self._cards[archive_sha256] = load_card(self._folder(archive_sha256))
        return self._cards[archive_sha256]

    def corrupt(self, archive_sha256: bytes, n_bytes: int) -> None:
        """Bytes of a model's file, evenly spread over it, are altered: in a copy, which stands for it from now on."""
        card = self.card(archive_sha256)
        self._altered[card.sha256] = altered_copy(card.path, self._root, n_bytes)

    def loaded(self, card: ModelCard) -> str:
        """An empty text, or why the file that is there cannot be flown: then it is taken from the store anew."""
        altered = self._altered.pop(card.sha256, None)
        return "" if altered is None or sha256_of(altered) == card.sha256 else DAMAGED

    def cloud_mask(self) -> ModelCard:
        """The card of the cloud mask, on a spacecraft that has one."""
        assert self._mask is not None
        return load_card(self._mask)

    def second(self) -> ModelCard | None:
        """The card of the model whose answer is asked beside, on a spacecraft that has one."""
        return load_card(self._second) if self._second is not None else None

    def trial_macs(self, archive_sha256: bytes) -> int:
        """Multiply-accumulates of a trial: the golden tile, twice."""
        if archive_sha256 not in self._trial_macs:
            self._trial_macs[archive_sha256] = self._count_trial_macs(archive_sha256)
        return self._trial_macs[archive_sha256]

    def trial(self, archive_sha256: bytes, task: str, bands: tuple[str, ...]) -> Callable[[], str]:
        """A model's trial, for a worker to run: it gives an empty text, or why the model may not fly."""
        try:
            folder = self._folder(archive_sha256)  # here: storage is for the thread that opened it
        except ModelRejected as rejected:
            reason = str(rejected)
            return lambda: reason
        return lambda: _rejection(folder, task, bands)

    def _count_trial_macs(self, archive_sha256: bytes) -> int:
        try:
            card = self.card(archive_sha256)
        except (InputError, ModelRejected, RecursionError):
            return 0  # the trial itself will say what is wrong
        height_px, width_px = card.tile_hw
        work = _TRIAL_RUNS * height_px * width_px * (card.macs_per_px or 0.0)
        return round(work) if work < _MOST_MACS else _MOST_MACS

    def _folder(self, archive_sha256: bytes) -> Path:
        if archive_sha256 not in self._folders:
            archive = self._archive(archive_sha256)
            self._folders[archive_sha256] = unpack_model(self._root, archive, archive_sha256.hex())
        return self._folders[archive_sha256]


def _rejection(folder: Path, task: str, bands: tuple[str, ...]) -> str:
    try:
        try_model(folder, task, bands)
    except ModelRejected as rejected:
        return str(rejected)
    return ""


class EnginePool:
    """Engines of the model that flies. An engine works in buffers of its own: a job takes one for itself.

    What they find is kept below `cache_root` where that is not empty.
    """

    def __init__(self, size: int, cache_root: str = "") -> None:
        self._size = size
        self._cache_root = cache_root
        self._made_for: tuple[str, float] | None = None
        self._engines: SimpleQueue[Engine] = SimpleQueue()

    def prepare(self, card: ModelCard, threshold: float, graph: bytes | None = None) -> "SimpleQueue[Engine]":
        """The engines of a model at a threshold, below 0 that of its card. Jobs that run keep those they have.

        `graph` is what memory holds where that is not the model's file: the card has its hash.
        """
        if self._made_for != (card.sha256, threshold):
            flown = card if threshold < 0.0 else replace(card, threshold=threshold)
            self._engines = SimpleQueue()
            for _ in range(self._size):
                self._engines.put(engine_for(flown, self._cache_root, graph))
            self._made_for = (card.sha256, threshold)
        return self._engines
