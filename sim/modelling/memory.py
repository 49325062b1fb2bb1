"""Whether a model fits into a payload computer's memory: what it needs by its card or a trial, what the device states.

The trial's figure is that of onnxruntime on this machine, with one tile; another runtime may need more or less. A
device's figure is all the memory it has: who knows what its system and runtime take can state the rest in its file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onboard.errors import InputError
from onboard.payload.models import ModelCard
from sim.data import sample_names, sample_path
from sim.equipment.device import Device
from sim.equipment.records import read_record
from sim.modelling.sandbox import TooMuchMemory, ask
from sim.modelling.trial import BYTES_PER_MB, MEMORY_LIMIT_BYTES, TIME_LIMIT_S, rounded_up_mb

MAX_SUGGESTED = 3
_TRIAL_VALUE = 0.1
"""Reflectance or sigma0 that any scene may have, in all bands; calibrated as the card's first."""


def measured_mb(card: ModelCard) -> int:
    """What opening the graph and one tile of the card's size take, measured in a child process with limits.

    Raises InputError where the graph cannot be opened, TooMuchMemory where it takes more than such a child may.
    """
    height_px, width_px = card.tile_hw
    is_planar = card.layout == "NCHW"
    shape = (1, len(card.bands), height_px, width_px) if is_planar else (1, height_px, width_px, len(card.bands))
    value = _TRIAL_VALUE * card.scale[0] + card.offset[0]
    request = {"path": str(card.path), "shape": shape, "value": value}
    told = ask("measure", request, source=card.path, timeout_s=TIME_LIMIT_S, memory_bytes=MEMORY_LIMIT_BYTES)
    return rounded_up_mb(told["peak_memory_bytes"])


def check_memory(card: ModelCard, device: Device, *, tried_mb: float | None = None) -> float:
    """Megabytes that the model needs: `tried_mb` of a trial, else what the card states, else measured now.

    Raises InputError where the device states less.
    """
    if tried_mb is None and card.memory_mb is not None:
        if card.memory_mb > device.memory_mb:
            rule = f"the model needs more than the {_has(device)}; {_advice(card.memory_mb)}"
            raise InputError(card.card_path, rule, key="cost.memory_mb", value=card.memory_mb)
        return card.memory_mb
    with blaming_memory_of(device):
        need_mb = measured_mb(card) if tried_mb is None else tried_mb
    if need_mb > device.memory_mb:
        raise _too_little(card.path, f"{need_mb:,.0f} MB of memory", need_mb, device)
    return need_mb


@contextmanager
def blaming_memory_of(device: Device | None) -> Iterator[None]:
    """Where a trial ends for want of memory and the device has no more than it was given, the error says so."""
    try:
        yield
    except TooMuchMemory as error:
        limit_mb = error.memory_bytes / BYTES_PER_MB
        if device is None or limit_mb < device.memory_mb:
            raise
        raise _too_little(error.source, f"over {limit_mb:,.0f} MB of memory", limit_mb, device) from None


def sample_devices() -> list[Device]:
    """The payload computers of the sample data."""
    return [read_record(Device, sample_path("devices", f"{name}.toml")) for name in sample_names("devices")]


def _too_little(source: str | Path, need: str, need_mb: float, device: Device) -> InputError:
    rule = f"needs {need} to open and look at one tile, more than the {_has(device)}; {_advice(need_mb)}"
    return InputError(source, rule)


def _has(device: Device) -> str:
    return f"{device.memory_mb:,.0f} MB that the device {device.name} states (memory_mb)"


def _advice(need_mb: float) -> str:
    """What to do, with the smallest sample devices that have enough."""
    by_memory = sorted(sample_devices(), key=lambda device: (device.memory_mb, device.name))
    enough = [device.name for device in by_memory if device.memory_mb >= need_mb][:MAX_SUGGESTED]
    smaller = "export a smaller network, or one for smaller tiles"
    return f"{smaller}, or choose --device {' or '.join(enough)}" if enough else smaller
