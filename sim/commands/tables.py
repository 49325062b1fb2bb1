"""Ledgers and measurements as tables for people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table

from onboard.strategy import STRATEGIES
from sim.commands.common import human_bytes, human_ratio, human_share
from sim.experiment.compare import Comparison
from sim.experiment.confidence import Estimate
from sim.experiment.sweep import SweepRow


def ledger_table(summary: Mapping[str, Any]) -> Table:
    """One run's ledger."""
    table = Table(
        title=f"{summary['scenario']} · {summary['strategy']} · seed {summary['seed']} · {summary['status']}",
        show_header=False,
        title_justify="left",
    )
    for name, value in _rows(summary):
        table.add_row(name, value)
    for order in summary["orders_refused"]:
        table.add_row("order refused", f"{order['wish']} for {order['satellite']}: {order['reason']}")
    for reason in summary["reasons"]:
        table.add_row("degraded", reason)
    table.add_row("digest", summary["digest"])
    return table


def comparison_tables(comparison: Comparison) -> list[Table]:
    """Strategies, one a row: the link, what was found, when, and the spacecraft; means with 95 % where seeds differ."""
    seeds = max(one.n for one in next(iter(comparison.seeds.values())).values())
    spread = f", means of {seeds} seeds with 95 %" if seeds > 1 else ""
    captured = _estimate(next(iter(comparison.seeds.values()))["bytes.captured"], human_bytes)
    tables = []
    for title, columns in _COMPARED.items():
        table = Table(title=f"{title.format(captured=captured)}{spread}", title_justify="left")
        table.add_column("strategy", no_wrap=True, min_width=max(map(len, STRATEGIES)))
        for heading, _, _ in columns:
            table.add_column(heading, justify="right")
        for name, figures in comparison.seeds.items():
            table.add_row(name, *(_estimate(figures.get(figure), text) for _, figure, text in columns))
        tables.append(table)
    return tables


def sweep_grid(rows: Sequence[SweepRow]) -> Table:
    """What the ratio depends on, a run a row."""
    table = Table(title="Detections over density of targets and size of frame", title_justify="left")
    for heading in (
        *("targets / 1,000 km²", "frame", "targets a frame", "bytes a frame"),
        *("against raw", "against lossless", "recall", "coverage"),
    ):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            f"{row.events_per_1000_km2:g}",
            f"{row.width_px} x {row.height_px}",
            _number(row.events_per_frame),
            "-" if row.bytes_per_frame is None else human_bytes(row.bytes_per_frame),
            human_ratio(row.vs_raw),
            human_ratio(row.vs_lossless),
            human_share(row.recall),
            human_share(row.coverage),
        )
    return table


