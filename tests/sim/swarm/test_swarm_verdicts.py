"""What a contact must have brought down: only a clean one, wide enough, with time to recover before it, and not cut."""

import pytest

from onboard import commands
from onboard.mission_time import NEVER_NS, to_ns
from sim.experiment.flight_log import FlightLog
from sim.facts import ContactPlanned, UnitsSwitched
from sim.faults.settings import Fault
from sim.scenario import LinkQuality, Scenario
from sim.swarm.drawing import draw_case
from sim.swarm.verdicts import check_end, drained, over_ns
from sim.swarm.witness import Witness

NAME = "mote-1"
AOS_S, LOS_S = 2000.0, 2600.0


def scenario_with(*faults: Fault, **link: float) -> Scenario:
    scenario, _ = draw_case(1).validated()
    satellite = scenario.satellite[0]
    limits = satellite.bus.limits.model_copy(update={"outbox_bytes": 1000})
    bus = satellite.bus.model_copy(update={"limits": limits})
    return scenario.model_copy(
        update={
            "satellite": (satellite.model_copy(update={"bus": bus}),),
            "fault": faults,
            "link": LinkQuality(**link),
        }
    )


def contact(aos_s: float = AOS_S, los_s: float = LOS_S) -> ContactPlanned:
    return ContactPlanned(NAME, "North", to_ns(aos_s), to_ns(los_s), 40.0)


def cut(at_s: float, lost_s: float) -> Fault:
    return Fault(kind="pass_cut_short", at_s=at_s, satellite=NAME, lost_s=lost_s)


def blind(until_s: float | None) -> Fault:
    return Fault(kind="camera_blind", at_s=100.0, until_s=until_s, satellite=NAME)


def test_the_last_long_clean_contact_counts() -> None:
    assert drained(scenario_with(), [contact()]) == {NAME: to_ns(AOS_S)}
    assert drained(scenario_with(), [contact(1000, 1600), contact()]) == {NAME: to_ns(AOS_S)}
    assert drained(scenario_with(), [contact(AOS_S, AOS_S + 60)]) == {}
    assert drained(scenario_with(frame_loss=0.1), [contact()]) == {}
    assert drained(scenario_with(frame_loss=0.1, frame_loss_until_s=AOS_S - 1), [contact()]) == {NAME: to_ns(AOS_S)}


def test_faults_must_be_over_with_time_to_recover() -> None:
    assert over_ns(scenario_with(blind(300.0), blind(200.0))) == to_ns(300.0)
    assert over_ns(scenario_with(blind(None))) == NEVER_NS
    assert drained(scenario_with(blind(AOS_S - 700)), [contact()]) == {NAME: to_ns(AOS_S)}
    assert drained(scenario_with(blind(AOS_S - 500)), [contact()]) == {}


@pytest.mark.parametrize(("lost_s", "counts"), [(300.0, True), (550.0, False)])
def test_a_contact_that_is_cut_counts_as_far_as_it_goes(lost_s: float, counts: bool) -> None:
    assert (NAME in drained(scenario_with(cut(1000.0, lost_s)), [contact()])) == counts
    assert NAME in drained(scenario_with(cut(1000.0, lost_s)), [contact(1100, 1300), contact()])


def test_only_a_radio_that_was_off_excuses_what_is_left_on_board() -> None:
    log, witness = FlightLog((NAME,)), Witness()
    log.contacts.append(contact())
    witness._take(to_ns(AOS_S), NAME, commands.ProductMade(1, "report", -1, 10))
    check_end(scenario_with(), log, witness)
    witness._take(to_ns(AOS_S) - 1, NAME, commands.ProductMade(2, "report", -1, 10))
    with pytest.raises(AssertionError, match=r"still holds products \[2\]"):
        check_end(scenario_with(), log, witness)
    log.record(0, "world", (), (UnitsSwitched(NAME, ("radio",), ()),))
    check_end(scenario_with(), log, witness)


def test_a_frame_that_many_later_ones_overtook_is_forgotten() -> None:
    log, witness = FlightLog((NAME,)), Witness()
    witness.frames[NAME] = {1: 0}
    witness.worked_on[NAME] = list(range(1, 8))
    check_end(scenario_with(), log, witness)
    witness.worked_on[NAME].append(9)
    with pytest.raises(AssertionError, match="forgot frame 1"):
        check_end(scenario_with(), log, witness)
