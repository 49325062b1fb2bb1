"""The mission centre: frames in, products archived once, and nothing said of them before the commit."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.archive import Archive, FlownModel, LostProduct
from groundstation.centre import MissionCentre
from groundstation.command_queue import CommandChanged, State
from groundstation.messages import (
    CentreBooted,
    CentreConfig,
    CommandsOrdered,
    EventPublished,
    FramesForwarded,
    FramesTaken,
    HousekeepingReceived,
    OrderRefused,
    ProductArchived,
    ReceptionCounts,
    SendTelecommands,
    SpacecraftLink,
)
from groundstation.sinks import SinkConfig
from onboard.comms import event_reports
from onboard.comms.event_reports import (
    CommandCompleted,
    CommandFailed,
    CommandRefused,
    ProductExpired,
    ProductGivenUp,
    Reason,
)
from onboard.comms.frames import frame_check
from onboard.comms.packets import ProductKind
from onboard.comms.telecommand_catalogue import encode
from onboard.comms.telecommand_packets import MAX_SEQUENCE
from onboard.comms.telecommands import RotateKey, SetMode, SetStrategy, Telecommand
from onboard.errors import MachineError
from onboard.mission_time import NEVER_NS, NS_PER_S
from tests.groundstation.spacecraft_for_tests import FRAME_BYTES, SAT, SPACECRAFT_ID, Spacecraft, a_list

CONFIG = CentreConfig(
    "",
    (SpacecraftLink(SAT, SPACECRAFT_ID, FRAME_BYTES, 200),),
    task="wildfire",
    model="test-model",
    model_sha256="01020304" + "ab" * 28,
    classes=("fire",),
)


class Death(Exception):
    """The process is gone."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.sqlite"


def centre(path: Path, *sinks: SinkConfig) -> MissionCentre:
    return MissionCentre(replace(CONFIG, archive_path=str(path), sinks=sinks))


def die(ground: MissionCentre) -> None:
    """What is not committed is lost."""
    ground._archive.database.close()


def dies_in_commit(ground: MissionCentre, now_ns: int, *inbox: object) -> None:
    def death() -> None:
        raise Death

    ground._archive.database.commit = death  # type: ignore[method-assign]
    with pytest.raises(Death):
        ground.advance(now_ns, inbox)
    die(ground)


def of_kind(answers: tuple[Any, ...], kind: type) -> list[Any]:
    return [answer for answer in answers if isinstance(answer, kind)]


def rows(path: Path, table: str) -> int:
    """How many rows another process sees."""
    with closing(sqlite3.connect(path)) as other:
        count: int = other.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


def ordered(*commands: Telecommand) -> CommandsOrdered:
    return CommandsOrdered(SAT, tuple(map(encode, commands)))


def test_products_are_archived_then_acknowledged(path: Path) -> None:
    ground, spacecraft = centre(path), Spacecraft(7, 8)
    answers = ground.advance(2 * NS_PER_S, (spacecraft.send(NS_PER_S),))
    assert [(stored.product_id, stored.frame_id) for stored in of_kind(answers, ProductArchived)] == [(7, 7), (8, 8)]
    assert rows(path, "product") == 2, "committed before the acknowledgement leaves"
    (sent,) = of_kind(answers, SendTelecommands)
    assert (sent.station, sent.until_ns) == ("Troll", 3 * NS_PER_S)
    spacecraft.uplinked(3 * NS_PER_S, answers)
    assert spacecraft.acknowledged == (7, 8)
    ground.close()


def test_a_death_in_the_commit_leaves_nothing_said_and_nothing_lost(path: Path) -> None:
    spacecraft = Spacecraft(7)
    frames = spacecraft.send(NS_PER_S)
    dies_in_commit(centre(path), 2 * NS_PER_S, frames)
    assert rows(path, "product") == 0
    ground = centre(path)
    assert len(of_kind(ground.advance(3 * NS_PER_S, (frames,)), ProductArchived)) == 1
    ground.close()


def test_frames_twice_and_by_two_stations_are_archived_once(path: Path) -> None:
    ground, spacecraft = centre(path), Spacecraft(7)
    frames = spacecraft.send(NS_PER_S)
    again = FramesForwarded("Svalbard", SAT, frames.parts)
    answers = ground.advance(2 * NS_PER_S, (frames, again, frames))
    assert len(of_kind(answers, ProductArchived)) == 1
    ground.close()


