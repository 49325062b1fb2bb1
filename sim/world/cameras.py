"""The cameras of all satellites: what they expose lies in mass memory until flight software releases it."""

from collections.abc import Collection
from pathlib import Path

from onboard import events
from onboard.payload.imagery import Frame, MassMemory
from sim.executive import Delivery
from sim.facts import ExposureMissed, FrameExposed
from sim.faults.active import ActiveFaults
from sim.faults.cameras import CameraFaults
from sim.planning import FlightPlan
from sim.scenario import Scenario
from sim.scenes.renderer import DrawnFrame, Renderer
from sim.world.camera import Exposure
from sim.world.captured import frame_of
from sim.world.tasking import exposure_at


class Cameras:
    """Methods answer with deliveries and facts. Commanded frames are numbered after the planned ones."""

    def __init__(
        self,
        scenario: Scenario,
        flight_plan: FlightPlan,
        renderer: Renderer,
        memory_root: Path,
        faults: ActiveFaults | None = None,
    ) -> None:
        self._satellites = scenario.satellite
        self._plan = flight_plan
        self._renderer = renderer
        self._memory = MassMemory(memory_root)
        self.faults = CameraFaults(self._memory, faults or ActiveFaults())
        self._stored: dict[tuple[int, int], Frame] = {}
        self._last_frame_id = [0] * len(scenario.satellite)
        for exposure in flight_plan.exposures:
            self._last_frame_id[exposure.satellite] = max(self._last_frame_id[exposure.satellite], exposure.frame_id)

    def expose_planned(self, exposure: Exposure, *, is_on: bool) -> list[object]:
        """A planned exposure is due."""
        return self._exposed(exposure, self._renderer.drawn(exposure), is_on=is_on)

    def expose_commanded(self, now_ns: int, satellite: int, *, is_on: bool) -> list[object]:
        """Flight software orders an exposure."""
        self._last_frame_id[satellite] += 1
        frame_id = self._last_frame_id[satellite]
        exposure = exposure_at(satellite, self._satellites[satellite], self._plan.orbits, now_ns, frame_id)
        drawn = None if exposure is None else self._renderer.drawn_now(exposure)
        if exposure is None or drawn is None:
            return [ExposureMissed(self._satellites[satellite].name, frame_id)]
        return self._exposed(exposure, drawn, is_on=is_on)

    def release(self, satellite: int, frame_id: int) -> None:
        """Flight software forgets a frame."""
        self._memory.release(self._stored.pop((satellite, frame_id)).memory_ref)

    def keep_only(self, now_ns: int, satellite: int, frame_ids: Collection[int]) -> None:
        """Flight software that died holds these frames now, and perhaps one of this instant that is on its way."""
        for (owner, frame_id), frame in list(self._stored.items()):
            if owner == satellite and frame.exposed_ns < now_ns and frame_id not in frame_ids:
                self.release(owner, frame_id)

    def close(self) -> None:
        """Stop drawing scenes."""
        self._renderer.close()

    def _exposed(self, exposure: Exposure, drawn: DrawnFrame, *, is_on: bool) -> list[object]:
        satellite, facts = self._satellites[exposure.satellite], drawn.facts
        frame = frame_of(exposure, drawn, satellite.instrument)
        if not is_on:
            self._memory.release(drawn.memory_ref)
            targets = None if facts.targets is None else len(facts.targets)
            held = frame.captured_bytes, drawn.lossless_bytes, targets
            return [ExposureMissed(satellite.name, exposure.frame_id, *held)]
        lossless_bytes = self.faults.spoil(satellite.name, frame, drawn.lossless_bytes)
        self._stored[exposure.satellite, frame.frame_id] = frame
        return [
            FrameExposed(
                satellite=satellite.name,
                frame_id=frame.frame_id,
                picture=facts.picture,
                imagery=facts.imagery,
                captured_bytes=frame.captured_bytes,
                lossless_bytes=lossless_bytes,
                area_km2=round(drawn.width_px * drawn.height_px * (facts.gsd_m / 1000) ** 2, 6),
                targets=facts.targets,
                faint=facts.faint,
                width_px=drawn.width_px,
                height_px=drawn.height_px,
                gsd_m=facts.gsd_m,
                weather=facts.weather,
            ),
            Delivery(exposure.at_ns, satellite.name, events.FrameCaptured(frame)),
        ]
