"""What the ground knows of a run so far: housekeeping and products that arrived, alerts, telecommands' fates.

Folded from the mission centre's answers. What a product holds is read from its archive, where it is by then.
"""

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from groundstation.alerts import OF_LISTS, Alert, AlertKey, alert_key, alerts_of, read_list
from groundstation.archive import ArchivedProduct, FlownModel
from groundstation.chips import chips_of
from groundstation.command_queue import CommandChanged, State
from groundstation.events import EventRule
from groundstation.exports.geojson import SIZE_CLASSES
from groundstation.exports.geometry import DIGITS
from groundstation.grouping import AlertGrouper
from groundstation.messages import (
    CentreBooted,
    EventPublished,
    FramesTaken,
    HousekeepingReceived,
    OrderRefused,
    ProductArchived,
)
from groundstation.web.view import AlertRow, CommandRow, LinkCounts, SatelliteState
from onboard.comms.dictionary import MODES, STRATEGIES
from onboard.comms.housekeeping import raised_monitors, units_off
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from onboard.payload.products import awaits_verdict
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey
from sim.experiment.latency import parts_ns
from sim.experiment.matching import matches
from sim.facts import OperatorOrdered, SlotSent
from sim.mission_control.truth import ZERO_CELSIUS_K, Truth

MOST_COMMANDS = 40
PARTS_WORD, ACTIVATION_WORD = "load_model_part", "activate_model"
_MODES, _STRATEGIES = dict(MODES.words), dict(STRATEGIES.words)
NOTHING_HEARD: SatelliteState = {
    "state_of_charge": None,
    "computer_c": None,
    "mode": None,
    "monitors": None,
    "units_off": None,
    "sunlit": None,
    "activity": "not heard yet",
    "outbox_bytes": None,
    "frames_deferred": None,
    "strategy": None,
    "model_sha256": None,
    "as_of_ns": None,
}


class Products(Protocol):
    """The archive, as far as it is asked: `groundstation.archive.Archive` is one."""

    def product(self, spacecraft: str, product_id: int) -> ArchivedProduct | None:
        """One product, if it is here."""

    def models(self) -> dict[tuple[bytes, str], FlownModel]:
        """Models made known, by the hash's first four bytes and the task."""


