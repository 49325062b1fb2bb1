"""The slots of models: uploaded in parts, checked, activated in one step, rolled back."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.comms.event_reports import Reason
from onboard.comms.telecommands import BeginModelUpload, LoadModelPart
from onboard.model_slots import (
    FORGIVEN_AFTER_FRAMES,
    MAX_FAULTS,
    ORIGINAL,
    TRANSITIONS,
    ModelSlots,
    Phase,
    Signal,
)
from onboard.storage import MemoryStore, Store
from sim.world.disk import SimulatedDisk

ARCHIVE = Random(1).randbytes(2_500)
OTHER = Random(2).randbytes(700)


def begun(archive: bytes = ARCHIVE, upload_id: int = 1, part_bytes: int = 900) -> BeginModelUpload:
    parts = -(-len(archive) // part_bytes)
    return BeginModelUpload(upload_id, "wildfire", len(archive), sha256(archive).digest(), parts)


def parts_of(upload: BeginModelUpload, archive: bytes) -> list[LoadModelPart]:
    size = upload.part_bytes
    return [LoadModelPart(upload.upload_id, at, archive[at : at + size]) for at in range(0, len(archive), size)]


def uploaded(slots: ModelSlots, archive: bytes = ARCHIVE, upload_id: int = 1) -> None:
    upload = begun(archive, upload_id)
    assert slots.begin(upload) is None
    for part in parts_of(upload, archive):
        assert slots.load(part) is None


def flown(slots: ModelSlots, archive: bytes = ARCHIVE, upload_id: int = 1) -> None:
    uploaded(slots, archive, upload_id)
    assert slots.activate(upload_id, 7) is None
    slots.begin_trial()
    slots.tried(passed=True)


def in_phase(phase: Phase) -> ModelSlots:
    """Slots whose upload has come so far."""
    slots = ModelSlots(MemoryStore())
    upload = begun()
    if phase is Phase.LOADING:
        slots.begin(upload)
        for part in parts_of(upload, ARCHIVE)[:-1]:
            slots.load(part)
    elif phase in (Phase.LOADED, Phase.ON_TRIAL):
        uploaded(slots)
    if phase is Phase.ON_TRIAL:
        slots.activate(1, 7)
    assert slots.state.phase is phase
    return slots


def last_part(slots: ModelSlots, *, damaged: bool) -> Reason | None:
    part = parts_of(begun(), ARCHIVE)[-1]
    return slots.load(replace(part, data=bytes(len(part.data))) if damaged else part)


STEPS: dict[Signal, Callable[[ModelSlots], Reason | None]] = {
    Signal.BEGUN: lambda slots: slots.begin(begun(OTHER, 2)),
    Signal.PART_TAKEN: lambda slots: slots.load(parts_of(begun(), ARCHIVE)[0]),
    Signal.HASH_MATCHED: lambda slots: last_part(slots, damaged=False),
    Signal.HASH_DIFFERED: lambda slots: last_part(slots, damaged=True),
    Signal.ACTIVATION_ORDERED: lambda slots: slots.activate(1, 9),
}
REFUSALS = {
    (Phase.EMPTY, Signal.PART_TAKEN): Reason.UNKNOWN_UPLOAD,
    (Phase.EMPTY, Signal.HASH_MATCHED): Reason.UNKNOWN_UPLOAD,
    (Phase.EMPTY, Signal.HASH_DIFFERED): Reason.UNKNOWN_UPLOAD,
    (Phase.EMPTY, Signal.ACTIVATION_ORDERED): Reason.UNKNOWN_UPLOAD,
    (Phase.LOADING, Signal.ACTIVATION_ORDERED): Reason.INCOMPLETE,
    (Phase.LOADING, Signal.HASH_DIFFERED): Reason.HASH_DIFFERS,
    (Phase.ON_TRIAL, Signal.BEGUN): Reason.BUSY,
    (Phase.ON_TRIAL, Signal.ACTIVATION_ORDERED): Reason.BUSY,
}
"""What is told; everything else is done, or is a part that came again."""


@pytest.mark.parametrize(("phase", "signal"), list(product(Phase, STEPS)))
def test_every_cell_of_the_table(phase: Phase, signal: Signal) -> None:
    slots = in_phase(phase)
    assert STEPS[signal](slots) == REFUSALS.get((phase, signal))
    assert slots.state.phase is TRANSITIONS.get((phase, signal), phase)


@pytest.mark.parametrize(("phase", "passed"), list(product(Phase, [True, False])))
def test_a_trial_ends_only_where_there_is_one(phase: Phase, passed: bool) -> None:
    slots = in_phase(phase)
    signal = Signal.TRIAL_PASSED if passed else Signal.TRIAL_FAILED
    if (phase, signal) not in TRANSITIONS:
        with pytest.raises(KeyError):
            slots.tried(passed=passed)
        return
    slots.tried(passed=passed)
    assert slots.state.phase is TRANSITIONS[phase, signal]
    assert slots.state.flying == (sha256(ARCHIVE).digest() if passed else ORIGINAL)
    assert slots.state.previous == (ORIGINAL if passed else None)


def test_the_table_has_no_dead_end_and_reaches_every_phase() -> None:
    assert set(TRANSITIONS.values()) | {Phase.EMPTY} == set(Phase)
    assert {phase for phase, _ in TRANSITIONS} == set(Phase)
    assert {signal for _, signal in TRANSITIONS} == set(Signal)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=30), st.integers(0, 30), st.sampled_from([350, 400, 900]))
def test_parts_in_any_order_any_number_of_times_across_deaths(order: list[int], dies_at: int, part_bytes: int) -> None:
    disk = SimulatedDisk()
    upload = begun(part_bytes=part_bytes)
    parts = parts_of(upload, ARCHIVE)
    ModelSlots(disk).begin(upload)
    disk.sync()
    slots = ModelSlots(disk)
    for step, index in enumerate([*order, *range(len(parts))]):
        if step == dies_at:
            disk.crash()
            slots = ModelSlots(disk)
        assert slots.load(parts[index % len(parts)]) is None
        if step % 3 == 0:
            disk.sync()
    for part in parts:
        slots.load(part)
    assert slots.state.phase is Phase.LOADED
    assert slots.archive(upload.sha256) == ARCHIVE
    assert not disk.items("model/parts/")


def test_parts_that_do_not_fit_are_refused() -> None:
    slots = ModelSlots(MemoryStore())
    upload = begun()
    slots.begin(upload)
    size = upload.part_bytes
    for offset, length in ((1, size), (0, size - 1), (0, size + 1), (3 * size, size), (2 * size, size)):
        assert slots.load(LoadModelPart(1, offset, bytes(length))) is Reason.MALFORMED_PART
    assert slots.load(LoadModelPart(2, 0, bytes(size))) is Reason.UNKNOWN_UPLOAD


def test_beginning_again_keeps_what_there_is_and_another_upload_replaces_it() -> None:
    store = MemoryStore()
    slots = ModelSlots(store)
    upload = begun()
    slots.begin(upload)
    slots.load(parts_of(upload, ARCHIVE)[0])
    slots.begin(upload)
    assert len(store.items("model/parts/")) == 1
    slots.begin(begun(OTHER, 2))
    assert not store.items("model/parts/")
    assert slots.load(parts_of(upload, ARCHIVE)[0]) is Reason.UNKNOWN_UPLOAD


def test_an_upload_beyond_the_room_is_refused() -> None:
    assert ModelSlots(MemoryStore(), capacity_bytes=2_000).begin(begun()) is Reason.NO_ROOM


def test_a_corrupted_upload_leaves_the_old_model_flying_and_nothing_behind() -> None:
    store = MemoryStore()
    slots = ModelSlots(store)
    upload = begun()
    slots.begin(upload)
    for part in parts_of(upload, ARCHIVE)[:-1]:
        slots.load(part)
    assert last_part(slots, damaged=True) is Reason.HASH_DIFFERS
    assert slots.state.flying == ORIGINAL
    assert slots.activate(1, 3) is Reason.UNKNOWN_UPLOAD
    assert [key for key, _ in store.items("")] == ["model/state"]


@pytest.mark.parametrize("syncs", [True, False])
def test_activation_is_one_step(syncs: bool) -> None:
    disk = SimulatedDisk()
    slots = ModelSlots(disk)
    uploaded(slots)
    slots.activate(1, 7)
    disk.sync()
    slots.tried(passed=True)
    if syncs:
        disk.sync()
    disk.crash()
    rebooted = ModelSlots(disk)
    assert (rebooted.on_trial is None) is syncs
    assert rebooted.state.flying == (sha256(ARCHIVE).digest() if syncs else ORIGINAL)
    assert rebooted.archive(sha256(ARCHIVE).digest()) == ARCHIVE
    assert rebooted.state.activated_by == (0 if syncs else 7)


def test_trials_that_take_the_computer_down_are_counted() -> None:
    disk = SimulatedDisk()
    slots = ModelSlots(disk)
    uploaded(slots)
    slots.activate(1, 7)
    for trials in (1, 2, 3):
        slots.begin_trial()
        disk.sync()
        slots = ModelSlots(disk)
        assert slots.state.trials == trials


def archives(store: Store) -> set[str]:
    return {key.removeprefix("model/archives/") for key, _ in store.items("model/archives/")}


def test_the_previous_model_is_kept_and_what_nobody_needs_is_deleted() -> None:
    store = MemoryStore()
    slots = ModelSlots(store)
    third = Random(3).randbytes(100)
    first, second, last = (sha256(one) for one in (ARCHIVE, OTHER, third))
    flown(slots, ARCHIVE, 1)
    assert archives(store) == {first.hexdigest()}
    flown(slots, OTHER, 2)
    assert archives(store) == {first.hexdigest(), second.hexdigest()}
    flown(slots, third, 3)
    assert archives(store) == {second.hexdigest(), last.hexdigest()}
    assert slots.roll_back() is None
    assert (slots.state.flying, slots.state.previous) == (second.digest(), None)
    assert archives(store) == {second.hexdigest()}
    assert slots.roll_back() is Reason.NO_PREVIOUS_MODEL
    assert ModelSlots(store).state == slots.state


def test_the_flying_model_uploaded_again_keeps_its_archive_and_its_predecessor() -> None:
    store = MemoryStore()
    slots = ModelSlots(store)
    flown(slots, ARCHIVE, 1)
    flown(slots, ARCHIVE, 2)
    assert slots.state.previous == ORIGINAL
    uploaded(slots, ARCHIVE, 3)
    slots.begin(begun(OTHER, 4))
    assert archives(store) == {sha256(ARCHIVE).hexdigest()}


def test_faults_in_flight_bring_the_previous_model_back_across_reboots() -> None:
    store = MemoryStore()
    flown(ModelSlots(store))
    turned = []
    for _ in range(MAX_FAULTS):
        slots = ModelSlots(store)
        turned.append(slots.faulted())
        slots.answered()
    assert turned == [False] * (MAX_FAULTS - 1) + [True]
    assert (slots.state.flying, slots.state.previous, slots.state.faults) == (ORIGINAL, None, 0)
    assert not archives(store)
    assert not slots.faulted()


def test_faults_long_ago_are_forgotten() -> None:
    slots = ModelSlots(MemoryStore())
    flown(slots)
    for _ in range(3):
        assert not slots.faulted()
        for _ in range(FORGIVEN_AFTER_FRAMES):
            slots.answered()
        assert slots.state.faults == 0
