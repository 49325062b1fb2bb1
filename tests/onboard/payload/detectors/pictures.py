"""Photographs for detectors: one portrait, which matplotlib's wheel brings, in several sizes and crops.

It shows Grace Hopper (a person, a face, a tie); US Navy, public domain. matplotlib itself is not imported.
"""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Blue, green, red: shape (height, width, 3)."""


def portrait() -> Picture:
    """600 x 512 pixels; skips the test where matplotlib or its sample is not installed."""
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        pytest.skip("needs the portrait in matplotlib's wheel: pip install '.[dev]'")
    path = Path(package.origin).parent / "mpl-data/sample_data/grace_hopper.jpg"
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if picture is None:
        pytest.skip(f"this matplotlib has no {path.name}")
    return np.asarray(picture, np.uint8)


def resized(picture: Picture, height: int, width: int) -> Picture:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def quartet(height: int, width: int) -> Picture:
    """Four people: two whole portraits above two closer ones, the right ones mirrored."""
    whole = portrait()
    close, closer = whole[:400, 60:460], whole[:350, 80:430]
    parts = [resized(part, height // 2, width // 2) for part in (whole, whole[:, ::-1], close, closer[:, ::-1])]
    return np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:])])


def large_and_small(height: int, width: int) -> Picture:
    """A large portrait, and beside it two small ones, the lower in twilight."""
    whole = portrait()
    side = width // 8 * 3
    large, small = resized(whole, height, width - side), resized(whole[:450, 31:481], height // 2, side)
    dark = (small[:, ::-1] * 0.5).astype(np.uint8)
    return np.hstack([large, np.vstack([small, dark])])


PICTURES = {"quartet": quartet, "large and small": large_and_small}
