"""Builds the nodes of a run from a scenario: the world, and every satellite, station and the mission centre."""

from dataclasses import dataclass
from pathlib import Path

from groundstation.__main__ import CODEC as GROUND_CODEC
from groundstation.centre import MissionCentre
from groundstation.messages import CentreConfig, SpacecraftLink, StationConfig
from groundstation.station import Station
from onboard.__main__ import CODEC as ONBOARD_CODEC
from onboard.config import SpacecraftConfig
from onboard.modes import Limits
from onboard.payload.models import ModelCard
from onboard.shell import FlightUnit
from onboard.strategy import STRATEGIES
from onboard.wire import Codec, Participant
from sim.executive import WORLD, Node
from sim.nodes import LocalNode, ProcessNode
from sim.planning import FlightPlan
from sim.scenario import Satellite, Scenario
from sim.scenes.renderer import Renderer
from sim.scenes.source import PictureFolder
from sim.world.slots import uplink_slot_bytes
from sim.world.workload import steps_per_px
from sim.world.world import CENTRE, World

FIRST_SPACECRAFT_ID = 1


def world_of(scenario: Scenario, flight_plan: FlightPlan, memory_root: Path) -> World:
    """The world participant."""
    instruments = [satellite.instrument for satellite in scenario.satellite]
    is_drawn = not isinstance(flight_plan.source, PictureFolder)
    drawn_px = max(instrument.width_px * instrument.height_px for instrument in instruments) if is_drawn else 0
    renderer = Renderer(flight_plan.source, flight_plan.exposures, memory_root, drawn_px=drawn_px)
    return World(scenario, flight_plan, renderer, memory_root)


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
        for node in self._started:
            node.dismiss()
        for node in reversed(self._started):
            node.close()
        self._started.clear()

    def _add(self, name: str, node: LocalNode | ProcessNode) -> None:
        self.nodes[name] = node
        self._started.append(node)


def _members(scenario: Scenario, card: ModelCard, memory_root: Path, archive_path: Path) -> list[_Member]:
    identified = list(enumerate(scenario.satellite, FIRST_SPACECRAFT_ID))
    centre = CentreConfig(
        archive_path=str(archive_path),
        spacecraft=tuple(
            SpacecraftLink(
                satellite.name, number, satellite.radio.frame_length_bytes, uplink_slot_bytes(satellite.radio)
            )
            for number, satellite in identified
        ),
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
        job_power_w=setting.active_w / satellite.device.accelerators,
        macs_per_s=setting.throughput_gmac_s * 1e9,
        coded_bytes_per_s=setting.encode_mb_s * 1e6,
        position_error_m=satellite.instrument.position_error_m,
        accelerators=satellite.device.accelerators,
        signal_macs_per_s=(setting.signal_gmac_s or setting.throughput_gmac_s) * 1e9,
        steps=steps_per_px(satellite.instrument),
        power_mode=satellite.device.power_mode,
        eclipse_power_mode=satellite.device.eclipse_power_mode or "",
    )
