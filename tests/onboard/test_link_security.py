"""The spacecraft's ends of a secured link over reboots."""

from dataclasses import replace

from onboard.broadcast import broadcast_keys
from onboard.comms.security import SECURITY_HEADER_BYTES, Direction, Opener
from onboard.comms.tc_frames import build_tc_frame, parse_tc_frame
from onboard.link_security import SEQUENCE_BLOCK, LinkSecurity
from onboard.storage import MemoryStore
from sim.world.disk import SimulatedDisk
from tests.flight_for_tests import CONFIG, KEYS, Operators

SECURED = replace(CONFIG, link_keys=tuple(KEYS.items()))


def sealed(security: LinkSecurity) -> bytes:
    assert security.sealer is not None
    return security.sealer.seal(b"header", b"data")


def hears(security: LinkSecurity, operators: Operators) -> bool:
    return parse_tc_frame(build_tc_frame(1, b"data", operators.sealer), 1, security.opener) is not None


def test_a_clear_link_has_no_ends_and_no_keys() -> None:
    security = LinkSecurity(CONFIG, MemoryStore())
    assert (security.sealer, security.opener, security.key_id) == (None, None, 0)
    assert not security.rotate("downlink", 2)
    assert not security.rotate("uplink", 2)
    security.refill()
    security.keep()


def test_no_number_is_sealed_twice_over_deaths_and_no_sync_falls_into_an_advance() -> None:
    disk = SimulatedDisk()
    seen: set[bytes] = set()
    for _ in range(5):
        security = LinkSecurity(SECURED, disk)
        for _ in range(3):
            security.refill()
            before = disk.syncs
            seen |= {sealed(security)[:SECURITY_HEADER_BYTES] for _ in range(4)}
            assert security.sealer is not None
            security.sealer.skip(SEQUENCE_BLOCK // 4)
            assert disk.syncs == before
        disk.crash()
    assert len(seen) == 5 * 3 * 4


def test_the_downlinks_key_rotates_for_good() -> None:
    store = MemoryStore()
    security = LinkSecurity(SECURED, store)
    assert security.key_id == 1
    assert sealed(security)[1] == 2, "SPI: twice the key's id"
    assert security.rotate("downlink", 2)
    assert security.key_id == 2
    sealed(security)
    assert sealed(security)[1] == 4
    assert not security.rotate("downlink", 2), "not higher"
    assert not security.rotate("downlink", 3), "not held"
    again = LinkSecurity(SECURED, store)
    assert (again.key_id, sealed(again)[1]) == (2, 4)


def test_broadcasts_have_keys_of_their_own_that_rotate_with_the_others() -> None:
    store = MemoryStore()
    security = LinkSecurity(replace(SECURED, broadcasts=True), store)
    for key_id in (1, 2):
        assert security.sealer is not None
        assert security.broadcast_sealer is not None
        opener = Opener(broadcast_keys(KEYS), 1, Direction.DOWN)
        opener.expect(2)
        security.broadcast_sealer.seal(b"", b"spent: a rotation begins with the next")
        frame = security.broadcast_sealer.seal(b"header", b"data")
        assert frame[1] == 2 * key_id
        assert opener.open(b"header", frame) == b"data"
        assert opener.open(b"header", sealed(security)) is None
        assert security.rotate("downlink", 2) is (key_id == 1)
        security = LinkSecurity(replace(SECURED, broadcasts=True), store)


def test_a_key_to_expect_is_not_forgotten_in_a_reboot() -> None:
    """Or the ground, told that its telecommand was completed, would speak to nobody for ever."""
    disk = SimulatedDisk()
    security, operators = LinkSecurity(SECURED, disk), Operators(KEYS)
    assert hears(security, operators)
    assert security.rotate("uplink", 2)
    security.keep()
    disk.sync()
    disk.crash()
    again = LinkSecurity(SECURED, disk)
    assert operators.sealer is not None
    operators.sealer.rotate(2, 0)
    assert hears(again, operators)


def test_a_frame_is_opened_once_over_reboots_unless_its_effects_were_lost() -> None:
    disk = SimulatedDisk()
    frame = build_tc_frame(1, b"data", Operators(KEYS).sealer)
    security = LinkSecurity(SECURED, disk)
    assert parse_tc_frame(frame, 1, security.opener) == b"data"
    disk.crash()
    security = LinkSecurity(SECURED, disk)
    assert parse_tc_frame(frame, 1, security.opener) == b"data", "nothing of it was durable"
    security.keep()
    disk.sync()
    disk.crash()
    assert parse_tc_frame(frame, 1, LinkSecurity(SECURED, disk).opener) is None
