"""What participants are built from, out of a scenario: every spacecraft and the mission centre."""

import math
import os
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from groundstation.events import EventRule
from groundstation.messages import BroadcastLink, CentreConfig, SpacecraftLink, StationConfig, TerminalConfig
from groundstation.screening import KnownSite
from groundstation.sinks import SinkConfig, make_sinks
from onboard.broadcast import broadcast_keys
from onboard.comms.keys import Keys, emulated_keys, read_keys, run_keys
from onboard.config import SpacecraftConfig
from onboard.errors import InputError
from onboard.mission_time import to_ns
from onboard.modes import Limits
from onboard.payload.land_map import LandMap
from onboard.payload.models import ModelCard, load_card
from onboard.payload.screening import check_mask
from onboard.strategy import STRATEGIES
from sim.alert_budget import commanded_threshold
from sim.equipment.bus import Bus
from sim.ground_settings import Ground
from sim.radiation.guarding import safeguards_of, usable_bytes
from sim.resolve import cloud_mask_folder
from sim.scenario import Scenario
from sim.scenes.land import the_land
from sim.world.broadcasts import has_terminals
from sim.world.slots import slot_ns, uplink_slot_bytes
from sim.world.workload import steps_per_px

FIRST_SPACECRAFT_ID = 1
RUN_IDENTITY_BYTES = 32
HEATER_MARGIN_K = 5.0
"""Above its thermostat's upper end a heater cannot be on for cause: assumed, for sensors and gradients."""


def keys_of(scenario: Scenario) -> dict[str, Keys]:
    """Every spacecraft's link keys by id for this run; none on a clear link. Raises InputError.

    Emulated keys are the same in equal runs, whose frames are then equal too. Key files give every run keys of its
    own: a run follows from more than can be told apart here (pictures, orders, libraries), and two runs that count
    alike and send something else would undo each other's secrecy.
    """
    names = [satellite.name for satellite in scenario.satellite]
    if not scenario.security.encryption:
        return {name: {} for name in names}
    if not scenario.security.keys:
        return {name: emulated_keys(scenario.seed, name) for name in names}
    read = read_keys(Path(scenario.security.keys), names)
    identity = os.urandom(RUN_IDENTITY_BYTES)
    return {name: run_keys(keys, identity) for name, keys in read.items()}


def check_sinks(scenario: Scenario) -> None:
    """Raises InputError where published events could not be sent: a bad URL, a token file that cannot be read."""
    make_sinks(sinks_of(scenario))


def sinks_of(scenario: Scenario) -> tuple[SinkConfig, ...]:
    """Where published events go."""
    return tuple(SinkConfig(sink.name, sink.kind, sink.target, sink.token_file) for sink in scenario.ground.sinks)


def spacecraft_config(
    scenario: Scenario, index: int, card: ModelCard, keys: Keys, memory_root: Path, *, is_durable: bool
) -> SpacecraftConfig:
    """What is loaded into a satellite, counted as in the scenario, before launch."""
    satellite, number = scenario.satellite[index], FIRST_SPACECRAFT_ID + index
    rules, device = satellite.bus.limits, satellite.device
    setting = device.setting
    return SpacecraftConfig(
        name=satellite.name,
        spacecraft_id=number,
        strategy=scenario.strategy,
        task=scenario.task,
        model_path=str(card.path.parent),
        memory_root=str(memory_root),
        mass_memory_bytes=usable_bytes(scenario, rules.mass_memory_bytes),
        outbox_bytes=rules.outbox_bytes,
        frame_length_bytes=satellite.radio.frame_length_bytes,
        limits=limits_of(satellite.bus),
        battery_capacity_j=satellite.bus.battery.capacity_wh * 3600.0,
        job_power_w=setting.active_w / device.accelerators,
        macs_per_s=setting.throughput_gmac_s * 1e9,
        coded_bytes_per_s=setting.encode_mb_s * 1e6,
        position_error_m=satellite.instrument.position_error_m,
        accelerators=device.accelerators,
        signal_macs_per_s=(setting.signal_gmac_s or setting.throughput_gmac_s) * 1e9,
        steps=steps_per_px(satellite.instrument),
        power_mode=device.power_mode,
        eclipse_power_mode=device.eclipse_power_mode or "",
        store_path=str(memory_root / f"{number}.store") if is_durable else "",
        link_keys=tuple(sorted(keys.items())),
        at_rest=scenario.security.at_rest,
        broadcasts=has_terminals(scenario),
        boot_ns=to_ns(rules.boot_s),
        retained_bytes=usable_bytes(scenario, rules.retained_bytes),
        lifetime_ns=_lifetimes_ns(scenario),
        lane=scenario.link.lane,
        bands=satellite.instrument.bands,
        cloud_mask_path=_cloud_mask_path(scenario, satellite.instrument.bands),
        cloud_fraction_limit=scenario.compression.cloud_fraction_limit,
        lossy_psnr_db=scenario.compression.lossy_psnr_db,
        thumbnail_shrink=scenario.compression.thumbnail_shrink,
        land_map=land_map() if scenario.scene.is_in_place else b"",
        coast_margin_m=scenario.alerts.coast_margin_m,
        threshold=commanded_threshold(card, scenario),
        safeguards=safeguards_of(scenario, card),
    )


