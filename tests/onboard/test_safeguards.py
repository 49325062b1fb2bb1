"""What a spacecraft makes of struck weights, work, frames and products, and what its countermeasures take."""

from pathlib import Path

import numpy as np
import pytest

from onboard import commands, events
from onboard.comms.event_reports import ProductGivenUp, Reason
from onboard.comms.packets import ProductKind
from onboard.config import Safeguards
from onboard.mission_time import NS_PER_S
from onboard.payload.models import load_card
from onboard.payload.weights import weight_spans
from onboard.scrubbing import HASH_MACS_PER_BYTE
from tests.flight_for_tests import of_kind
from tests.models_for_tests import threshold_graph
from tests.onboard.test_shell import Flight, Fly, fly  # noqa: F401 - a fixture

SIGN = 31
"""The bit of a little-endian float32 that turns the threshold's one weight round: nothing is bright any more."""


def first_weight_bit(bit: int) -> int:
    """A draw that strikes a bit of the first weight: initializers lie in the order of the graph."""
    assert weight_spans(threshold_graph(1, 0.5))[0][1] - weight_spans(threshold_graph(1, 0.5))[0][0] == 4
    return bit


def processed(flight: Flight) -> list[commands.FrameProcessed]:
    return of_kind(tuple(flight.said), commands.FrameProcessed)


def strike(flight: Flight, *copies: int, bit: int = SIGN) -> None:
    flight.advance(*(events.WeightsStruck(copy, first_weight_bit(bit)) for copy in copies))


def look(flight: Flight) -> tuple[object, ...]:
    """What is found in a bright frame."""
    flight.expose()
    flight.finish()
    return processed(flight)[-1].detections


def test_a_struck_weight_misses_what_is_there_until_a_reset(fly: Fly) -> None:  # noqa: F811
    flight = fly()
    assert len(look(flight)) == 1
    strike(flight, 0)
    assert look(flight) == ()
    strike(flight, 0)
    assert len(look(flight)) == 1, "the same bit, struck back"


def test_a_job_that_runs_has_read_its_weights(fly: Fly) -> None:  # noqa: F811
    flight = fly()
    flight.expose()
    strike(flight, 0)
    flight.finish()
    assert len(processed(flight)[-1].detections) == 1


def test_three_copies_outvote_one_bit_for_bit_and_take_three_times_the_work(fly: Fly) -> None:  # noqa: F811
    alone, voting = fly(), fly(safeguards=Safeguards(voting="tmr"))
    clean = look(alone)
    works = []
    for flight in (alone, voting):
        flight.expose()
        works.append(flight.jobs[0].work_macs)
        flight.finish()
    assert works[1] == 3 * works[0]
    for copy in range(3):
        strike(voting, copy)
        assert look(voting) == clean
        strike(voting, copy)
    strike(voting, 0, 2)
    assert look(voting) == (), "two of three are wrong alike"


def test_scrubbing_loads_struck_weights_anew_and_is_charged(fly: Fly) -> None:  # noqa: F811
    flight = fly(safeguards=Safeguards(scrub_ns=100 * NS_PER_S, weight_bytes=400))
    assert flight.jobs == [], "what was just loaded needs no check"
    strike(flight, 0)
    assert look(flight) == ()
    flight.now_ns = max(flight.now_ns, flight.unit.deadline_ns)
    flight.advance()
    (job,) = flight.jobs
    assert job.purpose is commands.Purpose.SCRUB
    assert job.steps == (commands.ProcessingStep("scrubbing", round(400 * HASH_MACS_PER_BYTE)),)
    told = flight.finish()
    assert of_kind(told, commands.WeightsReloaded) == [commands.WeightsReloaded(1)]
    assert len(look(flight)) == 1


def test_a_check_that_finds_nothing_says_nothing_and_one_that_is_lost_is_over(fly: Fly) -> None:  # noqa: F811
    flight = fly(safeguards=Safeguards(scrub_ns=100 * NS_PER_S, weight_bytes=400))
    for end in (events.JobFinished, events.JobLost, lambda job_id: events.JobFailed(job_id, "no accelerator works")):
        flight.now_ns = max(flight.now_ns, flight.unit.deadline_ns)
        flight.advance()
        assert not of_kind(flight.advance(end(flight.jobs.pop(0).job_id)), commands.WeightsReloaded)
    assert len(look(flight)) == 1


