"""The wire form of messages: what is decoded equals what was encoded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard import commands, events
from onboard.errors import InputError, MachineError
from onboard.payload import detections, imagery
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.wire import LOCKSTEP, Boot, Codec, Failed, Grant, Reply, Shutdown, message_types, serve

CODEC = Codec(*LOCKSTEP, *message_types(events, commands, detections, imagery))

texts = st.text(max_size=20)
floats = st.floats(allow_nan=False)
frames = st.builds(
    Frame,
    frame_id=st.integers(0, 2**31),
    memory_ref=texts,
    width_px=st.integers(1, 10_000),
    height_px=st.integers(1, 10_000),
    bands=st.tuples(texts),
    sensed_bands=st.just(1),
    scale=st.tuples(floats),
    offset=st.tuples(floats),
    bit_depth=st.integers(1, 16),
    exposed_ns=st.integers(0, 2**62),
    footprint_deg=st.tuples(*[floats] * 8),
    gsd_m=floats,
)
found = st.builds(
    Detection,
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(9, 20),
    st.integers(9, 20),
    st.integers(0, 3),
    st.floats(0, 1),
    st.integers(0, 7),
)
messages = st.one_of(
    st.builds(events.FrameCaptured, frames),
    st.builds(events.HousekeepingSampled, floats, floats, st.booleans()),
    st.builds(events.InferenceCompleted, st.integers(0, 9), st.lists(found, max_size=4).map(tuple)),
    st.builds(events.TelecommandReceived, st.binary(max_size=300)),
)


@given(st.integers(0, 2**62), st.lists(messages, max_size=6))
def test_a_grant_survives_the_wire(now_ns: int, inbox: list[Any]) -> None:
    grant = Grant(now_ns, tuple(inbox))
    assert CODEC.decode(CODEC.encode(grant)) == grant


def test_unknown_messages_are_our_own_mistake() -> None:
    @dataclass(frozen=True)
    class Stranger:
        value: int

    with pytest.raises((KeyError, TypeError)):
        CODEC.encode(Stranger(1))


class Counter:
    """Counts its grants."""

    deadline_ns = 7

    def __init__(self, broken: Exception | None) -> None:
        self.closed = False
        self._broken = broken

    def advance(self, now_ns: int, _inbox: tuple[Any, ...], /) -> tuple[Any, ...]:
        if self._broken:
            raise self._broken
        return (commands.ReleaseFrame(now_ns),)

    def close(self) -> None:
        self.closed = True


def conversation(build: Callable[[Any], Counter], *words: object) -> list[Any]:
    waiting = [CODEC.encode(word) for word in words]
    said: list[bytes] = []
    serve(CODEC, build, lambda: waiting.pop(0), said.append)
    return [CODEC.decode(word) for word in said]


def test_a_process_answers_every_word_until_shut_down() -> None:
    participant = Counter(None)
    boot, grant = Boot(events.TransmitGranted(1)), Grant(5, ())
    answers = conversation(lambda _config: participant, boot, grant, Shutdown())
    assert answers == [Reply(7, ()), Reply(7, (commands.ReleaseFrame(5),))]
    assert participant.closed


@pytest.mark.parametrize(("error", "users_fault"), [(InputError("a", "b"), True), (MachineError("full"), False)])
def test_a_failure_is_told_with_whose_fault_it_is(error: Exception, users_fault: bool) -> None:
    participant = Counter(error)
    answers = conversation(lambda _config: participant, Boot(None), Grant(5, ()))
    assert answers[-1] == Failed(users_fault, str(error))
    assert participant.closed
