"""How a model looks at a frame: in tiles of its own resolution, or at the whole of it at once."""

from collections.abc import Iterable
from itertools import pairwise

from onboard.payload.imagery import Tile, tiles
from onboard.payload.models import ModelCard


def grid_over(card: ModelCard, height_px: int, width_px: int) -> tuple[Tile, ...]:
    """The pieces of a frame that become network inputs, one each."""
    if card.fit == "letterbox":
        return (Tile(0, 0, *card.tile_hw),)
    return tiles((height_px, width_px), card.tile_hw, card.overlap_px, card.stride_px)


def owned_by_tile(grid: Iterable[Tile], height_px: int, width_px: int) -> dict[Tile, tuple[int, int, int, int]]:
    """What of the frame each tile answers for: top, left, bottom, right, end exclusive."""
    grid = tuple(grid)
    rows = _owned({tile.row for tile in grid}, grid[0].height_px, height_px)
    cols = _owned({tile.col for tile in grid}, grid[0].width_px, width_px)
    return {tile: (rows[tile.row][0], cols[tile.col][0], rows[tile.row][1], cols[tile.col][1]) for tile in grid}


def _owned(starts: set[int], side_px: int, length_px: int) -> dict[int, tuple[int, int]]:
    """The rows (or columns) that each start's tiles own: neighbours part in the middle of their overlap."""
    ordered = sorted(starts)
    cuts = [0, *((first + second + side_px) // 2 for first, second in pairwise(ordered)), length_px]
    return dict(zip(ordered, pairwise(cuts), strict=True))
