"""What an attacker can do to a secured link, and the link that he does it to.

He hears everything, holds frames back to alter them before they arrive, knows the format and the other spacecraft's
and the other direction's traffic under the same key, and has keys that were replaced or never used.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from groundstation.deframer import Deframer
from onboard.comms.frames import FrameBuilder, with_check
from onboard.comms.packets import SEGMENT_OVERHEAD_BYTES, PacketBuilder, ProductKind
from onboard.comms.security import OVERHEAD_BYTES, Direction, Opener, Sealer
from onboard.comms.tc_frames import build_tc_frame, most_tc_data_bytes, parse_tc_frame
from tests.onboard.comms.sequence_numbers import Numbers

SPACECRAFT, OTHER_SPACECRAFT = 0x155, 0x156
FRAME_BYTES = 1115
KEY_IDS = range(1, 21)
_UNKNOWN = 21
_FECF_BYTES = 2
_PREFIX_BYTES = 6
"""SPI and the IV's fixed field."""


@dataclass
class Target:
    """One direction of the link: how its genuine frames are made, and what its receiver takes."""

    name: str
    head_bytes: int
    build: Callable[[Sealer | None, int], bytes]
    accepts: Callable[[bytes], bool]
    sealer: Sealer
    opener: Opener
    impostors: list[Sealer]
    """Sealers of the other direction, of another spacecraft, and with a key that is not the receiver's."""
    thief: Sealer
    """Holds the first key."""
    first_heard: list[bytes] = field(default_factory=list)
    heard: deque[bytes] = field(default_factory=lambda: deque(maxlen=256))

    def hear(self, frame: bytes) -> None:
        if len(self.first_heard) < 64:
            self.first_heard.append(frame)
        self.heard.append(frame)


def downlink(rng: Random, keys: dict[int, bytes]) -> Target:
    packets = PacketBuilder()
    opener = Opener(keys, SPACECRAFT, Direction.DOWN, window=4096)
    deframer = Deframer(SPACECRAFT, FRAME_BYTES, opener)

    def build(sealer: Sealer | None, _: int) -> bytes:
        builder = FrameBuilder(SPACECRAFT, FRAME_BYTES, sealer)
        builder.skip(rng.randrange(5), rng.randrange(256))
        size = builder.data_bytes - SEGMENT_OVERHEAD_BYTES
        kind = rng.choice(list(ProductKind))
        segment = packets.segment(bytes(7), kind, rng.randrange(9), 10**6, rng.randrange(900) * size, bytes(size))
        return builder.build(kind.virtual_channel, 0, segment)

    def accepts(frame: bytes) -> bool:
        before = deframer.counts.frames
        received = deframer.push(frame) if rng.random() < 0.5 else deframer.receive((frame,))
        return bool(received) or deframer.counts.frames > before

    return _target("TM", 6, build, accepts, opener, keys, Direction.DOWN)


def uplink(rng: Random, keys: dict[int, bytes]) -> Target:
    opener = Opener(keys, SPACECRAFT, Direction.UP, window=1024)

    def build(sealer: Sealer | None, size: int) -> bytes:
        longest = most_tc_data_bytes(sealer)
        return build_tc_frame(SPACECRAFT, rng.randbytes(rng.randint(1, max(1, min(size, longest)))), sealer)

    def accepts(frame: bytes) -> bool:
        return parse_tc_frame(frame, SPACECRAFT, opener) is not None

    return _target("TC", 5, build, accepts, opener, keys, Direction.UP)


def _target(
    name: str,
    head_bytes: int,
    build: Callable[[Sealer | None, int], bytes],
    accepts: Callable[[bytes], bool],
    opener: Opener,
    keys: dict[int, bytes],
    direction: Direction,
) -> Target:
    rotations = ((0, 1),)
    impostors = [
        Sealer(keys, SPACECRAFT, Direction(1 - direction), Numbers(), rotations),
        Sealer(keys, OTHER_SPACECRAFT, direction, Numbers(), rotations),
        Sealer({1: bytes(32)}, SPACECRAFT, direction, Numbers(), rotations),
        Sealer({**keys, _UNKNOWN: bytes(32)}, SPACECRAFT, direction, Numbers(), ((0, _UNKNOWN),)),
    ]
    sealer = Sealer(keys, SPACECRAFT, direction, Numbers(), rotations)
    thief = Sealer({1: keys[1]}, SPACECRAFT, direction, Numbers(), rotations)
    return Target(name, head_bytes, build, accepts, sealer, opener, impostors, thief)


