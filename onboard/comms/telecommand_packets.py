"""CCSDS space packets (133.0-B-2) on the way up: numbered telecommands, and the ground's reports beside them.

Packets lie whole and end to end in the data field of a TC transfer frame. A telecommand's packet data are its
sequence number of 32 bits, its bytes, and the CRC-16 of all before it; the packet's own count is the number's lowest
14 bits. A report has no number: it is full state, the newest of those that arrive counts, and it has a CRC of its own.
"""

from dataclasses import dataclass
from struct import Struct

from onboard.comms.frames import frame_check
from onboard.comms.packets import COUNT_MASK, PRIMARY_HEADER_BYTES, UNSEGMENTED, packet_bytes

COMMAND_APID = 0x020
REPORT_APID = 0x021
MAX_SEQUENCE = 2**32 - 1
COMMAND_WINDOW = 64
"""How far beyond the last number executed a telecommand is accepted."""

_TELECOMMAND = 0x1000
"""Packet type 1, version 0, no secondary header."""
_PRIMARY = Struct(">HHH")
_NUMBERED = Struct(">HHHI")
_CHECK_BYTES = 2
COMMAND_OVERHEAD_BYTES = _NUMBERED.size + _CHECK_BYTES
REPORT_OVERHEAD_BYTES = PRIMARY_HEADER_BYTES


@dataclass(frozen=True, slots=True)
class CommandPacket:
    """A telecommand that arrived undamaged; `data` is what `telecommands.decode` reads."""

    sequence: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ReportPacket:
    """A report of the ground; `data` is what `reports.decode` reads."""

    data: bytes


def command_packet(sequence: int, data: bytes) -> bytes:
    """The packet of a numbered telecommand."""
    assert 1 <= sequence <= MAX_SEQUENCE
    length = _NUMBERED.size - PRIMARY_HEADER_BYTES + len(data) + _CHECK_BYTES
    packet = _NUMBERED.pack(_TELECOMMAND | COMMAND_APID, UNSEGMENTED | sequence & COUNT_MASK, length - 1, sequence)
    packet += data
    return packet + frame_check(packet).to_bytes(_CHECK_BYTES, "big")


def report_packet(count: int, data: bytes) -> bytes:
    """The packet of a report; `count` is of reports sent."""
    assert data
    return _PRIMARY.pack(_TELECOMMAND | REPORT_APID, UNSEGMENTED | count & COUNT_MASK, len(data) - 1) + data


def parse_packets(data: bytes) -> tuple[CommandPacket | ReportPacket, ...]:
    """The packets in a frame's data field, up to the first that is not whole; others than ours are left out."""
    found: list[CommandPacket | ReportPacket] = []
    at = 0
    while (length := packet_bytes(data, at)) is not None and at + length <= len(data):
        packet = _parse(data[at : at + length])
        if packet is not None:
            found.append(packet)
        at += length
    return tuple(found)


def _parse(packet: bytes) -> CommandPacket | ReportPacket | None:
    identification, sequence_control, _ = _PRIMARY.unpack_from(packet)
    if sequence_control & UNSEGMENTED != UNSEGMENTED:
        return None
    if identification == _TELECOMMAND | REPORT_APID:
        return ReportPacket(packet[PRIMARY_HEADER_BYTES:])
    if identification != _TELECOMMAND | COMMAND_APID or len(packet) < COMMAND_OVERHEAD_BYTES or frame_check(packet):
        return None
    sequence: int = _NUMBERED.unpack_from(packet)[3]
    if not sequence or sequence & COUNT_MASK != sequence_control & COUNT_MASK:
        return None
    return CommandPacket(sequence, packet[_NUMBERED.size : -_CHECK_BYTES])