def test_a_restarted_centre_knows_what_it_has_and_says_what_it_may_not_have_said(path: Path) -> None:
    first, spacecraft = centre(path), Spacecraft(7)
    assert first.deadline_ns == NEVER_NS
    first.advance(2 * NS_PER_S, (spacecraft.send(NS_PER_S),))
    spacecraft.put(8, ProductKind.ALERT, a_list(8))
    first.advance(4 * NS_PER_S, (spacecraft.send(3 * NS_PER_S),))
    die(first)
    second = centre(path)
    assert second.deadline_ns == 0
    (booted,) = second.advance(5 * NS_PER_S, ())
    assert booted == CentreBooted((ProductArchived(SAT, 8, 8, len(a_list(8))),)), "those of the last commit"
    assert second.deadline_ns == NEVER_NS
    answers = second.advance(7 * NS_PER_S, (spacecraft.send(6 * NS_PER_S),))
    assert not of_kind(answers, ProductArchived)
    spacecraft.uplinked(8 * NS_PER_S, answers)
    assert spacecraft.acknowledged == (7, 8)
    second.close()


def test_a_centre_that_died_with_nothing_archived_says_that_it_booted(path: Path) -> None:
    die(centre(path))
    ground = centre(path)
    assert ground.advance(0, ()) == (CentreBooted(()),)
    ground.close()


def test_a_spacecraft_with_nothing_to_learn_gets_no_report(path: Path) -> None:
    ground = centre(path)
    told, taken = ground.advance(2 * NS_PER_S, (Spacecraft().send(NS_PER_S),))
    assert isinstance(told, HousekeepingReceived)
    assert (told.spacecraft, told.sample.met_ns) == (SAT, NS_PER_S)
    assert isinstance(taken, FramesTaken)
    ground.close()
    assert rows(path, "housekeeping") == 1


def test_damaged_frames_are_ignored(path: Path) -> None:
    ground = centre(path)
    (part,) = Spacecraft(7).send(NS_PER_S).parts
    assert isinstance(part, bytes)
    frames = bytearray(part)
    for at in range(20, len(frames), FRAME_BYTES):
        frames[at] ^= 1
    answers = ground.advance(2 * NS_PER_S, (FramesForwarded("Troll", SAT, (bytes(frames),)),))
    assert answers == (FramesTaken("Troll", SAT, ReceptionCounts(frames_damaged=len(part) // FRAME_BYTES)),)
    ground.close()


def test_an_archive_that_is_no_database_is_the_machines_fault(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(MachineError, match=r"archive\.sqlite"):
        Archive(path)


# What anybody may send on a clear link


alerts = st.builds(a_list, st.integers(0, 2**32), st.integers(0, 2**62), st.floats(0, 1))


@st.composite
def altered(draw: st.DrawFn) -> bytes:
    """A sound payload with some octets exchanged, or its end cut off."""
    sound = draw(alerts | st.builds(lambda n: event_reports.encode([CommandCompleted(0, n)]), st.integers(1, 99)))
    payload = bytearray(sound)
    for at, octet in draw(st.lists(st.tuples(st.integers(0, len(payload) - 1), st.integers(0, 255)), max_size=4)):
        payload[at] = octet
    return bytes(payload[: draw(st.integers(1, len(payload)))])


@st.composite
def sound_frames(draw: st.DrawFn) -> bytes:
    """Any octets, behind the header of our own frames and before a check that holds."""
    channel = draw(st.integers(0, 7))
    head = bytes([0, SPACECRAFT_ID << 4 | channel << 1, *draw(st.binary(min_size=4, max_size=4))])
    body = (head + draw(st.binary(max_size=FRAME_BYTES))).ljust(FRAME_BYTES - 2, b"\x08")[: FRAME_BYTES - 2]
    return body + frame_check(body).to_bytes(2, "big")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ProductKind), st.binary(min_size=1, max_size=300) | altered()), max_size=8),
    st.lists(sound_frames(), max_size=4),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**64 - 1),
)
def test_no_bytes_make_it_fail(
    payloads: list[tuple[ProductKind, bytes]], frames: list[bytes], met_ns: int, accepted: int, window: int
) -> None:
    spacecraft = Spacecraft()
    for product_id, (kind, payload) in enumerate(payloads):
        spacecraft.put(product_id, kind, payload)
    with TemporaryDirectory() as folder:
        ground = centre(Path(folder) / "archive.sqlite")
        ground.advance(0, (ordered(SetMode("safe")),))
        for now_ns in (1, 2):
            lies = {"met_ns": met_ns % (3 * NS_PER_S), "commands_accepted": accepted, "commands_window": window}
            products = spacecraft.send(now_ns * NS_PER_S, "Troll", **lies)
            strange = FramesForwarded("Troll", SAT, tuple(frames))
            ground.advance(now_ns * NS_PER_S, (strange, products))
        ground.advance(3 * NS_PER_S, (ordered(SetMode("nominal")), spacecraft.send(3 * NS_PER_S)))
        stored = {one.product_id: (one.kind, one.payload) for one in ground._archive.products()}
        assert stored.items() >= dict(enumerate(payloads)).items()
        ground.close()


