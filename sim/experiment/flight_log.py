"""Tables made from the journal's records, one after another: what ledger, score and latency are computed from."""

from collections import Counter

from groundstation.centre import ACKED_NOT_ARCHIVED
from groundstation.messages import (
    AlertReceived,
    CentreBooted,
    ClockCorrelated,
    EventPublished,
    OrderRefused,
    ProductArchived,
    ProductsMissing,
)
from onboard import commands, events
from sim.executive import WORLD
from sim.experiment.flight_records import DIED, FrameKey, FrameLog, ProductLog, RefusedOrder, SatelliteLog
from sim.facts import (
    AcceleratorFailed,
    BatteryWorn,
    BroadcastSent,
    ComputerAccounted,
    ComputerThrottled,
    ContactPlanned,
    EnergyAccounted,
    ExposureMissed,
    FaultCleared,
    FaultInjected,
    FrameExposed,
    HeatAccounted,
    JobMoved,
    OperatorOrdered,
    ProcessRestarted,
    SlotSent,
    UnitsSwitched,
    UplinkSent,
)


class FlightLog:
    """Takes the journal's records in order; `frames` and `satellites` are what happened."""

    def __init__(self, satellites: tuple[str, ...]) -> None:
        self.satellites = {name: SatelliteLog() for name in satellites}
        self.frames: dict[FrameKey, FrameLog] = {}
        self.contacts: list[ContactPlanned] = []
        self.products: dict[tuple[str, int], ProductLog] = {}
        self.events_published: set[str] = set()
        self.terminal_lists: Counter[str] = Counter()
        self.restarts: list[ProcessRestarted] = []
        self.orders_refused: list[RefusedOrder] = []
        self.acked_not_archived = 0
        self.products_missing = 0
        self.faults: list[tuple[int, FaultInjected | FaultCleared]] = []
        self._frame_of_job: dict[tuple[str, int], FrameLog] = {}
        self._half_sent: dict[str, dict[int, ProductLog]] = {name: {} for name in satellites}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one record."""
        if node == WORLD:
            for fact in answers:
                self._take_fact(now_ns, fact)
        elif node in self.satellites:
            log = self.satellites[node]
            for event in granted:
                self._take_event(now_ns, node, log, event)
            if any(isinstance(answer, ProcessRestarted) for answer in answers):
                self._lose_frames(node, granted)
            for answer in answers:
                self._take_answer(now_ns, node, log, answer)
        else:
            for answer in answers:
                self._take_ground(now_ns, node, answer)

    def pending_products(self, satellite: str, before_ns: int) -> list[int]:
        """A satellite's products that were made before an instant and neither archived nor given up."""
        return [
            frame.product_id
            for (name, _), frame in self.frames.items()
            if name == satellite
            and frame.product_id not in (None, -1)
            and frame.job_ended_ns is not None
            and frame.job_ended_ns < before_ns
            and frame.archived_ns is None
            and not frame.lost_because
        ]

    def _take_ground(self, now_ns: int, node: str, answer: object) -> None:
        match answer:
            case ProductArchived():
                self._archive(now_ns, answer)
            case CentreBooted(held=held):
                for product in held:
                    self._archive(now_ns, product)
            case ProductsMissing(product_ids=product_ids):
                self.products_missing += len(product_ids)
            case ClockCorrelated(spacecraft, offset_ns):
                self.satellites[spacecraft].clock_offset_ns = offset_ns
            case OrderRefused(spacecraft, wish, telecommands, reason):
                self.orders_refused.append(RefusedOrder(spacecraft, wish, telecommands, reason))
            case AlertReceived():
                self.terminal_lists[node] += 1
            case EventPublished(event_id=event_id):
                self.events_published.add(event_id)
            case ProcessRestarted():
                self.restarts.append(answer)

    def _archive(self, now_ns: int, product: ProductArchived) -> None:
        made = self.products.get((product.spacecraft, product.product_id))
        if made is not None and made.archived_ns is None:
            made.archived_ns = now_ns

    def _take_fact(self, now_ns: int, fact: object) -> None:
        match fact:
            case FrameExposed(satellite=satellite, frame_id=frame_id):
                self.frames[satellite, frame_id] = FrameLog(now_ns, fact)
            case SlotSent():
                log = self.satellites[fact.satellite]
                log.granted_bytes += fact.granted_bytes
                log.sent_bytes += fact.sent_bytes
                log.frames_lost += fact.lost_frames
                self._carry(fact)
            case BroadcastSent(satellite=satellite, sent_bytes=sent_bytes):
                self.satellites[satellite].broadcast_bytes += sent_bytes
            case UplinkSent(satellite=satellite, sent_bytes=sent_bytes):
                self.satellites[satellite].uplink_bytes += sent_bytes
            case ExposureMissed(satellite=satellite):
                self.satellites[satellite].exposures_missed.append(fact)
            case UnitsSwitched(satellite=satellite, switched_off=units):
                self.satellites[satellite].units_switched_off += units
            case EnergyAccounted(satellite=satellite):
                self.satellites[satellite].energy = fact
            case HeatAccounted(satellite=satellite):
                self.satellites[satellite].heat = fact
            case BatteryWorn(satellite=satellite):
                self.satellites[satellite].battery = fact
            case ComputerAccounted(satellite=satellite):
                self.satellites[satellite].computer = fact
            case ComputerThrottled(satellite=satellite, steps=steps):
                self.satellites[satellite].throttled.append((now_ns, steps))
            case AcceleratorFailed(satellite=satellite):
                self.satellites[satellite].accelerators_failed += 1
            case JobMoved(satellite=satellite):
                self.satellites[satellite].jobs_moved += 1
            case FaultInjected() | FaultCleared():
                self.faults.append((now_ns, fact))
            case ContactPlanned():
                self.contacts.append(fact)
            case OperatorOrdered(telecommands=0):
                self.orders_refused.append(RefusedOrder(fact.satellite, fact.wish, 0, fact.refused_because))

    def _carry(self, slot: SlotSent) -> None:
        """A slot's frames, which the satellite told of just before, are on their way."""
        half_sent = self._half_sent[slot.satellite]
        for product_id, product in list(half_sent.items()):
            product.carry(slot.arrives_ns)
            if product.is_sent_whole:
                del half_sent[product_id]

    def _send(self, now_ns: int, name: str, product_id: int) -> None:
        product = self.products[name, product_id]
        product.send(now_ns)
        if not product.is_sent_whole:
            self._half_sent[name][product_id] = product

    def _forget(self, name: str, product_id: int) -> None:
        """A spacecraft no longer holds a product, since the ground says that it has it."""
        product = self.products.get((name, product_id))
        if product is not None and product.archived_ns is None:
            product.drop(ACKED_NOT_ARCHIVED)
            self.acked_not_archived += 1

    def _lose_frames(self, name: str, granted: tuple[object, ...]) -> None:
        """Frames handed to a process that died of it are lost, unless it had stored them by then."""
        for event in granted:
            if isinstance(event, events.FrameCaptured):
                self.frames[name, event.frame.frame_id].lost_because = DIED

    def _reconcile(self, now_ns: int, name: str, boot: commands.Booted) -> None:
        """What a flight computer had stored when it died, and could not say so."""
        stored = set(boot.frames)
        for (satellite, frame_id), untold in self.frames.items():
            if satellite == name and untold.is_untold:
                is_lost = frame_id not in stored and (untold.exposed_ns < now_ns or untold.lost_because)
                untold.lost_because = DIED if is_lost else ""
        for product in boot.products:
            if (name, product.product_id) in self.products:
                continue
            frame = self.frames.get((name, product.frame_id))
            if frame is None or frame.product_id is not None:
                self.products[name, product.product_id] = ProductLog("result", product.product_bytes, None)
            else:
                self.products[name, product.product_id] = frame.make("result", product.product_bytes)
                frame.product_id, frame.product_bytes = product.product_id, product.product_bytes
                frame.lost_because = ""
        for (satellite, _), undone in self.frames.items():
            if satellite == name and undone.is_untold:
                undone.lose_work()

    def _take_event(self, now_ns: int, name: str, log: SatelliteLog, event: object) -> None:
        match event:
            case events.HousekeepingSampled(state_of_charge, computer_temperature_k, sunlit):
                log.sampled_ns.append(now_ns)
                log.state_of_charge.append(state_of_charge)
                log.computer_temperature_k.append(computer_temperature_k)
                log.sunlit.append(sunlit)
                log.pending_bytes.append(log.pending_bytes[-1] if log.pending_bytes else 0)  # it may be deaf
            case events.JobFinished(job_id) if (name, job_id) in self._frame_of_job:
                self._frame_of_job[name, job_id].job_ended_ns = now_ns
            case events.JobLost(job_id) if (name, job_id) in self._frame_of_job:
                self._frame_of_job[name, job_id].lose_work()

    def _take_answer(self, now_ns: int, name: str, log: SatelliteLog, answer: object) -> None:
        match answer:
            case commands.StartJob(job_id=job_id, frame_id=frame_id, purpose=commands.Purpose.PROCESS):
                frame = self._frame_of_job[name, job_id] = self.frames[name, frame_id]
                if frame.job_started_ns is None:
                    frame.job_started_ns = now_ns
            case commands.FrameProcessed(frame_id, product_id, product_bytes, detections, gated):
                frame = self.frames[name, frame_id]
                frame.product_id, frame.product_bytes, frame.detections = product_id, product_bytes, detections
                frame.gated = gated
                frame.lost_because = ""
                if product_id >= 0:
                    self.products[name, product_id] = frame.make("result", product_bytes)
            case commands.ProductMade(product_id=product_id, kind=kind, product_bytes=product_bytes):
                self.products[name, product_id] = ProductLog(kind, product_bytes, None)
            case commands.FrameRefused(frame_id, reason):
                self.frames[name, frame_id].lost_because = reason
            case commands.FrameSetAside(frame_id, reason):
                self.frames[name, frame_id].deferred_because = reason
            case commands.ProductDropped(product_id=product_id, reason=reason):
                self.products[name, product_id].drop(reason)
            case commands.ProductAcknowledged(product_id):
                self._forget(name, product_id)
            case commands.ProductSent(product_id):
                self._send(now_ns, name, product_id)
            case commands.ProductSentWhole(product_id):
                self.products[name, product_id].is_sent_whole = True
            case commands.OutboxSampled(pending_bytes=pending_bytes):
                log.pending_bytes[-1] = pending_bytes
                log.retained_bytes, log.evicted_bytes = answer.retained_bytes, answer.evicted_bytes
            case commands.Booted():
                self._reconcile(now_ns, name, answer)
            case commands.ModelSwapped(sha256=sha256):
                if not log.models or log.models[-1][1].sha256 != sha256:  # what was told before is told at each boot
                    log.models.append((now_ns, answer))
            case ProcessRestarted():
                self.restarts.append(answer)
            case commands.ModeEntered(mode):
                log.modes.append((now_ns, str(mode)))
            case commands.MonitorChanged(monitor, is_raised):
                log.monitors[monitor] += is_raised
            case commands.Transmit():
                log.payload_bytes += answer.payload_bytes
                log.header_bytes += answer.header_bytes
                log.fill_bytes += answer.fill_bytes
                log.retransmit_bytes += answer.retransmit_bytes
                log.housekeeping_bytes += answer.housekeeping_bytes
