"""What `fit` answers: a verdict, and beneath it what each constraint allows."""

from dataclasses import dataclass
from typing import Any

from sim.experiment.fit.relief import Constraint


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one constraint allows with all others lifted.

    `need` and `have` are in `unit`: what all frames would take of `what`, and what there is; `margin` is the rest.
    `ratio` is of frames: the share that is left where the constraint takes some away (`loses`), and otherwise how many
    times as many it would bear, at least 1; of energy and heat it is the largest that was tried and borne. A margin
    below 0 where nothing is lost is of work that is put off and made up for. `lift` tells what would lift one that
    loses.
    """

    frames_per_orbit: float
    need: float
    have: float
    unit: str
    ratio: float
    margin: float
    what: str
    loses: bool
    lift: str | None = None

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "frames_per_orbit": _rounded(self.frames_per_orbit),
            "margin": {"ratio": _rounded(self.ratio), "value": _rounded(self.margin), "unit": self.unit},
            "need": _rounded(self.need),
            "have": _rounded(self.have),
            "what": self.what,
            "lift": self.lift,
        }


@dataclass(frozen=True, slots=True)
class SatelliteFit:
    """One satellite's answer. `frames_per_orbit` is of completed frames, as a run counts them; `asked_per_orbit` of
    planned exposures. `binds` is None where nothing takes frames away."""

    name: str
    verdict: str
    binds: Constraint | None
    tightest: Constraint
    orbits: float
    asked: int
    completed: int
    late: int
    constraints: dict[Constraint, Allowance]
    notes: tuple[str, ...]

    @property
    def asked_per_orbit(self) -> float:
        """Planned exposures."""
        return self.asked / self.orbits

    @property
    def frames_per_orbit(self) -> float:
        """Frames that a run would complete."""
        return self.completed / self.orbits

    @property
    def share(self) -> float:
        """Of the frames that are asked for, those that are completed or wait for a contact after the end."""
        return (self.completed + self.late) / self.asked if self.asked else 1.0

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "verdict": self.verdict,
            "fits": self.binds is None,
            "binds": self.binds,
            "tightest": self.tightest,
            "asked_per_orbit": _rounded(self.asked_per_orbit),
            "frames_per_orbit": _rounded(self.frames_per_orbit),
            "frames": {"asked": self.asked, "completed": self.completed, "late": self.late},
            "orbits": _rounded(self.orbits),
            "constraints": {str(name): allowance.as_table() for name, allowance in self.constraints.items()},
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Fit:
    """The answer for a scenario; the satellite that fares worst speaks for all."""

    scenario: str
    strategy: str
    model: str
    sampled_frames: int
    satellites: tuple[SatelliteFit, ...]
    notes: tuple[str, ...]

    @property
    def worst(self) -> SatelliteFit:
        """Of those that something binds, or of all, the satellite that completes the smallest share; of equals the one
        with the least room."""
        return min(self.satellites, key=lambda one: (one.binds is None, one.share, one.constraints[one.tightest].ratio))

    @property
    def verdict(self) -> str:
        """One line."""
        worst, count = self.worst, len(self.satellites)
        bound = sum(one.binds is not None for one in self.satellites)
        others = "" if count == 1 else f" ({bound} of {count} satellites are bound)" if bound else f" (all {count} fit)"
        return f"{worst.name}: {worst.verdict}{others}"

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        worst = self.worst
        return {
            "scenario": self.scenario,
            "strategy": self.strategy,
            "model": self.model,
            "verdict": self.verdict,
            "fits": all(one.binds is None for one in self.satellites),
            "binds": worst.binds,
            "frames_per_orbit": _rounded(worst.frames_per_orbit),
            "constraints": {str(name): allowance.as_table() for name, allowance in worst.constraints.items()},
            "satellites": {one.name: one.as_table() for one in self.satellites},
            "sampled_frames": self.sampled_frames,
            "notes": list(self.notes),
        }


def _rounded(value: float) -> float | None:
    """Six figures are more than a prediction has; infinity is null."""
    return float(f"{value:.6g}") if abs(value) < float("inf") else None
