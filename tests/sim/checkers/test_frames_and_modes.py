"""The checkers of nonces, of frames on the ground and of modes: each is shown the fault it is for."""

import json

from groundstation.messages import (
    ForwardFrames,
    FramesForwarded,
    FramesReceived,
    FramesTaken,
    HostKilled,
    ReceptionCounts,
    SendTelecommands,
)
from onboard import commands, events
from sim.checkers.carriage import FramesCarried
from sim.checkers.modes import ModesFollow
from sim.checkers.nonces import NoncesOnce
from sim.executive import WORLD
from sim.facts import OperatorOrdered, SlotSent
from sim.resolve import resolve, scenario_path

SCENARIO = resolve(scenario_path("wildfire-watch"))
SATELLITE, STATION = SCENARIO.satellite[0].name, SCENARIO.station[0].name
FRAME_BYTES = SCENARIO.satellite[0].radio.frame_length_bytes
SAMPLE = events.HousekeepingSampled(0.9, 290.0, sunlit=True)
SAMPLED = commands.OutboxSampled(0, 0, 0, 0, 0)


def tm_frame(number: int) -> bytes:
    return (b"\0" * 12 + number.to_bytes(8, "big")).ljust(FRAME_BYTES, b"\0")


def transmit(*numbers: int) -> commands.Transmit:
    return commands.Transmit((b"".join(map(tm_frame, numbers)),), 0, 0, 0, 0, 0)


def nonce_violations(*answers: tuple[str, object]) -> int:
    checker = NoncesOnce(SCENARIO)
    for node, answer in answers:
        checker.record(0, node, (), (answer,))
    return len(checker.violations)


def tc(*numbers: int) -> SendTelecommands:
    frames = tuple(b"\0" * 11 + number.to_bytes(8, "big") + b"data" for number in numbers)
    return SendTelecommands(STATION, SATELLITE, frames, 0)


def test_numbers_that_seal_frames_only_go_up_in_each_direction() -> None:
    assert nonce_violations((SATELLITE, transmit(1, 2, 5)), (SATELLITE, transmit(6)), ("centre", tc(1, 2))) == 0
    assert nonce_violations((SATELLITE, transmit(1, 2)), (SATELLITE, transmit(2))) == 1
    assert nonce_violations((SATELLITE, transmit(3, 3))) == 1
    assert nonce_violations(("centre", tc(4)), ("centre", tc(4))) == 1


def carriage_violations(*records: tuple[str, tuple[object, ...], tuple[object, ...]]) -> int:
    checker = FramesCarried(SCENARIO)
    for now_ns, (node, granted, answers) in enumerate(records):
        checker.record(now_ns, node, granted, answers)
    return len(checker.violations)


def test_what_is_sent_is_lost_or_delivered() -> None:
    def slot(lost: int, delivered: int) -> SlotSent:
        return SlotSent(SATELLITE, STATION, 0, 0, lost, delivered, ())

    sent = (SATELLITE, (), (transmit(1, 2),))
    assert carriage_violations(sent, (WORLD, (), (slot(1, 1),))) == 0
    assert carriage_violations(sent, (WORLD, (), (slot(1, 0),))) == 1


def test_what_is_received_is_forwarded_and_accounted_for_except_by_the_dead() -> None:
    parts = transmit(1, 2).parts
    received, forwarded = FramesReceived(SATELLITE, parts), ForwardFrames(SATELLITE, parts)
    arrived = FramesForwarded(STATION, SATELLITE, parts)
    taken = FramesTaken(STATION, SATELLITE, ReceptionCounts(frames_accepted=1, frames_replayed=1))
    assert carriage_violations((STATION, (received,), (forwarded,)), ("centre", (arrived,), (taken,))) == 0
    assert carriage_violations((STATION, (received,), ())) == 1
    assert carriage_violations(("centre", (arrived,), ())) == 1
    assert carriage_violations((STATION, (HostKilled(5),), ()), (STATION, (received,), ())) == 0


def mode_violations(*answers: object, now_ns: int = 0) -> int:
    checker = ModesFollow(SCENARIO)
    for answer in answers:
        node = WORLD if isinstance(answer, OperatorOrdered) else SATELLITE
        checker.record(0, node, (), (answer,))
    checker.record(0, SATELLITE, (SAMPLE,), (SAMPLED,))
    checker.record(now_ns, SATELLITE, (SAMPLE,), (SAMPLED,))
    return len(checker.violations)


def test_a_mode_needs_a_reason() -> None:
    low, high = commands.MonitorChanged("charge_low", is_raised=True), commands.ModeEntered("power_saving")
    assert mode_violations() == 0
    assert mode_violations(low, high) == 0
    assert mode_violations(high) > 0
    assert mode_violations(low) > 0


def test_a_commanded_mode_is_reason_enough_until_nominal_is_commanded() -> None:
    def ordered(mode: str) -> OperatorOrdered:
        return OperatorOrdered(SATELLITE, "SetMode", 1, line=json.dumps({"mode": mode}))

    done, saving = commands.CommandEnded(1, "set_mode", ""), commands.ModeEntered("power_saving")
    assert mode_violations(ordered("power_saving"), done, saving) == 0
    assert mode_violations(ordered("power_saving"), done, saving, ordered("nominal"), done) > 0


def test_nothing_keeps_a_sound_spacecraft_from_nominal() -> None:
    fault, safe = commands.MonitorChanged("battery_hot", is_raised=True), commands.ModeEntered("safe")
    cleared = commands.MonitorChanged("battery_hot", is_raised=False)
    later_ns = 10**13
    assert mode_violations(fault, safe, now_ns=later_ns) == 0
    assert mode_violations(fault, safe, cleared, now_ns=10**9) == 0
    assert mode_violations(fault, safe, cleared, now_ns=later_ns) == 1
