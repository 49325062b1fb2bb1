"""Bits of stored frames."""

from pathlib import Path

import numpy as np

from onboard.payload.imagery import MassMemory
from onboard.payload.memory_upsets import MemoryUpsets
from tests.flight_for_tests import frame


def stored(root: Path, *, ecc: bool = False) -> tuple[MemoryUpsets, np.ndarray]:
    memory, planes = MassMemory(root), np.full((2, 64, 64), 100, np.uint16)
    memory.write(frame(1).memory_ref, planes)
    return MemoryUpsets(memory, ecc=ecc), planes


def test_a_strike_flips_one_bit_of_one_frame_and_spares_the_file(tmp_path: Path) -> None:
    upsets, planes = stored(tmp_path)
    before = upsets.reader(frame(1))
    upsets.strike([1], 16 * 70 + 15, 1)
    struck = upsets.reader(frame(1))()
    assert struck.reshape(-1)[70] == 100 ^ 1 << 15
    assert (struck != planes).sum() == 1
    assert (before() == planes).all(), "who began to read before has what was there"
    assert (MassMemory(tmp_path).read(frame(1)) == planes).all()


def test_nothing_is_struck_where_nothing_is_held(tmp_path: Path) -> None:
    upsets, planes = stored(tmp_path)
    upsets.strike([], 5, 1)
    upsets.strike([2], 5, 1)
    assert (upsets.reader(frame(1))() == planes).all()


def test_error_correction_corrects_one_bit_and_empties_a_word_with_two(tmp_path: Path) -> None:
    upsets, planes = stored(tmp_path, ecc=True)
    upsets.strike([1], 16 * 70, 1)
    assert (upsets.reader(frame(1))() == planes).all()
    upsets.strike([1], 16 * 70, 2)
    struck = upsets.reader(frame(1))().reshape(-1)
    assert struck[68:72].tolist() == [0] * 4
    assert (struck != 100).sum() == 4


def test_without_it_two_bits_flip(tmp_path: Path) -> None:
    upsets, _ = stored(tmp_path)
    upsets.strike([1], 16 * 70, 2)
    assert upsets.reader(frame(1))().reshape(-1)[70] == 100 ^ 0b11
