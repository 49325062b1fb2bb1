"""Draws frames ahead of the virtual instant that exposes them, and puts their pixels into mass memory."""

from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from onboard.errors import MachineError
from onboard.payload.compression import encode_jpegls
from onboard.payload.imagery import MassMemory
from onboard.wire import Codec, message_types
from sim.cache import FrameCache, frame_key, source_key
from sim.scenes import source as sources
from sim.scenes import truth
from sim.scenes.source import SceneFacts, SceneSource
from sim.workers import submit, worker_processes
from sim.world.camera import Exposure

DRAWN_AHEAD = 6
"""Frames that may wait in mass memory for their instant: enough to keep every core busy, little disk."""

SMALL_FRAME_PX = 256 * 256
"""Up to this size a frame costs less to draw than to ask another process for."""

FEW_FRAMES = 1
"""Up to so many cost less to draw here than a process costs to start."""


@dataclass(frozen=True, slots=True)
class DrawnFrame:
    """A scene whose pixels lie in mass memory; `lossless_bytes` is its size as JPEG-LS."""

    memory_ref: str
    width_px: int
    height_px: int
    lossless_bytes: int
    facts: SceneFacts


_CODEC = Codec(DrawnFrame, *message_types(sources, truth))


@dataclass(frozen=True, slots=True)
class Easel:
    """Draws a source's scenes into mass memory; each once, for all that share a cache. `told` is the source's key."""

    source: SceneSource
    memory: MassMemory
    cache: FrameCache | None = None
    told: str = ""

    @classmethod
    def of(cls, source: SceneSource, root: Path, cache: Path | None = None) -> "Easel":
        """An easel that draws into the mass memory at `root`, with the cache in a folder if there is one."""
        if cache is None:
            return cls(source, MassMemory(root))
        return cls(source, MassMemory(root), FrameCache.below(cache), source_key(source))

    def draw(self, exposure: Exposure) -> DrawnFrame:
        """One exposure's frame. Raises MachineError where the disk takes no more."""
        try:
            if self.cache is None:
                return self._new(exposure)
            key = frame_key(self.source, self.told, exposure)
            return self._kept(self.cache, key, exposure) or self._new(exposure, key)
        except OSError as error:
            told = error.strerror or f"no room for a frame: {error}"  # numpy's own error has no number
            raise MachineError(f"mass memory: {told}") from error

    def has_drawn(self, exposures: Sequence[Exposure]) -> bool:
        """Whether the cache holds all of these."""
        cache = self.cache
        return cache is not None and all(
            cache.holds(frame_key(self.source, self.told, exposure)) for exposure in exposures
        )

    def _new(self, exposure: Exposure, key: str = "") -> DrawnFrame:
        scene = self.source.draw(exposure)
        memory_ref = _memory_ref(exposure)
        self.memory.write(memory_ref, scene.planes)
        _, height_px, width_px = scene.planes.shape
        sensed = scene.planes[: scene.facts.sensed_bands]
        needed_bits = max(scene.facts.bit_depth, int(sensed.max()).bit_length())
        drawn = DrawnFrame(memory_ref, width_px, height_px, len(encode_jpegls(sensed, needed_bits)), scene.facts)
        if self.cache is not None:
            self.cache.keep(key, self.memory.root / memory_ref, _CODEC.encode(drawn))
        return drawn

    def _kept(self, cache: FrameCache, key: str, exposure: Exposure) -> DrawnFrame | None:
        """None where it has to be drawn: it never was, or what a crash left of it is not all there."""
        memory_ref = _memory_ref(exposure)
        path = self.memory.root / memory_ref
        if (told := cache.take(key, path)) is None:
            return None
        drawn = _read(told)
        if drawn and path.stat().st_size == 2 * len(drawn.facts.bands) * drawn.height_px * drawn.width_px:
            return drawn
        self.memory.release(memory_ref)  # not to be written over: it is the cache's too
        return None


def _memory_ref(exposure: Exposure) -> str:
    return f"{exposure.satellite}-{exposure.frame_id}.dn"


def _read(told: bytes) -> DrawnFrame | None:
    try:
        drawn = _CODEC.decode(told)
    except (ValueError, TypeError, LookupError):
        return None
    return drawn if isinstance(drawn, DrawnFrame) else None


class Renderer:
    """Draws exposures in their order, a few ahead, in worker processes where much is to be drawn."""

    def __init__(
        self,
        source: SceneSource,
        exposures: Sequence[Exposure],
        root: Path,
        *,
        drawn_px: int,
        cache: Path | None = None,
    ) -> None:
        self._easel = Easel.of(source, root, cache)
        self._ahead = iter(exposures)
        self._drawing: dict[tuple[int, int], Future[DrawnFrame]] = {}
        self._executor = self._executor_for(exposures, drawn_px)
        self._look_ahead()

    def drawn(self, exposure: Exposure) -> DrawnFrame:
        """Await an exposure's frame."""
        drawing = self._drawing.pop((exposure.satellite, exposure.frame_id))
        self._look_ahead()
        return drawing.result()

    def drawn_now(self, exposure: Exposure) -> DrawnFrame | None:
        """Draw a frame that nobody planned; None where the source has nothing to show it."""
        return self._easel.draw(exposure) if self._easel.source.shows(exposure) else None

    def close(self) -> None:
        """Stop drawing."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _look_ahead(self) -> None:
        while len(self._drawing) < DRAWN_AHEAD and (exposure := next(self._ahead, None)):
            self._drawing[exposure.satellite, exposure.frame_id] = submit(self._executor, self._easel.draw, exposure)

    def _executor_for(self, exposures: Sequence[Exposure], drawn_px: int) -> Executor:
        if drawn_px <= SMALL_FRAME_PX or len(exposures) <= FEW_FRAMES or self._easel.has_drawn(exposures):
            return ThreadPoolExecutor(max_workers=1)
        return worker_processes()
