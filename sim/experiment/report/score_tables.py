"""The report's tables of what was found, and of strategies side by side."""

import re
from collections.abc import Mapping
from typing import Any

from sim.experiment.report import words
from sim.experiment.report.tables import Table

_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+(?: |$))")
BREAKDOWNS = {"by_class": "class", "by_size": "size", "by_weather": "weather"}


def score_table(task: str, score: Mapping[str, Any]) -> Table:
    """A task's score in all."""
    onboard = score["found_onboard"]
    rows = [
        ("targets in exposed frames", words.number(score["truth"])),
        ("found on board", words.NONE if onboard is None else words.number(onboard)),
        ("known on the ground", words.number(score["delivered"])),
        ("recall", words.share(score["recall"])),
        ("precision of alerts", words.share(score["precision"])),
        ("false alerts", words.number(score["false_alerts"])),
        ("false alerts a day", words.number(score["false_alerts_per_day"])),
        ("false alerts per 1,000 km²", words.number(score["false_alerts_per_1000_km2"], 1)),
        *_published_rows(score),
    ]
    return Table(f"{task}: found and raised in vain", ("what", "figure"), rows)


def _published_rows(score: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the publishing rule made of it, where the run tells."""
    told = score.get("published")
    if not told:
        return []
    return [
        ("false alerts a satellite-day", words.number(score["false_alerts_per_satellite_day"])),
        ("found where no target can be, not sent", words.number(score["gated"]["detections"])),
        ("events published", words.number(told["events"])),
        ("of these false", words.share(told["share_false"])),
        ("false events published a satellite-day", words.number(told["false_per_satellite_day"], 1)),
        ("true events that were published", words.share(told["true_events_kept"])),
        ("false alerts that the rule removed", words.share(told["false_alerts_removed"])),
    ]


def breakdown_tables(task: str, score: Mapping[str, Any]) -> list[Table]:
    """The score by class, size and weather, as far as it was told."""
    made = []
    for key, said in BREAKDOWNS.items():
        told = score.get(key)
        if not told:
            continue
        has_frames = all("frames" in row for row in told.values())
        rows = [
            (
                _THOUSANDS.sub(",", name).replace("m2", "m²"),
                *((words.number(row["frames"]),) if has_frames else ()),
                words.number(row["truth"]),
                words.number(row["found"]),
                words.share(row["recall"]),
                words.number(row["false_alerts"]),
            )
            for name, row in told.items()
        ]
        head = (said, *(("frames",) if has_frames else ()), "targets", "found", "recall", "false alerts")
        made.append(Table(f"{task} by {said}", head, rows))
    return made


def comparison_table(comparison: Mapping[str, Any], own: str) -> Table:
    """Strategies of one scenario, seed and plan of passes; this run's own first, and the others as they were flown."""
    told = comparison["comparison"]
    names = sorted(told, key=lambda name: name != own)
    rows = [_strategy(name, told[name], is_own=name == own) for name in names]
    head = (
        *("strategy", "coverage", "sent and pending", "saved vs raw", "vs lossless", "vs lossy"),
        *("at equal recall, vs lossless", "recall", "precision", "false per 1,000 km²"),
        *("alert p50", "alert p90", "energy", "lowest charge", "hottest node"),
    )
    notes = [
        "A frame that a strategy did not complete is charged to it at the reference's price, so that a starved "
        "spacecraft cannot look better.",
    ]
    notes += [f"{name} was not flown: {reason}." for name, reason in comparison.get("skipped", {}).items()]
    seeds = max((figure["n"] for figures in comparison["seeds"].values() for figure in figures.values()), default=1)
    if seeds > 1:
        notes.append(f"Figures are of this run's seed; the comparison flew {seeds}.")
    return Table("Strategies on the same scenario, seed and passes", head, rows, note=" ".join(notes))


def _strategy(name: str, table: Mapping[str, Any], *, is_own: bool) -> tuple[str, ...]:
    savings, alert_s, hottest = table["savings"], table["alert_s"], table["hottest"]
    return (
        f"{name} (this run)" if is_own else name,
        words.share(table["frames"]["coverage"]),
        words.size(table["bytes"]["spent"]),
        *(words.times(savings.get(f"vs_{reference}")) for reference in ("raw", "lossless", "lossy")),
        words.times(table["equal_recall"]["vs_lossless"]),
        words.share(table["recall"]),
        words.share(table["precision"]),
        words.number(table["false_alerts_per_1000_km2"], 1),
        words.seconds(alert_s["p50"]) if alert_s["p50"] is not None else "∞",
        words.seconds(alert_s["p90"]) if alert_s["p90"] is not None else "∞",
        words.energy(table["energy_j"]["total"]),
        words.share(table["soc_min"]),
        f"{words.celsius(hottest['temperature_k'])} {hottest['node']}",
    )
