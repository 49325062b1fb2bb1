"""Flight computer and mission centre together lose nothing, do nothing twice, and use no (key, IV) pair twice.

`SKYSIFT_SOAK_EXAMPLES=2000` (as in `make soak`) looks longer than a test run has time for.
"""

import os
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundstation.command_queue import TRANSITIONS, State
from onboard.comms.packets import ProductKind
from onboard.comms.telecommands import (
    ActivateModel,
    Area,
    BeginModelUpload,
    CaptureAt,
    FetchFrame,
    LoadModelPart,
    PlannedPass,
    Reset,
    RollBackModel,
    RotateKey,
    SetMode,
    SetPassPlan,
    SetStrategy,
    SetThreshold,
    Telecommand,
)
from onboard.mission_time import NS_PER_S
from onboard.payload.varints import varints
from tests.two_cores import FRAME_BYTES, TASK, Mission, Wire

EXAMPLES = int(os.environ.get("SKYSIFT_SOAK_EXAMPLES", "25"))
GRANT_BYTES = 60 * FRAME_BYTES
KEYS_ROTATED = 7


def orders_of(word: str, mission: Mission, number: int) -> tuple[Telecommand, ...]:
    """An operator's order, by its letter."""
    match word:
        case "s":
            return (
                SetStrategy(
                    mission.random.choice(
                        ["detections", "lossless", "raw", "adaptive", "thumbnails", "cloudfilter", "unheard-of"]
                    )
                ),
            )
        case "t":
            return (SetThreshold(mission.random.choice([TASK, "ships"]), number % 10 / 10),)
        case "m":
            return (SetMode("nominal"),)
        case "c":
            later = tuple(mission.now_ns + n * NS_PER_S // 2 for n in (3, 9, 40))
            return (CaptureAt(later, Area(0.0, 0.0, 1.0, 1.0)),)
        case "f":
            return (
                FetchFrame(mission.random.randint(1, 12), mission.random.choice(["raw", "lossless"]), 1 + number % 2),
            )
        case "p":
            return (SetPassPlan((PlannedPass(mission.now_ns, mission.now_ns + NS_PER_S, 1_000_000),)),)
        case "d" | "u":
            return (RotateKey("downlink" if word == "d" else "uplink", 2 + number % KEYS_ROTATED),)
        case "l":
            archive = varints(number) * 500
            begin = BeginModelUpload(number, TASK, len(archive), sha256(archive).digest(), 5)
            size = begin.part_bytes
            parts = (LoadModelPart(number, at, archive[at : at + size]) for at in range(0, len(archive), size))
            return (begin, *parts, ActivateModel(number))
        case "b":
            return (RollBackModel(),)
    return (Reset(),)


def live(mission: Mission, number: int) -> None:
    """A second in which anything may happen; every third one or so is beside a pass."""
    chance = mission.random
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        mission.capture()
    if chance.random() < 0.2:
        order = orders_of(chance.choice("stmcfpduldubr"), mission, number)
        mission.order(*order, fate=chance.choice(["", "", "c", "d"]))
    mission.second(
        chance.choice([0, FRAME_BYTES, 5 * FRAME_BYTES, 40 * FRAME_BYTES]),
        cut_share=chance.choice([0.0, chance.random(), 1.0, 1.0]),
        flight_fate=chance.choice([""] * 8 + ["a", "b"]),
        ground_fate=chance.choice([""] * 8 + ["c", "d"]),
    )
    if chance.random() < 0.05:
        mission.pause(20)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(5, 60),
    st.integers(0, 2**32),
    st.floats(0, 0.4),
    st.sampled_from([0.0, 0.2]),
    st.sampled_from([0.0, 0.0, 0.3]),
    st.sampled_from([0.0, 0.1]),
    st.booleans(),
    st.sampled_from(["frames", "runs"]),
    st.sampled_from(["detections", "lossless", "raw"]),
    st.sampled_from([(10**6, 0), (10**6, 10), (20_000, 0)]),
)
def test_nothing_is_lost_and_nothing_happens_twice(
    seconds: int,
    seed: int,
    loss: float,
    repeat: float,
    delay: float,
    damage: float,
    is_sealed: bool,
    lane: str,
    strategy: str,
    limits: tuple[int, int],
) -> None:
    down, up = (Wire(Random(f"{seed} {way}"), loss, repeat, delay, damage) for way in ("down", "up"))
    outbox_bytes, lifetime_s = limits
    with TemporaryDirectory() as folder:
        mission = Mission(
            *(Path(folder), seed, down, up),
            is_sealed=is_sealed,
            lane=lane,
            strategy=strategy,
            outbox_bytes=outbox_bytes,
            lifetime_s=lifetime_s,
        )
        for number in range(seconds):
            live(mission, number)
            check_products(mission)
        down.clean()
        up.clean()
        drain(mission)
        check_products(mission)
        check_ended(mission)
        mission.close()


