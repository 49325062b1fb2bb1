"""What an onlooker of a run holds against it: every frame that left anybody, and what was said of every product."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from groundstation.archive import Archive, ArchivedProduct
from groundstation.deframer import Deframer
from groundstation.messages import CentreBooted, EventPublished, ProductArchived, Radiate
from groundstation.stretches import segment_of
from onboard import commands
from onboard.comms.keys import Keys
from onboard.comms.packets import ProductKind, Segment, product_check
from onboard.comms.runs import FrameRun, Part
from onboard.comms.security import SECURITY_HEADER_BYTES, Direction, Opener, OpenerState
from sim.facts import ProcessRestarted
from sim.world.world import World

ProductKey = tuple[str, int]
TM_HEADER_BYTES, TC_HEADER_BYTES = 6, 5
_SEQUENCE_BYTES = 8
_NO_END = 2**64 - 1


class Numbers:
    """Sequence numbers of one direction. Each makes a (key, IV) pair under whatever key: one counter serves all."""

    def __init__(self) -> None:
        self.used: set[int] = set()
        self.repeated: list[int] = []

    def take_frame(self, frame: bytes, header_bytes: int) -> None:
        """A sealed frame."""
        security_header = frame[header_bytes : header_bytes + SECURITY_HEADER_BYTES]
        self.take(int.from_bytes(security_header[-_SEQUENCE_BYTES:], "big"))

    def take(self, first: int, count: int = 1) -> None:
        """The numbers of a run."""
        new = range(first, first + count)
        self.repeated += [number for number in new if number in self.used]
        self.used.update(new)


class Stream:
    """Bytes of one product as they were sent, from every life of its spacecraft."""

    def __init__(self, kind: ProductKind, length: int) -> None:
        self.kind = kind
        self.data = bytearray(length)
        self.is_sent = bytearray(length)

    def take(self, segment: Segment) -> bool:
        """Whether a segment says what others said before."""
        place = slice(segment.offset, segment.offset + len(segment.data))
        agrees = (segment.kind, segment.product_length) == (self.kind, len(self.data)) and all(
            not sent or old == new
            for sent, old, new in zip(self.is_sent[place], self.data[place], segment.data, strict=True)
        )
        self.data[place] = segment.data
        self.is_sent[place] = b"\1" * len(segment.data)
        return agrees

    def carries(self, payload: bytes) -> bool:
        """Whether a payload, and nothing else, was sent whole."""
        return all(self.is_sent) and bytes(self.data) == payload + product_check(payload)


class Spacecraft:
    """One spacecraft's link as an onlooker with its keys hears it before anything is lost."""

    def __init__(self, spacecraft_id: int, frame_bytes: int, keys: Keys) -> None:
        accepted = OpenerState(accepted=tuple((key_id, _NO_END) for key_id in sorted(keys)))
        opener = Opener(keys, spacecraft_id, Direction.DOWN, accepted)
        self._frame_bytes = frame_bytes
        self._deframer = Deframer(spacecraft_id, frame_bytes, opener)
        self.down, self.up = Numbers(), Numbers()
        self.streams: dict[int, Stream] = {}
        self.contradicted: list[int] = []

    def transmit(self, parts: tuple[Part, ...]) -> None:
        """What it sent in a grant."""
        for part in parts:
            if isinstance(part, FrameRun):
                self.down.take(part.security_sequence, part.frames)
            else:
                for at in range(0, len(part), self._frame_bytes):
                    self.down.take_frame(part[at : at + self._frame_bytes], TM_HEADER_BYTES)
        for heard in self._deframer.receive(parts):
            segment = segment_of(heard)
            if segment is not None:
                self._take(segment)

    def radiate(self, frames: tuple[bytes, ...]) -> None:
        """What went up to it."""
        for frame in frames:
            self.up.take_frame(frame, TC_HEADER_BYTES)

    @property
    def refused_frames(self) -> int:
        """Frames of its own that could not be read."""
        counts = self._deframer.counts
        return counts.bad_frames + counts.refused + counts.duplicates

    def _take(self, segment: Segment) -> None:
        stream = self.streams.setdefault(segment.product_id, Stream(segment.kind, segment.product_length))
        if not stream.take(segment):
            self.contradicted.append(segment.product_id)


