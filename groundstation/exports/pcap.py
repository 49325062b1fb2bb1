"""Space packets as a capture file that Wireshark and tshark open: pcap, each packet as one UDP datagram of IPv4.

Nothing was ever sent over IP. Link type 101 (raw IP) with UDP is what needs least configuration there: the CCSDS
dissector has no link type and no port of its own, and takes UDP ports by "decode as":

    tshark -r packets.pcap -d udp.port==50133,ccsds

A spacecraft is a source address, 127.1.0.1 for the first; all send to 127.0.0.1. Times are when a packet reached the
mission centre, in virtual UTC, to the nanosecond. The dissector takes every secondary header for the Space Station's:
of ours it shows the whole seconds and the first octet of the fraction rightly, as coarse and fine time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from struct import Struct

from groundstation.archive import ArchivedPacket
from onboard.errors import InputError
from onboard.mission_time import NS_PER_S

UDP_PORT = 50_133
"""Of those that nobody may register (RFC 6335); the digits of CCSDS 133.0-B."""
GROUND_ADDRESS = 0x7F000001
FIRST_SPACECRAFT_ADDRESS = 0x7F010001
LINKTYPE_RAW = 101
_MAGIC_NS = 0xA1B23C4D
"""pcap of version 2.4 with nanoseconds; written big endian, as its readers accept."""
_FILE = Struct(">IHHiIII")
_RECORD = Struct(">IIII")
_IPV4 = Struct(">BBHHHBBHII")
_UDP = Struct(">HHHH")
_HEADERS_BYTES = _IPV4.size + _UDP.size
_MAX_DATAGRAM_BYTES = 2**16 - 1
MAX_PACKET_BYTES = _MAX_DATAGRAM_BYTES - _HEADERS_BYTES
"""Of the longest space packet, 65,542 octets, IPv4 would have to make fragments."""


def capture(packets: Iterable[ArchivedPacket], epoch: datetime, spacecraft: Sequence[str]) -> bytes:
    """The file. `spacecraft` gives the order of addresses; packets beyond `MAX_PACKET_BYTES`, which none of this
    mission's is, are left out. InputError for times before 1970 or after 2106, which the format cannot hold."""
    addresses = {name: FIRST_SPACECRAFT_ADDRESS + number for number, name in enumerate(spacecraft)}
    epoch_s, rest_us = divmod(round(epoch.timestamp() * 1e6), 1_000_000)
    epoch_ns = epoch_s * NS_PER_S + rest_us * 1000
    out = bytearray(_FILE.pack(_MAGIC_NS, 2, 4, 0, 0, _MAX_DATAGRAM_BYTES, LINKTYPE_RAW))
    for one in packets:
        if len(one.packet) > MAX_PACKET_BYTES:
            continue
        seconds, nanoseconds = divmod(epoch_ns + one.received_ns, NS_PER_S)
        if not 0 <= seconds < 2**32:
            raise InputError("scenario", "pcap holds times from 1970 to 2106", key="start_utc", value=epoch.isoformat())
        size = _HEADERS_BYTES + len(one.packet)
        out += _RECORD.pack(seconds, nanoseconds, size, size)
        out += _ip_header(addresses[one.spacecraft], size)
        out += _UDP.pack(UDP_PORT, UDP_PORT, _UDP.size + len(one.packet), 0)
        out += one.packet
    return bytes(out)


def _ip_header(source: int, size: int) -> bytes:
    """IPv4 (RFC 791) without options: not to be fragmented, 64 hops, UDP (17)."""

    def header(check: int) -> bytes:
        return _IPV4.pack(0x45, 0, size, 0, 0x4000, 64, 17, check, source, GROUND_ADDRESS)

    return header(_internet_check(header(0)))


def _internet_check(header: bytes) -> int:
    """RFC 1071: the ones' complement of the ones' complement sum of 16-bit words."""
    total = sum(int.from_bytes(header[at : at + 2], "big") for at in range(0, len(header), 2))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
