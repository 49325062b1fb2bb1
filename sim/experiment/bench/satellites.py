"""Satellites of the reference scenario, each in its own process, without a world around them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from onboard.__main__ import CODEC
from onboard.config import SpacecraftConfig
from onboard.modes import Limits
from sim.data import sample_path
from sim.nodes import ProcessNode
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario

MODEL = sample_path("models", "wildfire-swir")


def reference_scenario(duration_s: float | None = None) -> Scenario:
    """`wildfire-watch`, or its first part."""
    return resolve(scenario_path("wildfire-watch"), changes={} if duration_s is None else {"duration_s": duration_s})


@contextmanager
def flying_satellites(count: int, root: Path) -> Iterator[list[ProcessNode]]:
    """Processes with the shipped model, ready; they end with the context."""
    with ExitStack() as ends:
        nodes = []
        for number in range(1, count + 1):
            config = _config(number, root)
            nodes.append(ProcessNode(config.name, "onboard", config, CODEC, root))
            ends.callback(nodes[-1].close)
        for node in nodes:
            node.await_ready()
        yield nodes


def _config(number: int, root: Path) -> SpacecraftConfig:
    return SpacecraftConfig(
        name=f"satellite-{number}",
        spacecraft_id=number,
        strategy="detections",
        task="wildfire",
        model_path=str(MODEL),
        memory_root=str(root),
        mass_memory_bytes=10**9,
        outbox_bytes=10**8,
        frame_length_bytes=1115,
        limits=Limits(0.3, 0.4, 340.0, 335.0),
        battery_capacity_j=300_000.0,
        job_power_w=8.0,
        macs_per_s=1e11,
        coded_bytes_per_s=5e7,
        position_error_m=100.0,
    )
