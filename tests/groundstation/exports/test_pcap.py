"""The capture file, taken apart by hand and by tshark."""

import shutil
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundstation.archive import ArchivedPacket
from groundstation.exports import pcap
from onboard.comms import housekeeping
from onboard.comms.housekeeping import Housekeeping
from onboard.comms.packets import PacketBuilder, ProductKind, time_code
from onboard.errors import InputError
from onboard.mission_time import NS_PER_S

EPOCH = datetime(2026, 6, 1, 10, tzinfo=UTC)
EPOCH_S = 1_780_308_000
NAMES = ("ember-1", "ember-2")


def kept() -> list[ArchivedPacket]:
    builder = PacketBuilder()
    sample = housekeeping.encode(Housekeeping(5, 0.5, 300.0, 2, False, 1, 2, 3, 4, 5))
    code = time_code(1000 * NS_PER_S + 900_000_000)
    packets = [
        builder.housekeeping(code, sample),
        *(builder.segment(code, kind, 7, 100, 3, b"hello") for kind in ProductKind),
    ]
    return [ArchivedPacket(NAMES[at % 2], 1001 * NS_PER_S + at, packet) for at, packet in enumerate(packets)]


def test_datagrams_hold_the_packets() -> None:
    packets = kept()
    data = pcap.capture(packets, EPOCH, NAMES)
    assert struct.unpack(">IHHiIII", data[:24]) == (0xA1B23C4D, 2, 4, 0, 0, 65535, 101)
    at = 24
    for number, one in enumerate(packets):
        seconds, nanoseconds, size, whole = struct.unpack_from(">IIII", data, at)
        assert (seconds, nanoseconds) == (EPOCH_S + 1001, number)
        assert size == whole == 28 + len(one.packet)
        datagram = data[at + 16 : at + 16 + size]
        total = sum(struct.unpack(">10H", datagram[:20]))
        assert (total & 0xFFFF) + (total >> 16) == 0xFFFF  # RFC 1071: a sound header sums to minus zero
        assert datagram[12:20] == bytes([127, 1, 0, 1 + number % 2, 127, 0, 0, 1])
        assert struct.unpack(">HHHH", datagram[20:28]) == (50133, 50133, 8 + len(one.packet), 0)
        assert datagram[28:] == one.packet
        at += 16 + size
    assert at == len(data)


def test_an_empty_archive_gives_an_empty_capture() -> None:
    assert len(pcap.capture([], EPOCH, ())) == 24


def test_a_packet_beyond_ip_is_left_out() -> None:
    longest, beyond = (ArchivedPacket("ember-1", 0, bytes(size)) for size in (65_507, 65_508))
    assert len(pcap.capture([longest, beyond], EPOCH, NAMES)) == 24 + 16 + 65_535


@pytest.mark.parametrize("year", [1969, 2107])
def test_times_that_the_format_cannot_hold_are_told(year: int) -> None:
    with pytest.raises(InputError, match="1970 to 2106"):
        pcap.capture(kept(), EPOCH.replace(year=year), NAMES)


def test_tshark_reads_what_was_sent(tmp_path: Path) -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed")
    (tmp_path / "packets.pcap").write_bytes(pcap.capture(kept(), EPOCH, NAMES))
    columns = (
        *("frame.time_epoch", "ip.src", "ip.checksum.status", "ccsds.version", "ccsds.type", "ccsds.secheader"),
        *("ccsds.apid", "ccsds.seqflag", "ccsds.seqnum", "ccsds.length", "ccsds.coarse_time", "ccsds.fine_time"),
        "ccsds.user_data",
    )
    preferences = ("ccsds.global_pref_checkword:Override header flag to be false", "ip.check_checksum:TRUE")
    told = subprocess.run(
        [
            *(tshark, "-r", str(tmp_path / "packets.pcap"), "-d", f"udp.port=={pcap.UDP_PORT},ccsds", "-T", "fields"),
            *(part for preference in preferences for part in ("-o", preference)),
            *(part for column in columns for part in ("-e", column)),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    expected = [
        [
            *(f"{EPOCH_S + 1001}.{number:09d}", f"127.1.0.{1 + number % 2}", "1", "0", "0", "1"),
            *(str(int.from_bytes(one.packet[:2], "big") & 0x7FF), "3", "0", str(len(one.packet) - 7), "1000", "230"),
            one.packet[16:].hex(),
        ]
        for number, one in enumerate(kept())
    ]
    # From 4.2 on it prints truth values as words.
    assert [line.replace("\tTrue\t", "\t1\t").split("\t") for line in told] == expected