@pytest.mark.parametrize("accepted", [MAX_SEQUENCE, MAX_SEQUENCE - 1])
def test_numbers_that_are_used_up_by_a_lie_end_commanding_and_nothing_else(path: Path, accepted: int) -> None:
    ground, spacecraft = centre(path), Spacecraft(7)
    ground.advance(0, (ordered(SetMode("safe"), SetMode("nominal")),))
    for second in (1, 2, 3):
        frames = spacecraft.send(second * NS_PER_S, commands_accepted=accepted)
        spacecraft.uplinked(second * NS_PER_S, ground.advance(second * NS_PER_S, (frames,)))
    assert spacecraft.acknowledged == (7,)
    ground.close()


def test_housekeeping_of_the_future_tells_nothing(path: Path) -> None:
    ground, spacecraft = centre(path), Spacecraft()
    ground.advance(0, (ordered(SetMode("safe")),))
    frames = spacecraft.send(NS_PER_S, met_ns=3 * NS_PER_S, commands_accepted=9)
    (answer,) = ground.advance(2 * NS_PER_S, (frames,))
    assert isinstance(answer, FramesTaken)
    assert list(spacecraft.uplinked(4, ground.advance(4 * NS_PER_S, (spacecraft.send(3 * NS_PER_S),)))) == [1]
    ground.close()


# Events


def sinks(path: Path) -> SinkConfig:
    return SinkConfig("people", "file", str(path.parent / "published.jsonl"))


def published(path: Path) -> list[str]:
    file = path.parent / "published.jsonl"
    return [json.loads(line)["id"] for line in file.read_text().splitlines()] if file.exists() else []


def test_an_event_is_published_once_when_it_is_confirmed(path: Path) -> None:
    ground, spacecraft = centre(path, sinks(path)), Spacecraft()
    told: list[EventPublished] = []
    for second in range(1, 5):
        spacecraft.put(second, ProductKind.ALERT, a_list(second, 60 * second * NS_PER_S, confidence=0.3))
        now_ns = 1000 * NS_PER_S + second
        told += of_kind(ground.advance(now_ns, (spacecraft.send(now_ns),)), EventPublished)
    ground.close()
    (event,) = told
    assert event.sightings == 2
    assert published(path) == [event.event_id]
    again = centre(path, sinks(path))
    spacecraft.put(9, ProductKind.ALERT, a_list(9, 600 * NS_PER_S))
    answers = again.advance(2000 * NS_PER_S, (spacecraft.send(2000 * NS_PER_S),))
    assert not of_kind(answers, EventPublished)
    again.close()
    assert published(path) == [event.event_id]


def test_nobody_is_sent_what_is_not_committed(path: Path) -> None:
    frames = Spacecraft(1).send(NS_PER_S)
    dies_in_commit(centre(path, sinks(path)), 2 * NS_PER_S, frames)
    assert rows(path, "event") == rows(path, "delivery") == 0
    assert published(path) == []
    ground = centre(path, sinks(path))
    (event,) = of_kind(ground.advance(3 * NS_PER_S, (frames,)), EventPublished)
    ground.close()
    assert published(path) == [event.event_id]


def test_a_delivery_that_waits_is_made_at_the_start(path: Path) -> None:
    ground = centre(path, SinkConfig("people", "file", str(path / "below a file")))
    ground.advance(2 * NS_PER_S, (Spacecraft(1).send(NS_PER_S),))
    die(ground)
    assert rows(path, "delivery") == 1, "to where no file can be"
    centre(path, sinks(path)).close()
    assert len(published(path)) == 1


# What the spacecraft tells of itself


def test_what_was_given_up_is_noted_and_no_longer_awaited(path: Path) -> None:
    ground, spacecraft = centre(path), Spacecraft()
    spacecraft.put(1, ProductKind.IMAGE, bytes(3000))
    half = replace(frames := spacecraft.send(NS_PER_S), parts=frames.parts[:1])
    ground.advance(NS_PER_S, (half,))
    spacecraft.report(
        ProductExpired(5, 1, 1, 3000), ProductGivenUp(6, 2, 2, 9, Reason.LEAST_VALUABLE), ProductExpired(7, 1, 1, 3000)
    )
    ground.advance(2 * NS_PER_S, (spacecraft.send(2 * NS_PER_S),))
    assert list(ground._archive.lost_products()) == [
        LostProduct(SAT, 1, "beyond its deadline", 2 * NS_PER_S),
        LostProduct(SAT, 2, "least valuable", 2 * NS_PER_S),
    ]
    assert ground._receptions[SAT].reassembly.held_bytes == 0
    ground.close()


def sequences(ground: MissionCentre, spacecraft: Spacecraft, *commands: Telecommand) -> Iterator[int]:
    """Numbers of telecommands that have just gone up."""
    ground.advance(0, (ordered(*commands),))
    yield from spacecraft.uplinked(NS_PER_S, ground.advance(NS_PER_S, (spacecraft.send(NS_PER_S),)))


