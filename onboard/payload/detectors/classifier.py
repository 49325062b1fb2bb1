"""A classifier over tiles: the box is the tile."""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.scores import Activation, Raw, activated, reaching


def layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """Logits or probabilities of one tile; axes that pooling leaves, or that a squeeze takes, matter little."""
    return ((1, n_classes),), ((1, n_classes, 1, 1),), ((1, 1, 1, n_classes),), ((n_classes,),)


def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """A box for each class that reaches the threshold, as large as the input."""
    scores = activated(outputs[0].reshape(-1), activation)
    classes = reaching(scores, threshold)
    tile = (0.0, 0.0, float(input_hw[1]), float(input_hw[0]))
    return Boxes(np.tile(tile, (len(classes), 1)), scores[classes], classes.astype(np.int64))
