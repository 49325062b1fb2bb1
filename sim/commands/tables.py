"""Ledgers and measurements as tables for people."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table

from sim.commands.common import human_bytes, human_ratio, human_share


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


def comparison_table(summaries: Mapping[str, Mapping[str, Any]]) -> Table:
    """Ledgers side by side."""
    table = Table(title="Strategies on the same scenario, seed and passes", title_justify="left")
    table.add_column("")
    for name in summaries:
        table.add_column(name, justify="right")
    columns = [dict(_rows(summary)) for summary in summaries.values()]
    for row in columns[0]:
        table.add_row(row, *(column[row] for column in columns))
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
        ("telecommands", ", ".join(f"{count} {state}" for state, count in summary["commands"].items()) or "none"),
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
