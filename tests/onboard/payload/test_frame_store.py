from dataclasses import replace

import pytest

from onboard.payload.frame_store import FrameState, FrameStore, StoredFrame
from onboard.payload.imagery import Frame
from sim.world.disk import SimulatedDisk

FRAME = Frame(
    frame_id=0,
    memory_ref="a.raw",
    width_px=4,
    height_px=2,
    bands=("swir1", "red"),
    sensed_bands=1,
    scale=(1e-4, 1 / 3),
    offset=(0.0, -0.1),
    bit_depth=12,
    exposed_ns=0,
    footprint_deg=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0),
    gsd_m=20.0,
)


def frame(frame_id: int, size: int = 10) -> Frame:
    return replace(FRAME, frame_id=frame_id, exposed_ns=frame_id, raw_bytes=size)


def ids(frames: tuple[StoredFrame, ...]) -> list[int]:
    return [each.frame.frame_id for each in frames]


def waiting(frames: FrameStore) -> list[int]:
    return [each.frame_id for each in frames.waiting()]


def wanted(frames: FrameStore) -> list[int]:
    return [each.frame_id for each in frames.wanted()]


def with_frames(*values: float, capacity_bytes: int = 30) -> FrameStore:
    """Frames 1, 2, ... of 10 bytes that wait with these values."""
    frames = FrameStore(capacity_bytes)
    for number, value in enumerate(values, start=1):
        assert frames.admit(frame(number), value) == ()
    return frames


def test_kept_frames_give_way_by_value_then_age_whatever_their_value() -> None:
    frames = with_frames(0, 0, 0)
    for number, value in ((1, 0.9), (2, 0.1), (3, 0.1)):
        frames.keep(number, value)
    assert [ids(frames.admit(frame(number), value=0.0)) for number in (4, 5, 6)] == [[2], [3], [1]]
    assert waiting(frames) == [4, 5, 6]
    assert (frames.retained_bytes, frames.waiting_bytes, frames.evicted_bytes) == (0, 30, 30)


def test_age_is_since_exposure() -> None:
    frames = FrameStore(20)
    frames.admit(replace(frame(1), exposed_ns=9))
    frames.admit(replace(frame(2), exposed_ns=5))
    frames.keep(1, 0.5)
    frames.keep(2, 0.5)
    assert ids(frames.admit(frame(3))) == [2]


def test_waiting_frames_give_way_only_to_one_of_more_value() -> None:
    frames = with_frames(0.5, 0.2, 0.5)
    assert ids(frames.admit(frame(4), 0.2)) == [4]
    assert ids(frames.admit(frame(5), 0.5)) == [2]
    assert ids(frames.admit(frame(6), 0.5)) == [6]
    assert ids(frames.admit(frame(7), 0.6)) == [1]
    assert waiting(frames) == [3, 5, 7]


def test_kept_frames_go_before_waiting_ones() -> None:
    frames = with_frames(0.0, 0.0, 0.0)
    frames.keep(3, 1.0)
    assert ids(frames.admit(frame(4, 20), 0.5)) == [3, 1]


def test_nothing_is_evicted_in_vain() -> None:
    frames = with_frames(0.0, 0.9, 0.9)
    frames.keep(1, 0.0)
    assert ids(frames.admit(frame(4, 20), 0.5)) == [4]
    assert ids(frames.admit(frame(5, 31), 1.0)) == [5]
    assert len(frames) == 3
    assert frames.evicted_bytes == 0


def test_what_is_in_work_or_wanted_gives_way_to_nothing() -> None:
    frames = with_frames(0, 0, 0)
    frames.begin_work(1)
    frames.keep(2, 0.0)
    assert frames.want(2)
    assert frames.want(3)
    assert ids(frames.admit(frame(4), 1.0)) == [4]
    frames.serve(3)
    assert ids(frames.admit(frame(5), 1.0)) == [3]


