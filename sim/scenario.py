"""Scenarios: what flies, over which stations, seeing what, for how long."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from onboard.payload.image_products import LOSSY_PSNR_DB
from onboard.strategy import STRATEGIES
from sim.blame import suggestion
from sim.equipment.bus import Bus
from sim.equipment.device import FlownDevice
from sim.equipment.instrument import Instrument
from sim.equipment.radio import Radio
from sim.equipment.records import Fraction, NonNegative, Number, Positive, Record
from sim.equipment.station import StationSite
from sim.faults.settings import Fault, Faults, check_faults
from sim.ground_settings import Alerts, Ground
from sim.radiation.settings import Radiation
from sim.scene_settings import Scene
from sim.world.elements import Angle, MeanElements

RESERVED_NAMES = ("world", "centre")
"""Nodes of every run beside the scenario's own."""
FIRST_YEAR, LAST_YEAR = 1957, 2056
"""Of two-digit years in element sets (NORAD convention)."""


class Orbit(Record):
    """A two-line element set, the mean elements of an OMM, or a circular orbit by altitude, inclination and node.

    As written, `tle` and `omm` may name a file, and `object` one of the objects in it.
    """

    tle: tuple[str, str] | None = None
    omm: MeanElements | None = None
    altitude_km: Annotated[Number, Field(ge=160, le=36000)] | None = None
    inclination_deg: Annotated[Number, Field(ge=0, le=180)] | None = None
    ltan_h: Annotated[Number, Field(ge=0, lt=24)] | None = None
    raan_deg: Angle | None = None
    mean_anomaly_deg: Angle = 0.0

    @model_validator(mode="after")
    def _one_form(self) -> "Orbit":
        circular = (self.altitude_km, self.inclination_deg)
        if (self.tle, self.omm) == (None, None):
            if None in circular:
                raise ValueError("needs tle, omm, or altitude_km and inclination_deg with ltan_h or raan_deg")
            if (self.ltan_h is None) == (self.raan_deg is None):
                raise ValueError("needs one of ltan_h and raan_deg")
        elif any(value is not None for value in (*circular, self.ltan_h, self.raan_deg)):
            raise ValueError("takes tle, omm or circular elements, not two of them")
        if self.tle is not None and self.omm is not None:
            raise ValueError("takes tle or omm, not both")
        return self


class Walker(Record):
    """A Walker shell, i: T/P/F, of circular orbits. The node and the anomaly are those of the first satellite."""

    total: Annotated[int, Field(ge=1, le=1000)]
    planes: Annotated[int, Field(ge=1, le=1000)]
    phasing: Annotated[int, Field(ge=0)] = 0
    kind: Literal["delta", "star"] = "delta"
    altitude_km: Annotated[Number, Field(ge=160, le=36000)]
    inclination_deg: Annotated[Number, Field(ge=0, le=180)]
    ltan_h: Annotated[Number, Field(ge=0, lt=24)] | None = None
    raan_deg: Angle | None = None
    mean_anomaly_deg: Angle = 0.0

    @model_validator(mode="after")
    def _is_even(self) -> "Walker":
        if self.total % self.planes:
            raise ValueError("total must be a multiple of planes")
        if self.phasing >= self.planes:
            raise ValueError("phasing must be below planes")
        if (self.ltan_h is None) == (self.raan_deg is None):
            raise ValueError("needs one of ltan_h and raan_deg, of the first plane")
        return self


class Constellation(Record):
    """A Walker shell of like satellites, named NAME-plane-slot. The equipment is given as a satellite's is."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=22)]
    walker: Walker


class Pointing(Record):
    """Where the instrument looks: rolled from nadir to starboard, pitched ahead. The spacecraft steers its yaw, so that
    a frame's columns follow the ground track."""

    roll_deg: Annotated[Number, Field(ge=-60, le=60)] = 0.0
    pitch_deg: Annotated[Number, Field(ge=-60, le=60)] = 0.0


