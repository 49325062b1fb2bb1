"""What stations and the mission centre are told (past tense) and what they ask for (imperative), frozen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FramesReceived:
    """Transfer frames came down a station's antenna, end to end, possibly damaged, some lost."""

    spacecraft: str
    frames: bytes


@dataclass(frozen=True, slots=True)
class ForwardFrames:
    """A station passes on what it received."""

    spacecraft: str
    frames: bytes


@dataclass(frozen=True, slots=True)
class FramesForwarded:
    """Frames from a station arrived at the mission centre."""

    station: str
    spacecraft: str
    frames: bytes


@dataclass(frozen=True, slots=True)
class SendTelecommand:
    """The mission centre wants bytes radiated to a spacecraft by a station."""

    station: str
    spacecraft: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TelecommandQueued:
    """Bytes for a spacecraft arrived at a station. They replace what still waited: reports are full state."""

    spacecraft: str
    data: bytes


@dataclass(frozen=True, slots=True)
class UplinkGranted:
    """The station's transmitter can send this many bytes to a spacecraft now."""

    spacecraft: str
    granted_bytes: int


@dataclass(frozen=True, slots=True)
class Radiate:
    """The station sends bytes up."""

    spacecraft: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ProductArchived:
    """A product is committed to the archive; only now may it be acknowledged."""

    spacecraft: str
    product_id: int
    frame_id: int
    product_bytes: int


@dataclass(frozen=True, slots=True)
class StationConfig:
    """What a station is built from."""

    name: str


@dataclass(frozen=True, slots=True)
class SpacecraftLink:
    """What the mission centre knows of a spacecraft's radio. A report on it takes at most `report_bytes`."""

    name: str
    spacecraft_id: int
    frame_length_bytes: int
    report_bytes: int


@dataclass(frozen=True, slots=True)
class CentreConfig:
    """What the mission centre is built from."""

    archive_path: str
    spacecraft: tuple[SpacecraftLink, ...]
