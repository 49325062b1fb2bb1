"""Builds the nodes of a run from a scenario: the world, and every satellite, station and the mission centre."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from groundstation.__main__ import CODEC as GROUND_CODEC
from groundstation.__main__ import GroundConfig
from groundstation.__main__ import build as build_ground
from groundstation.screening import KnownSite
from onboard.__main__ import CODEC as ONBOARD_CODEC
from onboard.comms.keys import Keys
from onboard.config import SpacecraftConfig
from onboard.events import ComputerKilled
from onboard.payload.models import ModelCard
from onboard.shell import FlightUnit
from onboard.wire import Codec, Participant
from sim.configuration import centre_config, receiver_configs, spacecraft_config
from sim.elsewhere import Meeting
from sim.executive import WORLD, Node
from sim.faults.clock import ClockedNode
from sim.nodes import LocalNode, ProcessNode, RemoteNode
from sim.operations import Operations
from sim.planning import FlightPlan
from sim.radiation.guarding import weight_bits
from sim.radiation.striking import Striking
from sim.scenario import Scenario
from sim.scenes.renderer import Renderer
from sim.scenes.source import PictureFolder
from sim.world.disk import SimulatedDisk
from sim.world.traffic import CENTRE
from sim.world.world import World


def world_of(
    scenario: Scenario,
    card: ModelCard,
    flight_plan: FlightPlan,
    memory_root: Path,
    operations: Operations,
    cache: Path | None = None,
) -> World:
    """The world participant; frames that lie in the cache are not drawn again."""
    instruments = [satellite.instrument for satellite in scenario.satellite]
    is_drawn = not isinstance(flight_plan.source, PictureFolder)
    drawn_px = max(instrument.width_px * instrument.height_px for instrument in instruments) if is_drawn else 0
    renderer = Renderer(flight_plan.source, flight_plan.exposures, memory_root, drawn_px=drawn_px, cache=cache)
    striking = Striking(scenario, flight_plan.orbits, weight_bits(card))
    return World(scenario, flight_plan, renderer, memory_root, operations, striking)


class _FrailUnit:
    """A spacecraft on a simulated disk: where its computer dies, what it had not synchronised is lost."""

    def __init__(self, config: SpacecraftConfig) -> None:
        self._disk = SimulatedDisk()
        self._unit = FlightUnit(config, self._disk)

    @property
    def deadline_ns(self) -> int:
        """The unit's own."""
        return self._unit.deadline_ns

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """The unit's advance, after what a death does to its disk."""
        if any(isinstance(event, ComputerKilled) for event in inbox):
            self._disk.crash()
        return self._unit.advance(now_ns, inbox)

    def close(self) -> None:
        """End the unit's workers."""
        self._unit.close()


@dataclass(frozen=True, slots=True)
class _Member:
    """A participant that may live in its own process."""

    name: str
    module: str
    config: SpacecraftConfig | GroundConfig
    codec: Codec

    def here(self) -> LocalNode:
        participant: Participant
        if isinstance(self.config, SpacecraftConfig):
            participant = _FrailUnit(self.config)
        else:
            participant = build_ground(self.config)
        return LocalNode(participant)

    def elsewhere(self, rendezvous: Path, *, restarts: bool) -> ProcessNode:
        return ProcessNode(self.name, self.module, self.config, self.codec, rendezvous, restarts=restarts)

    def met(self, meeting: Meeting) -> RemoteNode:
        return RemoteNode(self.name, self.config, self.codec, meeting.endpoint, meeting.keys)


class Crew:
    """The nodes of a run. Those that wait elsewhere are met. What spacecraft keep is durable where one may be started
    again."""

    def __init__(
        self,
        scenario: Scenario,
        card: ModelCard,
        keys: dict[str, Keys],
        world: World,
        *,
        memory_root: Path,
        archive_path: Path,
        restarts: bool = False,
        cache: Path | None = None,
        known_sites: tuple[KnownSite, ...] = (),
        elsewhere: Mapping[str, Meeting] | None = None,
    ) -> None:
        centre = centre_config(scenario, card, keys, archive_path, known_sites)
        spacecraft = [
            replace(
                spacecraft_config(scenario, index, card, keys[satellite.name], memory_root, is_durable=restarts),
                cache_root=str(cache or ""),
            )
            for index, satellite in enumerate(scenario.satellite)
        ]
        self._members = [
            *(_Member(config.name, "onboard", config, ONBOARD_CODEC) for config in spacecraft),
            *(
                _Member(config.name, "groundstation", config, GROUND_CODEC)
                for config in receiver_configs(scenario, keys)
            ),
            _Member(CENTRE, "groundstation", centre, GROUND_CODEC),
        ]
        self._restarts = restarts
        self._elsewhere = elsewhere or {}
        self._world = world
        self.nodes: dict[str, Node] = {}
        self._started: list[LocalNode | ProcessNode | RemoteNode] = []

    def launch(self, rendezvous: Path | None) -> None:
        """Start everybody: each in its own process where a rendezvous folder for the sockets is given."""
        self._add(WORLD, LocalNode(self._world))
        for member in self._members:
            if member.name in self._elsewhere:
                self._add(member.name, member.met(self._elsewhere[member.name]))
            elif rendezvous is None:
                self._add(member.name, member.here())
            else:
                self._add(member.name, member.elsewhere(rendezvous, restarts=self._restarts))
        for node in self._started:
            if not isinstance(node, LocalNode):
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

    def _add(self, name: str, node: LocalNode | ProcessNode | RemoteNode) -> None:
        clock = self._world.clocks.get(name)
        self.nodes[name] = node if clock is None else ClockedNode(node, clock)
        self._started.append(node)
