"""Fault testing by chance: one seed draws a short scenario and the troubles of its link, stores, charge and heat.

A run is watched by the checkers at every instant. Where the link becomes clean before the last long contact, what was
made in time must be on the ground at the end.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from onboard.mission_time import to_ns
from onboard.strategy import STRATEGIES
from sim.blame import validated
from sim.experiment.flight_log import FlightLog
from sim.planning import contacts_of, orbits_of
from sim.run import RunResult, run
from sim.scenario import Satellite, Scenario
from sim.streams import seed_of
from sim.world.link import Contact
from sim.world.radio import volume_bytes

EPOCH = datetime(2026, 6, 1, 10, tzinfo=UTC)
BANDS = ("pan",)
POLES = (("North", 78.2, 15.4), ("South", -72.0, 2.5), ("East", 70.4, 31.1))
DRAINING_CONTACT_NS = to_ns(120)
DRAINING_VOLUME = 3
"""A clean contact of this length that could carry a full outbox three times must empty it."""


def draw_scenario(seed: int) -> Scenario:
    """The scenario of a seed: small frames with planted targets, one or two satellites, under an orbit."""
    rng = np.random.default_rng(seed_of(seed, "swarm/scenario"))
    duration_s = float(rng.integers(1500, 4200))
    side_px = int(rng.integers(32, 97))
    table = {
        "name": f"swarm-{seed}",
        "start_utc": EPOCH,
        "duration_s": duration_s,
        "seed": seed,
        "strategy": str(rng.choice([one.name for one in STRATEGIES.values() if not one.applies_to(BANDS)])),
        "world_tick_s": float(rng.choice([5.0, 10.0, 30.0])),
        "models": {"beacon": "bright-target"},
        "satellite": [_satellite(rng, number, side_px) for number in range(int(rng.integers(1, 3)))],
        "station": [
            {"name": name, "latitude_deg": latitude, "longitude_deg": longitude, "min_elevation_deg": 5}
            for name, latitude, longitude in POLES[: int(rng.integers(1, 4))]
        ],
        "scene": {"source": "targets"},
        "link": _link(rng, duration_s),
    }
    return validated(Scenario, table, f"swarm seed {seed}")


def fly_seed(seed: int, directory: Path) -> RunResult:
    """Fly a seed's scenario; an AssertionError tells what must not be."""
    scenario = draw_scenario(seed)
    result = run(scenario, directory)
    held = undrained(scenario, result.log)
    assert not held, f"products are still on board after a clean contact: {held}"
    return result


def undrained(scenario: Scenario, log: FlightLog) -> dict[str, list[int]]:
    """Products by satellite that a clean contact must have brought down, and did not.

    A radio that was switched off, as by a brown-out, may have missed it; other units may go without.
    """
    return {
        name: pending
        for name, aos_ns in drained(scenario).items()
        if "radio" not in log.satellites[name].units_switched_off
        and (pending := log.pending_products(name, before_ns=aos_ns))
    }


def drained(scenario: Scenario) -> dict[str, int]:
    """By satellite the beginning of its last contact that must empty its outbox: the link has become clean by then."""
    loss = scenario.link
    if loss.frame_loss and loss.frame_loss_until_s is None:
        return {}
    clean_from_ns = to_ns(loss.frame_loss_until_s or 0.0)
    emptying = [
        (contact.aos_ns, scenario.satellite[contact.satellite].name)
        for contact in contacts_of(scenario, orbits_of(scenario))
        if contact.aos_ns >= clean_from_ns and _empties(scenario.satellite[contact.satellite], contact)
    ]
    return {name: aos_ns for aos_ns, name in sorted(emptying)}


def _empties(satellite: Satellite, contact: Contact) -> bool:
    duration_ns = contact.los_ns - contact.aos_ns
    assert satellite.radio.downlink_rate_bps is not None
    carried_bytes = volume_bytes(int(satellite.radio.downlink_rate_bps), duration_ns)
    is_wide = carried_bytes >= DRAINING_VOLUME * satellite.bus.limits.outbox_bytes
    return is_wide and duration_ns >= DRAINING_CONTACT_NS


def _link(rng: np.random.Generator, duration_s: float) -> dict[str, float]:
    loss = {"frame_loss": float(rng.choice([0.0, 0.05, 0.2, 0.4]))}
    if rng.random() < 0.5:
        loss["frame_loss_until_s"] = duration_s * float(rng.uniform(0.1, 0.9))
    return loss


def _satellite(rng: np.random.Generator, number: int, side_px: int) -> dict[str, Any]:
    satellite: dict[str, Any] = {
        "name": f"mote-{number + 1}",
        "orbit": {
            "altitude_km": float(rng.uniform(450, 650)),
            "inclination_deg": 97.6,
            "ltan_h": float(rng.uniform(9, 15)),
            "mean_anomaly_deg": float(rng.uniform(0, 360)),
        },
        "bus": _bus(rng),
        "device": _device(rng),
        "instrument": {
            "name": "spot",
            "kind": "panchromatic",
            "bands": list(BANDS),
            "width_px": side_px,
            "height_px": side_px,
            "bit_depth": 12,
            "gsd_m": 20.0,
            "gsd_altitude_km": 550.0,
            "scale": [2 / 4095],
            "offset": [0.0],
            "interval_s": float(rng.integers(20, 90)),
            "energy_per_frame_j": float(rng.uniform(0, 50)),
            "max_sun_zenith_deg": 180.0,
            "needs_land": False,
            "position_error_m": 100.0,
        },
        "radio": {
            "name": "whisper",
            "downlink_rate_bps": float(rng.choice([20_000, 100_000, 1_000_000])),
            "uplink_rate_bps": float(rng.choice([2_000, 9_600, 64_000])),
            "transmit_w": 5.0,
            "frame_length_bytes": int(rng.choice([256, 512, 1115])),
            "station_latency_s": float(rng.uniform(0, 0.5)),
        },
    }
    interval_s = satellite["instrument"]["interval_s"]
    for failure in satellite["device"].get("failed", ()):
        # Just after an exposure, when an accelerator is at work.
        failure["at_s"] = failure["at_s"] // interval_s * interval_s + failure["at_s"] % 0.2
    return satellite


