"""The exam in flight: what is raised, confirmed and published in a day, at a density of targets and at a rare one.

A leg is one run: a scenario, a seed, a density. A leg that was flown with the same scenario and the same models is not
flown again: an exam that was broken off goes on where it was. Nor is one whose publishing rule alone is another: what
is raised does not depend on it, and what is published is told anew from the alerts that came. Rates are pooled over
seeds, with every leg told beside.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundstation.archive import Archive
from groundstation.publishing import reported_events
from onboard.errors import InputError
from onboard.payload.models import load_card
from sim import api
from sim.blame import suggestion
from sim.configuration import event_rule
from sim.experiment.flight_log import FlightLog
from sim.experiment.published import published
from sim.experiment.results import PublishedTable
from sim.journal import read_records
from sim.known_sites import known_sites
from sim.resolve import ground_model_folder, model_folder, resolve
from sim.run_directory import ARCHIVE, JOURNAL
from sim.scenario import Scenario

DENSITY_KEYS = {"wildfire-watch": "scene.land_fires_per_1000_km2", "sea-rescue": "scene.rafts_per_1000_km2"}
DENSITIES_PER_1000_KM2 = {"wildfire-watch": (2.0, 0.01), "sea-rescue": (1000.0, 2.0)}
"""As each scenario states it, and a rare one."""
SEEDS = (1, 2, 3)
DURATION_S = 86400.0
_ANEW = "published_anew"
"""Of a leg's row: whether it flew under another publishing rule."""
REMOVED_SHARE, KEPT_SHARE = 0.9, 0.8
"""What the publishing rule is to remove of false alerts, and to keep of true events."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Leg:
    """One run of the exam."""

    scenario: str
    density_per_1000_km2: float
    seed: int

    @property
    def name(self) -> str:
        """As it is asked for, and as its folder is called."""
        return f"{self.scenario}-{self.density_per_1000_km2:g}-seed{self.seed}"

    def resolved(self, duration_s: float, settings: Sequence[str] = ()) -> Scenario:
        """What is flown."""
        density = f"{DENSITY_KEYS[self.scenario]}={self.density_per_1000_km2!r}"
        return api.load(self.scenario, seed=self.seed, settings=(f"duration_s={duration_s!r}", density, *settings))


LEGS = tuple(
    Leg(scenario, density, seed)
    for scenario, densities in DENSITIES_PER_1000_KM2.items()
    for density in densities
    for seed in SEEDS
)


def flight_exam(
    folder: Path,
    only: Sequence[str] = (),
    *,
    duration_s: float = DURATION_S,
    settings: Sequence[str] = (),
    tell: Tell = lambda _word: None,
) -> dict[str, Any]:
    """Fly the legs named in `only`, all without, below a folder; what all legs flown so far show, and which are not.

    Raises InputError for a leg that is none, and where a scenario cannot be flown.
    """
    wanted = _chosen(only)
    rows: dict[str, dict[str, Any]] = {}
    for number, leg in enumerate(LEGS, 1):
        scenario = leg.resolved(duration_s, settings)
        summary = _flown_before(folder / leg.name, scenario)
        if summary is None and leg in wanted:
            tell(f"{number} of {len(LEGS)}: {leg.name}")
            summary = dict(api.run(scenario, folder / leg.name).summary)
        if summary is not None:
            rows[leg.name] = _row(leg, scenario, summary)
    figures = {
        f"{scenario}-{density:g}": pooled
        for scenario, densities in DENSITIES_PER_1000_KM2.items()
        for density in densities
        if (pooled := _pooled(rows[leg.name] for leg in LEGS if _is_of(leg, scenario, density) and leg.name in rows))
    }
    return {
        "duration_s": duration_s,
        "settings": list(settings),
        "bars": {"false_alerts_removed": REMOVED_SHARE, "true_events_kept": KEPT_SHARE},
        "figures": figures,
        "ok": len(rows) == len(LEGS) and all(pooled["ok"] is not False for pooled in figures.values()),
        "not_flown": [leg.name for leg in LEGS if leg.name not in rows],
        "legs": rows,
    }


def _chosen(only: Sequence[str]) -> tuple[Leg, ...]:
    by_name = {leg.name: leg for leg in LEGS}
    for name in only:
        if name not in by_name:
            raise InputError("command line", f"no such leg; {suggestion(name, by_name)}", key="--leg", value=name)
    return tuple(by_name[name] for name in only) or LEGS


def _is_of(leg: Leg, scenario: str, density: float) -> bool:
    return (leg.scenario, leg.density_per_1000_km2) == (scenario, density)


def _flown_before(directory: Path, scenario: Scenario) -> dict[str, Any] | None:
    """The summary of a leg's folder; None where it was not flown to its end, or was with other models or settings."""
    summary_path, scenario_path = directory / "summary.json", directory / "scenario.toml"
    if not summary_path.is_file() or not scenario_path.is_file():
        return None
    before = resolve(scenario_path)
    if before.model_copy(update={"ground": scenario.ground}) != scenario:
        return None
    summary: dict[str, Any] = json.loads(summary_path.read_text("utf-8"))
    flew = summary["models"][scenario.task]["sha256"]
    known = flew == load_card(model_folder(scenario)).sha256
    judge = summary["ground_model"]
    is_same_judge = judge is None or judge["sha256"] == load_card(ground_model_folder(scenario)).sha256
    if not (known and is_same_judge):
        return None
    if before.ground != scenario.ground:
        summary["score"][scenario.task]["published"] = _published_by(scenario, directory)
        summary[_ANEW] = True
    return summary


