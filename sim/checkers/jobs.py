"""Every job that a spacecraft orders is answered once: done, failed or lost. None is forgotten or done twice."""

from onboard import commands, events
from sim.facts import ProcessRestarted
from sim.scenario import Scenario

RESTARTS = (commands.RestartComputer, commands.Booted, ProcessRestarted)
"""What ends all that a flight computer had in memory."""


class JobsAnswered:
    """Counts the jobs in work on every satellite. Those of a flight computer that starts anew are nobody's."""

    def __init__(self, scenario: Scenario) -> None:
        self.violations: list[str] = []
        self._accelerators = {satellite.name: satellite.device.accelerators for satellite in scenario.satellite}
        self._working: dict[str, set[int]] = {satellite.name: set() for satellite in scenario.satellite}
        self._orphaned: dict[str, set[int]] = {satellite.name: set() for satellite in scenario.satellite}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        if node not in self._working:
            return
        working, orphaned = self._working[node], self._orphaned[node]
        for event in granted:
            if isinstance(event, events.JobFinished | events.JobFailed | events.JobLost):
                if event.job_id not in working | orphaned:
                    self.violations.append(f"{now_ns} ns: {node} was answered job {event.job_id}, which is not in work")
                working.discard(event.job_id)
                orphaned.discard(event.job_id)
        if any(isinstance(answer, RESTARTS) for answer in answers):
            orphaned |= working
            working.clear()
        working |= {answer.job_id for answer in answers if isinstance(answer, commands.StartJob)}
        if len(working) > self._accelerators[node]:
            self.violations.append(
                f"{now_ns} ns: {node} works on jobs {sorted(working)}, more than it has accelerators"
            )

    def finish(self) -> None:
        """What is still in work ends after the run."""
