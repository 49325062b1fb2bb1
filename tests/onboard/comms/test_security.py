from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from onboard.comms.security import (
    OVERHEAD_BYTES,
    Direction,
    Opener,
    OpenerState,
    Sealer,
)
from tests.onboard.comms.sequence_numbers import Numbers

KEYS = {key_id: bytes([key_id]) * 32 for key_id in range(1, 6)}
HEAD = bytes.fromhex("155601001823")


def sealer(direction: Direction = Direction.DOWN, first: int = 0, spacecraft_id: int = 0x155) -> Sealer:
    return Sealer(KEYS, spacecraft_id, direction, Numbers(first))


def opener(state: OpenerState | None = None, window: int = 1024) -> Opener:
    return Opener(KEYS, 0x155, Direction.DOWN, state, window)


GCM_KEY = "feffe9928665731c6d6a8f9467308308" * 2
GCM_TEXT = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
GCM_CIPHER = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)


@pytest.mark.parametrize(
    ("key", "iv", "text", "associated", "cipher", "mac"),
    [
        ("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
        ("00" * 32, "00" * 12, "00" * 16, "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
        (GCM_KEY, "cafebabefacedbaddecaf888", GCM_TEXT, "", GCM_CIPHER, "b094dac5d93471bdec1a502270e3cc6c"),
        (
            GCM_KEY,
            "cafebabefacedbaddecaf888",
            GCM_TEXT[:120],
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            GCM_CIPHER[:120],
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ),
    ],
    ids=["case 13", "case 14", "case 15", "case 16"],
)
def test_the_cipher_is_aes_256_gcm(key: str, iv: str, text: str, associated: str, cipher: str, mac: str) -> None:
    """McGrew and Viega, The Galois/Counter Mode of Operation (gcm-spec.pdf, submitted to NIST), appendix B."""
    arguments = [bytes.fromhex(part) for part in (iv, text, associated)]
    assert AESGCM(bytes.fromhex(key)).encrypt(*arguments).hex() == cipher + mac


def test_layout_golden() -> None:
    """By hand from the module's table: SPI 2 x 3 + 1; spacecraft 0x155, direction 1, zero, number 2**32 + 5."""
    rotated = Sealer(KEYS, 0x155, Direction.UP, Numbers(2**32 + 5), ((0, 1), (9, 3)))
    sealed = rotated.seal(HEAD, b"data")
    header = bytes.fromhex("0007" + "01550100" + "0000000100000005")
    assert sealed == header + AESGCM(KEYS[3]).encrypt(header[2:], b"data", HEAD + header)
    assert len(sealed) == len(b"data") + OVERHEAD_BYTES == 34


@given(st.binary(max_size=20), st.binary(max_size=100))
def test_round_trip(associated: bytes, data: bytes) -> None:
    assert opener().open(associated, sealer().seal(associated, data)) == data


@given(st.binary(max_size=30), st.data())
def test_any_altered_bit_is_refused_and_changes_nothing(data: bytes, draw: st.DataObject) -> None:
    """Of the primary header, the security header, the data and the MAC; and the frame itself is still welcome."""
    frame = HEAD + sealer(first=7).seal(HEAD, data)
    bit = draw.draw(st.integers(0, 8 * len(frame) - 1))
    altered = (int.from_bytes(frame, "big") ^ 1 << bit).to_bytes(len(frame), "big")
    receiver = opener()
    before = receiver.state
    assert receiver.open(altered[:6], altered[6:]) is None
    assert receiver.state == before
    assert receiver.counts.unknown + receiver.counts.forged == 1
    assert receiver.open(HEAD, frame[6:]) == data


@given(st.binary(max_size=80), st.booleans())
def test_noise_is_refused(noise: bytes, known: bool) -> None:
    prefix = sealer().seal(HEAD, b"")[:6] if known else b""
    assert opener().open(HEAD, prefix + noise) is None


def test_other_ends_are_strangers() -> None:
    """The ground's own frames thrown back at it, another spacecraft's under the same key, and another key's."""
    receiver = opener()
    thieves = {key_id: bytes(32) for key_id in KEYS}
    for other in (
        sealer(Direction.UP),
        sealer(spacecraft_id=0x156),
        Sealer(thieves, 0x155, Direction.DOWN, Numbers()),
        Sealer(KEYS, 0x155, Direction.DOWN, Numbers(), ((0, 2),)),
    ):
        assert receiver.open(HEAD, other.seal(HEAD, b"data")) is None
    assert (receiver.counts.unknown, receiver.counts.forged) == (3, 1)


@given(st.lists(st.integers(0, 99), max_size=300))
def test_in_any_order_each_frame_opens_once(order: list[int]) -> None:
    """As two stations deliver them; 100 frames are within the window of 128."""
    sender, receiver = sealer(), opener(window=128)
    frames = [sender.seal(HEAD, bytes([number])) for number in range(100)]
    opened = [data for number in order if (data := receiver.open(HEAD, frames[number])) is not None]
    assert opened == [bytes([number]) for number in dict.fromkeys(order)]
    assert receiver.counts.replayed == len(order) - len(opened)


def test_what_is_older_than_the_window_is_refused() -> None:
    sender, receiver = sealer(), opener(window=64)
    frames = [sender.seal(HEAD, b"") for _ in range(100)]
    assert receiver.open(HEAD, frames[99]) == b""
    assert [receiver.open(HEAD, frames[number]) for number in (35, 36)] == [None, b""]


def test_a_run_has_its_numbers_and_its_frames_can_be_made_again() -> None:
    sender, receiver = sealer(), opener()
    first = sender.skip(50)
    after = sender.seal(HEAD, b"after")
    frames = [sender.seal_at(first + n, HEAD, b"") for n in (0, 49)]
    assert [int.from_bytes(frame[6:14], "big") for frame in (*frames, after)] == [0, 49, 50]
    assert sender.seal_at(first, HEAD, b"") == frames[0]
    receiver.open_run(first, 49)
    assert [receiver.open(HEAD, frame) for frame in (after, *frames)] == [b"after", None, b""]


def test_after_a_reboot_nothing_old_is_opened() -> None:
    sender, receiver = sealer(), opener()
    frames = [sender.seal(HEAD, b"") for _ in range(20)]
    for number in (3, 12):
        receiver.open(HEAD, frames[number])
    rebooted = opener(receiver.state)
    assert rebooted.state == receiver.state
    assert [rebooted.open(HEAD, frame) is not None for frame in frames] == [number > 12 for number in range(20)]


def test_a_rotation_takes_effect_at_its_number() -> None:
    sender = sealer(first=10)
    assert sender.rotate(2, 14)
    frames = [sender.seal(HEAD, b"") for _ in range(6)]
    # Asking for a rotation uses up a number: 10.
    assert [(frame[1] >> 1, frame[13]) for frame in frames] == [(1, 11), (1, 12), (1, 13), (2, 14), (2, 15), (2, 16)]
    assert sender.rotations == ((0, 1), (14, 2))
    rebooted = Sealer(KEYS, 0x155, Direction.DOWN, Numbers(16), sender.rotations)
    assert rebooted.seal(HEAD, b"") == frames[5]
    assert rebooted.seal_at(13, HEAD, b"") == frames[2]


def test_a_rotation_that_comes_late_takes_effect_at_once() -> None:
    sender = sealer(first=10)
    assert sender.rotate(2, 5)
    assert sender.rotate(4, 3)
    assert sender.rotations == ((0, 1), (11, 2), (12, 4))
    assert sender.seal(HEAD, b"")[:2] == b"\0\x08"


@pytest.mark.parametrize(("key_id", "start"), [(9, 0), (2, 0), (1, 0), (0, 0), (-1, 0), (3, 2**64)])
def test_a_rotation_to_no_key_or_back_is_refused(key_id: int, start: int) -> None:
    sender = Sealer(KEYS, 0x155, Direction.DOWN, Numbers(), ((0, 2),))
    assert not sender.rotate(key_id, start)
    assert sender.rotations == ((0, 2),)


def test_a_replaced_key_opens_only_what_was_on_its_way() -> None:
    sender, receiver = sealer(), opener()
    old = [sender.seal(HEAD, b"old") for _ in range(10)]
    sender.rotate(2, 0)
    new = [sender.seal(HEAD, b"new") for _ in range(5)]
    assert receiver.open(HEAD, new[0]) is None
    assert receiver.expect(2)
    assert receiver.open(HEAD, old[0]) == b"old"
    assert receiver.open(HEAD, new[2]) == b"new"
    assert receiver.open(HEAD, old[9]) == b"old"
    # Who took the old key from replaced equipment can number frames as he likes, but not beyond the turn.
    thief = Sealer({1: KEYS[1]}, 0x155, Direction.DOWN, Numbers())
    assert receiver.open(HEAD, thief.seal_at(10**6, HEAD, b"")) is None
    assert receiver.open(HEAD, new[0]) == b"new"
    assert receiver.open(HEAD, thief.seal_at(12, HEAD, b"")) is None
    assert receiver.counts.retired == 2


def test_only_the_last_replaced_key_is_kept() -> None:
    sender, receiver = sealer(), opener()
    first = [sender.seal(HEAD, b"") for _ in range(3)]
    for key_id in (2, 3):
        assert sender.rotate(key_id, 0)
        assert receiver.expect(key_id)
    assert receiver.open(HEAD, sender.seal(HEAD, b"")) == b""
    assert receiver.state.active_id == 3
    assert [key_id for key_id, _ in receiver.state.accepted] == [1, 2, 3]
    assert receiver.open(HEAD, first[0]) == b"", "key 2 was never seen: 1 may be the one just replaced"
    sender.rotate(4, 0)
    assert receiver.expect(4)
    assert receiver.open(HEAD, sender.seal(HEAD, b"")) == b""
    assert receiver.open(HEAD, first[1]) is None
    assert [key_id for key_id, _ in receiver.state.accepted] == [3, 4]


@pytest.mark.parametrize("key_id", [0, 1, 9])
def test_a_key_not_held_or_not_later_is_not_expected(key_id: int) -> None:
    receiver = opener()
    before = receiver.state
    assert not receiver.expect(key_id)
    assert receiver.state == before


class Rotations(RuleBasedStateMachine):
    """Both ends through rotations, losses, repeats and reboots: what was sent opens once at most, and if it is
    within the window and no reboot came between, exactly once; no (key, IV) pair is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = Numbers()
        self.sender = Sealer(KEYS, 0x155, Direction.DOWN, self.numbers)
        self.receiver = opener()
        self.sent: list[bytes] = []
        self.opened: set[int] = set()
        self.turns: list[int] = []
        self.floor = 0

    @rule()
    def send(self) -> None:
        self.sent.append(self.sender.seal(HEAD, len(self.sent).to_bytes(4, "big")))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def receive(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(0, len(self.sent) - 1))
        got = self.receiver.open(HEAD, self.sent[number])
        due = number >= self.floor and number not in self.opened
        if got is not None:
            assert got == number.to_bytes(4, "big")
            assert number not in self.opened
            self.opened.add(number)
        else:
            assert not due or self.key_of(number) < self.replaced()

    def key_of(self, number: int) -> int:
        return self.sent[number][1] >> 1

    def replaced(self) -> int:
        """The lowest key that is still accepted."""
        return self.receiver.state.accepted[0][0]

    @rule(key_id=st.integers(0, 6), ahead=st.integers(0, 5))
    def rotate(self, key_id: int, ahead: int) -> None:
        if self.sender.rotate(key_id, self.numbers.upcoming + ahead):
            assert self.receiver.expect(key_id) or key_id <= self.receiver.state.active_id

    @rule()
    def reboot_sender(self) -> None:
        self.numbers.upcoming += 3
        self.sender = Sealer(KEYS, 0x155, Direction.DOWN, self.numbers, self.sender.rotations)

    @rule()
    def reboot_receiver(self) -> None:
        state = self.receiver.state
        self.receiver = opener(state)
        numbers = [int.from_bytes(frame[6:14], "big") for frame in self.sent]
        self.floor = sum(number <= state.highest for number in numbers)

    @invariant()
    def no_number_is_used_twice(self) -> None:
        numbers = [frame[2:14] for frame in self.sent]
        assert all(one < other for one, other in pairwise(numbers))


TestRotations = Rotations.TestCase
