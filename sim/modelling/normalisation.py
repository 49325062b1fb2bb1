"""How reflectance becomes what a network takes: from the input's type, the graph's own first operators, or habit."""

from itertools import takewhile

from sim.modelling.conventions import Convention
from sim.modelling.draft import Entry
from sim.modelling.facts import GraphFacts, Preprocess
from sim.modelling.trial import DIGITAL_SCALES

_RANGES = ((2.0, 1.0), (300.0, 255.0), (20_000.0, 10_000.0), (float("inf"), 65_535.0))
"""Largest constant by which a graph shifts or divides its image, and the full scale of images it fits: reflectance,
8-bit pictures, Sentinel-2 digital numbers (quantification value 10000), 16-bit pictures."""
_LINEAR = ("Cast", "Identity", "Pad", "Transpose", "Add", "Sub", "Mul", "Div")


def normalisation(facts: GraphFacts, family: Convention) -> tuple[Entry, Entry]:
    """Scale and offset of the card, network value = reflectance x scale + offset."""
    if facts.image.dtype in DIGITAL_SCALES:
        scale, offset = DIGITAL_SCALES[facts.image.dtype]
        reason = f"the input is {facts.image.dtype}"
        return Entry(scale, reason, assumed=True), Entry(offset, reason, assumed=True)
    if (full_scale := own_full_scale(facts.preprocess)) is not None:
        reason = f"the graph itself normalises images of 0 to {full_scale:g}"
        return Entry(full_scale, reason), Entry(0.0, reason)
    reason = f"that of {family.source}" if family.source else "reflectance as it is"
    fits = isinstance(family.scale, float) or len(family.scale) == facts.channels
    scale_value, offset_value = (family.scale, family.offset) if fits else (1.0, 0.0)
    return _entry(scale_value, reason), _entry(offset_value, reason)


def _entry(value: float | tuple[float, ...], reason: str) -> Entry:
    return Entry(value if isinstance(value, float) else list(value), reason, assumed=True)


def own_full_scale(steps: tuple[Preprocess, ...]) -> float | None:
    """The largest value of the images that a graph's first operators were written for; None where they tell nothing.

    A graph that divides by 255, or takes off a mean of 123, was written for images of 0 to 255.
    """
    linear = takewhile(lambda step: step.operator in _LINEAR, steps)
    magnitudes = [size for step in linear if (size := _magnitude(step)) is not None]
    # One small constant may be anything; a mean and a deviation are a normalisation.
    if not magnitudes or (len(magnitudes) == 1 and magnitudes[0] <= _RANGES[0][0]):
        return None
    return next(scale for limit, scale in _RANGES if max(magnitudes) <= limit)


def _magnitude(step: Preprocess) -> float | None:
    """How large the image must be for the operator to make sense: only shifts and divisions tell."""
    if not step.constant:
        return None
    largest = max(abs(value) for value in step.constant)
    if step.operator in ("Sub", "Add", "Div"):
        return largest
    # A factor below 1 is a division; a factor above it may be any gain.
    return 1.0 / largest if step.operator == "Mul" and 0.0 < largest < 1.0 else None
