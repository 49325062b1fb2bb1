"""The command doctor: what is installed, what works, and what to do about what is missing or does not."""

import os
import platform
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import zmq

from onboard.errors import InputError, MachineError
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from sim.commands import common
from sim.commands.common import tables
from sim.data import SAMPLE_DATA, sample_names, sample_path

SCRATCH_BYTES = 2_000_000_000
"""Frames that wait in mass memory, with room to spare: the demo's are 50 MB."""
RUN_BYTES = 200_000_000
"""What a run of pixels leaves; the demo leaves 3 MB."""
PACKAGES = (
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pyzmq",
    "msgpack",
    "sgp4",
    "imagecodecs",
    "cryptography",
    "pydantic",
)
EXTRAS = (
    ("eo", "rasterio", "Sentinel-2, Landsat and other georeferenced pictures"),
    ("train", "torch", "make train"),
    ("notebooks", "jupyterlab", "the notebooks"),
)
"""An extra, the package that tells whether it is installed, and what needs it."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, or what is missing and what to do about it. What is not needed may be missing."""

    is_ok: bool
    told: str
    is_needed: bool = True

    @property
    def word(self) -> str:
        """In a word of four letters."""
        return "good" if self.is_ok else "BAD " if self.is_needed else "none"


def doctor(as_json: common.AsJson = False) -> int:
    """Say what is installed, what works, and what to do about what is missing or does not work.

    Exit code 1 where something is bad. What is told as none is needed only for what the row says.

    Example: skysift doctor
    """
    found = dict(_findings())
    if as_json:
        common.print_json(
            {name: {"ok": row.is_ok, "needed": row.is_needed, "told": row.told} for name, row in found.items()}
        )
    else:
        for name, row in found.items():
            tables.print(f"{row.word}  {name:16} {row.told}", soft_wrap=True)
    return int(any(row.is_needed and not row.is_ok for row in found.values()))


def _findings() -> Iterator[tuple[str, Finding]]:
    yield "python", _probed(lambda: f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield "packages", _probed(_packages)
    yield "sample data", _probed(_sample_data)
    yield "model", _probed(_model)
    yield "cores", _probed(_cores)
    yield "scratch disk", _probed(_scratch)
    yield "runs", _probed(_runs)
    yield "processes", _probed(_sockets)
    yield "dashboard", _probed(_dashboard)
    for extra, package, use in EXTRAS:
        yield f"extra {extra}", _extra(extra, package, use)
    yield "chromium", _browser()


def _probed(probe: Callable[[], str]) -> Finding:
    try:
        return Finding(True, probe())
    except PackageNotFoundError as error:
        return Finding(False, f"{error.name} is not installed: pip install --upgrade skysift, or make clean demo")
    except (InputError, MachineError, OSError) as error:
        return Finding(False, str(error))


def _packages() -> str:
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def _sample_data() -> str:
    names = sample_names("scenarios")
    if not names:
        raise MachineError(f"no scenarios in {SAMPLE_DATA}: install skysift again")
    return f"{len(names)} scenarios in {SAMPLE_DATA}"


def _model() -> str:
    card = load_card(sample_path("models", "wildfire-swir"))
    InferenceEngine(card)
    return f"{card.name} {card.version} loads and runs"


def _cores() -> str:
    all_cores = os.cpu_count() or 1
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else all_cores  # not on macOS
    told = f"{ours}" if ours == all_cores else f"{ours} of {all_cores}"
    return f"{told}: more are faster, and change no result"


def _scratch() -> str:
    return _room(Path(tempfile.gettempdir()), SCRATCH_BYTES, "frames need", "set TMPDIR")


def _runs() -> str:
    folder = Path.cwd()
    if not os.access(folder, os.W_OK):
        raise MachineError(f"{folder} cannot be written to, and runs/ would be there: go elsewhere, or give --out")
    return _room(folder, RUN_BYTES, "a run may need", "go elsewhere, or give --out")


def _room(folder: Path, needed_bytes: int, need: str, remedy: str) -> str:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise MachineError(
            f"{folder} has {common.human_bytes(free_bytes)} free; {need} {common.human_bytes(needed_bytes)}: {remedy}"
        )
    return f"{folder} has {common.human_bytes(free_bytes)} free"


def _sockets() -> str:
    with tempfile.TemporaryDirectory(prefix="skysift-") as folder:
        pair: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PAIR)
        try:
            pair.bind(f"ipc://{folder}/doctor")
        except zmq.ZMQError as error:
            raise MachineError(f"cannot bind a local socket: {error}; set TMPDIR to a short path") from error
        finally:
            pair.close()
    return f"ZeroMQ {zmq.zmq_version()} binds local sockets"


def _dashboard() -> str:
    installed = version("nicegui")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
    return f"nicegui {installed}, which no other command loads, can listen on 127.0.0.1"


def _extra(extra: str, package: str, use: str) -> Finding:
    try:
        return Finding(True, f"{package} {version(package)}", is_needed=False)
    except PackageNotFoundError:
        remedy = f"for {use}: pip install 'skysift[{extra}]', in a checkout .venv/bin/pip install -e '.[{extra}]'"
        return Finding(False, remedy, is_needed=False)


def _browser() -> Finding:
    for name in BROWSERS:
        if path := shutil.which(name):
            return Finding(True, path, is_needed=False)
    told = "for the dashboard's tests and pictures alone; any browser shows it: apt-get install chromium"
    return Finding(False, told, is_needed=False)
