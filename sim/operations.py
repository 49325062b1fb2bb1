"""Mission operations: flight dynamics' pass plans, and what an operator orders, as telecommands for the centre."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundstation.archive import FlownModel
from groundstation.messages import CommandsOrdered
from onboard.comms.security import OVERHEAD_BYTES
from onboard.comms.tc_frames import MAX_TC_FRAME_BYTES, TC_FRAME_OVERHEAD_BYTES
from onboard.comms.telecommand_catalogue import encode
from onboard.comms.telecommands import MAX_PASSES, Area, CaptureAt, PlannedPass, SetPassPlan, Telecommand
from onboard.mission_time import NS_PER_S, to_ns
from sim.equipment.radio import Radio
from sim.executive import WORLD, Delivery
from sim.facts import OperatorOrdered
from sim.faults.active import FaultDue
from sim.model_upload import ModelUpload, prepare_upload
from sim.operator_file import CaptureOver, OperatorOrder, UploadModel
from sim.planning import FlightPlan
from sim.scenario import Scenario
from sim.world.link import Contact
from sim.world.slots import slots, uplink_slot_bytes
from sim.world.tasking import captures_over
from sim.world.traffic import CENTRE

UPLINK_MARGIN_NS = to_ns(120)
"""Between a pass in which a telecommand can go up and the first exposure that it may order."""
ORDER_FIRST = -2
"""Within an instant an order comes before all else: so it has the same place whether it was known before the start or
came while the run flew."""
NO_PASS = "no pass is left in which it could go up"
NEVER_IN_VIEW = "the area is not in view, in such light as the camera needs, after the next pass"


@dataclass(frozen=True, slots=True)
class OrderDue:
    """The world's note to itself that somebody orders something."""

    order: OperatorOrder


class Operations:
    """Answers with deliveries and facts. `uploads` are by satellite and the upload's number."""

    def __init__(
        self,
        scenario: Scenario,
        flight_plan: FlightPlan,
        orders: Sequence[OperatorOrder] = (),
        uploads: dict[tuple[str, int], ModelUpload] | None = None,
    ) -> None:
        self._scenario = scenario
        self._plan = flight_plan
        self._orders = orders
        self._uploads = uploads or {}
        self._index = {satellite.name: index for index, satellite in enumerate(scenario.satellite)}

    def opening(self) -> list[object]:
        """Every pass plan and every order at its instant."""
        plans = (plan for index in self._index.values() for plan in self._pass_plans(index))
        return [*plans, *map(delivered, self._orders)]

    @property
    def next_upload_id(self) -> int:
        """A number that no upload has."""
        return 1 + max((upload_id for _, upload_id in self._uploads), default=0)

    def has_upload(self, satellite: str, upload_id: int) -> bool:
        """Whether a model of this number is kept for a satellite."""
        return (satellite, upload_id) in self._uploads

    def add_upload(self, order: OperatorOrder, upload: ModelUpload) -> None:
        """Keep a model for an order that comes while the run flies."""
        assert isinstance(order.wish, UploadModel)
        self._uploads[order.satellite, order.wish.upload_id] = upload

    def carry_out(self, now_ns: int, due: OrderDue) -> list[object]:
        """An operator orders something."""
        name, wish, line = due.order.satellite, due.order.wish, due.order.line
        word = type(wish).__name__
        assert not isinstance(wish, FaultDue), "a fault is the world's to carry out"
        telecommands = self._telecommands(now_ns, name, wish)
        if isinstance(telecommands, str):
            return [OperatorOrdered(name, word, 0, telecommands, line)]
        models = (self._uploads[name, wish.upload_id].model,) if isinstance(wish, UploadModel) else ()
        told = OperatorOrdered(name, word, len(telecommands), line=line)
        return [told, _ordered(now_ns, name, telecommands, models)]

    def _telecommands(
        self, now_ns: int, name: str, wish: Telecommand | CaptureOver | UploadModel
    ) -> tuple[Telecommand, ...] | str:
        """What makes a wish come true, or why nothing does."""
        uplink_ns = self._uplink_ns(now_ns, self._index[name])
        if uplink_ns is None:
            return NO_PASS
        match wish:
            case CaptureOver(area):
                instants = self._captures(self._index[name], area, uplink_ns + UPLINK_MARGIN_NS)
                return (CaptureAt(instants, area),) if instants else NEVER_IN_VIEW
            case UploadModel(upload_id):
                return self._uploads[name, upload_id].telecommands
            case _:
                return (wish,)

    def _captures(self, index: int, area: Area, from_ns: int) -> tuple[int, ...]:
        satellite, until_ns = self._scenario.satellite[index], to_ns(self._scenario.duration_s)
        return captures_over(area, index, satellite, self._plan.orbits, from_ns, until_ns)

    def _uplink_ns(self, now_ns: int, index: int) -> int | None:
        """When a telecommand can go up that is ordered now: in this contact, or at the start of the next; or never."""
        radio = self._scenario.satellite[index].radio
        starts = (
            max(now_ns, contact.aos_ns)
            for contact in self._contacts(index)
            if contact.los_ns > now_ns and radio.is_commanded_by(self._scenario.station[contact.station].antenna)
        )
        return next(starts, None)

    def _pass_plans(self, index: int) -> Iterator[Delivery]:
        """The first passes at the start, and as many more each time that the last ones that were told begin."""
        contacts = self._contacts(index)
        told_ns = 0
        for first in range(0, len(contacts), MAX_PASSES):
            passes = tuple(map(self._pass, contacts[first : first + MAX_PASSES]))
            yield _ordered(told_ns, self._scenario.satellite[index].name, (SetPassPlan(passes),))
            told_ns = passes[0].aos_ns

    def _contacts(self, index: int) -> list[Contact]:
        """A satellite's contacts in order of time."""
        return [contact for contact in self._plan.contacts if contact.satellite == index]

    def _pass(self, contact: Contact) -> PlannedPass:
        granted = slots(contact, self._scenario, self._plan.orbits, self._plan.sites)
        volume_bits = 8 * sum(slot.down_bytes for slot in granted)
        rate_bps = volume_bits * NS_PER_S // (contact.los_ns - contact.aos_ns)
        return PlannedPass(contact.aos_ns, contact.los_ns, rate_bps)


