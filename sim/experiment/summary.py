"""`summary.json`: the ledger of a run, computed from the flight log and what the archive holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from groundstation.command_queue import State
from groundstation.publications import DeliveryCounts
from groundstation.publishing import ReportedEvent
from onboard.mission_time import to_ns, to_s
from onboard.payload.detections import Detection
from onboard.payload.models import ModelCard
from onboard.strategy import STRATEGIES
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey, FrameLog, SatelliteLog
from sim.experiment.latency import latency_table
from sim.experiment.results import ByteCounts, Commanded, FrameCounts, ModelTable, SatelliteTable, Savings, Summary
from sim.experiment.score import score
from sim.facts import FaultInjected
from sim.scenario import Scenario

SCHEMA_VERSION = 1


NOTHING_DELIVERED = DeliveryCounts(delivered=0, waiting=0, given_up=0)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the log does not know of a run. `commands` counts the archive's telecommands by their state: a mission
    centre that dies may not have told the last. `ground_model` is what judged candidates, None where nothing had to.
    """

    digest: str
    processes: int
    wall_s: float
    unexposed_pictures: int
    notes: tuple[str, ...]
    deliveries: DeliveryCounts = NOTHING_DELIVERED
    commands: Mapping[str, int] = field(default_factory=dict)
    ground_model: ModelTable | None = None


def model_table(card: ModelCard) -> ModelTable:
    """A model's entry of the summary."""
    return {"name": card.name, "version": card.version, "sha256": card.sha256}


def summarise(
    scenario: Scenario,
    card: ModelCard,
    log: FlightLog,
    alerts: Mapping[FrameKey, tuple[Detection, ...]],
    facts: RunFacts,
    events: Sequence[ReportedEvent] = (),
) -> Summary:
    """The summary's keys, in the order people read them."""
    frames = list(log.frames.values())
    byte_table = _bytes(log)
    reasons = _reasons(frames, log)
    if facts.unexposed_pictures:
        reasons.append(f"{facts.unexposed_pictures} pictures were never exposed")
    if undelivered := facts.deliveries.waiting + facts.deliveries.given_up:
        reasons.append(f"{undelivered} messages about published events did not reach their sinks")
    detects_onboard = STRATEGIES[scenario.strategy].runs_model
    scored = score(
        log,
        alerts,
        scenario.duration_s,
        detects_onboard=detects_onboard,
        class_names=lambda key: _class_names(log, card, key),
        events=events,
    )
    imagery = sorted({frame.exposure.imagery for frame in frames})
    return {
        "schema_version": SCHEMA_VERSION,
        "status": "degraded" if reasons else "complete",
        "reasons": reasons,
        "notes": list(facts.notes),
        "scenario": scenario.name,
        "seed": scenario.seed,
        "strategy": scenario.strategy,
        "processes": facts.processes,
        "restarts": len(log.restarts),
        "faults": _faults(log),
        "acked_not_archived": {"products": log.acked_not_archived, "found": log.products_missing},
        "digest": facts.digest,
        "models": {scenario.task: model_table(card)},
        "ground_model": facts.ground_model,
        "imagery": {scenario.task: "+".join(imagery) or None},
        "virtual_s": scenario.duration_s,
        "wall_s": round(facts.wall_s, 3),
        "frames": _frames(frames),
        "bytes": byte_table,
        "savings": _savings(byte_table),
        "score": {scenario.task: scored.as_table() if scored else None},
        "latency_s": latency_table(log),
        "satellites": {
            name: _satellite(satellite, [frame for key, frame in log.frames.items() if key[0] == name], scenario)
            for name, satellite in log.satellites.items()
        },
        "alerts": sum(len(found) for found in alerts.values()),
        "events_published": len(log.events_published),
        "deliveries": asdict(facts.deliveries),
        "field_terminals": _field_terminals(scenario, log),
        **_commanded(log, facts.commands),
    }