def limits_of(bus: Bus) -> Limits:
    """A bus's flight rules, with what follows from its battery and heaters where a file does not say it."""
    rules, battery = bus.limits, bus.battery
    thermostats_k = [heater.off_above_k for heater in bus.heater if heater.node == battery.node]
    derived = {
        "critical_state_of_charge": rules.min_state_of_charge / 2.0,
        "min_battery_temperature_k": battery.min_charge_temperature_k,
        "heater_off_k": max(thermostats_k, default=math.inf) + HEATER_MARGIN_K,
    }
    given: dict[str, Any] = {field.name: getattr(rules, field.name) for field in fields(Limits)}
    return Limits(**(given | {name: value for name, value in derived.items() if given[name] is None}))


@cache
def land_map() -> bytes:
    """The map that spacecraft and mission carry: the same outlines as the world's, without what these leave out."""
    return LandMap(the_land().cells).encode()


def centre_config(
    scenario: Scenario,
    card: ModelCard,
    keys: dict[str, Keys],
    archive_path: Path,
    known_sites: tuple[KnownSite, ...] = (),
) -> CentreConfig:
    """What the mission centre starts from."""
    return CentreConfig(
        archive_path=str(archive_path),
        spacecraft=tuple(
            SpacecraftLink(
                satellite.name,
                number,
                satellite.radio.frame_length_bytes,
                uplink_slot_bytes(satellite.radio),
                tuple(sorted(keys[satellite.name].items())),
                to_ns(satellite.radio.station_latency_s),
                slot_ns(satellite.radio),
            )
            for number, satellite in enumerate(scenario.satellite, FIRST_SPACECRAFT_ID)
        ),
        epoch_utc=scenario.start_utc.isoformat(),
        task=scenario.task,
        model=card.name,
        model_sha256=card.sha256,
        classes=card.classes,
        rule=event_rule(scenario.ground, known_sites),
        sinks=sinks_of(scenario),
    )


def event_rule(ground: Ground, known_sites: tuple[KnownSite, ...]) -> EventRule:
    """By what the mission centre groups alerts, and confirms events."""
    return EventRule(
        join_distance_m=ground.join_distance_m,
        gap_s=ground.gap_s,
        drift_m_s=ground.drift_m_s,
        sightings=ground.sightings,
        confidence=ground.confidence,
        least_confidence=ground.least_confidence,
        steady_s=ground.steady_s,
        unpublished_classes=ground.unpublished_classes,
        known_sites=known_sites,
    )


def receiver_configs(scenario: Scenario, keys: dict[str, Keys]) -> list[StationConfig | TerminalConfig]:
    """What stations and field terminals start from, in the scenario's order."""
    links = tuple(
        BroadcastLink(
            satellite.name,
            number,
            satellite.radio.frame_length_bytes,
            tuple(sorted(broadcast_keys(keys[satellite.name]).items())),
        )
        for number, satellite in enumerate(scenario.satellite, FIRST_SPACECRAFT_ID)
    )
    return [
        TerminalConfig(station.name, links) if station.kind == "field-terminal" else StationConfig(station.name)
        for station in scenario.station
    ]


def _cloud_mask_path(scenario: Scenario, bands: tuple[str, ...]) -> str:
    """The cloud mask's folder, empty for an instrument that cannot use one. Raises InputError."""
    if STRATEGIES["cloudfilter"].applies_to(bands):
        return ""
    folder = cloud_mask_folder(scenario)
    card = load_card(folder)
    check_mask(card)
    if missing := [band for band in card.bands if band not in bands]:
        rule = f"the instrument does not see {', '.join(missing)}"
        raise InputError(card.card_path, rule, key="input.bands", value=list(card.bands))
    return str(folder)


def _lifetimes_ns(scenario: Scenario) -> tuple[tuple[str, int], ...]:
    lifetimes = scenario.lifetimes
    named = (
        ("alert", lifetimes.alert_s),
        ("chip", lifetimes.chip_s),
        ("thumbnail", lifetimes.thumbnail_s),
        ("image", lifetimes.image_s),
    )
    return tuple((kind, to_ns(seconds)) for kind, seconds in named if seconds is not None)