class Witness:
    """An observer of a run on a secured link. Afterwards `failures` tells what must not be."""

    def __init__(self, spacecraft: Mapping[str, Spacecraft]) -> None:
        self.spacecraft = spacecraft
        self.restarts: list[ProcessRestarted] = []
        self.made: dict[ProductKey, int] = {}
        self.acknowledged: set[ProductKey] = set()
        self.archived: Counter[ProductKey] = Counter()
        self.ended: Counter[tuple[str, int]] = Counter()
        self.published: Counter[str] = Counter()

    def record(
        self, _now_ns: int, node: str, _granted: tuple[object, ...], answers: tuple[object, ...], _world: World
    ) -> None:
        """Take one record."""
        for answer in answers:
            self._take(node, answer)

    def close(self) -> None:
        """Nothing is held."""

    def failures(self, archive_path: Path) -> Iterator[str]:
        """One line for each."""
        with closing(Archive(archive_path, read_only=True)) as archive:
            held = {(product.spacecraft, product.product_id): product for product in archive.products()}
        yield from (f"{restart.node}: {restart.reason}" for restart in self.restarts if "SIGKILL" not in restart.reason)
        for name, link in self.spacecraft.items():
            yield from (f"{name}: downlink number {number} was used twice" for number in link.down.repeated)
            yield from (f"{name}: uplink number {number} was used twice" for number in link.up.repeated)
            yield from (f"{name}: product {number} was sent with two contents" for number in link.contradicted)
            if link.refused_frames:
                yield f"{name}: {link.refused_frames} of its own frames are not readable"
        yield from (f"{key} was acknowledged and is not archived" for key in self.acknowledged - held.keys())
        yield from (f"{key} was told archived and is not" for key in self.archived.keys() - held.keys())
        yield from (f"{key} was told archived twice" for key, times in self.archived.items() if times > 1)
        yield from (f"{key} was archived and never made" for key in held.keys() - self.made.keys())
        yield from (f"telecommand {key} ended twice" for key, times in self.ended.items() if times > 1)
        yield from (f"event {key} was published twice" for key, times in self.published.items() if times > 1)
        for key, product in held.items():
            yield from self._told_of(key, product)
        yield from _twice(held)

    def _told_of(self, key: ProductKey, product: ArchivedProduct) -> Iterator[str]:
        stream = self.spacecraft[key[0]].streams.get(key[1])
        if stream is None or not stream.carries(product.payload):
            yield f"{key} is archived with other bytes than were sent"
        if self.made.get(key) != len(product.payload):
            yield f"{key} is archived with {len(product.payload)} bytes, and had {self.made.get(key)}"

    def _take(self, node: str, answer: object) -> None:
        match answer:
            case commands.Transmit(parts=parts):
                self.spacecraft[node].transmit(parts)
            case Radiate(spacecraft, frames):
                self.spacecraft[spacecraft].radiate(frames)
            case commands.FrameProcessed(product_id=product_id, product_bytes=n_bytes) if product_id >= 0:
                self.made[node, product_id] = n_bytes
            case commands.ProductMade(product_id=product_id, product_bytes=n_bytes):
                self.made[node, product_id] = n_bytes
            case commands.Booted(products=products):
                self.made |= {(node, one.product_id): one.product_bytes for one in products}
            case commands.ProductAcknowledged(product_id):
                self.acknowledged.add((node, product_id))
            case commands.CommandEnded(sequence=sequence):
                self.ended[node, sequence] += 1
            case ProductArchived(spacecraft, product_id):
                self.archived[spacecraft, product_id] += 1
            case CentreBooted(held=held):
                keys = {(one.spacecraft, one.product_id) for one in held}
                self.archived |= Counter(keys)
            case EventPublished(event_id=event_id):
                self.published[event_id] += 1
            case ProcessRestarted():
                self.restarts.append(answer)


def _twice(held: Mapping[ProductKey, ArchivedProduct]) -> Iterator[str]:
    """Two products of one frame that only its processing makes."""
    of_frame = Counter((one.spacecraft, one.frame_id) for one in held.values() if one.kind is ProductKind.ALERT)
    yield from (f"frame {key} has {times} alerts" for key, times in of_frame.items() if times > 1)
