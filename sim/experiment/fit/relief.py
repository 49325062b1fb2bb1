"""Constraints lifted from a spacecraft, so that what is left shows what one of them allows alone.

A lifted constraint costs what it did: a computer made fast enough takes the same joules for a frame, a pass made wide
enough keeps its hours.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Any

from onboard.mission_time import to_s
from sim.equipment.device import FlownDevice, PowerMode
from sim.experiment.fit.needs import FrameNeeds
from sim.experiment.fit.timeline import Variant
from sim.scenario import Satellite
from sim.world.processor import job_duration_ns


class Constraint(StrEnum):
    """What may keep frames from the ground."""

    COMPUTE = "compute"
    ENERGY = "energy"
    HEAT = "heat"
    LINK = "link"
    MEMORY = "memory"


HALF_BUSY = 2.0
"""A computer that is made fast enough is at most half busy at the instrument's own pace."""
AMPLE_BYTES, AMPLE_K, AMPLE = 10**15, 1e6, 1e4


def frame_s(device: FlownDevice, needs: Iterable[FrameNeeds]) -> float:
    """Mean time that one accelerator takes for a frame, nothing slowing it down."""
    seconds = [
        to_s(sum(job_duration_ns(device.setting, job, device.storage_sync_s) for job in one.jobs)) for one in needs
    ]
    return sum(seconds) / max(len(seconds), 1)


def with_bus(satellite: Satellite, part: str, **values: Any) -> Satellite:
    """A satellite with other values in a table of its bus."""
    section = getattr(satellite.bus, part).model_copy(update=values)
    return satellite.model_copy(update={"bus": satellite.bus.model_copy(update={part: section})})


def with_device(satellite: Satellite, **values: Any) -> Satellite:
    """A satellite with another computer."""
    return satellite.model_copy(update={"device": satellite.device.model_copy(update=values)})


def faster(satellite: Satellite, times: float, *, joules_stay: bool) -> Satellite:
    """A satellite whose computer is so many times as fast, for the same joules a frame or at the same power."""
    device = satellite.device
    modes = {
        name: _faster_mode(mode, times, times if joules_stay else 1.0) for name, mode in device.power_modes.items()
    }
    return with_device(satellite, power_modes=modes)


def heavier(satellite: Satellite, times: float) -> Satellite:
    """A satellite whose frames take so many times the joules, spread as if there were so many times the frames."""
    device, instrument = satellite.device, satellite.instrument
    modes = {name: _faster_mode(mode, 1.0, times) for name, mode in device.power_modes.items()}
    satellite = with_device(satellite, power_modes=modes, chip_rise_k_per_w=device.chip_rise_k_per_w / times)
    satellite = with_bus(satellite, "battery", max_discharge_c=satellite.bus.battery.max_discharge_c * times)
    energy_j = instrument.energy_per_frame_j * times
    return satellite.model_copy(update={"instrument": instrument.model_copy(update={"energy_per_frame_j": energy_j})})


def without(lifted: Iterable[Constraint], variant: Variant, work_s: float) -> Variant:
    """A spacecraft that some constraints do not bind; `work_s` is its computer's mean time for a frame.

    Results wait for their passes, however wide, where they need room meanwhile.
    """
    freed = set(lifted)
    satellite = variant.satellite
    for constraint, lift in _LIFTS.items():
        if constraint in freed:
            satellite = lift(satellite, work_s)
    variant = replace(variant, satellite=satellite)
    if Constraint.LINK not in freed:
        return variant
    if Constraint.MEMORY in freed:
        return replace(variant, is_always_heard=True)
    return replace(variant, volume=AMPLE)


def only(constraint: Constraint, variant: Variant, work_s: float) -> Variant:
    """A spacecraft that is bound by one constraint."""
    return without([one for one in Constraint if one is not constraint], variant, work_s)


def _faster_mode(mode: PowerMode, times: float, power_times: float) -> PowerMode:
    return mode.model_copy(
        update={
            "active_w": mode.idle_w + (mode.active_w - mode.idle_w) * power_times,
            "throughput_gmac_s": mode.throughput_gmac_s * times,
            "peak_gmac_s": None,
            "signal_gmac_s": None if mode.signal_gmac_s is None else mode.signal_gmac_s * times,
            "encode_mb_s": mode.encode_mb_s * times,
            "start_up_j": mode.start_up_w * mode.start_up_s if mode.start_up_s else None,
        }
    )


def _lift_compute(satellite: Satellite, work_s: float) -> Satellite:
    """All accelerators work, and fast enough; that this asks for peaks of power is no matter of energy or heat."""
    device = satellite.device
    satellite = with_device(satellite, failed=())
    times = HALF_BUSY * work_s / (device.accelerators * satellite.instrument.frame_interval_s)
    if times <= 1.0:
        return satellite
    satellite = with_device(
        faster(satellite, times, joules_stay=True), chip_rise_k_per_w=device.chip_rise_k_per_w / times
    )
    return with_bus(satellite, "battery", max_discharge_c=satellite.bus.battery.max_discharge_c * times)


def _lift_energy(satellite: Satellite, _work_s: float) -> Satellite:
    capacity_wh = satellite.bus.battery.capacity_wh * AMPLE
    return with_bus(satellite, "battery", capacity_wh=capacity_wh, initial_state_of_charge=1.0)


def _lift_heat(satellite: Satellite, _work_s: float) -> Satellite:
    limits = {"max_computer_temperature_k": AMPLE_K, "resume_computer_temperature_k": AMPLE_K}
    return with_device(with_bus(satellite, "limits", **limits), throttling=())


def _lift_memory(satellite: Satellite, _work_s: float) -> Satellite:
    return with_bus(satellite, "limits", mass_memory_bytes=AMPLE_BYTES, outbox_bytes=AMPLE_BYTES)


_LIFTS: dict[Constraint, Callable[[Satellite, float], Satellite]] = {
    Constraint.COMPUTE: _lift_compute,
    Constraint.ENERGY: _lift_energy,
    Constraint.HEAT: _lift_heat,
    Constraint.MEMORY: _lift_memory,
}
