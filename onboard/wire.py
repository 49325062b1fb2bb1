"""MessagePack form of frozen messages: what crosses between processes and what the journal keeps.

A message is a frozen dataclass of numbers, texts, bytes, tuples and other messages. Its wire form is a map of one
entry, from its name to its fields in order. No other maps travel, and arrays come back as tuples, so that a decoded
message equals the one that was sent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, BinaryIO, Protocol

import msgpack

from onboard.errors import InputError, MachineError


def _reader(message_type: type) -> Callable[[Any], tuple[Any, ...]]:
    names = [field.name for field in fields(message_type)]
    if not names:
        return lambda _message: ()
    if len(names) == 1:
        get = attrgetter(names[0])
        return lambda message: (get(message),)
    return attrgetter(*names)


class Codec:
    """Encodes and decodes the message types it was given. An unknown type or name is our own mistake."""

    def __init__(self, *message_types: type) -> None:
        self._types = {message_type.__name__: message_type for message_type in message_types}
        self._readers = {message_type: _reader(message_type) for message_type in message_types}
        # One packer for good: making its buffer anew for every message cost more than the packing.
        self._packer = msgpack.Packer(default=self._named)
        assert len(self._types) == len(message_types), "two messages share a name"

    def encode(self, message: object) -> bytes:
        """A message, or a tuple of them, as bytes."""
        packed: bytes = self._packer.pack(message)
        return packed

    def decode(self, data: bytes) -> Any:
        """The message that `encode` was given."""
        return msgpack.unpackb(data, object_pairs_hook=self._message, use_list=False)

    def unpacker(self, file: BinaryIO) -> msgpack.Unpacker:
        """A reader of messages written one after another."""
        return msgpack.Unpacker(file, object_pairs_hook=self._message, use_list=False, max_buffer_size=0)

    def _values(self, message: Any) -> tuple[Any, ...]:
        return self._readers[type(message)](message)

    def _named(self, message: Any) -> dict[str, tuple[Any, ...]]:
        return {type(message).__name__: self._values(message)}

    def _message(self, pairs: list[tuple[str, tuple[Any, ...]]]) -> Any:
        ((name, values),) = pairs
        return self._types[name](*values)


def message_types(*modules: object) -> Iterable[type]:
    """The message types a module defines: its public dataclasses."""
    for module in modules:
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and hasattr(value, "__dataclass_fields__")
                and value.__module__ == getattr(module, "__name__", "")
            ):
                yield value


@dataclass(frozen=True, slots=True)
class Boot:
    """First word to a process: what its participant is built from."""

    config: object


@dataclass(frozen=True, slots=True)
class Grant:
    """Virtual time may move to `now_ns`, at which these events are due."""

    now_ns: int
    events: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What followed, and when the participant next wants to be called."""

    deadline_ns: int
    commands: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The participant could not go on: whose fault, and one line about it."""

    users_fault: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Last word to a process."""


LOCKSTEP = (Boot, Grant, Reply, Failed, Shutdown)


class Participant(Protocol):
    """Anything on the timeline."""

    @property
    def deadline_ns(self) -> int:
        """When it next wants to be called if nothing else happens."""

    def advance(self, now_ns: int, inbox: tuple[Any, ...], /) -> tuple[Any, ...]:
        """Take what is due, do what follows, return frozen messages."""

    def close(self) -> None:
        """Let go of files and workers."""


def serve(
    codec: Codec,
    build: Callable[[Any], Participant],
    receive: Callable[[], bytes],
    send: Callable[[bytes], None],
) -> None:
    """Run one participant in lock step until told to stop: a reply for every word received."""
    participant: Participant | None = None
    try:
        while not isinstance(word := codec.decode(receive()), Shutdown):
            commands: tuple[Any, ...] = ()
            if isinstance(word, Boot):
                participant = build(word.config)
            else:
                assert participant is not None, "granted before boot"
                commands = participant.advance(word.now_ns, word.events)
            send(codec.encode(Reply(participant.deadline_ns, commands)))
    except (InputError, MachineError) as error:
        send(codec.encode(Failed(isinstance(error, InputError), str(error))))
    finally:
        if participant is not None:
            participant.close()
