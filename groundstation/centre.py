"""The mission centre: frames from any station in, products into the archive, and only then reports and commands up.

What an advance archives, concludes and lays out to be sent is one transaction, whose commit comes before the answers
leave: nobody is told what a death could take back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from groundstation.alerts import OF_LISTS, Alert, alerts_of, read_list
from groundstation.archive import Archive, ArchivedProduct, FlownModel, LostProduct
from groundstation.command_queue import Changes, State
from groundstation.events import Event
from groundstation.exports.geojson import event_line
from groundstation.exports.mission import Mission
from groundstation.gaps import ProductGaps
from groundstation.messages import (
    ArchiveSampled,
    CentreBooted,
    CentreConfig,
    ClockCorrelated,
    CommandsOrdered,
    EventPublished,
    FramesForwarded,
    FramesTaken,
    FrontEndSampled,
    HousekeepingReceived,
    OrderRefused,
    ProductArchived,
    ProductsMissing,
    SendTelecommands,
)
from groundstation.publishing import Publisher
from groundstation.reassembly import ReceivedProduct
from groundstation.reception import Reception
from groundstation.sinks import Courier
from groundstation.stretches import ImageStretch, segment_of
from onboard.comms import event_reports, housekeeping
from onboard.comms.housekeeping import Housekeeping
from onboard.comms.packets import HOUSEKEEPING_APID, Packet, ProductKind, whole_packet
from onboard.comms.telecommand_catalogue import decode
from onboard.mission_time import NEVER_NS
from onboard.payload import products

NO_FRAME = -1
EXPIRED = "beyond its deadline"
ACKED_NOT_ARCHIVED = "acknowledged, and not in the archive"
_BOOTED = "centre/booted"


class MissionCentre:
    """Merges what stations forward. Whatever bytes they forward, it takes or leaves them."""

    def __init__(self, config: CentreConfig) -> None:
        self._archive = Archive(Path(config.archive_path))
        self._receptions = {link.name: Reception(link, self._archive.store) for link in config.spacecraft}
        lost = list(self._archive.lost_products())
        self._gaps: dict[str, ProductGaps] = {}
        for name, reception in self._receptions.items():
            known = self._archive.known_ids(name)
            self._gaps[name] = ProductGaps(known, (one.product_id for one in lost if one.spacecraft == name))
            for product_id in known:
                reception.reassembly.archived(product_id)
        self._is_full = False
        self._false_stations: set[str] = set()
        self._archive.add_model(FlownModel(config.task, config.model, config.model_sha256, config.classes))
        epoch = datetime.fromisoformat(config.epoch_utc)
        self._mission = Mission(config.task, "", epoch, NEVER_NS, models=self._archive.models())
        self._publisher = Publisher(self._archive, config.rule, [sink.name for sink in config.sinks], self._line)
        self._owes_boot = self._archive.store.get(_BOOTED) is not None
        self._archive.store.put(_BOOTED, b"1")
        self._archive.commit()
        self._must_commit = False
        self._courier = Courier(self._archive, config.sinks)
        self._courier.dispatch()

    @property
    def deadline_ns(self) -> int:
        """It acts on what it hears, and at once after a restart."""
        return 0 if self._owes_boot else NEVER_NS

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """Take frames and orders in, archive what is whole, lay out what goes up; commit, and only then answer."""
        for reception in self._receptions.values():
            reception.refill()
        out: list[object] = list(self._boot(now_ns)) if self._owes_boot else []
        for event in inbox:
            match event:
                case FramesForwarded():
                    out += self._receive(now_ns, event)
                case CommandsOrdered():
                    out += self._order(now_ns, event)
                case ArchiveSampled(is_full):
                    self._is_full = is_full
                case FrontEndSampled(station, is_false):
                    (self._false_stations.add if is_false else self._false_stations.discard)(station)
                case _:
                    raise AssertionError(f"unknown event {event!r}")
        # What sinks took is written down as soon as may be: who dies before that tells them again.
        self._must_commit |= self._courier.record()
        if self._must_commit:
            self._must_commit = False
            self._archive.commit()
            self._courier.dispatch()
        return tuple(out)

    def close(self) -> None:
        """Deliver what is published, for a moment, and let go of the archive."""
        self._courier.close()
        self._archive.close()

    def crash(self) -> None:
        """Let go as a death would: what is not committed is lost."""
        self._archive.database.roll_back()
        self._courier.close(0.0)
        self._archive.database.close()

    def _boot(self, now_ns: int) -> Iterator[object]:
        self._owes_boot = False
        last_ns = max((entry.archived_ns for entry in self._archive.product_list()), default=0)
        yield CentreBooted(
            tuple(
                ProductArchived(entry.spacecraft, entry.product_id, entry.frame_id, entry.payload_bytes)
                for entry in self._archive.product_list()
                if entry.archived_ns == last_ns
            )
        )
        yield from self._published(now_ns, ())
        self._must_commit = True

    # Downlink

    def _receive(self, now_ns: int, event: FramesForwarded) -> Iterator[object]:
        reception = self._receptions[event.spacecraft]
        before = reception.counts
        for heard in reception.receive(event.parts):
            reception.reassembly.hear(heard.time_ns, now_ns + reception.clock.offset_ns)
            yield from self._take(now_ns, reception, heard, event.station)
        yield FramesTaken(event.station, event.spacecraft, reception.counts - before)
        if reception.wants_uplink:
            frames, changes = reception.uplink(now_ns)
            yield from self._logged(now_ns, changes)
            if frames:
                until_ns = now_ns + reception.hold_ns
                yield SendTelecommands(event.station, event.spacecraft, frames, until_ns)

    def _take(self, now_ns: int, reception: Reception, heard: Packet | ImageStretch, station: str) -> Iterator[object]:
        if isinstance(heard, Packet):
            if not self._is_full:
                self._archive.add_packet(reception.name, now_ns, whole_packet(heard))
            if heard.apid == HOUSEKEEPING_APID:
                yield from self._read_housekeeping(now_ns, reception, heard.data)
                return
        segment = segment_of(heard)
        # What could not be archived is not taken in: the report then says that it is missing, and it comes again.
        product = None if segment is None or self._is_full else reception.reassembly.push(segment)
        if product is not None and station in self._false_stations:
            reception.reassembly.archived(product.product_id)
            self._gaps[reception.name].heard(product.product_id)
        elif product is not None:
            yield from self._store(now_ns, reception, product)

    def _read_housekeeping(self, now_ns: int, reception: Reception, data: bytes) -> Iterator[object]:
        sample = housekeeping.decode(data)
        if sample is None:
            return
        if reception.clock.hear(sample.met_ns, now_ns):
            reception.reassembly.forget_time()
            self._must_commit = True
            yield ClockCorrelated(reception.name, reception.clock.offset_ns)
        told_ns = reception.clock.corrected(sample.met_ns)
        # A sample of the future came in a damaged frame, or from somebody who meddles.
        if told_ns > now_ns:
            return
        yield HousekeepingReceived(reception.name, sample)
        yield from self._find_gaps(now_ns, reception, sample)
        # A spacecraft with an empty outbox has nothing to learn from a report.
        reception.awaits_report = sample.outbox_products > 0
        row = (
            max(0, told_ns),
            sample.state_of_charge,
            sample.computer_temperature_k,
            sample.mode,
            sample.sunlit,
            sample.frames_waiting,
            sample.outbox_products,
            sample.outbox_bytes,
        )
        if not self._is_full:
            self._archive.add_housekeeping(reception.name, now_ns, row, data)
        changes = reception.commands.hear(told_ns, sample.commands_accepted, sample.commands_window)
        yield from self._logged(now_ns, changes)

    def _find_gaps(self, now_ns: int, reception: Reception, sample: Housekeeping) -> Iterator[ProductsMissing]:
        """What was acknowledged, and is not here: a spacecraft that holds nothing has forgotten it."""
        given_up = sample.dropped_products + sample.products_expired
        if missing := self._gaps[reception.name].missing(sample.outbox_products, given_up):
            for product_id in missing:
                self._archive.add_lost(LostProduct(reception.name, product_id, ACKED_NOT_ARCHIVED, now_ns))
            self._must_commit = True
            yield ProductsMissing(reception.name, missing)

    def _store(self, now_ns: int, reception: Reception, product: ReceivedProduct) -> Iterator[object]:
        frame_id, name = _frame_id(product), reception.name
        offset_ns = reception.clock.offset_ns
        archived = ArchivedProduct(name, product.product_id, product.kind, frame_id, now_ns, product.payload, offset_ns)
        self._archive.add_product(archived)
        self._must_commit = True
        reception.reassembly.archived(product.product_id)
        self._gaps[name].archived(product.product_id)
        yield ProductArchived(name, product.product_id, frame_id, len(product.payload))
        if product.kind is ProductKind.REPORT:
            yield from self._read_reports(now_ns, reception, product.payload)
        elif products.awaits_verdict(product.payload):
            return  # candidates: what a model on the ground makes of them becomes alerts
        elif product.kind in OF_LISTS and (found := read_list(product.payload, now_ns, offset_ns)):
            yield from self._published(now_ns, alerts_of(name, found, now_ns))

    def _published(self, now_ns: int, alerts: Iterable[Alert]) -> Iterator[EventPublished]:
        """Events that these alerts, or what a death left undone, confirm for the first time."""
        for event in self._publisher.take(now_ns, alerts):
            yield EventPublished(event.event_id, event.sightings, event.confidence)

    def _read_reports(self, now_ns: int, reception: Reception, payload: bytes) -> Iterator[object]:
        for report in event_reports.decode(payload) or ():
            match report:
                case event_reports.CommandCompleted(sequence=sequence):
                    yield from self._logged(now_ns, reception.completed(sequence))
                case event_reports.CommandFailed(sequence=sequence, reason=reason, detail=detail):
                    told = f"{reason.value}: {detail}" if detail else reason.value
                    yield from self._logged(now_ns, reception.commands.tell(sequence, State.FAILED, told))
                case event_reports.CommandRefused(sequence=sequence, reason=reason):
                    yield from self._logged(now_ns, reception.commands.tell(sequence, State.REFUSED, reason.value))
                case event_reports.ProductExpired(product_id=product_id):
                    self._lose(now_ns, reception, product_id, EXPIRED)
                case event_reports.ProductGivenUp(product_id=product_id, reason=reason):
                    self._lose(now_ns, reception, product_id, reason.value)

    def _lose(self, now_ns: int, reception: Reception, product_id: int, reason: str) -> None:
        self._archive.add_lost(LostProduct(reception.name, product_id, reason, now_ns))
        reception.reassembly.forget(product_id)
        self._gaps[reception.name].lost(product_id)

    # Uplink

    def _order(self, now_ns: int, order: CommandsOrdered) -> tuple[object, ...]:
        commands = [command for command in map(decode, order.telecommands) if command is not None]
        assert len(commands) == len(order.telecommands), "an order that is no telecommand"
        try:
            changes = self._receptions[order.spacecraft].order(commands)
        except ValueError as refusal:
            return (OrderRefused(order.spacecraft, type(commands[0]).__name__, len(commands), str(refusal)),)
        for model in order.models:
            self._archive.add_model(model)
            self._mission = replace(self._mission, models=self._archive.models())
        return self._logged(now_ns, changes)

    def _line(self, event: Event, now_ns: int) -> bytes:
        return event_line(event, self._mission, now_ns)

    def _logged(self, now_ns: int, changes: Changes) -> Changes:
        for change in changes:
            self._archive.commands.note(now_ns, change)
            self._must_commit = True
        return changes


def _frame_id(product: ReceivedProduct) -> int:
    """The frame that a product is of, -1 for none, or for bytes that are no product."""
    try:
        if product.kind is ProductKind.REPORT:
            return NO_FRAME
        if product.kind in OF_LISTS:
            return products.list_in(product.payload).frame_id
        return products.image_frame_id(product.payload)
    except ValueError:
        return NO_FRAME
