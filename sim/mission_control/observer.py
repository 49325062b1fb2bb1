"""One fold of the journal's records into what mission control shows: the same while a run flies and in its replay."""

import pickle
from collections.abc import Iterable

from groundstation.alerts import Alert
from groundstation.archive import FlownModel
from groundstation.events import EventRule
from groundstation.messages import ProductArchived
from groundstation.web.view import AlertRow, Headline, Link, Pace, SatelliteNow, Snapshot, Status
from onboard import commands
from onboard.mission_time import NS_PER_S, to_ns
from onboard.strategy import STRATEGIES
from sim.executive import WORLD
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey
from sim.facts import FrameExposed
from sim.mission_control.knowledge import Knowledge, Products
from sim.mission_control.sky import Sky
from sim.mission_control.truth import HANDLERS, Truth
from sim.scenario import Scenario
from sim.world.slots import slot_ns
from sim.world.traffic import CENTRE

TIMELINE_PX = 1500
"""Stretches closer than a pixel of so wide a timeline are drawn as one."""
_LEDGER = {
    *(FrameExposed, ProductArchived, commands.FrameProcessed, commands.ProductMade, commands.ProductDropped),
    commands.Booted,
}


class Observer:
    """Takes records after `log` has. `sky` and `archive` are asked, not changed."""

    def __init__(
        self, scenario: Scenario, log: FlightLog, sky: Sky, archive: Products, rule: EventRule, model_sha256: str
    ) -> None:
        names = [satellite.name for satellite in scenario.satellite]
        self._names = names
        self._sky, self._archive = sky, archive
        strategy = STRATEGIES[scenario.strategy]
        self._is_told = strategy.runs_model and not strategy.awaits_verdict
        self._slot_ns = {satellite.name: slot_ns(satellite.radio) for satellite in scenario.satellite}
        self.log = log
        join_ns = to_ns(scenario.duration_s) // TIMELINE_PX
        self.truth = Truth(names, log, scenario.strategy, join_ns)
        for craft in self.truth.craft.values():
            craft.model_sha256 = model_sha256
        self.knowledge = Knowledge(names, log, self.truth, rule)
        self._ledger = Ledger(log)

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one record. Most messages are of no interest, and cost a look or two."""
        if node == CENTRE:
            for answer in answers:
                self.knowledge.take(now_ns, answer, self._archive)
                if type(answer) in _LEDGER:
                    self._ledger.take(node, answer)
        elif node == WORLD:
            for fact in answers:
                self._take_true(now_ns, node, fact)
                self.knowledge.take(now_ns, fact, self._archive)
        elif node in self._slot_ns:
            for event in granted:
                if handler := HANDLERS.get(type(event)):
                    handler(self.truth, now_ns, node, event)
            for answer in answers:
                self._take_true(now_ns, node, answer)

    def _take_true(self, now_ns: int, node: str, answer: object) -> None:
        kind = type(answer)
        if handler := HANDLERS.get(kind):
            handler(self.truth, now_ns, node, answer)
        if kind in _LEDGER:
            self._ledger.take(node, answer)

    def find(self, alerts: Iterable[Alert], models: dict[tuple[bytes, str], FlownModel]) -> None:
        """Take alerts that a model on the ground found in pixels; from now on the recall counts them."""
        self.knowledge.add_alerts(alerts, models)
        self._is_told = True

    def snapshot(self, now_ns: int, status: Status, pace: Pace, *, whole: bool = False) -> Snapshot:
        """The mission at an instant, no earlier than the last record."""
        return {
            "now_ns": now_ns,
            "status": status,
            "pace": pace,
            "reset": whole,
            "headline": self._headline(),
            "sun": self._sky.sun(now_ns),
            "satellites": self._satellites(now_ns),
            "links": self._links(now_ns),
            "footprints": self.truth.footprints(),
            "bars": self.truth.bars(now_ns, whole=whole),
            "targets": self.truth.told_targets(whole=whole),
            "alert_count": len(self.knowledge.alerts),
            "commands": list(self.knowledge.commands),
            "link_counts": list(self.knowledge.counts.values()),
        }

    def changed_alerts(self, *, whole: bool = False) -> list[AlertRow]:
        """Alerts that are new or changed since the last call, or all."""
        return self.knowledge.changed_alerts(whole=whole)

    def checkpoint(self) -> bytes:
        """Everything that records change, to come back to."""
        return pickle.dumps((self.log, self.truth, self.knowledge, self._ledger, self._is_told))

    def restore(self, checkpoint: bytes) -> None:
        """Come back to a checkpoint."""
        self.log, self.truth, self.knowledge, self._ledger, self._is_told = pickle.loads(checkpoint)

    def _headline(self) -> Headline:
        ledger, knowledge = self._ledger, self.knowledge
        sent = sum(
            one.payload_bytes + one.header_bytes + one.fill_bytes + one.retransmit_bytes
            for one in self.log.satellites.values()
        )
        spent = sent + ledger.pending_bytes
        found = ledger.truth_known and self._is_told and ledger.targets
        return {
            "captured_bytes": ledger.captured_bytes,
            "lossless_bytes": ledger.lossless_bytes,
            "sent_bytes": sent,
            "ratio": ledger.captured_bytes / spent if spent else None,
            "recall": self.truth.found / ledger.targets if found else None,
            "coverage": len(ledger.done) / ledger.exposed if ledger.exposed else None,
            "latency_p50_s": _median_s(knowledge.latencies_ns),
            "alerts": len(knowledge.alerts),
            "events_published": knowledge.events_published,
            "frames_exposed": ledger.exposed,
            "frames_done": len(ledger.done),
        }

    def _satellites(self, now_ns: int) -> list[SatelliteNow]:
        longitudes, latitudes, headings = self._sky.places(now_ns)
        rows: list[SatelliteNow] = []
        for name, longitude_deg, latitude_deg, heading_deg in zip(
            self._names, longitudes, latitudes, headings, strict=True
        ):
            known = self.knowledge.known[name]
            station = self._sky.station(name, now_ns)
            heard = "not heard yet" if known["as_of_ns"] is None else "out of contact"
            rows.append(
                {
                    "name": name,
                    "longitude_deg": longitude_deg,
                    "latitude_deg": latitude_deg,
                    "heading_deg": heading_deg,
                    "known": {**known, "activity": f"in contact with {station}" if station else heard},
                    "true": self.truth.state(name, now_ns),
                    "next_event": self._sky.next_event(name, now_ns),
                }
            )
        return rows

    def _links(self, now_ns: int) -> list[Link]:
        links: list[Link] = []
        for name, craft in self.truth.craft.items():
            if station := self._sky.station(name, now_ns):
                slot_length_ns = self._slot_ns[name]
                is_fresh = station == craft.station and now_ns - craft.slot_ns <= 2 * slot_length_ns
                bits = 8 * craft.slot_bytes if is_fresh else 0
                links.append({"satellite": name, "station": station, "rate_bps": bits * NS_PER_S / slot_length_ns})
        return links


class Ledger:
    """The summary's byte counts, kept up record by record: `done` are frames that are completed."""

    def __init__(self, log: FlightLog) -> None:
        self._log = log
        self._pending: dict[tuple[str, int], int] = {}
        self.done: set[FrameKey] = set()
        self.exposed = self.captured_bytes = self.lossless_bytes = self.pending_bytes = self.targets = 0
        self.truth_known = True

    def take(self, node: str, message: object) -> None:
        """Take a message that moves a count."""
        match message:
            case FrameExposed(targets=targets):
                self.exposed += 1
                self.targets += len(targets or ())
                self.truth_known = self.truth_known and targets is not None
            case commands.FrameProcessed(frame_id=frame_id, product_id=product_id):
                self._await(node, product_id)
                self._complete((node, frame_id))
            case commands.ProductMade(product_id=product_id):
                self._await(node, product_id)
            case commands.ProductDropped(product_id=product_id):
                self._settle((node, product_id))
            case ProductArchived(spacecraft=spacecraft, product_id=product_id, frame_id=frame_id):
                self._settle((spacecraft, product_id))
                self._complete((spacecraft, frame_id))
            case commands.Booted():
                self._recount()

    def _await(self, name: str, product_id: int) -> None:
        product = self._log.products.get((name, product_id))
        if product is not None and product.kind != "report" and product.archived_ns is None:
            self._pending[name, product_id] = product.payload_bytes
            self.pending_bytes += product.payload_bytes

    def _settle(self, key: tuple[str, int]) -> None:
        self.pending_bytes -= self._pending.pop(key, 0)

    def _complete(self, key: FrameKey) -> None:
        frame = self._log.frames.get(key)
        if frame is not None and frame.is_completed and key not in self.done:
            self.done.add(key)
            self.captured_bytes += frame.exposure.captured_bytes
            self.lossless_bytes += frame.exposure.lossless_bytes

    def _recount(self) -> None:
        """After a restart: what was stored and could not be told is told now."""
        self._pending = {
            key: product.payload_bytes
            for key, product in self._log.products.items()
            if product.kind != "report" and product.archived_ns is None and not product.dropped_because
        }
        self.pending_bytes = sum(self._pending.values())
        for key in self._log.frames:
            self._complete(key)


def _median_s(ordered_ns: list[int]) -> float | None:
    return ordered_ns[(len(ordered_ns) - 1) // 2] / NS_PER_S if ordered_ns else None
