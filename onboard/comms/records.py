"""Small records described by a table, from which their codec, the checks of their values and the docs come.

A record's bytes are its fields in the order of the table, each in its form. Every form has one way to write a value,
and a decoder compares what it read with what would have been written: one comparison for every rule of the format.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from onboard.payload.varints import Reader, varints, zigzags

MAX_VARINT = 2**63 - 1


class Form(Protocol):
    """How a value is written. `rule` says to people which values there are."""

    @property
    def rule(self) -> str:
        """The values that can be written, as the end of 'must be ...'."""

    def write(self, value: Any) -> bytes:
        """The value's bytes; ValueError for one that breaks the rule."""

    def read(self, reader: Reader) -> Any:
        """The next value; ValueError where the bytes are none."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, as a varint of its distance from the lowest."""

    high: int = MAX_VARINT
    low: int = 0

    @property
    def rule(self) -> str:
        """As in Form."""
        return f"a whole number from {self.low} to {self.high}"

    def write(self, value: Any) -> bytes:
        """As in Form."""
        _require(type(value) is int and self.low <= value <= self.high)
        return varints(value - self.low)

    def read(self, reader: Reader) -> int:
        """As in Form."""
        return reader.varint() + self.low


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number with that many decimal places, as a signed varint of its last place. It is rounded when written."""

    low: float
    high: float
    places: int

    @property
    def rule(self) -> str:
        """As in Form."""
        return f"a number from {self.low:g} to {self.high:g}, to {self.places} decimal places"

    def write(self, value: Any) -> bytes:
        """As in Form."""
        _require(type(value) in (int, float) and self.low <= value <= self.high)
        return zigzags(round(value * 10**self.places))

    def read(self, reader: Reader) -> float:
        """As in Form."""
        scale: int = 10**self.places
        return reader.zigzag() / scale


@dataclass(frozen=True, slots=True)
class Choice:
    """One of up to 256 words, as an octet: its place in the table."""

    words: tuple[str, ...]

    @property
    def rule(self) -> str:
        """As in Form."""
        return f"one of {', '.join(self.words)}"

    def write(self, value: Any) -> bytes:
        """As in Form."""
        _require(value in self.words)
        return bytes([self.words.index(value)])

    def read(self, reader: Reader) -> str:
        """As in Form."""
        place = reader.take(1)[0]
        _require(place < len(self.words))
        return self.words[place]


@dataclass(frozen=True, slots=True)
class Text:
    """Printable ASCII, its length first."""

    most: int
    least: int = 1

    @property
    def rule(self) -> str:
        """As in Form."""
        return f"a text of {self.least} to {self.most} ASCII characters"

    def write(self, value: Any) -> bytes:
        """As in Form."""
        _require(type(value) is str and self.least <= len(value) <= self.most)
        _require(value.isascii() and (value.isprintable() or not value))
        return varints(len(value)) + str(value).encode("ascii")

    def read(self, reader: Reader) -> str:
        """As in Form."""
        return reader.text()


@dataclass(frozen=True, slots=True)
class Octets:
    """Bytes: as they are where there is one length only, else their number first."""

    most: int
    least: int = 0

    @property
    def rule(self) -> str:
        """As in Form."""
        return f"{self.most} bytes" if self.least == self.most else f"{self.least} to {self.most} bytes"

    def write(self, value: Any) -> bytes:
        """As in Form."""
        _require(type(value) is bytes and self.least <= len(value) <= self.most)
        length = b"" if self.least == self.most else varints(len(value))
        return length + bytes(value)

    def read(self, reader: Reader) -> bytes:
        """As in Form."""
        return reader.take(self.most if self.least == self.most else reader.varint())


@dataclass(frozen=True, slots=True)
class Several:
    """A tuple of values of one form, their number first."""

    form: Form
    most: int
    least: int = 1

    @property
    def rule(self) -> str:
        """As in Form."""
        return f"a list of {self.least} to {self.most}, each {self.form.rule}"

    def write(self, value: Any) -> bytes:
        """As in Form."""
        _require(type(value) is tuple and self.least <= len(value) <= self.most)
        return varints(len(value)) + b"".join(map(self.form.write, value))

    def read(self, reader: Reader) -> tuple[Any, ...]:
        """As in Form."""
        count = reader.varint()
        _require(count <= self.most)
        return tuple(self.form.read(reader) for _ in range(count))


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: the name it has in the dataclass, its form, and what it means."""

    name: str
    form: Form
    about: str


@dataclass(frozen=True, slots=True)
class Group:
    """A record within a record. `fields` are those of the dataclass, in its order."""

    record_type: type
    fields: tuple[Field, ...]

    @property
    def rule(self) -> str:
        """As in Form."""
        return f"a table of {', '.join(field.name for field in self.fields)}"

    def write(self, value: Any) -> bytes:
        """As in Form."""
        _require(type(value) is self.record_type)
        return write_fields(self.fields, value)

    def read(self, reader: Reader) -> Any:
        """As in Form."""
        return self.record_type(**read_fields(self.fields, reader))


def write_fields(fields: Iterable[Field], record: object) -> bytes:
    """The fields of a record end to end; ValueError that names the one that breaks its rule."""
    out = bytearray()
    for field in fields:
        value = getattr(record, field.name)
        try:
            out += field.form.write(value)
        except _BrokenRule:
            raise ValueError(f"{field.name} must be {field.form.rule}, not {str(value)[:40]}") from None
    return bytes(out)


def read_fields(fields: Iterable[Field], reader: Reader) -> dict[str, Any]:
    """The fields by name; ValueError where the bytes are none."""
    return {field.name: field.form.read(reader) for field in fields}


class _BrokenRule(ValueError):
    pass


def _require(holds: bool) -> None:
    if not holds:
        raise _BrokenRule
