"""A mission of two satellites and two stations that flies in about a second, how to fly it, and what to check."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sim.resolve import resolve
from sim.run import RunOptions, RunResult, run
from tests.models_for_tests import write_model

ROOT = Path(__file__).resolve().parents[2]
Refused = Callable[..., str]
"""Runs a command that must fail, and returns its one line."""

DATA = ROOT.parent / "shared" / "data"

# lark-1 passes the first station at 120 s; at the end both satellites are in contact, each with a station of its own.
SCENARIO = """
name = "small"
start_utc = 2026-06-01T10:00:00Z
duration_s = 400
seed = 1

[models]
wildfire = "threshold"

[[satellite]]
name = "lark-1"
orbit = { altitude_km = 550, inclination_deg = 97.6, ltan_h = 10.5, mean_anomaly_deg = 0 }
bus = "6u-cubesat"
device = { name = "jetson-orin-nx", power_mode = "15W" }
instrument = "camera"
radio = "slow"

[[satellite]]
name = "lark-2"
orbit = { altitude_km = 550, inclination_deg = 97.6, ltan_h = 10.5, mean_anomaly_deg = 345 }
bus = "6u-cubesat"
device = { name = "jetson-orin-nx", power_mode = "15W" }
instrument = "camera"
radio = "slow"

[[station]]
name = "Punta Arenas"
latitude_deg = 7.4
longitude_deg = 6.0
min_elevation_deg = 45

[[station]]
name = "North/2"
latitude_deg = 23.6
longitude_deg = 2.6
min_elevation_deg = 45

[scene]
source = "targets"
"""

CAMERA = """
name = "camera"
kind = "multispectral"
bands = ["swir2"]
width_px = 64
height_px = 64
bit_depth = 12
gsd_m = 20.0
gsd_altitude_km = 550.0
scale = [4.884e-4]
offset = [0.0]
interval_s = 20.0
energy_per_frame_j = 3.0
max_sun_zenith_deg = 180.0
needs_land = false
position_error_m = 150.0
"""

RADIO = """
name = "slow"
downlink_rate_bps = 100_000
uplink_rate_bps = 16_000
transmit_w = 7.0
frame_length_bytes = 512
station_latency_s = 0.2
"""


COST = """
[cost]
macs_per_px = 100.0
memory_mb = 5.0
"""


def write_small_mission(folder: Path) -> Path:
    """The scenario's file, with its instrument, its radio and its model beside it."""
    card = write_model(folder / "threshold") / "card.toml"
    card.write_text(card.read_text("utf-8") + COST, "utf-8")
    (folder / "camera.toml").write_text(CAMERA, "utf-8")
    (folder / "slow.toml").write_text(RADIO, "utf-8")
    path = folder / "small.toml"
    path.write_text(SCENARIO, "utf-8")
    return path


def fly(scenario: Path, out: Path, *settings: str, **options: Any) -> RunResult:
    """Fly a scenario with `settings` as `--set` takes them and `options` of `RunOptions`; its ledger is checked."""
    result = run(resolve(scenario, settings=settings), out, RunOptions(**options))
    check_ledger(result.summary)
    return result


def start_skysift(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The command line in a process of its own, as a user starts it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    command = [sys.executable, "-m", "sim", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job has it so, and hands it on
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(command, text=True, env=environment, **{**pipes, **options})


def the_line(err: str) -> str:
    """The one line of an error on standard error, without the program's name."""
    assert re.fullmatch(r"skysift: [^\n]+\n", err), err
    assert "internal error" not in err
    return err.removeprefix("skysift: ").rstrip("\n")


def check_ledger(summary: dict[str, Any]) -> None:
    """The fixed keys of a run's summary are there, and its accounts add up."""
    assert summary.keys() >= SUMMARY_KEYS
    assert summary["status"] == ("degraded" if summary["reasons"] else "complete")
    held, downlink, frames = summary["bytes"], summary["bytes"]["downlink"], summary["frames"]
    assert held.keys() == BYTES_KEYS
    assert downlink.keys() == DOWNLINK_KEYS
    assert downlink["total"] == sum(downlink[part] for part in ("payload", "headers", "fill", "retransmit"))
    assert held["products"] == held["delivered"] + held["pending"] + held["dropped"]
    assert summary["savings"].keys() >= {"vs_captured", "vs_lossless"}
    spent = downlink["total"] + held["pending"]
    if spent:
        assert summary["savings"]["vs_captured"] == held["captured"] / spent
    check_frames(frames, [satellite["frames"] for satellite in summary["satellites"].values()])
    for satellite in summary["satellites"].values():
        check_satellite(satellite, summary["virtual_s"])
    assert summary["latency_s"].keys() >= LATENCY_KEYS
    for part in LATENCY_KEYS:
        assert summary["latency_s"][part].keys() >= {"n", "undelivered", "p50", "p90", "p99"}
    for score in summary["score"].values():
        assert score is None or score.keys() >= SCORE_KEYS


def check_frames(total: dict[str, Any], by_satellite: Sequence[dict[str, Any]]) -> None:
    """Every exposed frame is in one state, and the satellites' frames are the run's."""
    for frames in (total, *by_satellite):
        assert frames.keys() == FRAMES_KEYS
        assert frames["exposed"] == sum(frames[state] for state in ("completed", "deferred", "dropped", "pending"))
    for state in FRAMES_KEYS - {"coverage"}:
        assert total[state] == sum(frames[state] for frames in by_satellite)
    assert total["coverage"] == total["completed"] / total["exposed"]


def check_satellite(satellite: dict[str, Any], virtual_s: float) -> None:
    """Charge is a share, energy is told by use, modes fill the run."""
    assert satellite.keys() >= SATELLITE_KEYS
    assert satellite["energy_j"].keys() == {"computer", "instrument", "radio", "bus", "heater"}
    assert 0 <= satellite["soc_min"] <= satellite["soc_end"] <= 1
    assert abs(sum(satellite["mode_s"].values()) - virtual_s) < 1e-6


SUMMARY_KEYS = {
    *("schema_version", "status", "reasons", "scenario", "seed", "strategy", "processes", "restarts", "digest"),
    *("models", "imagery", "virtual_s", "wall_s", "frames", "bytes", "savings", "score", "latency_s", "satellites"),
    "alerts",
}
FRAMES_KEYS = {"exposed", "completed", "deferred", "dropped", "pending", "coverage"}
BYTES_KEYS = {
    *("captured", "lossless", "downlink", "uplink", "products", "delivered", "pending", "dropped"),
    *("broadcast", "retained", "evicted"),
}
DOWNLINK_KEYS = {"payload", "headers", "fill", "retransmit", "total", "housekeeping", "idle"}
SATELLITE_KEYS = {"soc_min", "soc_end", "temperature_max_k", "energy_j", "frames", "mode_s"}
SCORE_KEYS = {
    *("truth", "found_onboard", "delivered", "recall", "precision"),
    *("false_alerts_per_day", "false_alerts_per_1000_km2", "matching_rule"),
    *("by_class", "by_size", "by_weather", "by_confidence"),
}
LATENCY_KEYS = {
    *("event_to_capture", "capture_to_alert", "queue", "compute", "contact_wait", "transmit", "retransmit"),
    *("oracle", "excess_over_oracle"),
}
