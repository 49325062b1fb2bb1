"""Which model flies, which flew before it, and the one that is being uploaded: all in durable storage.

The model that was loaded before launch is the *original*: it has no archive here and is never overwritten. An upload
goes through the phases of `TRANSITIONS`. One write swaps the model that flies, so that a death finds the old one or the
new one; the trial of a model that a death interrupted is due again at boot.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from onboard.comms.event_reports import Reason
from onboard.comms.telecommands import MAX_MODEL_BYTES, BeginModelUpload, LoadModelPart
from onboard.storage import Store
from onboard.wire import Codec

ORIGINAL = b""
"""In place of an archive's hash: the model that was loaded before launch."""
MAX_TRIALS = 2
"""Of one model: one that a trial takes the computer down with is not tried for ever."""
MAX_FAULTS = 3
"""In flight, after which the model before it flies again."""
FORGIVEN_AFTER_FRAMES = 100
"""Frames in a row without a fault, after which its faults are forgotten."""


class Phase(StrEnum):
    """How far the uploaded model has come."""

    EMPTY = "empty"
    LOADING = "loading"
    LOADED = "loaded"
    ON_TRIAL = "on trial"


class Signal(StrEnum):
    """What happens to an upload."""

    BEGUN = "begun"
    PART_TAKEN = "part taken"
    HASH_MATCHED = "hash matched"
    HASH_DIFFERED = "hash differed"
    ACTIVATION_ORDERED = "activation ordered"
    TRIAL_PASSED = "trial passed"
    TRIAL_FAILED = "trial failed"


TRANSITIONS: dict[tuple[Phase, Signal], Phase] = {
    (Phase.EMPTY, Signal.BEGUN): Phase.LOADING,
    (Phase.LOADING, Signal.BEGUN): Phase.LOADING,
    (Phase.LOADED, Signal.BEGUN): Phase.LOADING,
    (Phase.LOADING, Signal.PART_TAKEN): Phase.LOADING,
    (Phase.LOADING, Signal.HASH_MATCHED): Phase.LOADED,
    (Phase.LOADING, Signal.HASH_DIFFERED): Phase.EMPTY,
    (Phase.LOADED, Signal.ACTIVATION_ORDERED): Phase.ON_TRIAL,
    (Phase.ON_TRIAL, Signal.TRIAL_PASSED): Phase.EMPTY,
    (Phase.ON_TRIAL, Signal.TRIAL_FAILED): Phase.EMPTY,
}
"""A pair that is not here is refused."""


@dataclass(frozen=True, slots=True)
class SlotState:
    """What one write to the store keeps. Models are named by the hash of their archive; `previous` is None where there
    is none to go back to. `activated_by` is the number of the telecommand that ordered the trial, `trials` how often it
    was begun, `faults` those of the model that flies."""

    phase: Phase = Phase.EMPTY
    upload: BeginModelUpload | None = None
    activated_by: int = 0
    trials: int = 0
    flying: bytes = ORIGINAL
    previous: bytes | None = None
    faults: int = 0


_STATE = "model/state"
_PARTS = "model/parts/"
_ARCHIVES = "model/archives/"


