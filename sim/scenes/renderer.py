"""Draws frames ahead of the virtual instant that exposes them, and puts their pixels into mass memory."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from types import ModuleType

from onboard.errors import MachineError
from onboard.payload.compression import encode_jpegls
from onboard.payload.imagery import MassMemory
from sim.scenes.source import SceneFacts, SceneSource
from sim.world.camera import Exposure

DRAWN_AHEAD = 6
"""Frames that may wait in mass memory for their instant: enough to keep every core busy, little disk."""

ORPHAN_CHECK_S = 0.5

SMALL_FRAME_PX = 256 * 256
"""Up to this size a frame costs less to draw than to ask another process for."""


@dataclass(frozen=True, slots=True)
class DrawnFrame:
    """A scene whose pixels lie in mass memory; `lossless_bytes` is its size as JPEG-LS."""

    memory_ref: str
    width_px: int
    height_px: int
    lossless_bytes: int
    facts: SceneFacts


def draw_into(memory: MassMemory, source: SceneSource, exposure: Exposure) -> DrawnFrame:
    """Draw one exposure's scene and store its pixels."""
    scene = source.draw(exposure)
    memory_ref = f"{exposure.satellite}-{exposure.frame_id}.dn"
    memory.write(memory_ref, scene.planes)
    _, height_px, width_px = scene.planes.shape
    sensed = scene.planes[: scene.facts.sensed_bands]
    needed_bits = max(scene.facts.bit_depth, int(sensed.max()).bit_length())
    return DrawnFrame(memory_ref, width_px, height_px, len(encode_jpegls(sensed, needed_bits)), scene.facts)


class Renderer:
    """Draws exposures in their order, a few ahead, in worker processes where much is to be drawn."""

    def __init__(self, source: SceneSource, exposures: Sequence[Exposure], root: Path, *, drawn_px: int) -> None:
        self._source = source
        self._memory = MassMemory(root)
        self._ahead = iter(exposures)
        self._drawing: dict[tuple[int, int], Future[DrawnFrame]] = {}
        self._executor = _executor(drawn_px)
        self._look_ahead()

    def drawn(self, exposure: Exposure) -> DrawnFrame:
        """Await an exposure's frame."""
        drawing = self._drawing.pop((exposure.satellite, exposure.frame_id))
        self._look_ahead()
        try:
            return drawing.result()
        except OSError as error:
            raise MachineError(f"mass memory: {error.strerror or error}") from error

    def drawn_now(self, exposure: Exposure) -> DrawnFrame | None:
        """Draw a frame that nobody planned; None where the source has nothing to show it."""
        if not self._source.shows(exposure):
            return None
        try:
            return draw_into(self._memory, self._source, exposure)
        except OSError as error:
            raise MachineError(f"mass memory: {error.strerror or error}") from error

    def close(self) -> None:
        """Stop drawing."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _look_ahead(self) -> None:
        while len(self._drawing) < DRAWN_AHEAD and (exposure := next(self._ahead, None)):
            with _without_main():  # submitting is what starts workers
                self._drawing[exposure.satellite, exposure.frame_id] = self._executor.submit(
                    draw_into, self._memory, self._source, exposure
                )


def _executor(drawn_px: int) -> Executor:
    if drawn_px <= SMALL_FRAME_PX:
        return ThreadPoolExecutor(max_workers=1)
    workers = os.cpu_count() or 1
    return ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(os.getpid(),)
    )


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes that start meanwhile do not import the caller's script: it may fly unguarded by `__name__`.

    What they draw with is pickled by the names of our own modules. Nor do they wait for the command line's imports.
    """
    caller = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = caller


def _start_worker(parent: int) -> None:
    """Ctrl-C is for the run, which then ends its workers; where the run was killed, they end by themselves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK_S)
    os._exit(1)