class Satellite(Record):
    """One spacecraft."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=32)]
    orbit: Orbit
    pointing: Pointing = Pointing()
    bus: Bus
    device: FlownDevice
    instrument: Instrument
    radio: Radio


class GroundStation(StationSite):
    """A station with the least elevation that the mission uses it at; a horizon mask counts where it is higher."""

    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=64)]
    min_elevation_deg: Annotated[Number, Field(ge=0, lt=90)] = 5.0


class LinkQuality(Record):
    """How the link fails: by a loss that ends at `frame_loss_until_s`, in rain, under clouds.

    Rain falls at every station, on radios with a link budget. `cloud_cover` is the share of hours, drawn for each
    station, in which clouds block its sky for laser light. Images travel as `runs` of frames, or as `frames` that are
    made one by one, to the same account.
    """

    frame_loss: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    frame_loss_until_s: NonNegative | None = None
    lane: Literal["runs", "frames"] = "runs"
    rain_mm_h: Annotated[Number, Field(ge=0, le=300)] = 0.0
    cloud_cover: Fraction = 0.0


class Security(Record):
    """How the link is protected: by AES-256-GCM both ways (CCSDS SDLS).

    `keys` names a folder of key files; where it names none, a run's keys follow from its seed, and are no secret.
    `at_rest` seals stored products too.
    """

    encryption: bool = True
    keys: str = ""
    at_rest: bool = False

    @model_validator(mode="after")
    def _has_keys(self) -> "Security":
        if not self.encryption and (self.keys or self.at_rest):
            raise ValueError("keys and at_rest need encryption = true")
        return self


class Compression(Record):
    """How strategies that send pixels make them fewer.

    `lossy_psnr_db` is the quality of JPEG 2000, band by band, against the greatest number of the sensor's depth. On 14
    drawn frames, measured once, the shipped wildfire model finds .892 of the fires at 50 dB and .900 without loss, at
    1.6 bits a sample; .888 at 48 dB; .898 at 52 dB, 2.0 bits. `thumbnails` shorten each side `thumbnail_shrink` times.
    `cloudfilter` drops frames of which its cloud mask, a model's name or folder, holds more than
    `cloud_fraction_limit` for cloud: .7, as CloudScout on Phi-sat-1 (Giuffrida et al. 2020, Remote Sensing 12:2205).
    """

    lossy_psnr_db: Annotated[Number, Field(ge=20, le=100)] = LOSSY_PSNR_DB
    thumbnail_shrink: Annotated[int, Field(ge=2, le=64)] = 8
    cloud_mask: Annotated[str, Field(min_length=1)] = "cloud-mask"
    cloud_fraction_limit: Fraction = 0.7


class Lifetimes(Record):
    """How long products of a kind are of use; what is older expires on board, and is reported. None is for ever."""

    alert_s: Positive | None = None
    chip_s: Positive | None = None
    thumbnail_s: Positive | None = None
    image_s: Positive | None = None


class Scenario(Record):
    """A complete scenario: `sim.resolve` makes it from a file.

    `ground_model`, a name or a folder, looks at the chips of the strategy `cascade`; empty for the one that flies.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
    description: str = ""
    start_utc: datetime
    duration_s: Annotated[Number, Field(gt=0, le=31 * 86400)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    strategy: str = "detections"
    ground_model: str = ""
    world_tick_s: Annotated[Number, Field(ge=0.001, le=60)] = 10.0
    models: Annotated[dict[str, str], Field(min_length=1, max_length=1)]
    satellite: Annotated[tuple[Satellite, ...], Field(min_length=1, max_length=1000)]
    station: Annotated[tuple[GroundStation, ...], Field(min_length=1)]
    scene: Scene = Scene()
    link: LinkQuality = LinkQuality()
    security: Security = Security()
    compression: Compression = Compression()
    lifetimes: Lifetimes = Lifetimes()
    alerts: Alerts = Alerts()
    ground: Ground = Ground()
    fault: tuple[Fault, ...] = ()
    faults: Faults = Faults()
    radiation: Radiation | None = None

    @field_validator("start_utc")
    @classmethod
    def _in_utc(cls, start: datetime) -> datetime:
        if not FIRST_YEAR <= start.year <= LAST_YEAR:
            raise ValueError(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
        return start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)

    @field_validator("strategy")
    @classmethod
    def _known_strategy(cls, name: str) -> str:
        if name not in STRATEGIES:
            raise ValueError(f"no such strategy; {suggestion(name, STRATEGIES)}")
        return name

    @model_validator(mode="after")
    def _names_differ(self) -> "Scenario":
        """All are nodes of one run: a message finds its way by name."""
        taken = dict.fromkeys(RESERVED_NAMES, "part of every run")
        for kind, nodes in (("satellite", self.satellite), ("station", self.station)):
            for node in nodes:
                if node.name in taken:
                    raise ValueError(f"a {kind} cannot be named {node.name!r}: a {taken[node.name]} already is")
                taken[node.name] = kind
        return self

    @field_validator("station")
    @classmethod
    def _has_a_station(cls, stations: tuple[GroundStation, ...]) -> tuple[GroundStation, ...]:
        if all(station.kind == "field-terminal" for station in stations):
            raise ValueError("needs a station: a field terminal acknowledges nothing")
        return stations

    @model_validator(mode="after")
    def _faults_fit(self) -> "Scenario":
        stations = [station.name for station in self.station if station.kind == "station"]
        check_faults(self.fault, self.satellite, stations, self.duration_s)
        return self

    @model_validator(mode="after")
    def _radios_are_heard(self) -> "Scenario":
        for satellite in self.satellite:
            if not any(
                station.kind == "station" and satellite.radio.is_heard_by(station.antenna) for station in self.station
            ):
                assert satellite.radio.downlink is not None
                raise ValueError(
                    f"radio {satellite.radio.name} has a link budget, and no station has an antenna with a feed for "
                    f'{satellite.radio.downlink.band}: name one in the station, as antenna = "dish-5m"'
                )
        return self

    @model_validator(mode="after")
    def _strategy_applies(self) -> "Scenario":
        if reason := self.cannot_fly(self.strategy):
            raise ValueError(f"cannot fly the strategy {self.strategy}: {reason}")
        return self

    def cannot_fly(self, strategy: str) -> str:
        """An empty text, or why no satellite here, or not every one, can fly a strategy."""
        reasons = (
            (satellite.name, STRATEGIES[strategy].applies_to(satellite.instrument.bands))
            for satellite in self.satellite
        )
        return next((f"{name}: {reason}" for name, reason in reasons if reason), "")

    @property
    def task(self) -> str:
        """What the mission looks for."""
        return next(iter(self.models))

    @property
    def model(self) -> str:
        """The model's name in the sample data, or its path."""
        return self.models[self.task]
