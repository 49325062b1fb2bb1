"""The exam under radiation: what upsets in a model's weights cost a mission, without and with countermeasures.

A leg is one run: so many upsets a day, a way of countering them, a draw of where and when they strike. All legs see the
same frames, and whatever finds the same in them finds it once: frames and inference are cached beside the runs. A leg
that was flown with the same scenario and the same model is not flown again.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onboard.commands import ResultRefused, WeightsReloaded
from onboard.payload.models import load_card
from sim import api
from sim.facts import BitsStruck
from sim.journal import read_records
from sim.radiation.settings import Radiation
from sim.resolve import model_folder, resolve
from sim.run import RunOptions, run
from sim.run_directory import JOURNAL
from sim.scenario import Scenario

SCENARIO = "wildfire-watch"
DURATION_S = 86400.0
SETTINGS = (
    "satellite.0.instrument.interval_s=600.0",
    "scene.land_fires_per_1000_km2=20.0",
    "world_tick_s=60.0",
    "station.0.min_elevation_deg=40.0",
    "station.1.min_elevation_deg=40.0",
)
"""Few frames, for each costs a second of the host's, with many fires in them, for a recall is as sure as they are
many. Long ticks and short passes spare the host the rest: alerts are small."""
UPSETS_PER_DAY = (1.0, 10.0, 100.0)
DRAWS = (0, 1, 2, 3)
SCRUBBING_S = 600.0
WAYS: dict[str, dict[str, Any]] = {
    "none": {},
    "scrubbing": {"scrubbing_s": SCRUBBING_S},
    "plausibility": {"plausibility": True},
    "tmr": {"voting": "tmr"},
    "tmr, scrubbing": {"voting": "tmr", "scrubbing_s": SCRUBBING_S},
    "diverse": {"voting": "diverse", "second_model": "kumar-roy"},
}
"""Countermeasures by name, as a scenario's table of radiation says them."""
CLEAN = "no radiation"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Leg:
    """One run; the clean one has no upsets."""

    way: str
    upsets_per_day: float = 0.0
    draw: int = 0

    @property
    def name(self) -> str:
        """As its folder is called."""
        if self.way == CLEAN:
            return "clean"
        return f"{self.way.replace(', ', '-')}-{self.upsets_per_day:g}-draw{self.draw}"

    def resolved(self, duration_s: float) -> Scenario:
        """What is flown: one satellite of the scenario, for a day."""
        scenario = api.load(SCENARIO, settings=(f"duration_s={duration_s!r}", *SETTINGS))
        struck = {"weight_upsets_per_day": self.upsets_per_day, "draw": self.draw, **WAYS.get(self.way, {})}
        radiation = None if self.way == CLEAN else Radiation(**struck)
        return scenario.model_copy(update={"satellite": scenario.satellite[:1], "radiation": radiation})


LEGS = (
    Leg(CLEAN),
    *(Leg(way, upsets, draw) for draw in DRAWS for upsets in UPSETS_PER_DAY for way in WAYS),
)


def radiation_exam(
    folder: Path, *, legs: Iterable[Leg] = LEGS, duration_s: float = DURATION_S, tell: Tell = lambda _word: None
) -> dict[str, Any]:
    """Fly the legs that were not flown yet, below a folder, and pool their draws. Raises InputError."""
    chosen = tuple(legs)
    rows: dict[str, dict[str, Any]] = {}
    for number, leg in enumerate(chosen, 1):
        scenario = leg.resolved(duration_s)
        if not _was_flown(folder / leg.name, scenario):
            tell(f"{number} of {len(chosen)}: {leg.name}")
            run(scenario, folder / leg.name, RunOptions(cache=folder / "cache"))
        rows[leg.name] = _row(leg, scenario, folder / leg.name)
    groups = dict.fromkeys((leg.way, leg.upsets_per_day) for leg in chosen)
    return {
        "scenario": SCENARIO,
        "settings": [f"duration_s={duration_s:g}", *SETTINGS],
        "satellites": 1,
        "model": next(iter(rows.values()))["model"],
        "figures": {
            _title(way, upsets): {
                "way": way,
                "upsets_per_day": upsets,
                **_pooled(rows[leg.name] for leg in chosen if (leg.way, leg.upsets_per_day) == (way, upsets)),
            }
            for way, upsets in groups
        },
        "not_flown": [],
        "ok": True,
        "legs": rows,
    }


def _title(way: str, upsets_per_day: float) -> str:
    return way if way == CLEAN else f"{upsets_per_day:g} a day, {way}"


def _was_flown(directory: Path, scenario: Scenario) -> bool:
    """Whether a folder holds this run to its end, with this model."""
    summary, flown = directory / "summary.json", directory / "scenario.toml"
    if not summary.is_file() or resolve(flown) != scenario:
        return False
    flew = json.loads(summary.read_text("utf-8"))["models"][scenario.task]["sha256"]
    return bool(flew == load_card(model_folder(scenario)).sha256)


def _row(leg: Leg, scenario: Scenario, directory: Path) -> dict[str, Any]:
    summary = json.loads((directory / "summary.json").read_text("utf-8"))
    score = summary["score"][scenario.task]
    happened = Counter(
        type(answer) for *_, answers in read_records(directory / JOURNAL) for answer in answers if _counts(answer)
    )
    (satellite,) = summary["satellites"].values()
    spent = satellite["computer_j"]
    return {
        "way": leg.way,
        "upsets_per_day": leg.upsets_per_day,
        "draw": leg.draw,
        "model": summary["models"][scenario.task]["name"],
        "digest": summary["digest"],
        "satellite_days": summary["virtual_s"] / 86400.0,
        "frames": summary["frames"],
        **{key: score[key] for key in ("truth", "delivered", "recall", "false_alerts")},
        "work_j": round(sum(joules for use, joules in spent.items() if use not in ("idle", "start_up")), 3),
        "scrubbing_j": spent.get("scrubbing", 0.0),
        "strikes": happened[BitsStruck],
        "checks_that_reloaded": happened[WeightsReloaded],
        "results_refused": happened[ResultRefused],
    }


def _counts(answer: object) -> bool:
    return isinstance(answer, BitsStruck | WeightsReloaded | ResultRefused)


def _pooled(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Draws as one, by sums of counts; the recall of each draw beside."""
    legs = list(rows)
    days = sum(leg["satellite_days"] for leg in legs)
    truth = sum(leg["truth"] for leg in legs)
    return {
        "draws": len(legs),
        "truth": truth,
        "strikes": sum(leg["strikes"] for leg in legs),
        "recall": round(sum(leg["delivered"] for leg in legs) / truth, 4) if truth else None,
        "recall_by_draw": [leg["recall"] and round(leg["recall"], 4) for leg in legs],
        "false_alerts_per_satellite_day": round(sum(leg["false_alerts"] for leg in legs) / days, 3),
        "frames": sum(leg["frames"]["exposed"] for leg in legs),
        "frames_without_result": sum(leg["frames"]["exposed"] - leg["frames"]["completed"] for leg in legs),
        "work_j_per_day": round(sum(leg["work_j"] for leg in legs) / days, 3),
    }
