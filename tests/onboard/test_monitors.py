"""Every monitor, raised and lowered through the flight computer, and what it does then."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from onboard import commands, events
from onboard.commands import ModeEntered, MonitorChanged, PowerCycle, StartJob, SwitchUnit
from onboard.comms import telecommands
from onboard.comms.dictionary import MONITORS as BITS
from onboard.comms.dictionary import Severity
from onboard.comms.event_reports import EventReport, Reason, Rebooted, severity_of
from onboard.comms.health_reports import Cause, ModeChanged, MonitorCleared, MonitorRaised, UnitCycled, UnitLeftOff
from onboard.comms.housekeeping import raised_monitors
from onboard.computer import Computer
from onboard.mission_time import to_ns
from onboard.modes import Limits, Mode, Signal
from onboard.monitors import MONITORS
from onboard.payload.imagery import FrameStatistics
from onboard.storage import MemoryStore
from tests.flight_for_tests import CONFIG, FakeLibrary, Ground, Operators, captured, frame, of_kind

LIMITS = Limits(
    *(0.3, 0.4, 330.0, 320.0),
    critical_state_of_charge=0.15,
    min_battery_temperature_k=273.0,
    max_battery_temperature_k=318.0,
    heater_off_k=284.0,
    min_array_share=0.85,
)
GOOD = events.HousekeepingSampled(0.9, 290.0, sunlit=True, battery_temperature_k=290.0, array_power_w=40.0)
Step = Callable[["Flight"], object]


class Flight:
    """A flight computer that is sampled every ten seconds; `said` is all that it ever answered."""

    def __init__(self, command_loss_s: float = 1e6) -> None:
        self.config = replace(CONFIG, limits=replace(LIMITS, command_loss_s=command_loss_s))
        self.store = MemoryStore()
        self.computer = Computer(self.config, FakeLibrary(), self.store)
        self.operators, self.ground = Operators(), Ground()
        self.now_ns = 0
        self.frames = 0
        self.said: list[object] = []
        self.tick()

    def tell(self, *inbox: object) -> tuple[object, ...]:
        answers = self.computer.advance(self.now_ns, inbox)
        self.ground.hear(self.now_ns, answers)
        self.said += answers
        return answers

    def tick(self, times: int = 1, **changes: object) -> tuple[object, ...]:
        answers: tuple[object, ...] = ()
        for _ in range(times):
            self.now_ns += to_ns(10)
            answers += self.tell(replace(GOOD, **changes))  # type: ignore[arg-type]
        return answers

    def reboot(self) -> None:
        self.computer = Computer(self.config, FakeLibrary(), self.store)
        self.tell()

    def order(self, mode: str) -> None:
        self.tell(*self.operators.order(telecommands.SetMode(mode)))

    def expose(self, times: int = 1) -> None:
        for _ in range(times):
            self.frames += 1
            self.tell(events.FrameCaptured(replace(frame(self.frames), exposed_ns=self.now_ns)))

    def look(self, crc: int, contrast_dn: int = 500) -> None:
        """A frame, exposed and worked on."""
        self.expose()
        self.tell(events.InferenceCompleted(self.job.job_id, (), statistics=FrameStatistics(crc, contrast_dn)))

    def look_anew(self) -> None:
        self.look(self.frames + 1000)

    @property
    def job(self) -> StartJob:
        return of_kind(tuple(self.said), StartJob)[-1]

    def raised(self) -> set[str]:
        """By the answers of the computer."""
        told = {one.monitor: one.is_raised for one in of_kind(tuple(self.said), MonitorChanged)}
        return {name for name, is_raised in told.items() if is_raised}

    @property
    def mode(self) -> str:
        return next((one.mode for one in reversed(self.said) if isinstance(one, ModeEntered)), "nominal")

    def reports(self) -> list[EventReport]:
        """What the ground has heard, after a pass."""
        self.tell(events.TransmitGranted(20_000))
        return self.ground.event_reports


def sampled(**changes: object) -> Step:
    return lambda flight: flight.tick(**changes)  # type: ignore[arg-type]


def fails(flight: Flight) -> None:
    flight.expose()
    flight.tell(events.JobFailed(flight.job.job_id, "NaN", by_model=True))


calm = sampled()
SCRIPTS: dict[str, tuple[list[Step], list[Step]]] = {
    "charge_low": ([sampled(state_of_charge=0.299)], [sampled(state_of_charge=0.399), sampled(state_of_charge=0.4)]),
    "charge_critical": ([sampled(state_of_charge=0.149)] * 2, [sampled(state_of_charge=0.3)]),
    "computer_hot": (
        [sampled(computer_temperature_k=330.1)],
        [sampled(computer_temperature_k=320.1), sampled(computer_temperature_k=320.0)],
    ),
    "battery_cold": (
        [sampled(battery_temperature_k=272.9)] * 3,
        [sampled(battery_temperature_k=274.9), *[sampled(battery_temperature_k=275.0)] * 3],
    ),
    "battery_hot": (
        [sampled(battery_temperature_k=318.1)] * 3,
        [sampled(battery_temperature_k=313.1), *[sampled(battery_temperature_k=313.0)] * 3],
    ),
    "array_weak": (
        [*[sampled(array_power_w=40.0)] * 720, *[sampled(array_power_w=33.9)] * 720],
        [sampled(array_power_w=36.0)] * 720,
    ),
    "heater_stuck": ([sampled(heater_power_w=3.0)] * 3, [calm] * 3),
    "overcurrent_computer": ([sampled(overcurrent=("computer",))], [calm]),
    "overcurrent_instrument": ([sampled(overcurrent=("instrument",))], [calm]),
    "overcurrent_radio": ([sampled(overcurrent=("radio",))], [calm]),
    "camera_frozen": ([lambda flight: flight.look(7)] * 4, [Flight.look_anew]),
    "camera_blind": ([lambda flight: flight.look(flight.frames, 1)] * 3, [Flight.look_anew]),
    "job_overdue": (
        [Flight.expose, *[calm] * 61],
        [lambda flight: flight.tell(events.JobLost(1)), calm],
    ),
    "model_faults": ([*[fails] * 3, calm], [Flight.look_anew, calm]),
    "boots_in_succession": ([*[Flight.reboot] * 6, calm], [calm] * 179),
    "command_loss": ([calm] * 300, [lambda flight: flight.order("nominal")]),
    "memory_errors": ([sampled(memory_errors=0), sampled(memory_errors=1)], [sampled(memory_errors=1)] * 60),
    "stores_full": (
        [sampled(state_of_charge=0.29), lambda flight: flight.expose(3), *[sampled(state_of_charge=0.29)] * 30],
        [calm, lambda flight: flight.tell(events.InferenceCompleted(flight.job.job_id, ())), calm],
    ),
}
"""What raises each monitor, and then what lowers it: in both the last step does."""


def flight_of(name: str) -> Flight:
    """One whose ground may be silent for 50 minutes, where that is what is tried."""
    return Flight(3000.0 if name == "command_loss" else 1e6)


def run(flight: Flight, steps: Iterable[Step]) -> None:
    for step in steps:
        step(flight)
        if isinstance(flight.said[-1], commands.RestartComputer):
            flight.reboot()
            flight.tick()


def test_every_monitor_has_a_script_and_a_bit() -> None:
    assert [row.name for row in MONITORS] == [name for name, _ in BITS] == list(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_is_raised_and_lowered_by_the_last_step(name: str) -> None:
    flight = flight_of(name)
    for is_raised, steps in zip((False, True), SCRIPTS[name], strict=True):
        for step in steps:
            assert (name in flight.raised()) == is_raised
            run(flight, [step])
        assert (name in flight.raised()) != is_raised
    told = [type(one) for one in flight.reports() if getattr(one, "monitor", "") == name]
    assert told == [MonitorRaised, MonitorCleared]


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_ground_sees_it_in_housekeeping_with_its_severity(name: str) -> None:
    flight = flight_of(name)
    run(flight, SCRIPTS[name][0])
    flight.tell(events.TransmitGranted(20_000))
    seen = dict(raised_monitors(flight.ground.beacons[-1].monitors))
    assert name in seen
    assert seen.keys() == flight.raised()
    assert seen[name] is dict(BITS)[name]
    (report,) = [one for one in flight.reports() if isinstance(one, MonitorRaised) and one.monitor == name]
    assert severity_of(report) is dict(BITS)[name]


def test_severity_and_response_agree() -> None:
    """What is severe asks for safe mode; what limits the payload or has a unit cycled is of medium severity."""
    for row in MONITORS:
        is_medium = bool(row.unit) or row.signal in (Signal.CHARGE_LOW, Signal.OVERHEATED)
        expected = Severity.HIGH if row.signal is Signal.FAULT else Severity.MEDIUM if is_medium else Severity.LOW
        assert row.severity is expected


@pytest.mark.parametrize("name", [row.name for row in MONITORS if row.signal is Signal.FAULT])
def test_a_severe_one_leads_to_safe_mode_and_sheds(name: str) -> None:
    flight = flight_of(name)
    run(flight, SCRIPTS[name][0])
    assert flight.mode == "safe"
    is_on = {one.unit: one.is_on for one in of_kind(tuple(flight.said), SwitchUnit)}
    assert [unit for unit, on in is_on.items() if not on] == ["computer", "instrument"]


@pytest.mark.parametrize("name", [row.name for row in MONITORS if row.signal is None])
def test_the_others_leave_the_mode_alone(name: str) -> None:
    flight = flight_of(name)
    run(flight, SCRIPTS[name][0])
    assert flight.mode == ("power_saving" if name == "stores_full" else "nominal")


@pytest.mark.parametrize("name", [row.name for row in MONITORS if row.unit])
def test_a_unit_is_cycled_once_for_each_time_that_it_is_seen_to_fail(name: str) -> None:
    flight = flight_of(name)
    run(flight, SCRIPTS[name][0])
    (cycle,) = of_kind(tuple(flight.said), PowerCycle)
    assert cycle.unit == {row.name: row.unit for row in MONITORS}[name]
    assert UnitCycled(flight.now_ns, cycle.unit, 1) in flight.reports()


def test_the_watchdog_has_a_hung_job_done_again() -> None:
    flight = Flight()
    flight.expose()
    hung = flight.job
    flight.tick(60)
    assert not of_kind(tuple(flight.said), PowerCycle)
    assert of_kind(flight.tick(), PowerCycle) == [PowerCycle("computer")]
    (again,) = of_kind(flight.tell(events.JobLost(hung.job_id)), StartJob)
    assert again.frame_id == hung.frame_id
    flight.tell(events.InferenceCompleted(again.job_id, ()))
    assert not of_kind(flight.tick(100), PowerCycle)


def test_a_job_that_waits_for_a_computer_in_safe_mode_is_not_late() -> None:
    """The power system may have had the computer off when the job came: it is not lost with power that it never had."""
    flight = Flight()
    flight.expose()
    flight.tick(3, battery_temperature_k=320.0)
    flight.tick(94)
    assert flight.mode == "recovery"
    assert "job_overdue" in flight.raised(), "now it is"


def test_no_job_is_given_to_a_computer_that_the_power_system_keeps_off() -> None:
    """Its limits need not be those of the flight software: a job there would only be late."""
    flight = Flight()
    flight.tick(unfed=("computer",))
    flight.expose()
    flight.tick(100, unfed=("computer",))
    assert not of_kind(tuple(flight.said), StartJob)
    assert not flight.raised()
    assert of_kind(flight.tick(), StartJob)


def test_after_the_last_try_a_unit_is_left_off_in_safe_mode() -> None:
    flight = Flight()
    flight.tick(3, overcurrent=("computer",))
    assert len(of_kind(tuple(flight.said), PowerCycle)) == 3
    assert flight.mode == "nominal"
    flight.tick(overcurrent=("computer",))
    assert flight.mode == "safe"
    assert len(of_kind(tuple(flight.said), PowerCycle)) == 3
    assert flight.raised() == set(), "what is off cannot fail"
    # Safe and recovery, then nominal without the unit: frames are taken, and wait.
    flight.tick(2 * 91)
    assert flight.mode == "nominal"
    flight.expose()
    assert not of_kind(tuple(flight.said), StartJob)
    reports = flight.reports()
    assert sum(isinstance(one, UnitLeftOff) for one in reports) == 1
    assert flight.ground.beacons[-1].computer_off
    assert not flight.ground.beacons[-1].instrument_off
    # It has rested: another chance, with all its tries.
    flight.tick(1977)
    assert not of_kind(tuple(flight.said), StartJob)
    flight.tick()
    assert of_kind(tuple(flight.said), SwitchUnit)[-1] == SwitchUnit("computer", is_on=True)
    assert of_kind(tuple(flight.said), StartJob)
    assert of_kind(flight.tick(overcurrent=("computer",)), PowerCycle)


def test_tries_are_counted_in_a_time() -> None:
    flight = Flight()
    for _ in range(6):
        flight.tick(overcurrent=("instrument",))
        flight.tick(120)
    assert len(of_kind(tuple(flight.said), PowerCycle)) == 6, "three an hour, and no more than that"
    assert flight.mode == "nominal"


def test_the_radio_is_never_left_off() -> None:
    flight = Flight()
    flight.tick(4, overcurrent=("radio",))
    assert flight.mode == "safe"
    assert SwitchUnit("radio", is_on=False) not in flight.said
    assert len(of_kind(flight.tick(720, overcurrent=("radio",)), PowerCycle)) == 6


def test_nominal_mode_commanded_gives_every_unit_back() -> None:
    flight = Flight()
    flight.tick(4, overcurrent=("instrument",))
    assert flight.mode == "safe"
    flight.tick()
    flight.order("nominal")
    assert flight.mode == "nominal"
    assert of_kind(tuple(flight.said), SwitchUnit)[-1] == SwitchUnit("instrument", is_on=True)
    assert of_kind(flight.tick(overcurrent=("instrument",)), PowerCycle)


def test_frames_from_before_a_cycle_say_nothing_of_the_camera() -> None:
    flight = Flight()
    flight.tick(state_of_charge=0.29)
    flight.expose(3)
    run(flight, [calm])
    for _ in range(3):
        flight.tell(events.InferenceCompleted(flight.job.job_id, (), statistics=FrameStatistics(7, 0)))
    assert len(of_kind(tuple(flight.said), PowerCycle)) == 1
    flight.expose()
    flight.tick()
    flight.look(7)
    assert len(of_kind(tuple(flight.said), PowerCycle)) == 1


def test_a_frame_that_is_looked_at_twice_is_not_a_frozen_camera() -> None:
    flight = Flight()
    flight.expose()
    for _ in range(6):
        flight.tell(events.ScreeningCompleted(flight.job.job_id, 0.0, FrameStatistics(7, 500)))
    assert flight.raised() == set()


def test_the_way_back_is_safe_recovery_nominal() -> None:
    flight = Flight()
    flight.tick(3, battery_temperature_k=320.0)
    began_ns = flight.now_ns
    flight.tick(3)
    flight.tick(300)
    entered = [one for one in flight.reports() if isinstance(one, ModeChanged)]
    assert [(one.mode, one.cause) for one in entered] == [
        (Mode.SAFE, Cause.MONITOR),
        (Mode.RECOVERY, Cause.PROVEN),
        (Mode.NOMINAL, Cause.PROVEN),
    ]
    safe, recovery, nominal = (one.met_ns for one in entered)
    assert safe == began_ns
    assert recovery - safe == to_ns(30 + 900), "from when the monitor was lowered"
    assert nominal - recovery == to_ns(10 + 900), "from the first sample in recovery"


def test_what_fails_in_recovery_leads_back_to_safe_mode() -> None:
    flight = Flight()
    flight.tick(3, battery_temperature_k=320.0)
    flight.tick(94)
    assert flight.mode == "recovery"
    flight.tick(50)
    flight.tick(3, battery_temperature_k=320.0)
    assert flight.mode == "safe"
    flight.tick(94)
    assert flight.mode == "recovery", "and the time is counted anew"


@pytest.mark.parametrize("worry", [{"state_of_charge": 0.35}, {"computer_temperature_k": 325.0}])
def test_what_limits_the_payload_delays_the_way_back(worry: dict[str, float]) -> None:
    flight = Flight()
    flight.tick(3, battery_temperature_k=320.0, state_of_charge=0.29, computer_temperature_k=331.0)
    flight.tick(300, **worry)
    assert flight.mode == "safe"
    flight.tick(100)
    assert flight.mode == "recovery"


def test_a_fault_outranks_a_mode_that_is_held() -> None:
    flight = Flight()
    flight.order("power_saving")
    flight.tick(2, state_of_charge=0.1)
    assert flight.mode == "safe"
    flight.tick(10, state_of_charge=0.2)
    assert flight.mode == "safe"
    flight.tick(state_of_charge=0.31)
    assert flight.mode == "power_saving"


def test_silence_of_the_ground_resets_the_flight_computer_once() -> None:
    flight = Flight(3000.0)
    flight.tick(300)
    assert isinstance(flight.said[-1], commands.RestartComputer)
    flight.reboot()
    assert flight.mode == "safe"
    flight.tick(300)
    assert len(of_kind(tuple(flight.said), commands.RestartComputer)) == 1
    assert flight.mode == "safe", "until somebody speaks to it"
    assert [one.reason for one in flight.reports() if isinstance(one, Rebooted)] == [Reason.WATCHDOG]


def test_the_ground_is_remembered_over_a_reboot() -> None:
    flight = Flight(3000.0)
    flight.tick(200)
    flight.order("nominal")
    flight.reboot()
    flight.tick(299)
    assert flight.raised() == set()


def test_mass_memory_that_is_full_for_a_moment_is_nothing() -> None:
    flight = Flight()
    flight.tick(state_of_charge=0.29)
    flight.tell(captured(1), captured(2), captured(3))
    flight.tick(29, state_of_charge=0.29)
    assert flight.raised() == {"charge_low"}


def test_a_clock_that_is_set_back_keeps_nobody_in_safe_mode() -> None:
    flight = Flight()
    flight.tick(1000)
    flight.tick(4, overcurrent=("computer",))
    flight.tick(50)
    assert flight.mode == "safe"
    flight.now_ns = 0
    flight.tick(91)
    assert flight.mode == "recovery"
    assert of_kind(flight.tick(overcurrent=("computer",)), PowerCycle), "what was noted of the future is forgotten"


def test_mass_memory_without_any_room_is_full() -> None:
    flight = Flight()
    flight.tell(events.StorageSampled(0, is_full=True))
    flight.tick(29)
    assert flight.raised() == set()
    flight.tick()
    assert flight.raised() == {"stores_full"}
    flight.tell(events.StorageSampled(3 * 12_288, is_full=False))
    flight.tick()
    assert flight.raised() == set()
