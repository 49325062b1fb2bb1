"""Spacecraft drawn by chance: tiny cameras, and equipment from stout to barely enough, as tables of a scenario."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.swarm.load import Load

FRAME_BYTES = 96 * 96 * 2
STOUT_SHARE = 0.6
"""Of buses whose panels and battery carry all their loads: they must be nominal again when faults are over."""
LONGEST_FAILURE_S = 3000.0
"""Until when an accelerator may fail."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What satellites look with, and how much work the model makes of a pixel."""

    bands: tuple[str, ...]
    side_px: int
    macs_per_px: float


def draw_satellite(rng: np.random.Generator, number: int, payload: Payload, load: Load) -> dict[str, Any]:
    """A satellite's table: its number names it."""
    stout = rng.random() < STOUT_SHARE
    interval_s = max(float(rng.integers(20, 90)), load.least_interval_s)
    return {
        "name": f"mote-{number}",
        "orbit": {
            "altitude_km": _between(rng, 450, 650),
            "inclination_deg": 97.6,
            "ltan_h": _between(rng, 9, 15),
            "mean_anomaly_deg": _between(rng, 0, 360),
        },
        "bus": _bus(rng, stout),
        "device": _device(rng, payload, interval_s),
        "instrument": _instrument(rng, payload, interval_s),
        "radio": _radio(rng, load),
    }


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number that a case's file can hold short."""
    return round(float(rng.uniform(low, high)), 4)


def _instrument(rng: np.random.Generator, payload: Payload, interval_s: float) -> dict[str, Any]:
    n_bands = len(payload.bands)
    return {
        "name": "spot",
        "kind": "panchromatic" if n_bands == 1 else "multispectral",
        "bands": list(payload.bands),
        "width_px": payload.side_px,
        "height_px": payload.side_px,
        "bit_depth": 12,
        "gsd_m": 20.0,
        "gsd_altitude_km": 550.0,
        "scale": [2 / 4095] * n_bands,
        "offset": [0.0] * n_bands,
        "interval_s": interval_s,
        "energy_per_frame_j": _between(rng, 0, 50),
        "max_sun_zenith_deg": 180.0,
        "needs_land": False,
        "position_error_m": 100.0,
    }


def _radio(rng: np.random.Generator, load: Load) -> dict[str, Any]:
    return {
        "name": "whisper",
        "downlink_rate_bps": float(rng.choice([20_000, 100_000, 1_000_000])),
        "uplink_rate_bps": min(float(rng.choice([2_000, 9_600, 64_000])), round(load.most_uplink_bps, 1)),
        "transmit_w": 5.0,
        "frame_length_bytes": int(rng.choice([256, 512, 1115])),
        "station_latency_s": _between(rng, 0, 0.5),
    }


def _device(rng: np.random.Generator, payload: Payload, interval_s: float) -> dict[str, Any]:
    accelerators = int(rng.integers(1, 4))
    device: dict[str, Any] = {
        "name": "tiny",
        "memory_mb": 256.0,
        "accelerators": accelerators,
        "chip_rise_k_per_w": _between(rng, 0, 3),
        "throttling": [{"above_k": 310.0, "below_k": 305.0, "throughput_share": 0.5}],
        "default_power_mode": "on",
        "power_mode": "on",
        "power_modes": {
            "on": {
                "idle_w": 0.5,
                "active_w": _between(rng, 2, 20),
                "throughput_gmac_s": float(10 ** rng.uniform(-7, -4)) * payload.macs_per_px,
                "signal_gmac_s": 1.0,
                "encode_mb_s": float(10 ** rng.uniform(-3.5, 0)),
                "start_up_s": _between(rng, 0, 10),
            }
        },
    }
    if rng.random() < 0.3:
        device["sleep_after_s"] = _between(rng, 0, 30)
    if rng.random() < 0.5:
        # One card stays: what no card can do is never made, and nothing could be asked of the rest of the way.
        failing = rng.permutation(accelerators)[1:] + 1
        device["failed"] = [
            # Just after an exposure, when an accelerator is at work.
            {
                "accelerator": int(card),
                "at_s": int(rng.integers(0, int(LONGEST_FAILURE_S / interval_s))) * interval_s + _between(rng, 0, 0.2),
            }
            for card in failing
        ]
    return device


def _bus(rng: np.random.Generator, stout: bool) -> dict[str, Any]:
    return {
        "name": "speck",
        **_power(rng, stout),
        **_heat(rng),
        "loads": {
            "bus_w": _between(rng, 0.5, 4),
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
            "mass_memory_bytes": int(rng.integers(2, 40)) * FRAME_BYTES,
            "outbox_bytes": int(rng.integers(1, 40)) * FRAME_BYTES,
            # Hours in flight: here a flight has a few, and must see the spacecraft come back.
            "proven_after_s": _between(rng, 60, 180),
            "cycle_window_s": _between(rng, 300, 900),
            "rest_s": _between(rng, 200, 400),
            "boot_window_s": _between(rng, 200, 600),
        },
    }


def _power(rng: np.random.Generator, stout: bool) -> dict[str, Any]:
    return {
        "panel": [
            {
                "mount": "body",
                "node": "structure",
                "normal": [0.0, _between(rng, -1, 1), -1.0],
                "area_m2": _between(rng, 0.06, 0.12) if stout else _between(rng, 0.005, 0.05),
            }
        ],
        "cells": {
            "efficiency": 0.3,
            "temperature_coefficient_per_k": -0.003,
            "reference_k": 300.0,
            "ageing_per_year": 0.01,
            "age_years": _between(rng, 0, 5),
            "tracking_efficiency": 0.9,
            "absorptance": 0.9,
            "emissivity": 0.85,
            "back_absorptance": 0.4,
            "back_emissivity": 0.85,
        },
        "battery": {
            "node": "battery",
            "capacity_wh": _between(rng, 10, 30) if stout else _between(rng, 1, 20),
            "charge_efficiency": 0.95,
            "discharge_efficiency": 0.95,
            "max_charge_c": _between(rng, 0.3, 1),
            "max_discharge_c": _between(rng, 0.5, 2),
            "taper_from": 0.9,
            "usable_depth": 0.9,
            "min_charge_temperature_k": 273.15,
            "initial_state_of_charge": _between(rng, 0.6, 1.0) if stout else _between(rng, 0.2, 1.0),
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
                "initial_temperature_k": _between(rng, 260, 310),
            }
            for name, mass_kg in {"structure": (0.3, 4), "battery": (0.05, 0.3), "computer": (0.05, 0.5)}.items()
        },
        "face": [
            {"node": "structure", "side": side, "area_m2": 0.03, "absorptance": 0.4, "emissivity": 0.8}
            for side in ("+x", "-x", "+y", "-y", "+z")
        ],
        "coupling": [
            {"nodes": ["structure", "battery"], "conductance_w_k": 0.2},
            {"nodes": ["structure", "computer"], "conductance_w_k": _between(rng, 0.1, 1)},
        ],
        "heater": [{"node": "battery", "power_w": 0.5, "on_below_k": 275.0, "off_above_k": 278.0}],
    }