def prepare_operations(
    scenario: Scenario, flight_plan: FlightPlan, orders: Sequence[OperatorOrder], scratch: Path
) -> Operations:
    """Operations with the models that are to be sent up, as telecommands. Raises InputError where one cannot fly."""
    operations = Operations(scenario, flight_plan, orders)
    for order in orders:
        if isinstance(order.wish, UploadModel):
            operations.add_upload(order, upload_of(scenario, order.satellite, order.wish, scratch))
    return operations


def upload_of(scenario: Scenario, name: str, wish: UploadModel, scratch: Path) -> ModelUpload:
    """A model as its satellite can take it. Raises InputError where it cannot fly."""
    (satellite,) = (satellite for satellite in scenario.satellite if satellite.name == name)
    most_packet_bytes = smallest_uplink_packet_bytes(satellite.radio, sealed=scenario.security.encryption)
    folder = scratch / f"upload-{name}-{wish.upload_id}"
    folder.mkdir(exist_ok=True)
    return prepare_upload(wish, most_packet_bytes, folder, satellite.device)


def delivered(order: OperatorOrder) -> Delivery:
    """An order at its instant."""
    return Delivery(order.at_ns, WORLD, OrderDue(order), ORDER_FIRST)


def smallest_uplink_packet_bytes(radio: Radio, *, sealed: bool) -> int:
    """The longest packet that fits into every whole grant of an uplink."""
    overhead_bytes = TC_FRAME_OVERHEAD_BYTES + (OVERHEAD_BYTES if sealed else 0)
    return min(uplink_slot_bytes(radio), MAX_TC_FRAME_BYTES) - overhead_bytes


def _ordered(
    at_ns: int, satellite: str, telecommands: tuple[Telecommand, ...], models: tuple[FlownModel, ...] = ()
) -> Delivery:
    return Delivery(at_ns, CENTRE, CommandsOrdered(satellite, tuple(map(encode, telecommands)), models))