def test_kept_frames_are_trimmed_to_their_share_by_value_then_age() -> None:
    frames = with_frames(0, 0, 0, 0, 0, capacity_bytes=50)
    for number, value in ((1, 0.5), (2, 0.1), (3, 0.1), (4, 0.0)):
        frames.keep(number, value)
    assert frames.trim(40) == ()
    frames.want(4)
    assert ids(frames.trim(15)) == [2, 3, 1]
    assert (frames.retained_bytes, frames.waiting_bytes, frames.evicted_bytes) == (10, 10, 30)
    assert frames.trim(0) == ()


def test_lost_work_takes_its_old_turn() -> None:
    frames = with_frames(0, 0, 0)
    assert frames.begin_work(1) == frame(1)
    frames.begin_work(2)
    assert waiting(frames) == [3]
    assert frames.n_waiting == 1
    frames.put_back(1)
    frames.put_back(2)
    assert waiting(frames) == [1, 2, 3]


def test_a_frame_is_fetched_by_id_whether_it_waits_or_is_kept() -> None:
    frames = with_frames(0, 0)
    frames.keep(1, 0.4)
    assert frames.want(2)
    assert frames.want(1)
    assert not frames.want(99)
    assert wanted(frames) == [1, 2]
    frames.begin_work(1)
    assert wanted(frames) == [2]
    frames.serve(1)
    assert wanted(frames) == [2]
    stored = frames.get(1)
    assert stored is not None
    assert (stored.frame, stored.value, stored.state, stored.is_wanted) == (frame(1), 0.4, FrameState.KEPT, False)
    assert frames.get(99) is None


def test_a_frame_wanted_while_in_work_is_wanted_after_it() -> None:
    frames = with_frames(0)
    frames.begin_work(1)
    frames.want(1)
    assert (waiting(frames), wanted(frames)) == ([], [])
    frames.keep(1, 0.3)
    assert wanted(frames) == [1]


def test_a_reboot_processes_what_was_in_work_again_and_serves_what_was_wanted() -> None:
    disk = SimulatedDisk()
    frames = FrameStore(30, disk)
    for number in (1, 2, 3):
        frames.admit(frame(number))
    frames.keep(1, 0.5)
    frames.want(1)
    frames.begin_work(1)
    frames.begin_work(2)
    disk.sync()
    rebooted = FrameStore(30, disk)
    assert waiting(rebooted) == [2, 3]
    assert wanted(rebooted) == [1]


def test_a_frame_comes_back_equal_in_every_field() -> None:
    disk = SimulatedDisk()
    odd = replace(frame(2**63 - 1), bands=(), gsd_m=1e-300, exposed_ns=2**62, memory_ref="é")
    FrameStore(100, disk).admit(odd, 0.25)
    disk.sync()
    assert list(FrameStore(100, disk).waiting()) == [odd]


def test_a_reboot_remembers_what_was_evicted_and_goes_on_in_turn() -> None:
    disk = SimulatedDisk()
    frames = FrameStore(30, disk)
    for number in (9, 8, 7):
        frames.admit(frame(number))
    frames.keep(9, 0.5)
    assert ids(frames.admit(frame(6))) == [9]
    disk.sync()
    rebooted = FrameStore(30, disk)
    assert rebooted.evicted_bytes == 10
    rebooted.keep(8, 0.5)
    rebooted.admit(frame(5))
    assert waiting(rebooted) == [7, 6, 5]


def test_work_alone_writes_nothing() -> None:
    disk = SimulatedDisk()
    frames = FrameStore(30, disk)
    frames.admit(frame(1))
    disk.sync()
    frames.begin_work(1)
    frames.put_back(1)
    disk.sync()
    assert disk.syncs == 1


def test_a_frame_is_released_when_no_job_reads_it() -> None:
    frames = with_frames(0, 0)
    frames.begin_work(1)
    with pytest.raises(AssertionError):
        frames.release(1)
    assert frames.release(2).frame == frame(2)
    assert (frames.get(2), frames.stored_bytes, frames.evicted_bytes) == (None, 10, 0)
