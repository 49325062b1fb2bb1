"""Every job that a spacecraft orders is answered once: done, failed or lost. None is forgotten or done twice."""

from onboard import commands, events
from sim.scenario import Scenario


class JobsAnswered:
    """Counts the jobs in work on every satellite."""

    def __init__(self, scenario: Scenario) -> None:
        self.violations: list[str] = []
        self._accelerators = {satellite.name: satellite.device.accelerators for satellite in scenario.satellite}
        self._working: dict[str, set[int]] = {satellite.name: set() for satellite in scenario.satellite}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        if node not in self._working:
            return
        working = self._working[node]
        for event in granted:
            if isinstance(event, events.JobFinished | events.JobFailed | events.JobLost):
                if event.job_id not in working:
                    self.violations.append(f"{now_ns} ns: {node} was answered job {event.job_id}, which is not in work")
                working.discard(event.job_id)
        working |= {answer.job_id for answer in answers if isinstance(answer, commands.StartJob)}
        if len(working) > self._accelerators[node]:
            self.violations.append(
                f"{now_ns} ns: {node} works on jobs {sorted(working)}, more than it has accelerators"
            )

    def finish(self) -> None:
        """What is still in work ends after the run."""
