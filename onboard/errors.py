"""Errors by whose fault they are. The emulated world's faults are events, ours are asserts; these two remain."""

from pathlib import Path
from typing import Any


class InputError(Exception):
    """The user's file or option is wrong. One line that names the place, the key, the value and the rule."""

    def __init__(self, source: str | Path, rule: str, *, key: str = "", value: object = None) -> None:
        told = f"{key} = {value!r}: {rule}" if value is not None else f"{key}: {rule}" if key else rule
        super().__init__(f"{source}: {told}")
        self.source, self.told = source, told

    def __reduce__(self) -> tuple[Any, ...]:
        """As it crosses processes: by itself an exception is made anew of its message, as its arguments."""
        return _as_it_was, (type(self), self.args, dict(vars(self)))


def _as_it_was(kind: type[InputError], args: tuple[Any, ...], state: dict[str, Any]) -> InputError:
    """An error without its making, which a subclass may do of other arguments."""
    error = kind.__new__(kind, *args)
    vars(error).update(state)
    return error


class MachineError(Exception):
    """The machine failed the run: a full disk, a busy port, a process that died. One line, exit code 1."""
