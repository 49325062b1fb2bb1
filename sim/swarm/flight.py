"""Flies one case, watched at every instant, and says what came of it."""

import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from onboard.errors import InputError, MachineError
from sim.run import RunOptions, fly
from sim.run_directory import ARCHIVE
from sim.swarm.case import Case
from sim.swarm.verdicts import check_archive, check_end
from sim.swarm.witness import Witness

PREFIX = "skysift-swarm-"
RAM_DISK = Path("/dev/shm")
"""Where there is one: an archive that is synchronised a thousand times a second waits for no disk."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case came to: `found` is empty where nothing is wrong, `struck` counts what befell it."""

    found: str = ""
    where: str = ""
    digest: str = ""
    events: int = 0
    struck: Counter[str] = field(default_factory=Counter)

    @property
    def is_sound(self) -> bool:
        """Whether everything held."""
        return not self.found


def fly_case(case: Case) -> Outcome:
    """Fly a case. What the flight's own code raises is a finding; InputError and MachineError are not, and go on."""
    scenario, orders = case.validated()
    witness = Witness()
    try:
        with TemporaryDirectory(prefix=PREFIX, dir=RAM_DISK if RAM_DISK.is_dir() else None) as folder:
            flight = fly(scenario, Path(folder) / "run", RunOptions(orders=orders, observers=(witness,)))
            check_archive(flight.directory / ARCHIVE, flight.log)
        check_end(scenario, flight.log, witness)
    except (InputError, MachineError):
        raise
    except Exception as error:
        return Outcome(_told(error), _where(error), "", witness.records, witness.struck)
    return Outcome("", "", flight.digest, witness.records, witness.struck)


def _told(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, AssertionError) and text else f"{type(error).__name__}: {text}"


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
