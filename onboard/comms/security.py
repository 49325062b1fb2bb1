"""Space data link security (SDLS, CCSDS 355.0-B): authenticated encryption of transfer frames by AES-256-GCM.

A sealed data field, all numbers big endian:

| field | octets | content |
|---|---|---|
| SPI | 2 | security parameter index: twice the key id, plus 1 for the uplink |
| IV | 12 | spacecraft id (2), direction (1), zero (1), sequence number (8) |
| data | n | the plaintext's octets, encrypted |
| MAC | 16 | of primary header, security header and data |

The IV holds the sequence number against replays too, as 355.0-B provides for counter modes, and follows the
deterministic construction of NIST SP 800-38D, 8.2.1. No (key, IV) pair is ever used twice: the fixed field differs
between spacecraft and directions; in one direction every frame takes a new number of one counter, which is durable
and goes on when the key changes; and key files are never used as they are, but give each run keys of its own
(`keys.run_keys`). The authentication bit mask is all ones: a frame is numbered before it is sealed, so that
nothing in its header may change on the way.

A rotation leads to a key of higher id, from a given sequence number on.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from onboard.comms.replay import DEFAULT_WINDOW, ReplayWindow

KEY_BYTES = 32
MAX_KEY_ID = 32_766
"""Key ids begin at 1: the indices 0 and 65,535 are reserved."""
SECURITY_HEADER_BYTES = 14
MAC_BYTES = 16
OVERHEAD_BYTES = SECURITY_HEADER_BYTES + MAC_BYTES

_PREFIX = Struct(">HHBx")
_HEADER = Struct(">6sQ")
_SPI_BYTES = 2
_NO_END = 2**64 - 1
"""Beyond every sequence number in use: a counter of eight octets is never worn out."""

Rotation = tuple[int, int]
"""The first sequence number that a key seals, and its id."""


class Direction(IntEnum):
    """Who speaks: the spacecraft or the ground."""

    DOWN = 0
    UP = 1


class Counter(Protocol):
    """Numbers that are given out once, even if the process dies."""

    def next(self, count: int = 1, /) -> int:
        """The first of `count` numbers in a row, all of them greater than any before."""


def derive_key(secret: bytes, purpose: str, salt: bytes = b"") -> bytes:
    """A key for one purpose by HKDF-SHA256 (RFC 5869): it tells nothing of the secret, or of other purposes' keys."""
    return HKDF(SHA256(), KEY_BYTES, salt, f"skysift {purpose}".encode()).derive(secret)


def _prefix(key_id: int, spacecraft_id: int, direction: Direction) -> bytes:
    """SPI and the IV's fixed field, which open every frame of a security association."""
    assert 1 <= key_id <= MAX_KEY_ID
    return _PREFIX.pack(2 * key_id + direction, spacecraft_id, direction)


class Sealer:
    """Seals what one end sends. What a reboot must not forget is in `rotations` and in the counter."""

    overhead_bytes = OVERHEAD_BYTES

    def __init__(
        self,
        keys: Mapping[int, bytes],
        spacecraft_id: int,
        direction: Direction,
        counter: Counter,
        rotations: tuple[Rotation, ...] = ((0, 1),),
    ) -> None:
        self.rotations = rotations
        self._counter = counter
        self._associations = {
            key_id: (_prefix(key_id, spacecraft_id, direction), AESGCM(key).encrypt) for key_id, key in keys.items()
        }
        self._choose(0)

    def seal(self, associated: bytes, data: bytes) -> bytes:
        """Security header, ciphertext and MAC of a frame's data; `associated` is its primary header."""
        return self.seal_at(self._counter.next(1), associated, data)

    def skip(self, count: int) -> int:
        """Reserve the sequence numbers of a run of frames; returns the first."""
        return self._counter.next(count)

    def seal_at(self, sequence: int, associated: bytes, data: bytes) -> bytes:
        """Make a frame of a run under its reserved number, always with the same header and data."""
        if not self._from <= sequence < self._until:
            self._choose(sequence)
        header = _HEADER.pack(self._prefix, sequence)
        return header + self._encrypt(header[_SPI_BYTES:], data, associated + header)

    def rotate(self, key_id: int, from_sequence: int) -> bool:
        """Seal with another key from a sequence number on, or from the next one where that is past.

        False, and nothing changes, where the key is not held or its id is not higher than all before.
        """
        last_from, last_id = self.rotations[-1]
        if key_id not in self._associations or key_id <= last_id:
            return False
        start = max(from_sequence, last_from + 1, self._counter.next(1) + 1)
        if start >= _NO_END:
            return False
        self.rotations += ((start, key_id),)
        self._choose(start)
        return True

    def _choose(self, sequence: int) -> None:
        """Take the key that seals a sequence number."""
        starts = [start for start, _ in self.rotations]
        at = max(bisect_right(starts, sequence), 1)
        self._from, key_id = self.rotations[at - 1]
        self._until = starts[at] if at < len(starts) else _NO_END
        self._prefix, self._encrypt = self._associations[key_id]


