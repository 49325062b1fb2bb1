"""From digital numbers to what a network takes: bands found by name, calibrated, laid out, in its number type."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.payload.detectors.letterbox import Letterbox
from onboard.payload.imagery import Frame, Planes, Tile
from onboard.payload.models import ModelCard


@dataclass(frozen=True, slots=True, eq=False)
class _Channel:
    """One band's way into the network: digital numbers (height, width), and network value = number x gain + bias."""

    index: int
    numbers: NDArray[np.uint16]
    gain: np.float32
    bias: np.float32

    @property
    def is_as_it_is(self) -> bool:
        """Whether the network takes the digital numbers themselves."""
        return self.gain == 1.0 and not self.bias

    def calibrate(self, plane: NDArray[np.float32]) -> None:
        """Numbers in place. Right after they were copied they are in the cache: two passes cost less than a cast
        and a product in one."""
        if self.gain != 1.0:
            np.multiply(plane, self.gain, out=plane)
        if self.bias:
            np.add(plane, self.bias, out=plane)


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
        # One that normalises by itself takes digital numbers: then the tile is copied, and nothing else.
        self._takes_numbers = dtype == np.uint16 and not card.clip
        # The usual network takes planar float32: then the tile is calibrated into the input itself.
        self._is_direct = is_planar and dtype == np.float32 and not card.clip
        if self._is_direct:
            self._planes = self._target

    def fill_ramp(self) -> None:
        """Physical values from dark to light ground, left to right, as any scene may have them: for a trial run."""
        # Not from 0: ratios of bands have no value there, and a scene seldom has it.
        ramp = np.linspace(0.01, 0.4, self._planes.shape[2], dtype=np.float32)
        for index, (scale, offset) in enumerate(zip(self._card.scale, self._card.offset, strict=True)):
            self._planes[index] = ramp * scale + offset
        self._hand_over()

    def channels(self, frame: Frame, planes: Planes) -> list[_Channel]:
        """The bands of a frame that fill the network's channels; the others are set to zeros, calibrated."""
        card = self._card
        found = []
        for index, band in enumerate(card.source_bands(frame.bands)):
            if band in frame.bands:
                source = frame.bands.index(band)
                gain = frame.scale[source] * card.scale[index]
                bias = frame.offset[source] * card.scale[index] + card.offset[index]
                found.append(_Channel(index, planes[source], np.float32(gain), np.float32(bias)))
            else:
                self._planes[index] = card.offset[index]
        self._hand_over()
        return found

    def fill_tile(self, channels: list[_Channel], tile: Tile) -> None:
        """Write a tile, which lies inside the channels' numbers."""
        rows, cols = slice(tile.row, tile.row + tile.height_px), slice(tile.col, tile.col + tile.width_px)
        if self._takes_numbers and all(channel.is_as_it_is for channel in channels):
            for channel in channels:
                self._target[channel.index] = channel.numbers[rows, cols]
            return
        for channel in channels:
            plane = self._planes[channel.index]
            plane[:] = channel.numbers[rows, cols]
            channel.calibrate(plane)
        self._hand_over()

    def fill_letterbox(self, channels: list[_Channel], place: Letterbox) -> None:
        """Write a whole frame, resized, with padding round it."""
        inside = np.s_[place.top : place.top + place.height_px, place.left : place.left + place.width_px]
        for channel in channels:
            plane = self._planes[channel.index]
            shrunk = cv2.resize(channel.numbers, (place.width_px, place.height_px), interpolation=cv2.INTER_LINEAR)
            plane[:] = self._card.pad
            plane[inside] = shrunk
            channel.calibrate(plane[inside])
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