def speed_table(model: str, speed: Mapping[str, Any]) -> Table:
    """What a model reached on this machine."""
    side_px = speed["frame_px"]
    table = Table(
        title=f"{model} on this machine, one thread, {side_px} x {side_px} px in {speed['tiles']} tiles",
        title_justify="left",
    )
    for heading in ("", "as it flies", "onnxruntime alone"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_row("frame Mpx/s", f"{speed['frame_mpx_s']:.2f}", f"{speed['bare_frame_mpx_s']:.2f}")
    table.add_row("ms a tile", f"{speed['tile_ms']:.2f}", f"{speed['bare_tile_ms']:.2f}")
    table.add_row("GMAC/s", _number(speed["gmac_s"]), "")
    table.add_row("overhead", f"{speed['overhead_percent']:.1f} %", "")
    return table


def stated_table(devices: Iterable[Mapping[str, Any]]) -> Table:
    """What a model would reach by the throughputs that device files state."""
    table = Table(title="By what device files state, not measured", title_justify="left")
    for heading in ("device", "power mode"):
        table.add_column(heading)
    for heading in ("GMAC/s", "frame Mpx/s"):
        table.add_column(heading, justify="right")
    for row in devices:
        table.add_row(row["device"], row["power_mode"], f"{row['stated_gmac_s']:g}", _number(row["stated_frame_mpx_s"]))
    return table


def _estimate(one: Estimate | None, text: Callable[[float], str]) -> str:
    if one is None or one.mean is None:
        return "-"
    if one.half_width is None:
        return text(one.mean)
    width = f"{one.half_width:.1f} K" if text is _celsius else text(one.half_width)
    return f"{text(one.mean)} ± {width}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _rows(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    frames, held, savings = summary["frames"], summary["bytes"], summary["savings"]
    (score,) = summary["score"].values()
    (imagery,) = summary["imagery"].values()
    latency = summary["latency_s"]["capture_to_alert"]
    flown = summary["satellites"].values()
    lowest = min(satellite["soc_min"] for satellite in flown)
    hottest_k = max(max(satellite["temperature_max_k"].values()) for satellite in flown)
    faults = _counted(summary["faults"])
    return [
        ("imagery", str(imagery)),
        ("frames completed of exposed", f"{frames['completed']} of {frames['exposed']}"),
        ("coverage", human_share(frames["coverage"])),
        ("captured (completed frames)", human_bytes(held["captured"])),
        ("the same, lossless", human_bytes(held["lossless"])),
        ("sent down for products", human_bytes(held["downlink"]["total"])),
        ("still on board", human_bytes(held["pending"])),
        ("saved against captured", human_ratio(savings["vs_captured"])),
        ("saved against lossless", human_ratio(savings["vs_lossless"])),
        ("telecommands", _counted(summary["commands"]) or "none"),
        *([("faults that struck", faults)] if faults else []),
        ("alerts", str(summary["alerts"])),
        ("events published", str(summary["events_published"])),
        *(
            (f"lists heard by {name}", str(heard["detection_lists"]))
            for name, heard in summary["field_terminals"].items()
        ),
        (
            "targets found on the ground of true",
            f"{score['delivered']} of {score['truth']}" if score else "no truth",
        ),
        ("recall", human_share(score["recall"]) if score else "-"),
        ("precision", human_share(score["precision"]) if score else "-"),
        ("capture to alert, median", _seconds(latency["p50"])),
        ("capture to alert, 90 %", _seconds(latency["p90"])),
        ("lowest charge", human_share(lowest)),
        ("highest temperature", f"{hottest_k - 273.15:.1f} °C"),
    ]


def _seconds(duration_s: float | None) -> str:
    return "-" if duration_s is None else f"{duration_s:.0f} s"


def _celsius(temperature_k: float) -> str:
    return f"{temperature_k - 273.15:.1f} °C"


def _plain(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _kilojoules(energy_j: float) -> str:
    return f"{energy_j / 1000:,.1f} kJ"


_COMPARED: dict[str, tuple[tuple[str, str, Callable[[float], str]], ...]] = {
    "Bytes, of {captured} captured": (
        ("coverage", "frames.coverage", human_share),
        ("sent", "bytes.sent", human_bytes),
        ("delivered", "bytes.delivered", human_bytes),
        ("pending", "bytes.pending", human_bytes),
        ("fewer than lossless", "fewer_bytes.vs_lossless", human_ratio),
        ("saved vs raw", "savings.vs_raw", human_ratio),
        ("vs lossless", "savings.vs_lossless", human_ratio),
        ("vs lossy", "savings.vs_lossy", human_ratio),
    ),
    "Found, and saved at equal recall and one rate of false alerts": (
        ("recall", "recall", human_share),
        ("precision", "precision", human_share),
        ("false/day", "false_alerts_per_day", _plain),
        ("/1,000 km²", "false_alerts_per_1000_km2", _plain),
        ("at one rate", "equal_recall.recall", human_share),
        ("vs raw", "equal_recall.vs_raw", human_ratio),
        ("vs lossless", "equal_recall.vs_lossless", human_ratio),
        ("vs lossy", "equal_recall.vs_lossy", human_ratio),
    ),
    "Capture to alert, and the spacecraft": (
        ("50 %", "alert_s.p50", _seconds),
        ("90 %", "alert_s.p90", _seconds),
        ("99 %", "alert_s.p99", _seconds),
        ("computer", "energy_j.computer", _kilojoules),
        ("radio", "energy_j.radio", _kilojoules),
        ("all uses", "energy_j.total", _kilojoules),
        ("lowest charge", "soc_min", human_share),
        ("hottest node", "hottest.temperature_k", _celsius),
    ),
}
"""Headings, figures and how to write them, by table."""
