"""What a scenario can name in the sample data."""

import json

from docs.generate.markdown import code, table
from onboard.payload.models import load_card
from sim.data import model_names, sample_names, sample_path
from sim.equipment.antenna import Antenna
from sim.equipment.bus import Bus
from sim.equipment.instrument import Instrument
from sim.equipment.radio import Radio
from sim.equipment.records import read_record
from sim.resolve import resolve, scenario_path

_W_PER_M2 = 1361.0


def scenarios() -> str:
    """Scenarios, and what each is."""
    rows = ((code(name), resolve(scenario_path(name)).description) for name in sample_names("scenarios"))
    return table(("scenario", "what it is"), rows)


def models() -> str:
    """Models, with what their cards say."""
    cards = [load_card(sample_path("models", name)) for name in model_names()]
    rows = ((code(one.name), one.task, one.head, ", ".join(one.bands), one.description) for one in cards)
    return table(("model", "task", "head", "bands", "what it is"), rows)


def buses() -> str:
    """Buses: mass, cells and battery."""
    rows = []
    for name in sample_names("buses"):
        bus = read_record(Bus, sample_path("buses", f"{name}.toml"))
        cells_m2 = sum(panel.area_m2 for panel in bus.panel)
        peak_w = cells_m2 * bus.cells.efficiency * bus.cells.tracking_efficiency * _W_PER_M2
        rows.append(
            (
                code(name),
                f"{sum(node.mass_kg for node in bus.node.values()):.3g}",
                f"{cells_m2:.3g}",
                f"{peak_w:,.0f}",
                f"{bus.battery.capacity_wh:,.4g}",
                f"{bus.loads.bus_w:,.3g}",
                f"{bus.limits.min_state_of_charge:.0%}",
            )
        )
    columns = (
        *("bus", "mass in the thermal network (kg)", "cells (m²)", "all cells facing the Sun, new (W)"),
        *("battery (Wh)", "bus load (W)", "work deferred below"),
    )
    return table(columns, rows)


def instruments() -> str:
    """Cameras and radars."""
    rows = []
    for name in sample_names("instruments"):
        one = read_record(Instrument, sample_path("instruments", f"{name}.toml"))
        side = f"{one.width_px} x {one.height_px}"
        rows.append((code(name), one.kind, ", ".join(one.bands), side, one.bit_depth, one.gsd_m, one.interval_s))
    columns = ("instrument", "kind", "bands", "frame (px)", "bits", "sample distance (m)", "frames apart (s)")
    return table(columns, rows)


def radios() -> str:
    """Radios and laser terminals."""
    rows = []
    for name in sample_names("radios"):
        one = read_record(Radio, sample_path("radios", f"{name}.toml"))
        fixed = "" if one.downlink_rate_bps is None else f"{one.downlink_rate_bps / 1e6:g} Mb/s"
        budget = "" if one.downlink is None else f"{one.downlink.band}, {one.downlink.rate}"
        rows.append((code(name), fixed or "by the budget", budget, f"{one.uplink_rate_bps / 1e3:g} kb/s"))
    return table(("radio", "down", "link budget", "up"), rows)


def antennas() -> str:
    """Antennas that a station can name."""
    rows = []
    for name in sample_names("antennas"):
        one = read_record(Antenna, sample_path("antennas", f"{name}.toml"))
        sending = [band for band, feed in one.feeds.items() if feed.eirp_dbw is not None]
        rows.append((code(name), ", ".join(one.feeds), ", ".join(sending) or "none"))
    return table(("antenna", "receives", "sends"), rows)


def networks() -> str:
    """Station networks."""
    rows = []
    for name in sample_names("stations", ".json"):
        held = json.loads(sample_path("stations", f"{name}.json").read_text(encoding="utf-8"))
        rows.append((code(name), len(held["stations"]), ", ".join(site["name"] for site in held["stations"])))
    return table(("network", "stations", "their names"), rows)


def orbits() -> str:
    """Files of published element sets."""
    names = sorted(path.name for path in sample_path("orbits").iterdir() if path.suffix in (".tle", ".json"))
    rows = ((code(name.rsplit(".", 1)[0]), code("tle" if name.endswith(".tle") else "omm")) for name in names)
    return table(("orbit", "named as"), rows)
