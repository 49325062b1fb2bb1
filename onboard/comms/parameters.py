"""Parameters of packets and frames: how a value becomes bits of a fixed field, most significant first, and back.

A *type* has a width in bits and turns a value into its raw number; a raw number that no value has is malformed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from onboard.comms.packets import TIME_CODE_BYTES, time_code, time_of


class ParameterType(Protocol):
    """How a parameter's values are written."""

    @property
    def bits(self) -> int:
        """Width of the field."""

    @property
    def rule(self) -> str:
        """Type and range, for the tables of the documentation."""

    def raw(self, value: Any, /) -> int:
        """The raw number of a value."""

    def value(self, raw: int, /) -> Any:
        """The value of a raw number; None where no value has it."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same number."""

    bits: int
    number: int

    @property
    def rule(self) -> str:
        """As in ParameterType."""
        return f"always {self.number}"

    def raw(self, _value: object, /) -> int:
        """As in ParameterType; any value will do."""
        return self.number

    def value(self, raw: int) -> int | None:
        """As in ParameterType."""
        return raw if raw == self.number else None


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number that means itself: an identifier, an instant, a mask. One that does not fit is our own mistake."""

    bits: int

    @property
    def rule(self) -> str:
        """As in ParameterType."""
        return "unsigned"

    def raw(self, value: int) -> int:
        """As in ParameterType."""
        assert 0 <= value < 1 << self.bits
        return value

    def value(self, raw: int) -> int:
        """As in ParameterType."""
        return raw


@dataclass(frozen=True, slots=True)
class Count:
    """A count, which saturates as a counter does."""

    bits: int

    @property
    def rule(self) -> str:
        """As in ParameterType."""
        return "unsigned, saturates"

    def raw(self, value: int) -> int:
        """As in ParameterType."""
        return min(max(value, 0), (1 << self.bits) - 1)

    def value(self, raw: int) -> int:
        """As in ParameterType."""
        return raw


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured quantity from 0 in equal steps, `steps` of them a unit; beyond its ends it saturates."""

    bits: int
    steps: int
    most_raw: int

    @property
    def most(self) -> float:
        """The highest value."""
        return self.most_raw / self.steps

    @property
    def rule(self) -> str:
        """As in ParameterType."""
        return f"unsigned, saturates; value = raw / {self.steps}, 0 to {self.most:g}"

    def raw(self, value: float) -> int:
        """As in ParameterType."""
        return min(max(round(value * self.steps), 0), self.most_raw)

    def value(self, raw: int) -> float | None:
        """As in ParameterType."""
        return raw / self.steps if raw <= self.most_raw else None


@dataclass(frozen=True, slots=True)
class Code:
    """One of a table's numbers, each of which stands for a word."""

    bits: int
    words: tuple[tuple[int, str], ...]

    @property
    def rule(self) -> str:
        """As in ParameterType."""
        return ", ".join(f"{number} = {word}" for number, word in self.words)

    def raw(self, value: int) -> int:
        """As in ParameterType."""
        assert value in dict(self.words)
        return value

    def value(self, raw: int) -> int | None:
        """As in ParameterType."""
        return raw if raw in dict(self.words) else None

    def number(self, word: str) -> int | None:
        """What stands for a word; None where the table does not have it."""
        return {text: number for number, text in self.words}.get(word)


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes (1) or no (0)."""

    bits: int = 1

    @property
    def rule(self) -> str:
        """As in ParameterType."""
        return "0 = no, 1 = yes"

    def raw(self, value: bool) -> int:
        """As in ParameterType."""
        return int(value)

    def value(self, raw: int) -> bool | None:
        """As in ParameterType."""
        return raw == 1 if raw <= 1 else None


@dataclass(frozen=True, slots=True)
class Octets:
    """Bytes, always as many."""

    octets: int

    @property
    def bits(self) -> int:
        """As in ParameterType."""
        return 8 * self.octets

    @property
    def rule(self) -> str:
        """As in ParameterType."""
        return f"{self.octets} octets"

    def raw(self, value: bytes) -> int:
        """As in ParameterType."""
        assert len(value) == self.octets
        return int.from_bytes(value, "big")

    def value(self, raw: int) -> bytes:
        """As in ParameterType."""
        return raw.to_bytes(self.octets, "big")


@dataclass(frozen=True, slots=True)
class TimeCode:
    """Mission elapsed time in nanoseconds as CCSDS unsegmented code (301.0-B) without P-field."""

    @property
    def bits(self) -> int:
        """As in ParameterType."""
        return 8 * TIME_CODE_BYTES

    @property
    def rule(self) -> str:
        """As in ParameterType."""
        return "CUC: 4 octets of seconds, 3 of fraction"

    def raw(self, value: int) -> int:
        """As in ParameterType."""
        return int.from_bytes(time_code(value), "big")

    def value(self, raw: int) -> int:
        """As in ParameterType."""
        return time_of(raw.to_bytes(TIME_CODE_BYTES, "big"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a packet or frame, and what it means. A share or a mere number has no unit."""

    name: str
    type: ParameterType
    about: str
    unit: str = ""


def total_bits(parameters: Iterable[Parameter]) -> int:
    """Width of fields in a row."""
    return sum(parameter.type.bits for parameter in parameters)


def write(parameters: tuple[Parameter, ...], values: Mapping[str, Any]) -> bytes:
    """Fields in a row, whole octets together; constants need no value."""
    number = 0
    for parameter in parameters:
        number = number << parameter.type.bits | parameter.type.raw(values.get(parameter.name))
    return number.to_bytes(total_bits(parameters) // 8, "big")


def read(parameters: tuple[Parameter, ...], data: bytes) -> dict[str, Any] | None:
    """Values by name; None where the length or a field is malformed. Never raises."""
    if 8 * len(data) != total_bits(parameters):
        return None
    number = int.from_bytes(data, "big")
    values = {}
    for parameter in reversed(parameters):
        bits = parameter.type.bits
        value = parameter.type.value(number & (1 << bits) - 1)
        if value is None:
            return None
        values[parameter.name] = value
        number >>= bits
    return values