def test_an_implausible_count_is_refused_and_worked_on_again_with_sound_weights(fly: Fly) -> None:  # noqa: F811
    flight = fly(safeguards=Safeguards(most_detections=3))
    strike(flight, 0)
    bias_sign = 32 + SIGN  # everything is brighter than the threshold: sixteen boxes of a frame of 64 pixels
    flight.advance(events.WeightsStruck(0, bias_sign), events.WeightsStruck(0, SIGN))
    flight.expose()
    assert flight.jobs[0].steps[-1].name == "plausibility"
    told = flight.finish()
    (refused,) = of_kind(told, commands.ResultRefused)
    assert "16 detections, more than 3" in refused.reason
    assert len(of_kind(told, commands.StartJob)) == 1
    flight.finish()
    assert len(processed(flight)[-1].detections) == 1


def test_what_is_found_again_with_sound_weights_is_believed(fly: Fly) -> None:  # noqa: F811
    flight = fly(safeguards=Safeguards(most_detections=3))
    flight.expose()
    waiting = flight.expose()
    planes = np.full((2, 64, 64), 100, np.uint16)
    planes[0, 30:33, 8:60:6] = 9_000
    flight.memory.write(waiting.memory_ref, planes)
    flight.finish()
    assert len(of_kind(flight.finish(), commands.ResultRefused)) == 1
    assert not of_kind(flight.finish(), commands.ResultRefused)
    assert len(processed(flight)[-1].detections) == 9


def test_a_second_model_must_agree(fly: Fly, tmp_path: Path) -> None:  # noqa: F811
    from tests.onboard.test_shell import model

    second = model(tmp_path / "second", level=0.4)
    flight = fly(safeguards=Safeguards(voting="diverse", second_model_path=str(second)))
    alone = load_card(second).macs_per_px
    assert alone
    assert len(look(flight)) == 1
    flight.expose()
    assert flight.jobs[0].work_macs == round(2 * 64 * 64 * alone)
    flight.finish()
    strike(flight, 1)
    assert look(flight) == ()


def test_work_is_struck_while_it_runs_and_only_then(fly: Fly) -> None:  # noqa: F811
    flight = fly()
    flight.advance(events.WorkStruck(5))
    flight.expose()
    pixel = 40 * 64 + 40
    flight.advance(events.WorkStruck(16 * pixel + 15))
    flight.finish()
    assert {(found.x0, found.y0) for found in processed(flight)[-1].detections} == {(8, 8), (40, 40)}


def test_one_struck_input_of_three_changes_nothing(fly: Fly) -> None:  # noqa: F811
    flight = fly(safeguards=Safeguards(voting="tmr"))
    flight.expose()
    flight.advance(events.WorkStruck(3 * (16 * (40 * 64 + 40) + 15)))
    flight.finish()
    assert len(processed(flight)[-1].detections) == 1


@pytest.mark.parametrize("ecc", [False, True])
def test_a_struck_frame_shows_what_is_not_there_unless_memory_corrects_it(fly: Fly, ecc: bool) -> None:  # noqa: F811
    flight = fly(safeguards=Safeguards(ecc=ecc))
    flight.expose()
    flight.expose()  # waits
    flight.advance(events.MemoryStruck(2 * (16 * (40 * 64 + 40) + 15) + 1, 1))
    flight.finish()
    flight.finish()
    assert [len(one.detections) for one in processed(flight)] == [1, 1 if ecc else 2]


def test_a_product_that_memory_spoilt_is_found_before_it_is_sent(fly: Fly) -> None:  # noqa: F811
    flight = fly()
    look(flight)
    flight.advance(events.OutboxStruck(8))
    told = flight.advance(events.TransmitGranted(100_000))
    (dropped,) = of_kind(told, commands.ProductDropped)
    assert dropped.reason == "damaged in memory"
    assert not [kind for kind, _ in flight.ground.archive.values() if kind is ProductKind.ALERT]
    flight.now_ns += 100 * NS_PER_S
    flight.advance(events.TransmitGranted(100_000))
    reported = [one for one in flight.ground.event_reports if isinstance(one, ProductGivenUp)]
    assert [(one.product_id, one.reason) for one in reported] == [(dropped.product_id, Reason.DAMAGED)]


def test_a_product_struck_within_a_pass_is_refused_by_the_ground_and_given_up_in_the_next(fly: Fly) -> None:  # noqa: F811
    flight = fly()
    flight.advance(events.TransmitGranted(100_000))
    look(flight)
    flight.advance(events.OutboxStruck(8))
    assert not of_kind(flight.advance(events.TransmitGranted(100_000)), commands.ProductDropped)
    assert not [kind for kind, _ in flight.ground.archive.values() if kind is ProductKind.ALERT]
    flight.now_ns += 100 * NS_PER_S
    assert of_kind(flight.advance(events.TransmitGranted(100_000)), commands.ProductDropped)