class ModelSlots:
    """The state machine. Its writes are durable with the store's next sync; methods that can be refused return why."""

    def __init__(self, store: Store, capacity_bytes: int = MAX_MODEL_BYTES) -> None:
        self._store = store
        self._capacity_bytes = capacity_bytes
        self._codec = Codec(SlotState, BeginModelUpload)
        kept = store.get(_STATE)
        self.state = SlotState() if kept is None else self._read(kept)
        self._sound_frames = 0
        self._taken = {int(key.removeprefix(_PARTS)) for key, _ in store.items(_PARTS)}

    def begin(self, upload: BeginModelUpload) -> Reason | None:
        """Make ready for the parts of a model. Beginning the same upload again keeps what there is of it."""
        if not self._allows(Signal.BEGUN):
            return Reason.BUSY
        if upload == self.state.upload:
            return None
        if upload.total_bytes > self._capacity_bytes:
            return Reason.NO_ROOM
        self._forget_upload()
        self._write(replace(self.state, phase=self._next(Signal.BEGUN), upload=upload))
        return None

    def load(self, part: LoadModelPart) -> Reason | None:
        """Take a part, in any order and any number of times; the last one to come has the archive checked."""
        upload = self.state.upload
        if upload is None or upload.upload_id != part.upload_id:
            return Reason.UNKNOWN_UPLOAD
        size = upload.part_bytes
        index, rest = divmod(part.offset, size)
        if rest or index >= upload.parts or len(part.data) != min(size, upload.total_bytes - part.offset):
            return Reason.MALFORMED_PART
        if not self._allows(Signal.PART_TAKEN) or index in self._taken:
            return None
        self._store.put(f"{_PARTS}{index:08d}", part.data)
        self._taken.add(index)
        return self._complete(upload) if len(self._taken) == upload.parts else None

    def activate(self, upload_id: int, sequence: int) -> Reason | None:
        """Order the trial of an upload; telecommand `sequence` is completed or failed by how it ends."""
        upload = self.state.upload
        if upload is None or upload.upload_id != upload_id:
            return Reason.UNKNOWN_UPLOAD
        if not self._allows(Signal.ACTIVATION_ORDERED):
            return Reason.INCOMPLETE if self.state.phase is Phase.LOADING else Reason.BUSY
        phase = self._next(Signal.ACTIVATION_ORDERED)
        self._write(replace(self.state, phase=phase, activated_by=sequence, trials=0))
        return None

    @property
    def on_trial(self) -> BeginModelUpload | None:
        """The upload whose trial is due, after a boot as well."""
        return self.state.upload if self.state.phase is Phase.ON_TRIAL else None

    def begin_trial(self) -> None:
        """Count a trial: synchronised before it begins, for it may take the computer down."""
        self._write(replace(self.state, trials=self.state.trials + 1))

    def archive(self, archive_sha256: bytes) -> bytes:
        """The archive of the model that flies, flew before or is on trial."""
        archive = self._store.get(_ARCHIVES + archive_sha256.hex())
        assert archive is not None
        return archive

    def tried(self, *, passed: bool) -> None:
        """The trial is over: the model flies, and the one before it is kept; or it is forgotten."""
        phase = self._next(Signal.TRIAL_PASSED if passed else Signal.TRIAL_FAILED)
        before, upload = self.state, self.state.upload
        assert upload is not None
        after = replace(before, phase=phase, upload=None, activated_by=0, trials=0)
        if passed and upload.sha256 != before.flying:
            after = replace(after, flying=upload.sha256, previous=before.flying, faults=0)
            self._sound_frames = 0
        self._write(after)
        self._sweep(upload.sha256, before.previous)

    def roll_back(self) -> Reason | None:
        """Fly the model again that flew before."""
        if self.state.previous is None:
            return Reason.NO_PREVIOUS_MODEL
        rejected = self.state.flying
        self._sound_frames = 0
        self._write(replace(self.state, flying=self.state.previous, previous=None, faults=0))
        self._sweep(rejected)
        return None

    def faulted(self) -> bool:
        """The model that flies gave no sound answer for a frame. True where that made the previous one fly again."""
        self._sound_frames = 0
        if self.state.previous is None:
            return False
        if self.state.faults + 1 >= MAX_FAULTS:
            return self.roll_back() is None
        self._write(replace(self.state, faults=self.state.faults + 1))
        return False

    def answered(self) -> None:
        """The model that flies gave a sound answer for a frame."""
        self._sound_frames += 1
        if self.state.faults and self._sound_frames >= FORGIVEN_AFTER_FRAMES:
            self._write(replace(self.state, faults=0))

    def _complete(self, upload: BeginModelUpload) -> Reason | None:
        archive = b"".join(data for _, data in self._store.items(_PARTS))
        if sha256(archive).digest() != upload.sha256:
            phase = self._next(Signal.HASH_DIFFERED)
            self._forget_upload()
            self._write(replace(self.state, phase=phase, upload=None))
            return Reason.HASH_DIFFERS
        self._forget_parts()
        self._store.put(_ARCHIVES + upload.sha256.hex(), archive)
        self._write(replace(self.state, phase=self._next(Signal.HASH_MATCHED)))
        return None

    def _allows(self, signal: Signal) -> bool:
        return (self.state.phase, signal) in TRANSITIONS

    def _next(self, signal: Signal) -> Phase:
        return TRANSITIONS[self.state.phase, signal]

    def _forget_upload(self) -> None:
        self._forget_parts()
        upload = self.state.upload
        if upload is not None and upload.sha256 not in (self.state.flying, self.state.previous):
            self._store.delete(_ARCHIVES + upload.sha256.hex())

    def _forget_parts(self) -> None:
        for index in sorted(self._taken):
            self._store.delete(f"{_PARTS}{index:08d}")
        self._taken.clear()

    def _sweep(self, *hashes: bytes | None) -> None:
        """Delete those of these archives that nobody needs any more."""
        upload = self.state.upload
        needed = {self.state.flying, self.state.previous, None if upload is None else upload.sha256}
        for one in hashes:
            if one and one not in needed:
                self._store.delete(_ARCHIVES + one.hex())

    def _write(self, state: SlotState) -> None:
        self.state = state
        self._store.put(_STATE, self._codec.encode(state))

    def _read(self, kept: bytes) -> SlotState:
        state: SlotState = self._codec.decode(kept)
        return replace(state, phase=Phase(state.phase))
