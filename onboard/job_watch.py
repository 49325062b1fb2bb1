"""The watchdog of the payload computer: jobs that do not end."""

from collections.abc import Container

from onboard.budget import job_duration_s
from onboard.commands import StartJob
from onboard.config import SpacecraftConfig
from onboard.mission_time import to_ns, to_s

PATIENCE = 10.0
"""Times the expected duration, besides the limit of the flight rules: throttling, a slower power mode and accelerators
that failed may all come together. Assumed."""


class JobWatch:
    """Knows by when every job should have ended at the latest."""

    def __init__(self, config: SpacecraftConfig) -> None:
        self._config = config
        self._due_ns: dict[int, int] = {}

    def started(self, now_ns: int, job: StartJob) -> None:
        """A job was ordered."""
        patience_s = PATIENCE * job_duration_s(self._config, job) + self._config.limits.job_overdue_s
        self._due_ns[job.job_id] = now_ns + to_ns(patience_s)

    def overdue_s(self, now_ns: int, running: Container[int]) -> float:
        """How long the slowest of the jobs that run is beyond its time, 0 for none."""
        self._due_ns = {job_id: due_ns for job_id, due_ns in self._due_ns.items() if job_id in running}
        return max((to_s(now_ns - due_ns) for due_ns in self._due_ns.values() if due_ns < now_ns), default=0.0)