def _published_by(scenario: Scenario, directory: Path) -> PublishedTable | None:
    """What a leg's alerts would have published by this scenario's rule."""
    log = FlightLog(tuple(satellite.name for satellite in scenario.satellite))
    for record in read_records(directory / JOURNAL):
        log.record(*record)
    with closing(Archive(directory / ARCHIVE, read_only=True)) as archive:
        events = reported_events(archive, event_rule(scenario.ground, known_sites(scenario).sites))
    return published(events, log, scenario.duration_s)


def _row(leg: Leg, scenario: Scenario, summary: dict[str, Any]) -> dict[str, Any]:
    score = summary["score"][scenario.task]
    return {
        "scenario": leg.scenario,
        "density_per_1000_km2": leg.density_per_1000_km2,
        "seed": leg.seed,
        "strategy": summary["strategy"],
        "models": summary["models"],
        "ground_model": summary["ground_model"],
        "imagery": summary["imagery"],
        "digest": summary["digest"],
        "notes": summary["notes"],
        "frames": summary["frames"],
        "satellite_days": len(summary["satellites"]) * summary["virtual_s"] / 86400.0,
        **{key: score[key] for key in _SCORED},
        "published": score["published"],
        _ANEW: summary.get(_ANEW, False),
    }


_SCORED = (
    *("area_km2", "truth", "found_onboard", "delivered", "recall", "alerts", "precision", "false_alerts"),
    *("false_alerts_per_satellite_day", "false_alerts_per_1000_km2", "gated"),
)


def _pooled(rows: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The legs of one scenario and density as one, by sums of counts; None without any."""
    legs = list(rows)
    if not legs:
        return None
    days = sum(leg["satellite_days"] for leg in legs)
    total = _summed(legs, "events", "true", "faint", "false")
    whole = _summed(legs, "true_events", "false_events", "false_alerts", "false_alerts_left")
    removed = 1.0 - whole["false_alerts_left"] / whole["false_alerts"] if whole["false_alerts"] else None
    kept = total["true"] / whole["true_events"] if whole["true_events"] else None
    told = total["true"] + total["false"]
    truth = sum(leg["truth"] for leg in legs)
    return {
        "seeds": [leg["seed"] for leg in legs],
        "satellite_days": days,
        "truth": truth,
        "recall": sum(leg["delivered"] for leg in legs) / truth if truth else None,
        "false_alerts_per_satellite_day": sum(leg["false_alerts"] for leg in legs) / days,
        "published": total,
        **whole,
        "published_share_false": total["false"] / told if told else None,
        "published_false_per_satellite_day": total["false"] / days,
        "false_alerts_removed": removed,
        "true_events_kept": kept,
        "ok": None
        if removed is None and kept is None
        else (removed is None or removed >= REMOVED_SHARE) and (kept is None or kept >= KEPT_SHARE),
    }


def _summed(legs: Sequence[dict[str, Any]], *keys: str) -> dict[str, int]:
    return {key: sum(leg["published"][key] for leg in legs) for key in keys}