def _flipped(rng: Random, frame: bytes) -> bytes:
    """The frame with 1 to 8 bits the other way round."""
    number = int.from_bytes(frame, "big")
    for bit in rng.sample(range(8 * len(frame)), rng.randint(1, 8)):
        number ^= 1 << bit
    return number.to_bytes(len(frame), "big")


@dataclass(frozen=True)
class Scene:
    """What the attacker has: chance, the link with all that was heard on it, and a frame that he holds back."""

    rng: Random
    target: Target
    held: bytes

    def heard(self) -> bytes | None:
        """A frame that arrived lately, or one of the first."""
        past = self.rng.choice((self.target.heard, self.target.first_heard))
        return self.rng.choice(past) if past else None


def noise(scene: Scene) -> bytes:
    """Nothing is right but length and check."""
    return with_check(scene.rng.randbytes(len(scene.held) - _FECF_BYTES))


def plausible_noise(scene: Scene) -> bytes:
    """Header and association are right, the number is new, the rest is noise."""
    head = scene.held[: scene.target.head_bytes + _PREFIX_BYTES] + bytes(3)
    return with_check(head + scene.rng.randbytes(len(scene.held) - len(head) - _FECF_BYTES))


def altered(scene: Scene) -> bytes:
    """Some bits of a frame that has not arrived yet, with a new check."""
    return with_check(_flipped(scene.rng, scene.held[:-_FECF_BYTES]))


def damaged(scene: Scene) -> bytes:
    """Some bits, the check as it was."""
    return _flipped(scene.rng, scene.held)


def cut_or_grown(scene: Scene) -> bytes:
    """Another length, with a new check."""
    body = scene.held[:-_FECF_BYTES]
    is_cut = scene.rng.random() < 0.5
    return with_check(body[: scene.rng.randrange(len(body))] if is_cut else body + scene.rng.randbytes(9))


def renumbered(scene: Scene) -> bytes:
    """A frame under a number of the attacker's choice, far or near."""
    at = scene.target.head_bytes + _PREFIX_BYTES
    frame = scene.heard() or scene.held
    far, near = (
        scene.rng.randbytes(8),
        scene.held[at : at + 7] + bytes([scene.held[at + 7] ^ scene.rng.randint(1, 255)]),
    )
    return with_check(frame[:at] + scene.rng.choice((far, near)) + frame[at + 8 : -_FECF_BYTES])


def spliced(scene: Scene) -> bytes:
    """The first part of one frame and the end of another."""
    other = scene.heard() or damaged(scene)
    start = scene.target.head_bytes + _PREFIX_BYTES
    at = scene.rng.randrange(start, start + OVERHEAD_BYTES)
    return with_check(scene.held[:at] + other[at:-_FECF_BYTES])


def replayed(scene: Scene) -> bytes:
    """A frame that arrived lately, or long ago."""
    return scene.heard() or damaged(scene)


def replayed_under_another_header(scene: Scene) -> bytes:
    """A frame that arrived, behind the header of one that did not."""
    at = scene.target.head_bytes
    return with_check(scene.held[:at] + replayed(scene)[at:-_FECF_BYTES])


def impostor(scene: Scene) -> bytes:
    """Sealed for the other direction, for another spacecraft, or with another key, in a frame of this link."""
    return scene.target.build(scene.rng.choice(scene.target.impostors), len(scene.held))


def stolen_key(scene: Scene) -> bytes:
    """Sealed with a key that was replaced, under new numbers."""
    if scene.target.opener.state.active_id == 1:
        return impostor(scene)
    scene.target.thief.skip(scene.rng.randint(0, 1000))
    return scene.target.build(scene.target.thief, len(scene.held))


def clear(scene: Scene) -> bytes:
    """Not sealed at all."""
    return scene.target.build(None, len(scene.held))


Attack = Callable[[Scene], bytes]
ATTACKS: tuple[Attack, ...] = (
    *(noise, plausible_noise, altered, damaged, cut_or_grown, renumbered, spliced),
    *(replayed, replayed_under_another_header, impostor, stolen_key, clear),
)