def _field_terminals(scenario: Scenario, log: FlightLog) -> dict[str, dict[str, int]]:
    terminals = (station.name for station in scenario.station if station.kind == "field-terminal")
    return {name: {"detection_lists": log.terminal_lists[name]} for name in terminals}


def _class_names(log: FlightLog, card: ModelCard, key: FrameKey) -> tuple[str, ...]:
    """The classes of the model that looked at a frame: what flew when its work began, or on the ground the first."""
    frame = log.frames[key]
    if not frame.detections:
        return card.classes
    started_ns = frame.job_started_ns or 0
    swaps = [swap.classes for at_ns, swap in log.satellites[key[0]].models if at_ns <= started_ns]
    return swaps[-1] if swaps else card.classes


def _commanded(log: FlightLog, commands: Mapping[str, int]) -> Commanded:
    refused = Counter({State.REFUSED.value: sum(order.telecommands for order in log.orders_refused)})
    return {
        "commands": dict(sorted((Counter(commands) + refused).items())),
        "orders_refused": [
            {"satellite": order.satellite, "wish": order.wish, "reason": order.reason} for order in log.orders_refused
        ],
        "model_swaps": {
            name: [
                {"at_s": to_s(at_ns), "model": swap.model, "sha256": swap.sha256, "reason": swap.reason}
                for at_ns, swap in satellite.models
            ]
            for name, satellite in log.satellites.items()
            if satellite.models
        },
    }


def _faults(log: FlightLog) -> dict[str, int]:
    struck = Counter(fact.fault for _, fact in log.faults if isinstance(fact, FaultInjected))
    return dict(sorted(struck.items()))


def _frames(frames: list[FrameLog]) -> FrameCounts:
    completed = sum(frame.is_completed for frame in frames)
    dropped = sum(bool(frame.lost_because) and not frame.is_completed for frame in frames)
    deferred = sum(not frame.is_processed and not frame.lost_because for frame in frames)
    return {
        "exposed": len(frames),
        "completed": completed,
        "deferred": deferred,
        "dropped": dropped,
        "pending": len(frames) - completed - deferred - dropped,
        "coverage": completed / len(frames) if frames else None,
    }


def _bytes(log: FlightLog) -> ByteCounts:
    completed = [frame for frame in log.frames.values() if frame.is_completed]
    made = [product for product in log.products.values() if product.kind != "report"]
    delivered = sum(product.payload_bytes for product in made if product.archived_ns is not None)
    dropped = sum(product.payload_bytes for product in made if product.dropped_because and product.archived_ns is None)
    products = sum(product.payload_bytes for product in made)
    flown = list(log.satellites.values())
    payload = sum(satellite.payload_bytes for satellite in flown)
    headers = sum(satellite.header_bytes for satellite in flown)
    fill = sum(satellite.fill_bytes for satellite in flown)
    retransmit = sum(satellite.retransmit_bytes for satellite in flown)
    return {
        "captured": sum(frame.exposure.captured_bytes for frame in completed),
        "lossless": sum(frame.exposure.lossless_bytes for frame in completed),
        "downlink": {
            "payload": payload,
            "headers": headers,
            "fill": fill,
            "retransmit": retransmit,
            "total": payload + headers + fill + retransmit,
            "housekeeping": sum(satellite.housekeeping_bytes for satellite in flown),
            "idle": sum(satellite.granted_bytes - satellite.sent_bytes for satellite in flown),
        },
        "uplink": sum(satellite.uplink_bytes for satellite in flown),
        "products": products,
        "delivered": delivered,
        "pending": products - delivered - dropped,
        "dropped": dropped,
        "broadcast": sum(satellite.broadcast_bytes for satellite in flown),
        "retained": sum(satellite.retained_bytes for satellite in flown),
        "evicted": sum(satellite.evicted_bytes for satellite in flown),
    }


