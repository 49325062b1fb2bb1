"""A raft model as the exam asks it: its two planes over a drawn sea, and its detections as in flight."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard, load_card
from onboard.payload.session import GraphSession
from sim.experiment.exam.raft_scoring import Peaks

SMALL, LARGE = "small-target", "ship"
"""The model's classes."""
_STRIDE_PX = 16
_LEAST = 1e-5
"""Peaks below this probability are not kept: there are thousands in a scene, and no threshold is so low."""


class RaftDetector:
    """A model's folder, ready to answer. Its classes are SMALL and LARGE, its planes coarser than the picture.

    Raises InputError where it is no such model.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.card: ModelCard = load_card(folder)
        if not {SMALL, LARGE} <= set(self.card.classes):
            rule = f"the raft exam needs the classes {SMALL} and {LARGE}"
            raise InputError(folder / "card.toml", rule, key="output.classes", value=list(self.card.classes))
        self._graph = GraphSession(self.card)
        self._input = self._graph.inputs[0].name
        self._small, self._large = (self.card.classes.index(name) for name in (SMALL, LARGE))

    def _planes(self, sigma0: NDArray[np.float32]) -> NDArray[np.float32]:
        assert not any(side % _STRIDE_PX for side in sigma0.shape)
        picture = np.ascontiguousarray(sigma0[None, None], dtype=np.float32)
        return np.asarray(self._graph.session.run(None, {self._input: picture})[0][0], np.float32)

    def large(self, sigma0: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Where the class LARGE reaches the card's threshold in sigma0 of shape (height, width), of that shape."""
        plane = self._planes(sigma0)[self._large] >= self.card.threshold
        size = sigma0.shape[0] // plane.shape[0]
        return np.asarray(plane.repeat(size, axis=0).repeat(size, axis=1))

    def peaks(self, sigma0: NDArray[np.float32], gsd_m: float) -> Peaks:
        """Small targets in linear sigma0 of shape (height, width), multiples of 16 pixels."""
        plane = self._planes(sigma0)[self._small]
        return Peaks.of(plane, gsd_m, sigma0.shape[0] // plane.shape[0], least=_LEAST)


def flown(card: ModelCard, numbers: NDArray[np.uint16], scale: float, gsd_m: float) -> tuple[Detection, ...]:
    """Detections in a frame of one band as a spacecraft makes them, tiles and all; `numbers` of shape (height, width),
    sigma0 = number x scale."""
    height_px, width_px = numbers.shape
    frame = Frame(
        frame_id=1,
        memory_ref="",
        width_px=width_px,
        height_px=height_px,
        bands=card.bands,
        sensed_bands=1,
        scale=(scale,),
        offset=(0.0,),
        bit_depth=16,
        exposed_ns=0,
        footprint_deg=(0.0,) * 8,
        gsd_m=gsd_m,
    )
    return InferenceEngine(card).infer(frame, numbers[None])
