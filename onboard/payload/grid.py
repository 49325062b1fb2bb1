"""How a model looks at a frame: in tiles of its own resolution, or at the whole of it at once."""

from onboard.payload.imagery import Tile, tiles
from onboard.payload.models import ModelCard


def grid_over(card: ModelCard, height_px: int, width_px: int) -> tuple[Tile, ...]:
    """The pieces of a frame that become network inputs, one each."""
    if card.fit == "letterbox":
        return (Tile(0, 0, *card.tile_hw),)
    return tiles((height_px, width_px), card.tile_hw, card.overlap_px, card.stride_px)
