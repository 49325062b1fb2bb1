"""Holds `skysift fit` against real runs of seeded scenarios: the frames an orbit it foretold, and what it said binds.

`python -m tests.soak.fit_check --scenarios 20` draws scenarios over bus, computer, power mode, model cost, orbit, duty,
stations, radio and strategy; of every five one is as drawn, and in four a battery is too small, a radiator too poor, a
link too thin, a computer too slow. Whether that costs anything is not ours to say: each of the four flies a second
time without its want, and where it then completes more frames the want must have been named before the run, and where
it does not, it must not. It prints a line each and ends with 1 where one of these fails, or a prediction is off by more
than 15 %.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from sim.data import sample_path
from sim.equipment.bus import Bus
from sim.equipment.device import Device, FlownDevice
from sim.equipment.records import read_record
from sim.experiment.fit.fit import fit
from sim.experiment.fit.relief import Constraint
from sim.resolve import resolve
from sim.run import run
from sim.scenario import Scenario
from sim.streams import seed_of

TOLERANCE = 0.15
STARVED = (None, Constraint.ENERGY, Constraint.HEAT, Constraint.LINK, Constraint.COMPUTE)
"""What a seed's spacecraft is starved of, in turn."""
SIDE_PX = 64
LIGHT_DUTY, PLENTY_BPS = 0.3, 2e6
"""Of the computer's time, and of the radio, where neither shall be what a spacecraft lacks."""
ALWAYS, STATIONS = "Svalbard", ("Troll", "Punta Arenas", "Awarua", "Inuvik")
DEVICES = {
    "jetson-orin-nx": ("10W", "15W", "25W"),
    "jetson-xavier-nx": ("10W", "15W", "20W"),
    "jetson-tx2": ("max-q", "max-p"),
    "raspberry-pi-4": ("standard",),
    "myriad-x": ("standard",),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scenario: foretold, flown, and flown without its want, in completed frames an orbit."""

    seed: int
    starved: str | None
    drawn: str
    asked: float
    predicted: float
    flown: float
    relieved: float
    binds: str | None
    verdict: str
    fit_s: float
    run_s: float

    @property
    def error(self) -> float:
        """Of the prediction, as a share of what flew."""
        if self.flown == 0.0:
            return 0.0 if self.predicted == 0.0 else float("inf")
        return self.predicted / self.flown - 1.0

    @property
    def ok(self) -> bool:
        """Whether it is near enough, and named the want where it cost frames, and only there."""
        is_named = self.starved is not None and self.binds == self.starved
        return abs(self.error) <= TOLERANCE and is_named == self.is_starved

    @property
    def is_starved(self) -> bool:
        """Whether its want cost it frames."""
        return self.relieved > self.flown


def check(seed: int, folder: Path) -> Outcome:
    """Foretell a seed's scenario, then fly it."""
    scenario, drawn = draw_scenario(seed, folder)
    started_s = time.monotonic()
    told = fit(scenario).satellites[0]
    fitted_s = time.monotonic()
    summary = run(scenario, folder / "run").summary
    run_s = time.monotonic() - fitted_s
    flown = summary["frames"]["completed"] / told.orbits
    starved, relieved = STARVED[seed % len(STARVED)], flown
    if starved is not None:
        eased = run(without_want(scenario, starved, folder), folder / "relieved").summary
        relieved = eased["frames"]["completed"] / told.orbits
    return Outcome(
        seed,
        starved,
        drawn,
        told.asked_per_orbit,
        told.frames_per_orbit,
        flown,
        relieved,
        told.binds,
        told.verdict,
        fitted_s - started_s,
        run_s,
    )


def draw_scenario(seed: int, folder: Path) -> tuple[Scenario, str]:
    """The scenario of a seed, written to a folder with its model; and in a few words what was drawn."""
    rng = np.random.default_rng(seed_of(seed, "fit/scenario"))
    starved = STARVED[seed % len(STARVED)]
    device = str(rng.choice(list(DEVICES)))
    bus = str(rng.choice(["3u-cubesat", "6u-cubesat", "16u"]))
    strategy = "detections"
    if starved in (None, Constraint.LINK):
        strategy = str(rng.choice(["detections", "lossless", "raw"] if starved is None else ["lossless", "raw"]))
    if starved is Constraint.HEAT:
        device, bus = "jetson-orin-nx", "16u"
    mode = str(rng.choice(DEVICES[device][-1:] if starved is Constraint.HEAT else DEVICES[device]))
    interval_s = float(rng.integers(25, 75))
    orbit = {
        "altitude_km": float(rng.uniform(450, 700)),
        "inclination_deg": 97.6,
        "ltan_h": float(rng.uniform(0, 24)),
        "mean_anomaly_deg": float(rng.uniform(0, 360)),
    }
    duty = {None: LIGHT_DUTY, Constraint.HEAT: 0.95, Constraint.COMPUTE: float(rng.uniform(1.5, 6))}.get(starved, 0.5)
    names = [ALWAYS, *(str(name) for name in rng.choice(STATIONS, size=int(rng.integers(0, 3)), replace=False))]
    table = {
        "name": f"fit-{seed}",
        "start_utc": datetime(2026, 6, 1, int(rng.integers(0, 24)), tzinfo=UTC),
        "duration_s": float(rng.integers(2, 4)) * 5700.0,
        "seed": seed,
        "strategy": strategy,
        "models": {"beacon": str(_model(folder, device, mode, duty * interval_s))},
        "satellite": [_satellite(rng, bus, device, mode, orbit, interval_s, starved)],
        "station": [{"network": "ksat", "names": names, "min_elevation_deg": 5}],
        "scene": {"source": "targets"},
        "link": {"frame_loss": float(rng.choice([0.0, 0.0, 0.1]))},
    }
    path = folder / "scenario.json"
    path.write_text(json.dumps(table, default=str), encoding="utf-8")
    drawn = (
        f"{bus} {device} {mode} {strategy} {orbit['altitude_km']:.0f} km {orbit['ltan_h']:.0f} h {len(names)} stations"
    )
    scenario = resolve(path)
    satellite = scenario.satellite[0]
    bus = satellite.bus.model_copy(update=_equipped(rng, satellite.bus, satellite.device, starved))
    satellite = satellite.model_copy(update={"bus": bus})
    return scenario.model_copy(update={"satellite": (satellite,)}), drawn


def without_want(scenario: Scenario, starved: Constraint, folder: Path) -> Scenario:
    """The same mission with plenty of what it was starved of."""
    satellite = scenario.satellite[0]
    if starved is Constraint.COMPUTE:
        device = satellite.device
        job_s = LIGHT_DUTY * satellite.instrument.interval_s
        model = _model(folder / "light", device.name, device.power_mode, job_s)
        return scenario.model_copy(update={"models": {scenario.task: str(model)}})
    if starved is Constraint.LINK:
        radio = satellite.radio.model_copy(update={"downlink_rate_bps": PLENTY_BPS})
        satellite = satellite.model_copy(update={"radio": radio})
    else:
        bus = read_record(Bus, sample_path("buses", f"{satellite.bus.name}.toml"))
        satellite = satellite.model_copy(update={"bus": bus.model_copy(update=_plenty(bus))})
    return scenario.model_copy(update={"satellite": (satellite,)})


def _model(folder: Path, device: str, mode: str, job_s: float) -> Path:
    """A threshold with a stated cost: one frame keeps the computer busy for so long."""
    folder.mkdir(exist_ok=True)
    model = folder / "threshold"
    model.mkdir()
    shipped = sample_path("models", "bright-target")
    (model / "model.onnx").write_bytes((shipped / "model.onnx").read_bytes())
    card = (shipped / "card.toml").read_text(encoding="utf-8")
    macs_per_px = job_s * _throughput_gmac_s(device, mode) * 1e9 / SIDE_PX**2
    (model / "card.toml").write_text(
        card.replace("macs_per_px = 1.0", f"macs_per_px = {macs_per_px}"), encoding="utf-8"
    )
    return model


def _throughput_gmac_s(device: str, mode: str) -> float:
    return read_record(Device, sample_path("devices", f"{device}.toml")).power_modes[mode].throughput_gmac_s


def _satellite(
    rng: np.random.Generator,
    bus: str,
    device: str,
    mode: str,
    orbit: dict[str, float],
    interval_s: float,
    starved: Constraint | None,
) -> dict[str, Any]:
    rate_bps = float(rng.choice([50_000, 200_000, 2_000_000]))
    if starved is Constraint.LINK:
        # A frame's share of the air, at a thirtieth of the time in contact, is a small part of it.
        rate_bps = float(rng.choice([1_000, 2_000, 4_000]))
    return {
        "name": "probe-1",
        "orbit": orbit,
        "bus": bus,
        "device": {"name": device, "power_mode": mode},
        "instrument": {
            "name": "spot",
            "kind": "panchromatic",
            "bands": ["pan"],
            "width_px": SIDE_PX,
            "height_px": SIDE_PX,
            "bit_depth": 12,
            "gsd_m": 20.0,
            "gsd_altitude_km": 550.0,
            "scale": [2 / 4095],
            "offset": [0.0],
            "interval_s": interval_s,
            "energy_per_frame_j": float(rng.uniform(0, 30)),
            "max_sun_zenith_deg": float(rng.choice([80.0, 100.0, 180.0])),
            "needs_land": False,
            "position_error_m": 100.0,
        },
        "radio": {
            "name": "whisper",
            "downlink_rate_bps": rate_bps,
            "uplink_rate_bps": 64_000.0,
            "transmit_w": 5.0,
            "frame_length_bytes": int(rng.choice([256, 512, 1115])),
            "station_latency_s": 0.5,
        },
    }


def _equipped(rng: np.random.Generator, bus: Bus, device: FlownDevice, starved: Constraint | None) -> dict[str, Any]:
    """What a bus has other than its file says: too little of one thing, plenty of the rest."""
    if starved is Constraint.ENERGY:
        # About an eclipse of what bus and computer draw, of which flight rules leave less than half.
        busy_w = 0.5 * (device.setting.idle_w + device.setting.active_w)
        capacity_wh = (bus.loads.bus_w + busy_w) * float(rng.uniform(0.4, 0.9))
        return {"battery": bus.battery.model_copy(update={"capacity_wh": capacity_wh})}
    plenty = _plenty(bus)
    if starved is Constraint.HEAT:
        node = bus.loads.computer_node
        plenty["coupling"] = tuple(
            one.model_copy(update={"conductance_w_k": float(rng.uniform(0.02, 0.04))}) if node in one.nodes else one
            for one in bus.coupling
        )
    return plenty


def _plenty(bus: Bus) -> dict[str, Any]:
    """A battery and wings that no draw here exhausts."""
    battery = bus.battery.model_copy(update={"capacity_wh": 400.0, "max_charge_c": 1.0})
    return {"battery": battery, "panel": tuple(panel.model_copy(update={"area_m2": 0.6}) for panel in bus.panel)}


def line(one: Outcome) -> str:
    """For people."""
    mark = "ok " if one.ok else "BAD"
    starved = one.starved or "-"
    return (
        f"{mark} {one.seed:3d} {starved:8s} asked {one.asked:6.1f} predicted {one.predicted:6.1f} "
        f"flown {one.flown:6.1f} {one.error:+7.1%} without the want {one.relieved:6.1f} binds {one.binds or '-':8s} "
        f"fit {one.fit_s:.1f} s run {one.run_s:.1f} s  {one.drawn}"
    )


def main() -> int:
    """Check so many seeds from the first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    outcomes = []
    for seed in range(options.first, options.first + options.scenarios):
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(check(seed, Path(folder)))
        print(line(outcomes[-1]), file=sys.stderr, flush=True)
    bad = sum(not one.ok for one in outcomes)
    if options.json:
        print(
            json.dumps(
                {"scenarios": len(outcomes), "bad": bad, "outcomes": [asdict(one) for one in outcomes]}, indent=2
            )
        )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
