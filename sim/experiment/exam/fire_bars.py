"""What is asked of a wildfire model in its exam, and whether it holds."""

from collections.abc import Iterator
from typing import Any

from sim.experiment.exam.bars import AT_LEAST, AT_MOST, bar

LARGEST_INTEGERS_BYTES = 250_000
_SAME_RATE = "that rate on held-out seeds"
_FEW_RATE = "their rate of false alarms per 1,000 km²"
_SHARES = ("pixel_f1", "object_precision", "object_recall", "object_f1")


def _share(figures: dict[str, Any], temperature_k: float, area_m2: float) -> float:
    rows = figures["detection"]
    pick = [row for row in rows if row["temperature_k"] == temperature_k and row["area_m2"] == area_m2]
    return float(pick[0]["model"])


def _drawn(figures: dict[str, Any], classics: dict[str, Any]) -> Iterator[dict[str, Any]]:
    card, rates = figures["card"], figures["rates"]
    best = max(row["object_f1"] for row in classics.values())
    yield bar("pixel F1", card["pixel_f1"], AT_LEAST, 0.91)
    yield bar("pixel F1 over voting", card["pixel_f1"] - classics["voting"]["pixel_f1"], AT_LEAST, 0.10)
    yield bar("object F1", card["object_f1"], AT_LEAST, 0.86)
    yield bar("object F1 over the best published test", card["object_f1"] - best, AT_LEAST, 0.04)
    same = rates["schroeder"]
    more = same["object_recall"] - classics["schroeder"]["object_recall"]
    yield bar("object recall over Schroeder's at its rate of false alarms", more, AT_LEAST, 0.15)
    yield bar(_SAME_RATE, same["fire_free_per_1000_km2"], AT_MOST, same["rate"])
    yield bar("share found of fires of 10 m² at 800 K", _share(figures, 800.0, 10.0), AT_LEAST, 0.5)
    yield bar("share found of fires of 3 m² at 1000 K", _share(figures, 1000.0, 3.0), AT_LEAST, 0.5)
    yield bar(_FEW_RATE, rates["few"]["fire_free_per_1000_km2"], AT_MOST, 30.0)
    behind = {name: row["best_classical_object_f1"] - row["object_f1"] for name, row in figures["biomes"].items()}
    worst = max(behind, key=lambda name: behind[name])
    yield bar(f"object F1 behind the best published test, worst biome ({worst})", behind[worst], AT_MOST, 0.05)


def _real(real: dict[str, Any]) -> Iterator[dict[str, Any]]:
    burning, burnt = real["fire_s2_swir"], real["fire_s2_burned"]
    yield bar("real fires: object recall", burning["object_recall"], AT_LEAST, 0.97)
    yield bar("real fires: pixel precision within 2 px", burning["pixel_precision_2_px"], AT_LEAST, 0.75)
    yield bar("real scars: false objects", burnt["false_objects"], AT_MOST, 2)


def bars(figures: dict[str, Any], classics: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a bar: `name`, `value`, `rule`, `bar`, `ok`. Real pictures that are absent ask nothing."""
    rows = list(_drawn(figures, classics))
    return rows if "skipped" in figures["real"] else rows + list(_real(figures["real"]))


def _shares(figures: dict[str, Any]) -> dict[str, float]:
    """Every figure of an exam that is a share, by a name for it."""
    found = {f"card {name}": figures["card"][name] for name in _SHARES}
    for theme, row in figures["part_two"].items():
        found |= {f"{theme} {name}": row[name] for name in _SHARES}
    for biome, row in figures["biomes"].items():
        found |= {f"{biome} {name}": row[name] for name in ("pixel_f1", "object_f1")}
    for row in figures["detection"]:
        found[f"{row['area_m2']:g} m² at {row['temperature_k']:g} K"] = row["model"]
    if "skipped" not in figures["real"]:
        burning = figures["real"]["fire_s2_swir"]
        found |= {f"real {name}": burning[name] for name in ("object_recall", "pixel_precision_2_px")}
    return {name: float(value) for name, value in found.items()}


def ground_bars(figures: dict[str, Any], classics: dict[str, Any], light: dict[str, Any]) -> list[dict[str, Any]]:
    """What is asked of the heavy model on the ground: to be better than the light one aloft, at both cards' thresholds.

    It judges what the light one sends and never sets a rate of false alarms by itself: those two rows are told among
    its `rates`, and not held.
    """
    mine, its = figures["card"], light["card"]
    rows = [row for row in bars(figures, classics) if row["name"] not in (_SAME_RATE, _FEW_RATE)]
    return [
        *rows,
        bar("object F1 beside the light model's", mine["object_f1"], AT_LEAST, its["object_f1"]),
        bar(
            "false alarms per 1,000 km² beside the light model's",
            mine["fire_free_per_1000_km2"],
            AT_MOST,
            its["fire_free_per_1000_km2"],
        ),
    ]


def integer_bars(integers: dict[str, Any], floats: dict[str, Any], integers_bytes: int) -> list[dict[str, Any]]:
    """What is asked of a model in 8-bit integers beside the same in floats. Rates of false alarms are no shares."""
    mine, theirs = _shares(integers), _shares(floats)
    apart = {name: abs(mine[name] - theirs[name]) for name in mine}
    worst = max(apart, key=lambda name: apart[name])
    return [
        bar(f"furthest figure from float32's ({worst})", apart[worst], AT_MOST, 0.01),
        bar("size of the file in bytes", integers_bytes, AT_MOST, LARGEST_INTEGERS_BYTES),
    ]
