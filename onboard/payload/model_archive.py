"""A model as it travels: card and graph in one sequence of bytes.

Layout: version octet, varint of the card's length, the card, and the graph up to the end. No names travel, so that none
can lead out of the folder that a model is unpacked into.
"""

from onboard.comms.telecommands import MAX_MODEL_BYTES
from onboard.payload.varints import Reader, varints

VERSION = 1
MAX_CARD_BYTES = 2**16


def pack(card: bytes, graph: bytes) -> bytes:
    """The archive of a model; ValueError where a part is empty or too long."""
    if not (0 < len(card) <= MAX_CARD_BYTES and graph):
        raise ValueError(f"a card has 1 to {MAX_CARD_BYTES} bytes, and a graph has some")
    archive = bytes([VERSION]) + varints(len(card)) + card + graph
    if len(archive) > MAX_MODEL_BYTES:
        raise ValueError(f"a model of {len(archive)} bytes is beyond {MAX_MODEL_BYTES}")
    return archive


def unpack(archive: bytes) -> tuple[bytes, bytes] | None:
    """Card and graph; None for anything that `pack` would not have written. Never raises."""
    try:
        reader = Reader(archive)
        if len(archive) > MAX_MODEL_BYTES or reader.take(1)[0] != VERSION:
            return None
        card = reader.take(reader.varint())
        graph = reader.rest()
        head = bytes([VERSION]) + varints(len(card))
    except ValueError:
        return None
    is_ours = 0 < len(card) <= MAX_CARD_BYTES and graph and archive.startswith(head + card)
    return (card, graph) if is_ours else None