@dataclass(slots=True)
class OpenerCounts:
    """Frames opened, and refused by reason; a frame from a second station counts as replayed."""

    opened: int = 0
    unknown: int = 0
    """Too short, or of an association that is not accepted here: other key, direction or spacecraft."""
    retired: int = 0
    """Under a replaced key, with a number that its successor has the use of."""
    replayed: int = 0
    forged: int = 0


@dataclass(frozen=True, slots=True)
class OpenerState:
    """What must not be forgotten in a reboot: keep it with the effects of what was opened, in one transaction.

    Then a frame whose effects were lost may come again, and no other. `accepted` holds key ids, ascending, each with
    the sequence number from which on it is refused; keys after `active_id` are announced. Numbers through `highest`
    are refused after a reboot: what was still on its way is sent anew under new ones.
    """

    highest: int = -1
    active_id: int = 1
    accepted: tuple[tuple[int, int], ...] = ((1, _NO_END),)


@dataclass(slots=True)
class _Association:
    key_id: int
    decrypt: Callable[[bytes, bytes, bytes], bytes]
    end: int


class Opener:
    """Opens what the other end sealed, each frame once, in any order within a window of sequence numbers.

    Accepted are the key in use, those announced by `expect`, and those just replaced, for numbers below the first
    that a successor was seen with. The first frame under an announced key puts it in use.
    """

    def __init__(
        self,
        keys: Mapping[int, bytes],
        spacecraft_id: int,
        direction: Direction,
        state: OpenerState | None = None,
        window: int = DEFAULT_WINDOW,
    ) -> None:
        state = state or OpenerState()
        self.counts = OpenerCounts()
        self._prefixes = {key_id: _prefix(key_id, spacecraft_id, direction) for key_id in keys}
        self._decrypt = {key_id: AESGCM(key).decrypt for key_id, key in keys.items()}
        self._window = ReplayWindow(window, state.highest)
        self._accepted: dict[bytes, _Association] = {}
        for key_id, end in state.accepted:
            self._accept(key_id, end)
        self._active = self._accepted[self._prefixes[state.active_id]]
        self._turn = max((end for key_id, end in state.accepted if key_id < state.active_id), default=0)

    @property
    def state(self) -> OpenerState:
        """What to keep for a reboot."""
        accepted = sorted((association.key_id, association.end) for association in self._accepted.values())
        return OpenerState(self._window.highest, self._active.key_id, tuple(accepted))

    def open(self, associated: bytes, sealed: bytes) -> bytes | None:
        """The data of an authentic frame that was not opened before; None for anything else, which changes nothing."""
        if len(sealed) < OVERHEAD_BYTES:
            self.counts.unknown += 1
            return None
        prefix, sequence = _HEADER.unpack_from(sealed)
        association = self._accepted.get(prefix)
        if association is None:
            self.counts.unknown += 1
            return None
        if sequence >= association.end:
            self.counts.retired += 1
            return None
        if not self._window.is_new(sequence):
            self.counts.replayed += 1
            return None
        header = sealed[:SECURITY_HEADER_BYTES]
        try:
            data = association.decrypt(header[_SPI_BYTES:], sealed[SECURITY_HEADER_BYTES:], associated + header)
        except InvalidTag:
            self.counts.forged += 1
            return None
        self._window.add(sequence)
        if sequence < self._turn or association is not self._active:
            self._follow(association, sequence)
        self.counts.opened += 1
        return data

    def open_run(self, first: int, count: int) -> None:
        """Take the numbers of a run of frames, which never were bytes, as opened."""
        self._window.add_run(first, count)

    def expect(self, key_id: int) -> bool:
        """Accept a key that the other end was told to rotate to.

        False, and nothing changes, where the key is not held or its id is not higher than that in use.
        """
        if key_id not in self._prefixes or key_id <= self._active.key_id:
            return False
        self._accept(key_id, _NO_END)
        return True

    def _accept(self, key_id: int, end: int) -> None:
        self._accepted[self._prefixes[key_id]] = _Association(key_id, self._decrypt[key_id], end)

    def _follow(self, seen: _Association, sequence: int) -> None:
        """Learn from an authentic frame which key is in use, and where those before it ended at the latest."""
        if seen.key_id > self._active.key_id:
            for held in list(self._accepted.values()):
                if held.key_id < self._active.key_id:
                    del self._accepted[self._prefixes[held.key_id]]
            self._active = seen
        for held in self._accepted.values():
            if held.key_id < seen.key_id:
                held.end = min(held.end, sequence)
        if seen is self._active:
            self._turn = sequence
