"""A model's weights in memory, which radiation can change: found in the serialised graph, struck, checked, loaded
anew."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from onboard.payload.models import ModelCard

Span = tuple[int, int]
"""Start and end of raw numbers in a graph's bytes."""

_GRAPH, _INITIALIZER, _DATA_TYPE, _RAW_DATA = 7, 5, 2, 9
"""Field numbers in onnx.proto: of ModelProto, GraphProto and TensorProto."""
_NUMBERS = (1, 2, 3, 6, 10)
"""TensorProto's float32, uint8, int8, int32 and float16: weights, biases and what quantisation needs. Lengths and axes
are 64-bit integers, of which a model has a handful."""
_SMALLEST_BYTES = 2
"""A single octet is the zero point of a quantised tensor, which the runtime takes to be what it was at loading."""
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5


def weight_spans(graph: bytes) -> tuple[Span, ...]:
    """Where the raw numbers of a graph's initializers are, in its own order."""
    spans = []
    for at, end in _fields(graph, 0, len(graph), _GRAPH):
        for tensor in _fields(graph, at, end, _INITIALIZER):
            kinds = [value for value, _ in _fields(graph, *tensor, _DATA_TYPE)]
            raw = list(_fields(graph, *tensor, _RAW_DATA))
            if kinds and raw and kinds[-1] in _NUMBERS and raw[-1][1] - raw[-1][0] >= _SMALLEST_BYTES:
                spans.append(raw[-1])
    return tuple(spans)


def flipped(graph: bytes, draw: int) -> bytes:
    """The graph with one bit of its weights flipped: `draw` modulo their bits. As it is where it has none."""
    spans = weight_spans(graph)
    n_bits = 8 * sum(end - start for start, end in spans)
    if not n_bits:
        return graph
    place, bit = divmod(draw % n_bits, 8)
    for start, end in spans:
        if place < end - start:
            break
        place -= end - start
    struck = bytearray(graph)
    struck[start + place] ^= 1 << bit
    return bytes(struck)


class WeightCopy:
    """The weights of one model as memory holds them."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        self.graph: bytes | None = None
        """None while memory holds what was loaded."""

    def strike(self, draw: int) -> None:
        """Flip a bit."""
        self.graph = flipped(self.card.path.read_bytes() if self.graph is None else self.graph, draw)

    @property
    def struck_card(self) -> ModelCard:
        """The card of what memory holds: its hash is of that."""
        return self.card if self.graph is None else replace(self.card, sha256=sha256(self.graph).hexdigest())

    @property
    def is_sound(self) -> bool:
        """Whether memory has the hash that the card tells."""
        return self.struck_card.sha256 == self.card.sha256

    def reload(self) -> None:
        """Take what storage holds."""
        self.graph = None


def _fields(graph: bytes, at: int, end: int, wanted: int) -> Iterator[Span]:
    """Fields of one number in a message: the span of one with a length, (value, end) of a number.

    Protocol Buffers' wire format. A graph that a runtime has opened is well-formed.
    """
    while at < end:
        key, at = _varint(graph, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(graph, at)
            if number == wanted:
                yield value, at
        elif kind == _LENGTH:
            length, at = _varint(graph, at)
            if number == wanted:
                yield at, at + length
            at += length
        else:
            assert kind in (_EIGHT_BYTES, _FOUR_BYTES)
            at += 8 if kind == _EIGHT_BYTES else 4


def _varint(graph: bytes, at: int) -> Span:
    """A number, and where it ends."""
    value = shift = 0
    while True:
        octet = graph[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
        shift += 7
