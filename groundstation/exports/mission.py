"""What exports say of the mission beside what its archive holds: the mission centre's own files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from groundstation.archive import FlownModel
from onboard.mission_time import utc, utc_text


@dataclass(frozen=True, slots=True)
class Site:
    """A ground station."""

    name: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float


@dataclass(frozen=True, slots=True)
class Window:
    """A planned pass, as flight dynamics gave it."""

    satellite: str
    station: str
    aos_ns: int
    los_ns: int
    max_elevation_deg: float
    volume_bytes: int


@dataclass(frozen=True, slots=True)
class Mission:
    """Names, places and plans. Mission elapsed time counts from `epoch`, and `instruments` are by satellite."""

    name: str
    description: str
    epoch: datetime
    end_ns: int
    instruments: Mapping[str, str] = field(default_factory=dict)
    sites: tuple[Site, ...] = ()
    windows: tuple[Window, ...] = ()
    models: Mapping[tuple[bytes, str], FlownModel] = field(default_factory=dict)

    def utc_text(self, met_ns: int) -> str:
        """An instant for people and machines, ISO 8601."""
        return utc_text(self.epoch, met_ns)

    def utc(self, met_ns: int) -> datetime:
        """An instant."""
        return utc(self.epoch, met_ns)

    def class_name(self, task: str, sha256_prefix: bytes, class_index: int) -> str:
        """What a model calls a class; its number where the model is not known here."""
        model = self.models.get((sha256_prefix, task))
        known = model is not None and class_index < len(model.classes)
        return model.classes[class_index] if model and known else f"class-{class_index}"

    def model_sha256(self, task: str, sha256_prefix: bytes) -> str:
        """A model's hash; the four bytes that came down where the model is not known here."""
        model = self.models.get((sha256_prefix, task))
        return model.sha256 if model else sha256_prefix.hex()
