"""Frames from their exposure to their end."""

from dataclasses import replace

from onboard.answers import Answers, Progress
from onboard.commands import CommandEnded, FrameRefused, ReleaseFrame
from onboard.comms.event_reports import CommandCompleted, CommandFailed, FrameEvicted, Reason
from onboard.comms.telecommands import FetchFrame
from onboard.frame_desk import MAX_FETCHES, FrameDesk
from onboard.settings import DurableSettings, Settings
from onboard.storage import MemoryStore
from tests.flight_for_tests import CONFIG, FRAME_BYTES, frame, told


def desk(most_retained_frames: int = 2) -> tuple[FrameDesk, DurableSettings, Answers]:
    answers, store = Answers(), MemoryStore()
    settings = DurableSettings(store, Settings("detections"))
    config = replace(CONFIG, retained_bytes=most_retained_frames * FRAME_BYTES)
    return FrameDesk(config, store, settings, answers), settings, answers


def test_a_full_mass_memory_refuses_and_says_so() -> None:
    frames, _, answers = desk()
    for number in range(1, 5):
        frames.admit(7, frame(number))
    said, reports = told(answers)
    assert said == (FrameRefused(4, "mass memory full"), ReleaseFrame(4))
    assert reports == [FrameEvicted(7, 4, FRAME_BYTES, Reason.NO_ROOM)]


def test_the_least_valuable_of_the_kept_give_way_without_a_word_to_the_ground() -> None:
    frames, _, answers = desk()
    for number, value in ((1, 0.5), (2, 0.1), (3, 0.9)):
        frames.admit(0, frame(number))
        frames.keep(0, frame(number), value)
    assert told(answers) == ((ReleaseFrame(2),), [])
    assert list(frames.catalogue) == [1, 3]


def test_a_wanted_frame_stays_until_every_order_is_served() -> None:
    frames, settings, answers = desk(most_retained_frames=0)
    frames.admit(0, frame(1))
    assert frames.order_fetch(8, FetchFrame(1, "raw", 1)) is Progress.UNDER_WAY
    assert frames.order_fetch(9, FetchFrame(1, "raw", 4)) is Progress.UNDER_WAY
    frames.keep(1, frame(1), 0.0)
    assert list(frames.catalogue) == [1], "wanted, though nothing else would be retained"
    first, second = settings.now.fetches
    frames.catalogue.begin_work(1)
    frames.end_fetch(2, first)
    assert told(answers) == ((CommandEnded(8, "fetch_frame", ""),), [CommandCompleted(2, 8)])
    frames.catalogue.begin_work(1)
    frames.end_fetch(3, second, "no accelerator works")
    said, reports = told(answers)
    assert said == (ReleaseFrame(1), CommandEnded(9, "fetch_frame", "no accelerator works"))
    assert reports == [CommandFailed(3, 9, Reason.JOB_FAILED, "no accelerator works")]
    assert settings.now.fetches == ()


def test_a_waiting_frame_that_was_fetched_still_waits() -> None:
    frames, settings, _ = desk()
    frames.admit(0, frame(1))
    frames.order_fetch(8, FetchFrame(1, "raw", 1))
    frames.catalogue.begin_work(1)
    frames.end_fetch(1, settings.now.fetches[0])
    assert [one.frame_id for one in frames.catalogue.waiting()] == [1]


def test_what_cannot_be_fetched() -> None:
    frames, _, _ = desk()
    assert frames.order_fetch(1, FetchFrame(5, "raw", 1)) is Reason.UNKNOWN_FRAME
    frames.admit(0, frame(1))
    outcomes = [frames.order_fetch(number, FetchFrame(1, "raw", 1)) for number in range(1, MAX_FETCHES + 2)]
    assert outcomes == [Progress.UNDER_WAY] * MAX_FETCHES + [Reason.NO_ROOM]
