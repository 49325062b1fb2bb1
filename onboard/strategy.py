"""What a spacecraft does with a frame: the work it orders."""

from dataclasses import dataclass

from onboard.commands import JobKind

LEVEL_2 = ("focusing", "calibration", "registration", "location")
"""What makes physical values at known places out of raw numbers."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A flight policy. `runs_model` says whether what it sends is what a model found.

    `steps` are what a frame goes through first, by name; a step that its instrument does not have is left out.
    """

    name: str
    job: JobKind
    steps: tuple[str, ...] = ()

    @property
    def runs_model(self) -> bool:
        """Whether the payload computer runs inference."""
        return self.job is JobKind.INFERENCE


STRATEGIES = {
    strategy.name: strategy
    for strategy in (
        Strategy("raw", JobKind.RAW),
        # A radar's image exists once it is focused; a camera's numbers are coded as they are.
        Strategy("lossless", JobKind.LOSSLESS, ("focusing",)),
        Strategy("detections", JobKind.INFERENCE, LEVEL_2),
    )
}