class Knowledge:
    """Takes records after `log` and `truth` have. Alerts are numbered in order of arrival."""

    def __init__(self, satellites: Iterable[str], log: FlightLog, truth: Truth, rule: EventRule) -> None:
        self.log = log
        self.truth = truth
        self.known = dict.fromkeys(satellites, NOTHING_HEARD)
        self.counts: dict[str, LinkCounts] = {
            name: {"satellite": name, "frames_accepted": 0, "frames_damaged": 0, "gaps": 0, "frames_lost": 0}
            for name in self.known
        }
        self.commands: deque[CommandRow] = deque(maxlen=MOST_COMMANDS)
        self.alerts: list[AlertRow] = []
        self.events_published = 0
        self.latencies_ns: list[int] = []
        self._alert_keys: list[AlertKey] = []
        self._number_of: dict[AlertKey, int] = {}
        self._changed: set[int] = set()
        self._grouper = AlertGrouper(rule, self._class_name)
        self._ungrouped: list[Alert] = []
        self._models: dict[tuple[bytes, str], FlownModel] = {}
        self._parts_accepted: dict[str, int] = dict.fromkeys(self.known, 0)

    def take(self, now_ns: int, message: object, archive: Products) -> None:
        """Take one message."""
        if handler := _HANDLERS.get(type(message)):
            handler(self, now_ns, message)
        elif isinstance(message, ProductArchived):
            self._archive(now_ns, message, archive)
        elif isinstance(message, CentreBooted):
            for product in message.held:
                self._archive(now_ns, product, archive)

    def add_alerts(self, alerts: Iterable[Alert], models: dict[tuple[bytes, str], FlownModel]) -> None:
        """Alerts that a model on the ground found in pixels."""
        self._models = self._models | models
        by_frame: dict[FrameKey, list[Alert]] = {}
        for alert in alerts:
            by_frame.setdefault((alert.spacecraft, alert.found.frame_id), []).append(alert)
        for found in by_frame.values():
            self._add(found, -1)

    def changed_alerts(self, *, whole: bool = False) -> list[AlertRow]:
        """Alerts that are new or changed since the last call, grouped into events as the mission centre does."""
        self._group()
        chosen = range(len(self.alerts)) if whole else sorted(self._changed)
        self._changed = set()
        return [self.alerts[number] for number in chosen]

    @property
    def has_news(self) -> bool:
        """Whether alerts are new or changed."""
        return bool(self._changed)

    def _archive(self, now_ns: int, told: ProductArchived, archive: Products) -> None:
        key = told.spacecraft, told.frame_id
        frame = self.log.frames.get(key)
        result = frame.result if frame is not None else None
        if frame is not None and result is not None and result.archived_ns == now_ns and (parts := parts_ns(frame)):
            insort(self.latencies_ns, sum(parts.values()))
        product = archive.product(told.spacecraft, told.product_id)
        if product is None or product.kind not in OF_LISTS or awaits_verdict(product.payload):
            return
        if found := read_list(product.payload, now_ns, product.clock_offset_ns):
            has_chips = product.kind is ProductKind.CHIP
            if (found.model_sha256_prefix, found.task) not in self._models:
                self._models = archive.models()
            self._add(list(alerts_of(told.spacecraft, found, now_ns)), told.product_id)
            if has_chips:
                for chip in chips_of(told.spacecraft, product.payload, now_ns, product.clock_offset_ns):
                    self._show(alert_key(chip.alert), told.product_id)

    def _class_name(self, alert: Alert) -> str | None:
        """As `groundstation.alerts.class_names` tells it."""
        model, index = self._model(alert), alert.detection.class_index
        return model.classes[index] if model is not None and index < len(model.classes) else None

    def _model(self, alert: Alert) -> FlownModel | None:
        return self._models.get((alert.found.model_sha256_prefix, alert.found.task))

    def _add(self, alerts: list[Alert], product_id: int) -> None:
        """The alerts of one frame."""
        new = [alert for alert in alerts if alert_key(alert) not in self._number_of]
        if not new:
            return
        key = new[0].spacecraft, new[0].found.frame_id
        frame = self.log.frames.get(key)
        exposure = None if frame is None else frame.exposure
        is_true: list[bool | None] = [None] * len(new)
        if exposure is not None and exposure.targets is not None:
            detections = [alert.detection for alert in new]
            found_by, touches = matches(detections, exposure.targets)
            faint = matches(detections, exposure.faint)[1] if exposure.faint else False
            is_true = (touches | faint).tolist()
            if exposure.targets:
                self.truth.find(key, (place for place, best in enumerate(found_by.tolist()) if best >= 0.0))
        parts = None if frame is None else parts_ns(frame)
        latency = {f"{part}_s": duration_ns / NS_PER_S for part, duration_ns in (parts or {}).items()} or None
        for alert, truly in zip(new, is_true, strict=True):
            self._changed.add(len(self.alerts))
            self._number_of[alert_key(alert)] = len(self.alerts)
            self._alert_keys.append(alert_key(alert))
            self.alerts.append(self._row(alert, product_id, latency, truly))
        self._ungrouped += new

    def _row(self, alert: Alert, product_id: int, latency: dict[str, float] | None, is_true: bool | None) -> AlertRow:
        found, box, model = alert.found, alert.detection, self._model(alert)
        return {
            "id": len(self.alerts),
            "task": found.task,
            "class": self._class_name(alert) or f"class-{box.class_index}",
            "confidence": round(box.confidence, 3),
            "size_class": SIZE_CLASSES[box.size_class],
            "longitude_deg": round(alert.longitude_deg, DIGITS),
            "latitude_deg": round(alert.latitude_deg, DIGITS),
            "satellite": alert.spacecraft,
            "captured_ns": found.exposed_ns,
            "archived_ns": alert.archived_ns,
            "latency": latency,  # type: ignore[typeddict-item]
            "frame_id": found.frame_id,
            "product_id": product_id,
            "box_px": [box.x0, box.y0, box.x1, box.y1],
            "model_sha256": model.sha256 if model else found.model_sha256_prefix.hex(),
            "event_id": "",
            "published": False,
            "has_chip": False,
            "is_true": is_true,
        }

    def _show(self, key: AlertKey, product_id: int) -> None:
        number = self._number_of[key]
        self.alerts[number] |= {"has_chip": True, "product_id": product_id}
        self._changed.add(number)

    def _group(self) -> None:
        if not self._ungrouped:
            return
        self._grouper.add(self._ungrouped)
        self._ungrouped = []
        for event, alerts in self._grouper.with_alerts():
            for alert in alerts:
                number = self._number_of[alert_key(alert)]
                row = self.alerts[number]
                if (row["event_id"], row["published"]) != (event.event_id, event.is_confirmed):
                    self.alerts[number] |= {"event_id": event.event_id, "published": event.is_confirmed}
                    self._changed.add(number)

    def _hear(self, _now_ns: int, told: HousekeepingReceived) -> None:
        sample, before = told.sample, self.known[told.spacecraft]["as_of_ns"]
        if before is None or sample.met_ns >= before:
            self.known[told.spacecraft] = {
                "state_of_charge": sample.state_of_charge,
                "computer_c": round(sample.computer_temperature_k - ZERO_CELSIUS_K, 1),
                "mode": _MODES[sample.mode],
                "monitors": {name: str(severity) for name, severity in raised_monitors(sample.monitors)},
                "units_off": list(units_off(sample)),
                "sunlit": sample.sunlit,
                "activity": "",
                "outbox_bytes": sample.outbox_bytes,
                "frames_deferred": sample.frames_waiting,
                "strategy": _STRATEGIES[sample.strategy],
                "model_sha256": sample.model_sha256_prefix.hex(),
                "as_of_ns": sample.met_ns,
            }

    def _count(self, _now_ns: int, taken: FramesTaken) -> None:
        row, counts = self.counts[taken.spacecraft], taken.counts
        row["frames_accepted"] += counts.frames_accepted
        row["frames_damaged"] += counts.frames_damaged
        row["gaps"] += counts.gaps

    def _slot(self, _now_ns: int, slot: SlotSent) -> None:
        self.counts[slot.satellite]["frames_lost"] += slot.lost_frames

    def _publish(self, _now_ns: int, _event: EventPublished) -> None:
        self.events_published += 1

    def _command(self, now_ns: int, changed: CommandChanged) -> None:
        if changed.word == PARTS_WORD:  # a model's parts come by the thousand: the row of its activation tells of them
            self._count_part(changed)
            return
        key = changed.spacecraft, changed.order
        for place, row in enumerate(self.commands):
            if (row["satellite"], row["order"]) == key and row["order"]:
                self.commands[place] = {**row, "state": changed.state, "reason": changed.reason, "at_ns": now_ns}
                return
        self._note(now_ns, changed.spacecraft, changed.order, changed.word, changed.state, changed.reason)

    def _count_part(self, changed: CommandChanged) -> None:
        name = changed.spacecraft
        self._parts_accepted[name] += changed.state == State.ACCEPTED
        for place, row in enumerate(self.commands):
            if (row["satellite"], row["word"], row["state"]) == (name, ACTIVATION_WORD, State.QUEUED):
                self.commands[place] = {**row, "reason": f"{self._parts_accepted[name]} parts are aboard"}

    def _refuse(self, now_ns: int, refused: OrderRefused) -> None:
        self._note(now_ns, refused.spacecraft, 0, refused.wish, State.REFUSED, refused.reason)

    def _order(self, now_ns: int, ordered: OperatorOrdered) -> None:
        if not ordered.telecommands:
            self._note(now_ns, ordered.satellite, 0, ordered.wish, State.REFUSED, ordered.refused_because)

    def _note(self, now_ns: int, satellite: str, order: int, word: str, state: str, reason: str) -> None:
        self.commands.append(
            {
                "satellite": satellite,
                "order": order,
                "word": word,
                "state": str(state),
                "reason": reason,
                "at_ns": now_ns,
            }
        )


_HANDLERS: dict[type, Callable[[Knowledge, int, Any], None]] = {
    HousekeepingReceived: Knowledge._hear,
    FramesTaken: Knowledge._count,
    SlotSent: Knowledge._slot,
    EventPublished: Knowledge._publish,
    CommandChanged: Knowledge._command,
    OrderRefused: Knowledge._refuse,
    OperatorOrdered: Knowledge._order,
}
