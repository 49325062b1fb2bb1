"""What a spacecraft does with a frame: the work it orders and the kind of product it sends."""

from dataclasses import dataclass

from onboard.commands import JobKind
from onboard.comms.packets import ProductKind


@dataclass(frozen=True, slots=True)
class Strategy:
    """A flight policy. `runs_model` says whether its product is what a model found."""

    name: str
    job: JobKind
    product: ProductKind

    @property
    def runs_model(self) -> bool:
        """Whether the payload computer runs inference."""
        return self.job is JobKind.INFERENCE


STRATEGIES = {
    strategy.name: strategy
    for strategy in (
        Strategy("raw", JobKind.RAW, ProductKind.IMAGE),
        Strategy("lossless", JobKind.LOSSLESS, ProductKind.IMAGE),
        Strategy("detections", JobKind.INFERENCE, ProductKind.ALERT),
    )
}
