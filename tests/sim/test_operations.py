"""Flight dynamics and the operator: what they order, when it goes to the mission centre, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from groundstation.archive import FlownModel
from groundstation.messages import CommandsOrdered
from onboard.comms.telecommand_catalogue import decode, encode
from onboard.comms.telecommands import (
    MAX_PASSES,
    Area,
    CaptureAt,
    LoadModelPart,
    PlannedPass,
    SetMode,
    SetPassPlan,
    Telecommand,
)
from onboard.mission_time import NS_PER_S, to_ns
from onboard.payload.models import load_card
from sim.executive import Delivery
from sim.facts import OperatorOrdered
from sim.operations import (
    NEVER_IN_VIEW,
    NO_PASS,
    UPLINK_MARGIN_NS,
    Operations,
    OrderDue,
    prepare_operations,
    smallest_uplink_packet_bytes,
)
from sim.operator_file import CaptureOver, OperatorOrder, UploadModel, Wish
from sim.planning import FlightPlan, plan
from sim.resolve import resolve
from sim.scenario import Scenario
from sim.world.link import Contact
from sim.world.tasking import exposure_at
from sim.world.traffic import CENTRE
from tests.system.small_mission import write_small_mission

SAT = "lark-1"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return resolve(write_small_mission(tmp_path_factory.mktemp("mission")))


@pytest.fixture(scope="module")
def planned(scenario: Scenario) -> FlightPlan:
    return plan(scenario)


def telecommands(delivery: object) -> tuple[Telecommand | None, ...]:
    assert isinstance(delivery, Delivery)
    assert delivery.to == CENTRE
    assert isinstance(delivery.message, CommandsOrdered)
    return tuple(map(decode, delivery.message.telecommands))


def models(delivery: object) -> tuple[FlownModel, ...]:
    assert isinstance(delivery, Delivery)
    assert isinstance(delivery.message, CommandsOrdered)
    return delivery.message.models


def carried_out(operations: Operations, wish: Wish, at_ns: int = 0) -> list[object]:
    return operations.carry_out(at_ns, OrderDue(OperatorOrder(at_ns, SAT, wish)))


def contacts_of(planned: FlightPlan, satellite: int) -> list[Contact]:
    return [contact for contact in planned.contacts if contact.satellite == satellite]


def test_every_spacecraft_is_told_its_passes(scenario: Scenario, planned: FlightPlan) -> None:
    plans = Operations(scenario, planned).opening()
    assert len(plans) == 2
    for index, told in enumerate(plans):
        assert isinstance(told, Delivery)
        assert told.at_ns == 0
        ((set_plan),) = telecommands(told)
        assert isinstance(set_plan, SetPassPlan)
        expected = [(contact.aos_ns, contact.los_ns) for contact in contacts_of(planned, index)]
        assert [(one.aos_ns, one.los_ns) for one in set_plan.passes] == expected
        assert {one.rate_bps for one in set_plan.passes} <= set(range(99_000, 100_001)), "whole bytes in whole slots"


def test_more_passes_than_a_telecommand_holds_are_told_when_the_last_ones_begin(
    scenario: Scenario, planned: FlightPlan
) -> None:
    first = contacts_of(planned, 0)[0]
    many = tuple(
        replace(first, aos_ns=number * NS_PER_S, los_ns=(number + 1) * NS_PER_S) for number in range(2 * MAX_PASSES + 1)
    )
    plans = Operations(scenario, replace(planned, contacts=many)).opening()
    assert [told.at_ns for told in plans if isinstance(told, Delivery)] == [0, 0, MAX_PASSES * NS_PER_S]
    passes = [one for told in plans for command in telecommands(told) for one in command.passes]  # type: ignore[union-attr]
    assert [(one.aos_ns, one.los_ns) for one in passes] == [(contact.aos_ns, contact.los_ns) for contact in many]


def test_a_handover_is_a_pass_that_begins_as_another_ends(planned: FlightPlan) -> None:
    """A plan of touching passes is a telecommand, and one of passes within each other is none."""
    contact = contacts_of(planned, 0)[0]
    for gap_ns, is_plan in ((0, True), (-1, False)):
        passes = [(contact.aos_ns, contact.los_ns), (contact.los_ns + gap_ns, contact.los_ns + 5)]
        try:
            encode(SetPassPlan(tuple(PlannedPass(*edges, 1) for edges in passes)))
        except ValueError:
            assert not is_plan
        else:
            assert is_plan


def test_orders_are_given_at_their_instants(scenario: Scenario, planned: FlightPlan) -> None:
    orders = [OperatorOrder(at_ns, SAT, SetMode("safe")) for at_ns in (5, 9)]
    *_, first, second = Operations(scenario, planned, orders).opening()
    for due, order in ((first, orders[0]), (second, orders[1])):
        assert isinstance(due, Delivery)
        assert (due.at_ns, due.message) == (order.at_ns, OrderDue(order))
    told, delivery = carried_out(Operations(scenario, planned), SetMode("safe"), 5)
    assert told == OperatorOrdered(SAT, "SetMode", 1)
    assert telecommands(delivery) == (SetMode("safe"),)


def test_an_area_becomes_instants_after_the_next_pass(scenario: Scenario, planned: FlightPlan) -> None:
    operations = Operations(scenario, planned)
    everywhere = Area(-90.0, -180.0, 90.0, 179.999)
    (contact,) = [one for one in contacts_of(planned, 0) if one.aos_ns < to_ns(200)]
    told, delivery = carried_out(operations, CaptureOver(everywhere))
    assert told == OperatorOrdered(SAT, "CaptureOver", 1)
    ((capture),) = telecommands(delivery)
    assert isinstance(capture, CaptureAt)
    assert capture.met_ns[0] >= contact.aos_ns + UPLINK_MARGIN_NS
    assert exposure_at(0, scenario.satellite[0], planned.orbits, capture.met_ns[0], 1) is not None


def test_what_can_have_no_effect_is_refused_with_its_reason(scenario: Scenario, planned: FlightPlan) -> None:
    operations = Operations(scenario, planned)
    pole = CaptureOver(Area(89.0, -180.0, 90.0, 179.999))
    assert carried_out(operations, pole) == [OperatorOrdered(SAT, "CaptureOver", 0, NEVER_IN_VIEW)]
    late_ns = max(contact.los_ns for contact in contacts_of(planned, 0))
    assert carried_out(operations, SetMode("safe"), late_ns) == [OperatorOrdered(SAT, "SetMode", 0, NO_PASS)]


def test_a_model_goes_up_in_parts_that_every_grant_carries(
    scenario: Scenario, planned: FlightPlan, tmp_path: Path
) -> None:
    model = Path(scenario.models["wildfire"])
    order = OperatorOrder(0, SAT, UploadModel(3, model, "wildfire"))
    operations = prepare_operations(scenario, planned, [order], tmp_path)
    told, delivery = operations.carry_out(0, OrderDue(order))
    begin, *parts, activate = telecommands(delivery)
    assert told == OperatorOrdered(SAT, "UploadModel", len(parts) + 2)
    card = load_card(model)
    assert models(delivery) == (FlownModel("wildfire", card.name, card.sha256, card.classes),)
    assert begin is not None
    assert activate is not None
    most_bytes = smallest_uplink_packet_bytes(scenario.satellite[0].radio, sealed=True)
    assert most_bytes < smallest_uplink_packet_bytes(scenario.satellite[0].radio, sealed=False)
    for part in parts:
        assert isinstance(part, LoadModelPart)
        assert len(encode(part)) <= most_bytes
