"""How much of a frame is cloud, by a model that marks cloudy pixels."""

from onboard.errors import InputError
from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard
from onboard.payload.readers import PixelReader


class CloudMask(InferenceEngine):
    """A segmentation model of one class, cloud. Raises InputError where its card or its graph is something else."""

    def __init__(self, card: ModelCard) -> None:
        check_mask(card)
        super().__init__(card)

    def cloud_fraction(self, frame: Frame, planes: Planes) -> float:
        """Share, 0 to 1, of the pixels whose probability reaches the card's threshold. Raises ModelFault.

        `planes` are digital numbers (bands, height, width). A band that the frame lacks is zeros.
        """
        self._look(frame, planes)
        assert isinstance(self._reader, PixelReader)
        return self._reader.found_px / (frame.height_px * frame.width_px)


def check_mask(card: ModelCard) -> None:
    """Raises InputError where a card is of no cloud mask, or does not say what it costs."""
    if card.head != "segmentation":
        raise InputError(card.card_path, "must be segmentation in a cloud mask", key="output.head", value=card.head)
    if len(card.classes) != 1:
        rule = "must name one class in a cloud mask"
        raise InputError(card.card_path, rule, key="output.classes", value=list(card.classes))
    if card.macs_per_px is None:
        rule = "is missing: the payload computer's time is charged by it"
        raise InputError(card.card_path, rule, key="cost.macs_per_px")
