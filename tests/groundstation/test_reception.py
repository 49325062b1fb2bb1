"""Both directions of a link on the ground: what is opened once, keys that change, telecommands that were lost."""

from pathlib import Path

import pytest

from groundstation.archive import Archive
from groundstation.command_queue import CommandChanged, State
from groundstation.messages import SendTelecommands, SpacecraftLink
from groundstation.reception import LIGHT_NS, Reception
from onboard.comms.keys import emulated_keys
from onboard.comms.packets import Packet
from onboard.comms.telecommands import LoadModelPart, RotateKey, SetMode
from onboard.mission_time import NS_PER_S
from sim.world.disk import SimulatedDisk
from tests.groundstation.spacecraft_for_tests import FRAME_BYTES, SAT, SPACECRAFT_ID, Spacecraft

KEYS = emulated_keys(1, SAT)
NETWORK_NS, SLOT_NS = NS_PER_S // 10, 2 * NS_PER_S


def link(*, is_sealed: bool = True, report_bytes: int = 400) -> SpacecraftLink:
    keys = tuple(KEYS.items()) if is_sealed else ()
    return SpacecraftLink(SAT, SPACECRAFT_ID, FRAME_BYTES, report_bytes, keys, NETWORK_NS, SLOT_NS)


def packets(reception: Reception, parts: tuple[object, ...]) -> int:
    return sum(isinstance(heard, Packet) for heard in reception.receive(parts))  # type: ignore[arg-type]


def up(reception: Reception, now_ns: int) -> tuple[SendTelecommands, ...]:
    frames, _ = reception.uplink(now_ns)
    return (SendTelecommands("Troll", SAT, frames, now_ns),) if frames else ()


def test_what_was_opened_is_forgotten_only_with_what_it_did(tmp_path: Path) -> None:
    """A frame whose effects were lost may come again; one whose effects are durable may not."""
    frames = Spacecraft(1, keys=KEYS).send(NS_PER_S).parts
    for is_committed, heard_again in ((False, 2), (True, 0)):
        archive = Archive(tmp_path / "archive.sqlite")
        reception = Reception(link(), archive.store)
        assert packets(reception, frames) == 2
        assert packets(reception, frames) == 0, "the same frames, once more"
        if is_committed:
            archive.commit()
        archive.database.close()
        again = Archive(tmp_path / "archive.sqlite")
        assert packets(Reception(link(), again.store), frames) == heard_again
        again.database.close()


def test_no_sequence_number_goes_up_twice_whatever_dies() -> None:
    disk = SimulatedDisk()
    seen: set[bytes] = set()
    for _ in range(5):
        reception = Reception(link(), disk)
        reception.refill()
        reception.awaits_report = True
        for now_ns in range(3):
            for sent in up(reception, now_ns):
                security_headers = {frame[5:19] for frame in sent.frames}
                assert not seen & security_headers
                seen |= security_headers
        disk.crash()
    assert len(seen) == 15


def test_the_uplinks_key_changes_when_the_spacecraft_accepts_it_and_not_before() -> None:
    disk, spacecraft = SimulatedDisk(), Spacecraft(keys=KEYS)
    assert spacecraft.opener is not None
    reception = Reception(link(), disk)
    reception.order([RotateKey("downlink", 2), RotateKey("uplink", 3), RotateKey("uplink", 5)])
    reception.commands.hear(0, 0, 0)
    taken = spacecraft.uplinked(1, up(reception, 1))
    assert list(taken.values()) == [RotateKey("downlink", 2), RotateKey("uplink", 3), RotateKey("uplink", 5)]
    reception.completed(1)
    assert key_of(reception) == 1, "the downlink's key is another affair"
    spacecraft.opener.expect(3)
    reception.completed(2)
    assert key_of(reception) == 3
    disk.sync()
    disk.crash()
    again = Reception(link(), disk)
    assert key_of(again) == 3, "kept over a restart"
    spacecraft.opener.expect(5)
    assert again.completed(3)
    assert not again.completed(3), "told twice"
    assert key_of(again) == 5
    assert spacecraft.uplinked(1, up_report(again)) == {}
    assert spacecraft.opener.state.active_id == 5


def key_of(reception: Reception) -> int:
    """The id of the key that the next frame is sealed with: the SPI is twice that, and one for the uplink."""
    (sent,) = up_report(reception)
    return int.from_bytes(sent.frames[0][5:7], "big") // 2


def up_report(reception: Reception) -> tuple[SendTelecommands, ...]:
    reception.awaits_report = True
    return up(reception, 10**12)


def test_a_key_whose_change_was_refused_is_not_used() -> None:
    reception = Reception(link(), SimulatedDisk())
    reception.order([RotateKey("uplink", 2)])
    reception.commands.hear(0, 0, 0)
    up(reception, 1)
    reception.commands.tell(1, State.REFUSED, "key not on board")
    assert not reception.completed(1)
    assert key_of(reception) == 1


def test_a_downlink_key_is_accepted_from_its_order_on_and_over_a_restart() -> None:
    disk, spacecraft = SimulatedDisk(), Spacecraft(1, keys=KEYS)
    assert spacecraft.sealer is not None
    Reception(link(), disk).order([RotateKey("downlink", 4)])
    disk.sync()
    disk.crash()
    old = spacecraft.send(NS_PER_S).parts
    assert spacecraft.sealer.rotate(4, 0)
    reception = Reception(link(), disk)
    assert packets(reception, spacecraft.send(2 * NS_PER_S).parts) > 0
    assert packets(reception, old) == 2, "frames from before, late"


@pytest.mark.parametrize(
    ("order", "is_sealed", "reason"),
    [
        (RotateKey("uplink", 2), False, "the link is clear: it has no keys"),
        (RotateKey("downlink", 99), True, "the mission centre has no key 99 of ember-1"),
        (RotateKey("uplink", 1), True, "key 1 is in use, and a rotation goes to a higher one"),
        (RotateKey("downlink", 1), True, "key 1 is in use, and a rotation goes to a higher one"),
        (LoadModelPart(1, 0, bytes(900)), True, "load_model_part takes 9.. bytes, and the link carries 3.. at a time"),
    ],
)
def test_an_order_that_could_have_no_effect_is_refused_as_a_whole(order: object, is_sealed: bool, reason: str) -> None:
    reception = Reception(link(is_sealed=is_sealed), SimulatedDisk())
    with pytest.raises(ValueError, match=reason):
        reception.order([SetMode("safe"), order])  # type: ignore[list-item]
    assert not reception.wants_uplink


def test_what_was_not_accepted_in_time_is_lost_and_goes_up_again() -> None:
    reception = Reception(link(), SimulatedDisk())
    assert reception.hold_ns == NETWORK_NS + SLOT_NS, "the way to the station, and the wait for a grant there"
    settled_ns = reception.hold_ns + SLOT_NS + LIGHT_NS
    (change,) = reception.order([SetMode("safe")])
    assert change == CommandChanged(SAT, 1, 0, "set_mode", State.QUEUED)
    assert up(reception, 5) == (), "no number before the first beacon"
    reception.commands.hear(5, 0, 0)
    assert up(reception, 5)
    reception.commands.hear(4 + settled_ns, 0, 0)
    assert up(reception, 6 + settled_ns) == ()
    reception.commands.hear(5 + settled_ns, 0, 0)
    assert up(reception, 6 + settled_ns)
    reception.commands.hear(7 + settled_ns, 1, 0)
    assert not reception.commands.has_work
