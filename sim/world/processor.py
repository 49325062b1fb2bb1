"""The payload computer's true time for a job."""

from onboard.commands import StartJob
from onboard.mission_time import to_ns
from sim.equipment.device import PowerMode


def job_duration_ns(setting: PowerMode, job: StartJob) -> int:
    """Virtual time a job takes: its multiply-accumulates and its coded bytes at the setting's throughputs."""
    compute_s = job.work_macs / (setting.throughput_gmac_s * 1e9)
    coding_s = job.work_bytes / (setting.encode_mb_s * 1e6)
    return max(1, to_ns(compute_s + coding_s))
