"""The journal's digest, and what can be read back of it."""

from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from groundstation import messages
from onboard import commands, events
from onboard.commands import JobKind
from onboard.comms.runs import FrameRun
from onboard.errors import InputError
from sim.facts import SlotSent
from sim.journal import Digests, Journal, read_header, read_records

GRANTED = (events.HousekeepingSampled(0.913, 291.4, True),)
ANSWERS = (commands.StartJob(1, JobKind.INFERENCE, 7, 10**12, 0), commands.ReleaseFrame(3))


def write(path: Path, *, seed: int = 1, frames: bytes = b"") -> str:
    journal = Journal(path, {"seed": seed})
    journal.record(10, "ember-1", GRANTED, ANSWERS)
    journal.record(20, "ember-1", (), (commands.Transmit((frames,), 1, 2, 3, 4, 5),))
    journal.record(30, "world", (), (SlotSent("ember-1", "Troll", 9, 8, 0, 1, (8,)),))
    journal.close()
    return journal.digest


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    write(tmp_path / "journal", frames=b"short")
    records = list(read_records(tmp_path / "journal"))
    assert records[0] == (10, "ember-1", GRANTED, ANSWERS)
    assert records[1][3] == (commands.Transmit((b"short",), 1, 2, 3, 4, 5),)
    assert len(records) == 3
    assert read_header(tmp_path / "journal")["scenario"] == {"seed": 1}


def test_long_bytes_are_kept_as_length_and_hash(tmp_path: Path) -> None:
    write(tmp_path / "journal", frames=bytes(100_000))
    (sent,) = list(read_records(tmp_path / "journal"))[1][3]
    assert sent.parts[0][:2] == ("sha256", 100_000)
    assert (tmp_path / "journal").stat().st_size < 2_000


def test_the_digest_follows_every_bit(tmp_path: Path) -> None:
    digest = write(tmp_path / "a")
    assert digest == write(tmp_path / "b")
    assert digest != write(tmp_path / "c", seed=2)
    long = bytes(1000)
    assert write(tmp_path / "d", frames=long) != write(tmp_path / "e", frames=long[:-1] + b"\x01")


def run(data: bytes) -> FrameRun:
    return FrameRun(1, 128, 4, 0, 0, 0, -1, bytes(7), 1, 10**6, 0, len(data) // 4, data, ((1, 2),))


def test_of_a_run_the_numbers_are_kept_and_of_its_bytes_the_hash(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", {})
    for _ in range(2):
        journal.record(1, "Troll", (messages.FramesReceived("ember-1", (run(bytes(400)), b"short")),), ())
    journal.close()
    for record in read_records(tmp_path / "journal"):
        ((received,), ()) = record[2:]
        kept, short = received.parts
        assert short == b"short"
        assert (kept.frames, kept.lost, kept.data) == (4, ((1, 2),), ("sha256", 400, sha256(bytes(400)).digest()))


def test_what_was_hashed_before_is_known_and_forgotten_in_time() -> None:
    digests = Digests(remembered_bytes=10_000)
    blocks = [bytes([n]) * 4096 for n in range(5)]
    for block in [*blocks, *blocks, blocks[-1]]:
        assert digests.kept(block) == ("sha256", 4096, sha256(block).digest())
        assert digests.held_bytes <= 10_000


def test_a_record_is_in_the_file_as_soon_as_it_is_made(tmp_path: Path) -> None:
    """So that a run that is killed loses none; and while it flies nobody else writes there."""
    with closing(Journal(tmp_path / "journal", {"seed": 1})) as journal:
        journal.record(5, "lark-1", (), ())
        assert list(read_records(tmp_path / "journal")) == [(5, "lark-1", (), ())]
        with pytest.raises(InputError, match="is written to by a run that is still flying"):
            Journal(tmp_path / "journal", {"seed": 1})
