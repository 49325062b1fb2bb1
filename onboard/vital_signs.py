"""What monitors read: made of housekeeping, of frames that were worked on, and of the software's own counters."""

from dataclasses import replace

from onboard.events import HousekeepingSampled
from onboard.fdir_state import DurableFdir, is_recent
from onboard.mission_time import to_ns, to_s
from onboard.modes import Limits
from onboard.monitors import Readings
from onboard.payload.imagery import FrameStatistics

ARRAY_WINDOW_NS = to_ns(7200.0)
"""Longer than an orbit below 1,600 km: within it, panels that keep their attitude stand at their best to the Sun."""
_HEARD_STEP_NS = to_ns(60.0)
"""How much of the command-loss timer a reboot may take back: storage is not written at every frame of an uplink."""


class VitalSigns:
    """Makes readings of what it is told."""

    def __init__(self, limits: Limits, state: DurableFdir) -> None:
        self._limits = limits
        self._state = state
        self._heard_ns = state.now.heard_ns
        self._model_faults = 0
        self._memory_errors: int | None = None
        self._frame: tuple[int, FrameStatistics] | None = None
        self._window_from_ns: int | None = None
        self._window_w: float | None = None

    def booted(self, now_ns: int) -> None:
        """The flight computer started anew."""
        self._state.change(boots_ns=(*self._recent_boots(now_ns), now_ns))

    def heard(self, now_ns: int) -> None:
        """The ground was heard."""
        self._heard_ns = now_ns
        if now_ns - self._state.now.heard_ns >= _HEARD_STEP_NS:
            self._state.change(heard_ns=now_ns)

    def model_ended(self, *, is_fault: bool) -> None:
        """A model looked at a frame, soundly or not."""
        self._model_faults = self._model_faults + 1 if is_fault else 0

    def forget(self) -> None:
        """Count boots and faults anew."""
        self._model_faults = 0
        self._state.change(boots_ns=())

    def of_limits(self, sample: HousekeepingSampled | None) -> Readings:
        """Those of a sample that hold at any time, before the next one too."""
        if sample is None:
            return Readings()
        return Readings(sample.state_of_charge, sample.computer_temperature_k, sample.battery_temperature_k)

    def at(self, now_ns: int, sample: HousekeepingSampled, *, overdue_s: float, fullest_share: float) -> Readings:
        """The readings with a sample."""
        errors, self._memory_errors = self._memory_errors, sample.memory_errors
        is_warm = sample.battery_temperature_k > self._limits.heater_off_k
        return replace(
            self.of_limits(sample),
            array_share=self._array_share(now_ns, sample),
            warm_heater_w=sample.heater_power_w if is_warm else 0.0,
            overcurrent_computer=float("computer" in sample.overcurrent),
            overcurrent_instrument=float("instrument" in sample.overcurrent),
            overcurrent_radio=float("radio" in sample.overcurrent),
            overdue_s=overdue_s,
            model_faults=self._model_faults,
            boots=len(self._recent_boots(now_ns)),
            silence_s=to_s(now_ns - self._heard_ns),
            new_memory_errors=0 if errors is None else max(sample.memory_errors - errors, 0),
            fullest_share=fullest_share,
        )

    def of_frame(self, frame_id: int, statistics: FrameStatistics) -> Readings | None:
        """The readings with a frame; None for one that was looked at just before, in another job."""
        before, self._frame = self._frame, (frame_id, statistics)
        if before is not None and before[0] == frame_id:
            return None
        is_same = before is not None and before[1].crc == statistics.crc
        return Readings(is_same_frame=float(is_same), contrast_dn=statistics.contrast_dn)

    def _array_share(self, now_ns: int, sample: HousekeepingSampled) -> float | None:
        """At the end of every window, its best power in sunlight beside the best of all before it."""
        if sample.sunlit:
            self._window_w = max(sample.array_power_w, self._window_w or 0.0)
        if self._window_from_ns is None or now_ns < self._window_from_ns:
            self._window_from_ns = now_ns
        if now_ns - self._window_from_ns < ARRAY_WINDOW_NS:
            return None
        best_w, self._window_w, self._window_from_ns = self._window_w, None, now_ns
        if not best_w:
            return None
        believed_w = max(self._state.now.array_w, best_w)
        self._state.change(array_w=believed_w)
        return best_w / believed_w

    def _recent_boots(self, now_ns: int) -> tuple[int, ...]:
        window_s = self._limits.boot_window_s
        return tuple(boot_ns for boot_ns in self._state.now.boots_ns if is_recent(now_ns, boot_ns, window_s))
