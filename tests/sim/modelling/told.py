"""What a command of the command line left behind."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.system.small_mission import the_line


@dataclass(frozen=True)
class Told:
    """Exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What a command that went well printed with --json."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    def refusal(self) -> str:
        """The one line of a command that refused its input."""
        assert (self.code, self.out) == (2, "")
        return the_line(self.err)


Skysift = Callable[..., Told]
