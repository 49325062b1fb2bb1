"""Frames drawn once: their pixels and what is told of them, in files named for all that decides a scene.

Runs of one scenario see the same scenes under every strategy. What is kept is shared by link, not copied, where the
disk allows.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from onboard.payload.inference_cache import code_sha256, write_whole
from sim.data import sample_path
from sim.scenes.source import PictureFolder, SceneSource
from sim.world.camera import Exposure

_CUT = "..."
"""What numpy prints in place of the middle of a long array."""


def source_key(source: SceneSource) -> str:
    """What a drawn source is, as text; empty for pictures, which are what they show."""
    if isinstance(source, PictureFolder):
        return ""
    told = repr(source)
    assert _CUT not in told, "a source that does not tell all that decides its scenes"
    return told


def frame_key(source: SceneSource, told: str, exposure: Exposure) -> str:
    """The name of an exposure's frame, where `told` is what `source_key` gave."""
    key = hashlib.sha256(f"{_code()}/{told}/{exposure!r}/".encode())
    if not told:
        scene = source.draw(exposure)  # no more than a look at the picture
        key.update(f"{scene.planes.shape}/{scene.planes.dtype}/{scene.facts!r}/".encode())
        key.update(scene.planes.tobytes())
    return key.hexdigest()


@dataclass(frozen=True, slots=True)
class FrameCache:
    """Files below a folder; safe with several processes, which at worst draw a frame each."""

    root: Path

    @classmethod
    def below(cls, folder: Path) -> "FrameCache":
        """The cache in a folder that may be new."""
        root = folder / "frames"
        root.mkdir(parents=True, exist_ok=True)
        return cls(root)

    def holds(self, key: str) -> bool:
        """Whether a frame is kept."""
        return self._told(key).is_file()

    def take(self, key: str, target: Path) -> bytes | None:
        """Put a frame's pixels at `target`, where they may be released; returns what was told of them, None if new."""
        try:
            told = self._told(key).read_bytes()
            _share(self._pixels(key), target)
        except FileNotFoundError:
            return None
        return told

    def keep(self, key: str, pixels: Path, told: bytes) -> None:
        """Keep a frame whose pixels lie in a file that nobody writes to any more."""
        _share(pixels, self._pixels(key))
        write_whole(self._told(key), told)  # last: who finds it finds the pixels

    def _pixels(self, key: str) -> Path:
        return self.root / f"{key}.dn"

    def _told(self, key: str) -> Path:
        return self.root / f"{key}.facts"


def _share(source: Path, target: Path) -> None:
    """One file under two names, or a copy where the second is on another disk. It is there whole or not at all."""
    with tempfile.TemporaryDirectory(dir=target.parent) as passing:
        name = Path(passing) / target.name
        try:
            os.link(source, name)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(source, name)
        name.replace(target)


@cache
def _code() -> str:
    return code_sha256(drawing_modules(), "imagecodecs")


def drawing_modules() -> tuple[Path, ...]:
    """All that draws and codes, and the map that is drawn by."""
    home = Path(__file__).parent
    coding = home.parent / "onboard" / "payload"
    seeding = home / "streams.py"
    drawing = sorted(home.glob("scenes/**/*.py"))
    return (*drawing, *home.glob("world/*.py"), seeding, *coding.glob("*.py"), sample_path("map", "land-110m.geojson"))
