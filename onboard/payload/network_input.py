"""From digital numbers to what a network takes: bands found by name, calibrated, laid out, in its number type."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.payload.detectors.letterbox import Letterbox
from onboard.payload.imagery import Frame, Planes, Tile
from onboard.payload.models import ModelCard

TRIAL_VALUE = 0.1
"""A physical value that any scene may have, for a trial run."""


@dataclass(frozen=True, slots=True)
class _Channel:
    """One band's way into the network: digital numbers (height, width), and network value = number x gain + bias."""

    index: int
    numbers: NDArray[np.uint16]
    gain: np.float32
    bias: np.float32


class NetworkInput:
    """One input buffer, filled again for every tile. `array` is what the session is given."""

    def __init__(self, card: ModelCard, dtype: np.dtype, batch: int) -> None:
        self._card = card
        height_px, width_px = card.tile_hw
        self._planes = np.empty((len(card.bands), height_px, width_px), np.float32)
        is_planar = card.layout == "NCHW"
        shape = (len(card.bands), height_px, width_px) if is_planar else (height_px, width_px, len(card.bands))
        self.array = np.zeros((batch, *shape), dtype)
        self._target = self.array[0] if is_planar else self.array[0].transpose(2, 0, 1)
        # The usual network takes planar float32: then the tile is calibrated into the input itself.
        self._is_direct = is_planar and dtype == np.float32 and not card.clip
        if self._is_direct:
            self._planes = self._target

    def fill_evenly(self, physical: float = TRIAL_VALUE) -> None:
        """The same physical value everywhere."""
        for index in range(len(self._card.bands)):
            self._planes[index] = physical * self._card.scale[index] + self._card.offset[index]
        self._hand_over()

    def channels(self, frame: Frame, planes: Planes) -> list[_Channel]:
        """The bands of a frame that fill the network's channels. A band that is missing is zeros, calibrated."""
        card = self._card
        return [
            _Channel(
                index,
                planes[frame.bands.index(band)],
                np.float32(frame.scale[frame.bands.index(band)] * card.scale[index]),
                np.float32(frame.offset[frame.bands.index(band)] * card.scale[index] + card.offset[index]),
            )
            for index, band in enumerate(card.source_bands(frame.bands))
            if band in frame.bands
        ]

    def clear(self) -> None:
        """Zeros, calibrated, everywhere: for the bands that no channel will fill."""
        self.fill_evenly(0.0)

    def fill_tile(self, channels: list[_Channel], tile: Tile) -> None:
        """Write a tile, which lies inside the channels' numbers."""
        rows, cols = slice(tile.row, tile.row + tile.height_px), slice(tile.col, tile.col + tile.width_px)
        for channel in channels:
            plane = self._planes[channel.index]
            np.multiply(channel.numbers[rows, cols], channel.gain, out=plane)
            if channel.bias:
                plane += channel.bias
        self._hand_over()

    def fill_letterbox(self, channels: list[_Channel], place: Letterbox) -> None:
        """Write a whole frame, resized, with padding round it."""
        rows, cols = slice(place.top, place.top + place.height_px), slice(place.left, place.left + place.width_px)
        for channel in channels:
            shrunk = cv2.resize(channel.numbers, (place.width_px, place.height_px), interpolation=cv2.INTER_LINEAR)
            plane = self._planes[channel.index]
            plane[:] = self._card.pad
            np.multiply(shrunk, channel.gain, out=plane[rows, cols])
            plane[rows, cols] += channel.bias
        self._hand_over()

    def _hand_over(self) -> None:
        if self._is_direct:
            return
        if self._card.clip:
            np.clip(self._planes, *self._card.clip, out=self._planes)
        if self.array.dtype.kind in "iu":
            limits = np.iinfo(self.array.dtype)
            np.clip(np.rint(self._planes, out=self._planes), limits.min, limits.max, out=self._planes)
        self._target[:] = self._planes