def _device(rng: np.random.Generator) -> dict[str, Any]:
    accelerators = int(rng.integers(1, 4))
    device: dict[str, Any] = {
        "name": "tiny",
        "memory_mb": 256.0,
        "accelerators": accelerators,
        "chip_rise_k_per_w": float(rng.uniform(0, 3)),
        "throttling": [{"above_k": 310.0, "below_k": 305.0, "throughput_share": 0.5}],
        "default_power_mode": "on",
        "power_mode": "on",
        "power_modes": {
            "on": {
                "idle_w": 0.5,
                "active_w": float(rng.uniform(2, 20)),
                "throughput_gmac_s": float(10 ** rng.uniform(-7, -4)),
                "signal_gmac_s": 1.0,
                "encode_mb_s": float(10 ** rng.uniform(-3.5, 0)),
                "start_up_s": float(rng.uniform(0, 10)),
            }
        },
    }
    if rng.random() < 0.3:
        device["sleep_after_s"] = float(rng.uniform(0, 30))
    if rng.random() < 0.5:
        # One card stays: what no card can do is never made, and nothing could be asked of the rest of the way.
        failing = rng.permutation(accelerators)[1:] + 1
        device["failed"] = [{"accelerator": int(card), "at_s": float(rng.uniform(0, 3000))} for card in failing]
    return device


def _bus(rng: np.random.Generator) -> dict[str, Any]:
    frame_bytes = 96 * 96 * 2
    return {
        "name": "speck",
        **_power(rng),
        **_heat(rng),
        "loads": {
            "bus_w": float(rng.uniform(0.5, 4)),
            "bus_node": "structure",
            "computer_node": "computer",
            "instrument_node": "structure",
            "radio_node": "structure",
        },
        "shedding": {
            "computer": {"off_below": 0.25, "on_above": 0.35},
            "instrument": {"off_below": 0.2, "on_above": 0.3},
            "radio": {"off_below": 0.15, "on_above": 0.25},
        },
        "limits": {
            "min_state_of_charge": 0.3,
            "resume_state_of_charge": 0.4,
            "max_computer_temperature_k": 305.0,
            "resume_computer_temperature_k": 300.0,
            "mass_memory_bytes": int(rng.integers(2, 40)) * frame_bytes,
            "outbox_bytes": int(rng.integers(1, 40)) * frame_bytes,
        },
    }


def _power(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "panel": [
            {
                "mount": "body",
                "node": "structure",
                "normal": [0.0, float(rng.uniform(-1, 1)), -1.0],
                "area_m2": float(rng.uniform(0.005, 0.05)),
            }
        ],
        "cells": {
            "efficiency": 0.3,
            "temperature_coefficient_per_k": -0.003,
            "reference_k": 300.0,
            "ageing_per_year": 0.01,
            "age_years": float(rng.uniform(0, 5)),
            "tracking_efficiency": 0.9,
            "absorptance": 0.9,
            "emissivity": 0.85,
            "back_absorptance": 0.4,
            "back_emissivity": 0.85,
        },
        "battery": {
            "node": "battery",
            "capacity_wh": float(rng.uniform(1, 20)),
            "charge_efficiency": 0.95,
            "discharge_efficiency": 0.95,
            "max_charge_c": float(rng.uniform(0.3, 1)),
            "max_discharge_c": float(rng.uniform(0.5, 2)),
            "taper_from": 0.9,
            "usable_depth": 0.9,
            "min_charge_temperature_k": 273.15,
            "initial_state_of_charge": float(rng.uniform(0.2, 1.0)),
            "cycle_life": 5000.0,
            "cycle_life_depth": 0.3,
            "cycle_life_exponent": 0.65,
        },
    }


def _heat(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "node": {
            name: {
                "mass_kg": float(rng.uniform(*mass_kg)),
                "specific_heat_j_kg_k": 900.0,
                "initial_temperature_k": float(rng.uniform(260, 310)),
            }
            for name, mass_kg in {"structure": (0.3, 4), "battery": (0.05, 0.3), "computer": (0.05, 0.5)}.items()
        },
        "face": [
            {"node": "structure", "side": side, "area_m2": 0.03, "absorptance": 0.4, "emissivity": 0.8}
            for side in ("+x", "-x", "+y", "-y", "+z")
        ],
        "coupling": [
            {"nodes": ["structure", "battery"], "conductance_w_k": 0.2},
            {"nodes": ["structure", "computer"], "conductance_w_k": float(rng.uniform(0.1, 1))},
        ],
        "heater": [{"node": "battery", "power_w": 0.5, "on_below_k": 275.0, "off_above_k": 278.0}],
    }
