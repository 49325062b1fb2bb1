"""What a spacecraft does with a frame: the work it orders, and what becomes the frame's result."""

from dataclasses import dataclass

from onboard.commands import JobKind
from onboard.comms.packets import ProductKind

LEVEL_2 = ("focusing", "calibration", "registration", "location")
"""What makes physical values at known places out of raw numbers."""
_AS_TAKEN = ("focusing",)
"""A radar's image exists once it is focused; a camera's numbers are coded as they are."""
SCREENED_STEPS = ("calibration", "registration")
"""What a cloud mask needs of a frame: reflectance, band on band. Where on the Earth it lies does not matter."""
SCREENED_BANDS = ("red", "nir", "swir1", "swir2")
"""What the shipped cloud mask looks at."""

STEPS = {
    JobKind.INFERENCE: LEVEL_2,
    JobKind.CHIPS: LEVEL_2,
    JobKind.CONTEXT: LEVEL_2,
    JobKind.SCREENING: SCREENED_STEPS,
    JobKind.LOSSLESS: _AS_TAKEN,
    JobKind.CCSDS121: _AS_TAKEN,
    JobKind.LOSSY: _AS_TAKEN,
    JobKind.RAW: (),
}
"""What a frame goes through first, by name; a step that its instrument does not have is left out."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A flight policy: the `job` that makes a frame's result, a product of `kind`.

    Where it `screens`, a cloud mask looks at a frame first, and a cloudy one is not worked on. Where it `shrinks`,
    only a small picture is made of a frame. Where chips are cut and the result is a list without them, pixels follow it
    as far as passes have room. Chips with context are for a model on the ground, whose verdict their list awaits.
    """

    name: str
    job: JobKind
    kind: ProductKind
    screens: bool = False
    shrinks: bool = False

    @property
    def runs_model(self) -> bool:
        """Whether the payload computer looks for targets; then what it finds is what it sends."""
        return self.job in (JobKind.INFERENCE, JobKind.CHIPS, JobKind.CONTEXT)

    @property
    def awaits_verdict(self) -> bool:
        """Whether what it sends is for a model on the ground to judge."""
        return self.job is JobKind.CONTEXT

    def applies_to(self, bands: tuple[str, ...]) -> str:
        """An empty text, or why an instrument that sees these bands cannot fly this."""
        missing = [band for band in SCREENED_BANDS if band not in bands]
        if not self.screens or not missing:
            return ""
        return f"a cloud mask needs {', '.join(SCREENED_BANDS)}, and the instrument has no {', '.join(missing)}"


STRATEGIES = {
    strategy.name: strategy
    for strategy in (
        Strategy("raw", JobKind.RAW, ProductKind.IMAGE),
        Strategy("lossless", JobKind.LOSSLESS, ProductKind.IMAGE),
        Strategy("ccsds121", JobKind.CCSDS121, ProductKind.IMAGE),
        Strategy("lossy", JobKind.LOSSY, ProductKind.IMAGE),
        Strategy("cloudfilter", JobKind.LOSSLESS, ProductKind.IMAGE, screens=True),
        Strategy("thumbnails", JobKind.LOSSLESS, ProductKind.THUMBNAIL, shrinks=True),
        Strategy("chips", JobKind.CHIPS, ProductKind.CHIP),
        Strategy("detections", JobKind.INFERENCE, ProductKind.ALERT),
        Strategy("adaptive", JobKind.CHIPS, ProductKind.ALERT),
        Strategy("cascade", JobKind.CONTEXT, ProductKind.CHIP),
    )
}
