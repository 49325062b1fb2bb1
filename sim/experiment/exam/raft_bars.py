"""What is asked of a raft model in its exam, and whether it holds."""

from collections.abc import Iterator
from typing import Any

from sim.experiment.exam.bars import AT_LEAST, AT_MOST, bar


def _detection(figures: dict[str, Any], false_per_km2: float) -> float:
    return float(next(point["detection"] for point in figures["rates"] if point["false_per_km2"] == false_per_km2))


def _drawn(figures: dict[str, Any], baselines: dict[str, Any]) -> Iterator[dict[str, Any]]:
    ours = _detection(figures, 1.0)
    best = max(baselines, key=lambda name: _detection(baselines[name], 1.0))
    yield bar("detection at 1 false alarm per km2", ours, AT_LEAST, 0.24)
    yield bar(f"the same, over the best CFAR's ({best})", ours / _detection(baselines[best], 1.0), AT_LEAST, 1.5)
    key = figures["key_cell"]
    told = f"{key['rcs_m2']:g} m2 in {key['wind_m_s']:g} m/s of wind with {key['looks']} looks"
    yield bar(f"detection of {told}", key["detection"], AT_LEAST, 0.80)
    yield bar("sea under the curve, km2", figures["area_km2"], AT_LEAST, 200.0)


def _real(real: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield bar("real ships found by the ship class", real["sar_hrsid"]["recall"], AT_LEAST, 0.95)
    yield bar("real ships marked by its mask", real["sar_hrsid"]["recall_by_mask"], AT_LEAST, 0.95)
    false = real["sar_lsssdd_s1"]["false_small_targets_per_mpx"]
    yield bar("false small targets per Mpx of real open sea", false, AT_MOST, 3.0)


def bars(figures: dict[str, Any], baselines: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a bar: `name`, `value`, `rule`, `bar`, `ok`. Real pictures that are absent ask nothing."""
    rows = list(_drawn(figures, baselines))
    return rows if "skipped" in figures["real"] else rows + list(_real(figures["real"]))
