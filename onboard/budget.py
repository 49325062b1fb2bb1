"""Admission: whether a job may start, judged by mode, charge and temperature as housekeeping told them."""

from collections.abc import Iterable

from onboard.commands import StartJob
from onboard.config import SpacecraftConfig
from onboard.modes import PROCESSES_FRAMES, Mode


def job_duration_s(config: SpacecraftConfig, job: StartJob) -> float:
    """Time that the flight software expects a job to take on an accelerator of its own."""
    duration_s = job.work_macs / config.macs_per_s + job.work_bytes / config.coded_bytes_per_s
    return duration_s + sum(step.work_macs for step in job.steps) / config.signal_macs_per_s


def job_energy_j(config: SpacecraftConfig, job: StartJob) -> float:
    """Energy the flight software expects a job to take."""
    return job_duration_s(config, job) * config.job_power_w


def most_macs(config: SpacecraftConfig) -> float:
    """Work of one job that a battery can bear even if it is never quite full: half of what its limit leaves of it."""
    energy_j = (1.0 - config.limits.min_state_of_charge) / 2.0 * config.battery_capacity_j
    return energy_j / config.job_power_w * config.macs_per_s


def admits(
    config: SpacecraftConfig, job: StartJob, mode: Mode, state_of_charge: float, running: Iterable[StartJob] = ()
) -> bool:
    """True where the mode processes frames and the charge stays above its limit through the job and those that run."""
    energy_j = sum((job_energy_j(config, one) for one in running), start=job_energy_j(config, job))
    charge_after = state_of_charge - energy_j / config.battery_capacity_j
    return PROCESSES_FRAMES[mode] and charge_after >= config.limits.min_state_of_charge