def test_outcomes_are_logged_with_their_reasons(path: Path) -> None:
    ground, spacecraft = centre(path), Spacecraft()
    first, second, third = sequences(ground, spacecraft, SetMode("safe"), SetMode("nominal"), SetStrategy("raw"))
    spacecraft.report(
        CommandCompleted(3, first),
        CommandFailed(3, second, Reason.TRIAL_FAILED, "no such layer"),
        CommandRefused(3, third, Reason.UNKNOWN_STRATEGY),
    )
    answers = ground.advance(3 * NS_PER_S, (spacecraft.send(3 * NS_PER_S),))
    assert [change.state for change in of_kind(answers, CommandChanged)][-3:] == ["completed", "failed", "refused"]
    ground.close()
    with closing(Archive(path, read_only=True)) as archive:
        logged = [(one.sequence, one.state, one.reason) for one in archive.commands.all()]
        accepted = {one.accepted_ns for one in archive.commands.all()}
    assert logged == [
        (first, "completed", ""),
        (second, "failed", "trial failed: no such layer"),
        (third, "refused", "unknown strategy"),
    ]
    assert accepted == {3 * NS_PER_S}


def test_an_order_is_durable_when_it_is_taken(path: Path) -> None:
    ground = centre(path)
    (change,) = ground.advance(1, (ordered(SetMode("safe")),))
    assert change == CommandChanged(SAT, 1, 0, "set_mode", State.QUEUED)
    die(ground)
    again, spacecraft = centre(path), Spacecraft()
    again.advance(2, ())
    answers = again.advance(NS_PER_S, (spacecraft.send(NS_PER_S),))
    assert spacecraft.uplinked(NS_PER_S, answers) == {1: SetMode("safe")}
    again.close()


def test_a_number_is_durable_before_it_goes_up(path: Path) -> None:
    ground, spacecraft = centre(path), Spacecraft()
    ground.advance(1, (ordered(SetMode("safe")),))
    assert spacecraft.uplinked(1, ground.advance(NS_PER_S, (spacecraft.send(NS_PER_S),)))
    die(ground)
    again = centre(path)
    again.advance(2 * NS_PER_S, (ordered(SetMode("nominal")),))
    answers = again.advance(2 * NS_PER_S, (spacecraft.send(2 * NS_PER_S, commands_accepted=0),))
    assert spacecraft.uplinked(2 * NS_PER_S, answers) == {2: SetMode("nominal")}
    again.close()


def test_a_refused_order_is_answered_with_its_reason(path: Path) -> None:
    ground = centre(path)
    answers = ground.advance(1, (ordered(SetMode("safe"), RotateKey("uplink", 2)),))
    assert answers == (OrderRefused(SAT, "SetMode", 2, "the link is clear: it has no keys"),)
    ground.close()
    assert rows(path, "command") == 0


NEW_MODEL = FlownModel("wildfire", "second", "0a0b0c0d" + "ab" * 28, ("smoke",))


def test_people_read_the_classes_of_a_model_that_went_up(path: Path) -> None:
    order = replace(ordered(SetMode("safe")), models=(NEW_MODEL,))
    ground = centre(path, sinks(path))
    ground.advance(1, (order,))
    die(ground)
    ground = centre(path, sinks(path))
    spacecraft = Spacecraft()
    spacecraft.put(1, ProductKind.ALERT, a_list(1, prefix=bytes.fromhex(NEW_MODEL.sha256[:8])))
    ground.advance(2 * NS_PER_S, (spacecraft.send(NS_PER_S),))
    ground.close()
    (line,) = (path.parent / "published.jsonl").read_text().splitlines()
    assert json.loads(line)["properties"]["classes"] == ["smoke"]


def test_a_model_of_a_refused_order_is_not_made_known(path: Path) -> None:
    ground = centre(path)
    ground.advance(1, (replace(ordered(RotateKey("uplink", 2)), models=(NEW_MODEL,)),))
    assert NEW_MODEL not in ground._archive.models().values()
    ground.close()


def test_what_came_of_frames_is_told(path: Path) -> None:
    ground, spacecraft = centre(path), Spacecraft(1)
    sent = spacecraft.send(NS_PER_S)
    (taken,) = of_kind(ground.advance(NS_PER_S, (sent,)), FramesTaken)
    n_frames = taken.counts.frames_accepted
    assert n_frames > 0
    assert taken == FramesTaken("Troll", SAT, ReceptionCounts(frames_accepted=n_frames))
    (again,) = of_kind(ground.advance(2 * NS_PER_S, (replace(sent, station="Svalbard"),)), FramesTaken)
    assert again == FramesTaken("Svalbard", SAT, ReceptionCounts(frames_repeated=n_frames))
    ground.close()
