"""A whole frame shrunk (or grown) into a network's input with its proportions kept, and boxes back again."""

from dataclasses import dataclass

from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.contract import Size


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a frame lies in the input: resized to `height_px` x `width_px`, its first pixel at (`top`, `left`)."""

    frame_hw: Size
    height_px: int
    width_px: int
    top: int
    left: int

    def to_frame(self, boxes: Boxes) -> Boxes:
        """Boxes in pixels of the input as boxes in pixels of the frame; they may reach past its border.

        Each axis by its own ratio: resizing rounds the sides, and pixels go where they were really drawn.
        """
        across, down = self.frame_hw[1] / self.width_px, self.frame_hw[0] / self.height_px
        return boxes.shifted(-self.left, -self.top).scaled(across, down)


def letterbox(frame_hw: Size, input_hw: Size, *, centred: bool) -> Letterbox:
    """Fit a frame into an input.

    Centred, as LetterBox in ultralytics/data/augment.py: sides are rounded, an odd pixel of padding goes to the
    right and to the bottom. In the corner, as preproc in yolox/data/data_augment.py: sides are cut, and all padding
    is at the right and at the bottom. A network was trained with one or the other.
    """
    ratio = min(input_hw[0] / frame_hw[0], input_hw[1] / frame_hw[1])
    whole = round if centred else int
    height, width = (max(1, whole(length * ratio)) for length in frame_hw)
    if not centred:
        return Letterbox(frame_hw, height, width, 0, 0)
    return Letterbox(frame_hw, height, width, (input_hw[0] - height) // 2, (input_hw[1] - width) // 2)