def _savings(table: ByteCounts) -> Savings:
    spent = table["downlink"]["total"] + table["pending"]
    if not spent:
        return {
            "vs_captured": None,
            "vs_lossless": None,
            "reason": "no product bytes were sent or are pending",
        }
    return {"vs_captured": table["captured"] / spent, "vs_lossless": table["lossless"] / spent}


def _satellite(satellite: SatelliteLog, frames: list[FrameLog], scenario: Scenario) -> SatelliteTable:
    energy, heat, battery = satellite.energy, satellite.heat, satellite.battery
    assert energy is not None
    assert heat is not None
    assert battery is not None
    return {
        "soc_min": min(satellite.state_of_charge),
        "soc_end": satellite.state_of_charge[-1],
        "depth_of_discharge": battery.depth_of_discharge,
        "battery_cycles": battery.cycles,
        "battery_cycle_life": battery.cycle_life or None,
        "temperature_min_k": dict(heat.temperature_min_k),
        "temperature_max_k": dict(heat.temperature_max_k),
        "energy_j": dict(energy.spent_j),
        "computer_j": dict(satellite.computer.spent_j) if satellite.computer else {},
        "energy_generated_j": energy.generated_j,
        "energy_curtailed_j": energy.curtailed_j,
        "energy_unserved_j": energy.unserved_j,
        "exposures_missed": len(satellite.exposures_missed),
        "units_switched_off": len(satellite.units_switched_off),
        "frames": _frames(frames),
        "throttled_s": _throttled_s(satellite, to_ns(scenario.duration_s)),
        "accelerators_failed": satellite.accelerators_failed,
        "jobs_moved": satellite.jobs_moved,
        "mode_s": _mode_seconds(satellite, to_ns(scenario.duration_s)),
        "monitors": dict(satellite.monitors),
        "clock_offset_s": to_s(satellite.clock_offset_ns),
    }


def _throttled_s(satellite: SatelliteLog, until_ns: int) -> float:
    ends = [start for start, _ in satellite.throttled[1:]] + [until_ns]
    return to_s(sum(end - start for (start, steps), end in zip(satellite.throttled, ends, strict=True) if steps))


def _mode_seconds(satellite: SatelliteLog, until_ns: int) -> dict[str, float]:
    seconds: dict[str, float] = {}
    ends = [start for start, _ in satellite.modes[1:]] + [until_ns]
    for (start, mode), end in zip(satellite.modes, ends, strict=True):
        seconds[mode] = seconds.get(mode, 0.0) + to_s(end - start)
    return seconds


def _reasons(frames: list[FrameLog], log: FlightLog) -> list[str]:
    table = _frames(frames)
    states = {"deferred": table["deferred"], "dropped": table["dropped"], "pending": table["pending"]}
    reasons = [f"{count} of {len(frames)} frames {state}" for state, count in states.items() if count]
    set_aside = [frame.deferred_because for frame in frames if frame.deferred_because]
    if set_aside:
        noun = "frame was" if len(set_aside) == 1 else "frames were"
        reasons.append(f"{len(set_aside)} {noun} set aside, the first because of {set_aside[0]}")
    reasons += [
        f"{name} missed {len(satellite.exposures_missed)} exposures: the instrument was switched off"
        for name, satellite in log.satellites.items()
        if satellite.exposures_missed
    ]
    reasons += [
        f"{name} browned out: {satellite.energy.unserved_j:.0f} J could not be served"
        for name, satellite in log.satellites.items()
        if satellite.energy and satellite.energy.unserved_j > 0
    ]
    reasons += [
        f"{name}'s process died and was started again {deaths} time{'s' if deaths > 1 else ''}"
        for name, deaths in Counter(restart.node for restart in log.restarts).items()
    ]
    if refused := len(log.orders_refused):
        reasons.append(f"{refused} order{'s were' if refused > 1 else ' was'} refused")
    if log.acked_not_archived:
        found = f"the mission centre found {log.products_missing} by gaps in their numbers"
        reasons.append(f"{log.acked_not_archived} products were acknowledged and not archived; {found}")
    return reasons
