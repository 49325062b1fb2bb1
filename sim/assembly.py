"""Builds the nodes of a run from a scenario: the world, and every satellite, station and the mission centre."""

from dataclasses import dataclass
from pathlib import Path

from groundstation.__main__ import CODEC as GROUND_CODEC
from groundstation.centre import MissionCentre
from groundstation.messages import CentreConfig, StationConfig
from groundstation.station import Station
from onboard.__main__ import CODEC as ONBOARD_CODEC
from onboard.config import SpacecraftConfig
from onboard.errors import InputError
from onboard.mission_time import to_ns, utc_text
from onboard.modes import Limits
from onboard.payload.models import ModelCard
from onboard.shell import FlightUnit
from onboard.strategy import STRATEGIES
from onboard.wire import Codec, Participant
from sim.executive import WORLD, Node
from sim.nodes import LocalNode, ProcessNode
from sim.scenario import Orbit, Satellite, Scenario
from sim.scenes.image_folder import read_image_folder
from sim.scenes.land import LandMask
from sim.scenes.renderer import Renderer
from sim.scenes.source import PictureFolder, PlantedTargets, SceneSource, SyntheticWildfire
from sim.world.access import Sites, contact_windows
from sim.world.access import Station as Site
from sim.world.camera import Exposure, plan_exposures
from sim.world.link import Contact, allocate
from sim.world.orbit import CircularOrbit, Orbits, TwoLineElements
from sim.world.world import CENTRE, World

FIRST_SPACECRAFT_ID = 1
REPORT_SLOT_SHARE = 0.9
"""Of what an uplink slot carries, a report may take this much."""
SEARCH_AHEAD_DAYS = 3
"""How far to look for the next overpass where a run would expose nothing."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where everything is, and what follows from it before anything flies."""

    orbits: Orbits
    sites: Sites
    contacts: tuple[Contact, ...]
    exposures: tuple[Exposure, ...]


def orbits_of(scenario: Scenario) -> Orbits:
    """The scenario's satellites, propagated from its start."""
    elements = [_elements(satellite.orbit) for satellite in scenario.satellite]
    return Orbits(elements, scenario.start_utc, source=scenario.name)


def contacts_of(scenario: Scenario, orbits: Orbits) -> tuple[Contact, ...]:
    """Who uses which antenna when."""
    windows = contact_windows(
        orbits, _sites(scenario), scenario.duration_s, [site.min_elevation_deg for site in scenario.station]
    )
    return allocate(windows)


def geometry_of(scenario: Scenario, source: SceneSource) -> Geometry:
    """Orbits, contacts and exposures. Raises InputError where no frame would ever be exposed."""
    orbits = orbits_of(scenario)
    land = LandMask.load()
    until_ns = to_ns(scenario.duration_s)
    planned = plan_exposures(scenario.satellite, orbits, land, until_ns)
    if isinstance(source, PictureFolder):
        planned = tuple(exposure for exposure in planned if source.shows(exposure))
    if not planned:
        raise InputError(
            scenario.name,
            _nothing_exposed(scenario, orbits, land),
            key="duration_s",
            value=scenario.duration_s,
        )
    return Geometry(orbits, Sites.of(_sites(scenario)), contacts_of(scenario, orbits), planned)


def _nothing_exposed(scenario: Scenario, orbits: Orbits, land: LandMask) -> str:
    later = plan_exposures(scenario.satellite, orbits, land, to_ns(SEARCH_AHEAD_DAYS * 86400))
    if not later:
        return f"no frame is ever exposed, nor would one be within {SEARCH_AHEAD_DAYS} days of the start"
    first = later[0]
    name = scenario.satellite[first.satellite].name
    return f"no frame is ever exposed; the next overpass is {name}'s at {utc_text(scenario.start_utc, first.at_ns)}"


def source_of(scenario: Scenario) -> SceneSource:
    """What the cameras see."""
    instruments = tuple(satellite.instrument for satellite in scenario.satellite)
    names = tuple(satellite.name for satellite in scenario.satellite)
    scene = scenario.scene
    if scene.source == "images":
        source = PictureFolder.deal(read_image_folder(Path(scene.images)), instruments)
        if not any(source.dealt):
            raise InputError(
                scene.images,
                f"no picture has a band of {instruments[0].name}: {', '.join(instruments[0].bands)}",
            )
        return source
    if scene.source == "targets":
        return PlantedTargets(instruments[0], names, scenario.seed)
    return SyntheticWildfire(instruments[0], names, scenario.seed, scene.land_fires_per_1000_km2)


def world_of(scenario: Scenario, geometry: Geometry, source: SceneSource, memory_root: Path) -> World:
    """The world participant."""
    frame_px = max(satellite.instrument.width_px * satellite.instrument.height_px for satellite in scenario.satellite)
    if isinstance(source, PictureFolder):
        frame_px = 0
    renderer = Renderer(source, geometry.exposures, memory_root, frame_px=frame_px)
    return World(
        scenario,
        geometry.orbits,
        geometry.sites,
        geometry.contacts,
        geometry.exposures,
        renderer,
        memory_root,
    )