def drain(mission: Mission) -> None:
    """Until nothing but beacons goes down, and nothing up, on a clean link."""
    quiet = 0
    for _ in range(150):
        quiet = 0 if mission.second(GRANT_BYTES) else quiet + 1
        if quiet == 25:
            return
    raise AssertionError("the run does not become idle")


def check_products(mission: Mission) -> None:
    """Every product ever made is in the archive bit by bit, or on board, or was given up."""
    found, lost, _ = mission.durable()
    for product_id, (_, payload) in mission.made.items():
        assert found.get(product_id, payload) == payload
    assert found.keys() <= mission.made.keys()
    assert mission.made.keys() <= found.keys() | mission.pending() | mission.dropped
    assert {one.product_id for one in lost} <= mission.dropped - found.keys()


def check_ended(mission: Mission) -> None:
    """Nothing is pending any more: what is not in the archive is told to be lost, and every telecommand has ended."""
    found, lost, logged = mission.durable()
    assert not mission.pending()
    told = {one.product_id for one in lost}
    if all(mission.made.get(gone, (ProductKind.REPORT,))[0] is not ProductKind.REPORT for gone in mission.dropped):
        assert mission.made.keys() - found.keys() <= told
    assert {one.order: one.word for one in logged}.items() >= mission.ordered.items()
    assert [one for one in logged if TRANSITIONS[State(one.state)]] == []
    assert mission.executed == {(one.sequence, one.word): 1 for one in logged}


@pytest.mark.parametrize("is_sealed", [False, True])
@pytest.mark.parametrize("lane", ["frames", "runs"])
def test_a_quiet_day(tmp_path: Path, lane: str, is_sealed: bool) -> None:
    mission = Mission(tmp_path, 1, Wire(Random(1)), Wire(Random(2)), is_sealed=is_sealed, lane=lane)
    mission.order(SetStrategy("lossless"), SetThreshold(TASK, 0.7))
    for number in range(20):
        mission.capture()
        mission.second(GRANT_BYTES if number > 3 else 0)
    drain(mission)
    check_products(mission)
    check_ended(mission)
    assert len(mission.archived) > 15
    mission.close()


def test_keys_rotate_both_ways_while_both_ends_die(tmp_path: Path) -> None:
    mission = Mission(tmp_path, 1, Wire(Random(1), loss=0.2), Wire(Random(2), loss=0.2), is_sealed=True)
    fates = ["", "a", "b", "c", "d"]
    for key_id in (2, 3, 5):
        for number, direction in enumerate(("downlink", "uplink", "uplink")):
            mission.order(RotateKey(direction, key_id + number // 2))
            for fate in fates:
                mission.capture()
                is_flight = fate in ("a", "b")
                mission.second(10 * FRAME_BYTES, flight_fate=fate * is_flight, ground_fate=fate * (not is_flight))
    mission.down.clean()
    mission.up.clean()
    drain(mission)
    check_products(mission)
    check_ended(mission)
    _, _, logged = mission.durable()
    assert {one.state for one in logged} == {State.COMPLETED}
    mission.close()
