"""How fast a model is on this machine as it flies, beside the bare graph: processor time of one thread.

The engine takes a frame out of mass memory, cuts it, calibrates it, runs the graph and reads its outputs; the bare
graph is onnxruntime alone on tiles that are ready. Both see the same scene in turns, so that what slows the host
slows both.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.grid import grid_over
from onboard.payload.imagery import Frame, MassMemory, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard
from onboard.payload.session import GraphSession
from sim.equipment.device import Device

USUAL_FRAME_PX = 1024
MIN_FRAME_PX, MAX_FRAME_PX = 16, 16384
"""The limits of an instrument's frames."""
_REFLECTANCE_SCALE = 1e-4
"""Physical value of a digital number, as in Sentinel-2 products (quantification value 10000)."""
_DARK, _BRIGHT = 900, 1100
"""Digital numbers of the scene: an even ground in which there is next to nothing to find, as in most frames."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Processor time of a square frame: medians over repeats, in seconds, and the median of the paired ratios."""

    frame_px: int
    tiles: int
    tile_hw: tuple[int, int]
    macs_per_px: float | None
    repeats: int
    flown_s: float
    bare_s: float
    overhead: float

    @property
    def frame_mpx(self) -> float:
        """Pixels of the frame, in millions."""
        return self.frame_px**2 / 1e6

    @property
    def frame_macs(self) -> float | None:
        """Multiply-accumulates of the frame, what tiles share counted in each: what a flight is charged."""
        height_px, width_px = self.tile_hw
        return None if self.macs_per_px is None else self.tiles * height_px * width_px * self.macs_per_px

    def stated_mpx_s(self, throughput_gmac_s: float) -> float | None:
        """Megapixels of the frame in a second on a computer of a stated throughput."""
        return None if self.frame_macs is None else self.frame_mpx * throughput_gmac_s * 1e9 / self.frame_macs

    def as_table(self) -> dict[str, Any]:
        """What `model bench` prints of it."""
        return {
            "frame_px": self.frame_px,
            "tile_px": list(self.tile_hw),
            "tiles": self.tiles,
            "repeats": self.repeats,
            "frame_mpx_s": self.frame_mpx / self.flown_s,
            "tile_ms": self.flown_s / self.tiles * 1e3,
            "gmac_s": None if self.frame_macs is None else self.frame_macs / self.flown_s / 1e9,
            "bare_frame_mpx_s": self.frame_mpx / self.bare_s,
            "bare_tile_ms": self.bare_s / self.tiles * 1e3,
            "overhead_percent": self.overhead * 100.0,
        }


def usual_frame_px(card: ModelCard) -> int:
    """Side of a frame of whole tiles, at least two by two and about a thousand pixels; what the letterbox is for."""
    side_px = max(card.tile_hw)
    if card.fit == "letterbox":
        return max(USUAL_FRAME_PX, side_px)
    step_px = (side_px - card.overlap_px) // card.stride_px * card.stride_px
    steps = max(1, -(-(USUAL_FRAME_PX - side_px) // step_px))
    return min(side_px + steps * step_px, MAX_FRAME_PX)


def measure(card: ModelCard, engine: InferenceEngine, frame_px: int, repeats: int) -> Speed:
    """Time the engine and the bare graph in turns, after one turn that does not count. Raises InputError."""
    _check("--frame-px", frame_px, MIN_FRAME_PX, MAX_FRAME_PX)
    _check("--repeats", repeats, 1, 1000)
    grid = grid_over(card, frame_px, frame_px)
    frame, planes = _frame(card, frame_px), _scene(card, frame_px)
    ready = [network_input.copy() for _, network_input in engine.inputs(frame, planes, grid)]
    with tempfile.TemporaryDirectory(prefix="skysift-") as scratch:
        memory = MassMemory(Path(scratch))
        memory.write(frame.memory_ref, planes)
        fly, run = _flight(engine, frame, memory), _bare(card, ready)
        turns = [_turn(fly, run, flies_first=index % 2 == 0) for index in range(repeats + 1)][1:]
    return Speed(
        frame_px=frame_px,
        tiles=len(grid),
        tile_hw=card.tile_hw,
        macs_per_px=card.macs_per_px,
        repeats=repeats,
        flown_s=median(flown_s for flown_s, _ in turns),
        bare_s=median(bare_s for _, bare_s in turns),
        overhead=median(flown_s / bare_s - 1.0 for flown_s, bare_s in turns),
    )


def on_devices(speed: Speed, devices: list[Device]) -> list[dict[str, Any]]:
    """What each power mode of each device would reach by the throughput that its file states."""
    return [
        {
            "device": device.name,
            "power_mode": name,
            "stated_gmac_s": mode.throughput_gmac_s,
            "stated_frame_mpx_s": speed.stated_mpx_s(mode.throughput_gmac_s),
        }
        for device in devices
        for name, mode in device.power_modes.items()
    ]


def _check(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError("command line", f"must lie in {low} to {high}", key=option, value=value)


def _turn(fly: Callable[[], None], run: Callable[[], None], *, flies_first: bool) -> tuple[float, float]:
    if flies_first:
        return _timed_s(fly), _timed_s(run)
    bare_s = _timed_s(run)
    return _timed_s(fly), bare_s


def _timed_s(work: Callable[[], None]) -> float:
    started_s = time.process_time()
    work()
    return max(time.process_time() - started_s, 1e-9)


def _flight(engine: InferenceEngine, frame: Frame, memory: MassMemory) -> Callable[[], None]:
    def fly() -> None:
        engine.infer(frame, memory.read(frame))

    return fly


def _bare(card: ModelCard, ready: list[NDArray[Any]]) -> Callable[[], None]:
    graph = GraphSession(card)
    outputs = list(card.outputs) or None

    def run() -> None:
        for tile in ready:
            graph.session.run(outputs, {card.input_name: tile})

    return run


def _scene(card: ModelCard, frame_px: int) -> Planes:
    """Digital numbers of the card's bands."""
    return np.random.default_rng(0).integers(_DARK, _BRIGHT, (len(card.bands), frame_px, frame_px), np.uint16)


def _frame(card: ModelCard, frame_px: int) -> Frame:
    n_bands = len(card.bands)
    return Frame(
        frame_id=1,
        memory_ref="frame",
        width_px=frame_px,
        height_px=frame_px,
        bands=card.bands,
        sensed_bands=n_bands,
        scale=(_REFLECTANCE_SCALE,) * n_bands,
        offset=(0.0,) * n_bands,
        bit_depth=16,
        exposed_ns=0,
        footprint_deg=(0.0,) * 8,
        gsd_m=10.0,
    )