@dataclass(frozen=True, slots=True)
class _Member:
    """A participant that may live in its own process."""

    name: str
    module: str
    config: object
    codec: Codec

    def here(self) -> LocalNode:
        participant: Participant
        match self.config:
            case SpacecraftConfig():
                participant = FlightUnit(self.config)
            case CentreConfig():
                participant = MissionCentre(self.config)
            case StationConfig():
                participant = Station(self.config)
        return LocalNode(participant)

    def elsewhere(self, rendezvous: Path) -> ProcessNode:
        return ProcessNode(self.name, self.module, self.config, self.codec, rendezvous)


class Crew:
    """The nodes of a run. Leaving the context ends every process that was started."""

    def __init__(
        self, scenario: Scenario, card: ModelCard, world: World, *, memory_root: Path, archive_path: Path
    ) -> None:
        self._members = _members(scenario, card, memory_root, archive_path)
        self._world = world
        self.nodes: dict[str, Node] = {}
        self._started: list[LocalNode | ProcessNode] = []

    def launch(self, rendezvous: Path | None) -> None:
        """Start everybody: each in its own process where a rendezvous folder for the sockets is given."""
        self._add(WORLD, LocalNode(self._world))
        for member in self._members:
            self._add(member.name, member.here() if rendezvous is None else member.elsewhere(rendezvous))
        for node in self._started:
            if isinstance(node, ProcessNode):
                node.await_ready()

    @property
    def processes(self) -> dict[str, int]:
        """Process identifiers by node."""
        return {node.name: node.pid for node in self._started if isinstance(node, ProcessNode)}

    def close(self) -> None:
        """End everybody, whatever happens to one of them."""
        for node in reversed(self._started):
            node.close()
        self._started.clear()

    def _add(self, name: str, node: LocalNode | ProcessNode) -> None:
        self.nodes[name] = node
        self._started.append(node)


def _members(scenario: Scenario, card: ModelCard, memory_root: Path, archive_path: Path) -> list[_Member]:
    radio = scenario.satellite[0].radio
    slot_bytes = int(min(satellite.radio.uplink_rate_bps for satellite in scenario.satellite)) // 8
    identified = list(enumerate(scenario.satellite, FIRST_SPACECRAFT_ID))
    centre = CentreConfig(
        archive_path=str(archive_path),
        spacecraft=tuple((satellite.name, number) for number, satellite in identified),
        frame_length_bytes=radio.frame_length_bytes,
        report_bytes=int(slot_bytes * REPORT_SLOT_SHARE),
    )
    return [
        *(
            _Member(
                satellite.name,
                "onboard",
                _spacecraft_config(scenario, satellite, number, card, memory_root),
                ONBOARD_CODEC,
            )
            for number, satellite in identified
        ),
        *(
            _Member(station.name, "groundstation", StationConfig(station.name), GROUND_CODEC)
            for station in scenario.station
        ),
        _Member(CENTRE, "groundstation", centre, GROUND_CODEC),
    ]


def _spacecraft_config(
    scenario: Scenario, satellite: Satellite, number: int, card: ModelCard, memory_root: Path
) -> SpacecraftConfig:
    rules, setting = satellite.bus.limits, satellite.device.setting
    return SpacecraftConfig(
        name=satellite.name,
        spacecraft_id=number,
        strategy=scenario.strategy,
        task=scenario.task,
        model_path=str(card.path.parent) if STRATEGIES[scenario.strategy].runs_model else "",
        memory_root=str(memory_root),
        mass_memory_bytes=rules.mass_memory_bytes,
        outbox_bytes=rules.outbox_bytes,
        frame_length_bytes=satellite.radio.frame_length_bytes,
        limits=Limits(
            rules.min_state_of_charge,
            rules.resume_state_of_charge,
            rules.max_computer_temperature_k,
            rules.resume_computer_temperature_k,
        ),
        battery_capacity_j=satellite.bus.battery.capacity_wh * 3600.0,
        job_power_w=setting.active_w,
        macs_per_s=setting.throughput_gmac_s * 1e9,
        coded_bytes_per_s=setting.encode_mb_s * 1e6,
        position_error_m=satellite.instrument.position_error_m,
    )


def _elements(orbit: Orbit) -> CircularOrbit | TwoLineElements:
    if orbit.tle is not None:
        return TwoLineElements(*orbit.tle)
    assert orbit.altitude_km is not None
    assert orbit.inclination_deg is not None
    return CircularOrbit(orbit.altitude_km, orbit.inclination_deg, orbit.mean_anomaly_deg, orbit.ltan_h, orbit.raan_deg)


def _sites(scenario: Scenario) -> list[Site]:
    return [
        Site(station.name, station.latitude_deg, station.longitude_deg, station.altitude_m)
        for station in scenario.station
    ]
