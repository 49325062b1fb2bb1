"""What does not change while one watches: the table that a page reads first."""

import tomllib
from collections.abc import Iterable, Sequence

from groundstation.archive import FlownModel
from groundstation.web.view import MissionTable, PassRow, SatelliteRow
from onboard.mission_time import to_ns
from onboard.strategy import STRATEGIES
from sim.data import model_names, sample_path
from sim.faults.catalogue import CATALOGUE
from sim.mission_control.sky import Sky
from sim.mission_control.truth import ZERO_CELSIUS_K
from sim.planning import sites_of
from sim.scenario import Satellite, Scenario
from sim.scenes.sar_source import IMPLANTED
from sim.world.link import Contact
from sim.world.orbit import Orbits
from sim.world.slots import slots

LIVE_CONTROLS = ("pause", "resume", "pace", "order", "fault")
REPLAY_CONTROLS = ("pause", "resume", "pace", "seek")
ACCELERATOR = "accelerator"
FAULTS = (ACCELERATOR, *(row.name for row in CATALOGUE.values() if "satellite" in row.strikes))
"""What a page may inject: a failed accelerator, which it names, and every kind that strikes a satellite."""
IMAGERY = {"images": "real", IMPLANTED: "implanted"}


def mission_table(
    scenario: Scenario, sky: Sky, model: FlownModel, threshold: float | None, controls: Iterable[str]
) -> MissionTable:
    """The table. `model` is what flies before any order."""
    controls = list(controls)
    return {
        "name": scenario.name,
        "seed": scenario.seed,
        "strategy": scenario.strategy,
        "task": scenario.task,
        "class_names": list(model.classes),
        "start_utc": scenario.start_utc.isoformat(),
        "duration_ns": to_ns(scenario.duration_s),
        "imagery": IMAGERY.get(scenario.scene.source, "synthetic"),
        "satellites": [_satellite(index, scenario) for index in range(len(scenario.satellite))],
        "stations": [
            {
                "name": station.name,
                "kind": station.kind,
                "longitude_deg": station.longitude_deg,
                "latitude_deg": station.latitude_deg,
            }
            for station in scenario.station
        ],
        "passes": sorted((row for rows in sky.passes.values() for row in rows), key=lambda row: row["aos_ns"]),
        "tracks": sky.tracks(),
        "eclipses": sky.eclipses,
        "strategies": [name for name in STRATEGIES if not scenario.cannot_fly(name)],
        "models": models_for(scenario),
        "model": model.name,
        "threshold": threshold,
        "faults": list(FAULTS) if "fault" in controls else [],
        "mode": "replay" if "seek" in controls else "live",
        "controls": controls,
    }


def pass_rows(scenario: Scenario, orbits: Orbits, contacts: Sequence[Contact]) -> list[PassRow]:
    """Contacts with their highest rates, in bits a second."""
    sites = sites_of(scenario)
    rows: list[PassRow] = []
    for contact in contacts:
        satellite = scenario.satellite[contact.satellite]
        rate_bps = satellite.radio.downlink_rate_bps
        if rate_bps is None:
            rate_bps = max(slot.down_rate_bps for slot in slots(contact, scenario, orbits, sites))
        rows.append(
            {
                "satellite": satellite.name,
                "station": scenario.station[contact.station].name,
                "aos_ns": contact.aos_ns,
                "los_ns": contact.los_ns,
                "max_rate_bps": float(rate_bps),
            }
        )
    return rows


def models_for(scenario: Scenario) -> list[str]:
    """Models that an order from the page may send up: the shipped ones of the task, and the scenario's own."""
    shipped = [name for name in model_names() if _can_go_up(name, scenario.task)]
    return list(dict.fromkeys((scenario.model, *shipped)))


def _can_go_up(name: str, task: str) -> bool:
    card = tomllib.loads(sample_path("models", name, "card.toml").read_text("utf-8"))
    is_task = card.get("model", {}).get("task") == task
    return is_task and card.get("output", {}).get("head") != "custom" and "macs_per_px" in card.get("cost", {})


def _satellite(index: int, scenario: Scenario) -> SatelliteRow:
    satellite: Satellite = scenario.satellite[index]
    limits = satellite.bus.limits
    return {
        "name": satellite.name,
        "colour_index": index,
        "task": scenario.task,
        "charge_floor": limits.min_state_of_charge,
        "temperature_limit_c": round(limits.max_computer_temperature_k - ZERO_CELSIUS_K, 1),
        "battery_wh": satellite.bus.battery.capacity_wh,
        "device": satellite.device.name,
        "radio": satellite.radio.name,
        "accelerators": satellite.device.accelerators,
    }
