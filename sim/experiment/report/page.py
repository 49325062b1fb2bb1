"""`report.html`: one file that tells a run, without a script and without a request."""

import errno
from importlib.metadata import PackageNotFoundError, version
from math import log10
from pathlib import Path
from typing import Any

import matplotlib as mpl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from onboard.errors import InputError, MachineError
from onboard.mission_time import to_ns, utc
from sim.experiment.latency import PARTS
from sim.experiment.report import (
    ground_map,
    latency_plot,
    palette,
    score_plots,
    score_tables,
    spacecraft_plot,
    svg,
    tables,
    timeline,
    traffic_plot,
    words,
)
from sim.experiment.report.findings import MOST_IMAGES, Findings, best_findings
from sim.experiment.report.gather import RunRecord, read_run

REPORT = "report.html"
TEMPLATE, STYLE = "page.html.j2", "page.css"
LEAST_BAR_BYTES = 100.0
"""Where the bars of bytes begin, on their logarithmic scale."""

_HERE = Path(__file__).resolve().parent


def write_report(directory: Path, out: Path | None = None) -> Path:
    """Write the report of a finished run into its folder, or to `out`, and return its path.

    The same folder gives the same bytes. Raises InputError where the folder holds no finished run, or `out` cannot be
    written.
    """
    path = out or directory / REPORT
    page = render(read_run(directory))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EFBIG):
            raise MachineError(f"{path}: {error.strerror}") from None
        raise InputError(path, f"cannot be written: {error.strerror}", key="--out") from None
    return path


def render(run: RunRecord) -> str:
    """The page."""
    findings = best_findings(run)
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    with mpl.rc_context(svg.STYLE):
        plots = _plots(run, findings)
    return environment.get_template(TEMPLATE).render(
        run=run,
        summary=run.summary,
        scenario=run.scenario,
        starts=utc(run.scenario.start_utc, 0),
        ends=utc(run.scenario.start_utc, to_ns(run.scenario.duration_s)),
        style=Markup(palette.css() + (_HERE / STYLE).read_text(encoding="utf-8")),
        headline=words.headline(run.summary, len(run.satellites)),
        tiles=_tiles(run.summary),
        bars=_bars(run.summary),
        findings=findings,
        colours=[f"var(--satellite-{place % palette.N_SATELLITES + 1})" for place in range(len(run.satellites))],
        nodes=_nodes(run),
        parts=[(tables.PARTS_SAID.get(part, part), f"var(--part-{place})") for place, part in enumerate(PARTS, 1)],
        inputs=_inputs(run),
        most_images=MOST_IMAGES,
        most_satellites=palette.N_SATELLITES,
        **plots,
        **_tables(run, findings),
    )


def _plots(run: RunRecord, findings: Findings) -> dict[str, Any]:
    shown = run.satellites[: palette.N_SATELLITES]
    scores = {task: score for task, score in run.summary["score"].items() if score}
    places = [(one.alert.longitude_deg, one.alert.latitude_deg) for one in findings.shown]
    return {
        "map_plot": ground_map.draw(run, places),
        "timeline_plot": timeline.draw(run),
        "spacecraft_plots": [(name, spacecraft_plot.draw(run, place, name)) for place, name in enumerate(shown)],
        "queue_plot": traffic_plot.draw_queue(run),
        "bytes_plot": traffic_plot.draw_bytes(run),
        "latency_plot": latency_plot.draw(run),
        "operating_plots": [score_plots.draw_operating_points(task, score) for task, score in scores.items()],
        "pareto_plot": score_plots.draw_pareto(run.comparison["comparison"], run.summary["strategy"])
        if run.comparison
        else None,
    }


def _tables(run: RunRecord, findings: Findings) -> dict[str, Any]:
    scores = {task: score for task, score in run.summary["score"].items() if score}
    return {
        "spacecraft_table": tables.spacecraft_table(run),
        "energy_table": tables.energy_table(run),
        "bytes_table": tables.bytes_table(run.summary),
        "pass_table": tables.pass_table(run),
        "latency_table": tables.latency_table(run.summary),
        "findings_table": tables.findings_table(run, findings),
        "scores": [
            (score_tables.score_table(task, score), score_tables.breakdown_tables(task, score), score["matching_rule"])
            for task, score in scores.items()
        ],
        "comparison_table": score_tables.comparison_table(run.comparison, run.summary["strategy"])
        if run.comparison
        else None,
    }


def _tiles(summary: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What a figure is, the figure, its unit, and a class."""
    sent = words.size(summary["bytes"]["downlink"]["total"]).split(" ")
    captured = words.size(summary["bytes"]["captured"]).split(" ")
    coverage = summary["frames"]["coverage"]
    is_whole = coverage is None or coverage == 1.0
    tiles = [
        ("captured" if is_whole else "captured, completed frames", captured[0], captured[1], ""),
        ("sent to ground", sent[0], sent[1], ""),
        ("saved against raw", words.times(summary["savings"]["vs_captured"]), "", "result"),
        ("against lossless", words.times(summary["savings"]["vs_lossless"]), "", "result"),
    ]
    for score in summary["score"].values():
        recall = score["recall"] if score else None
        tiles.append(("recall", words.NONE if recall is None else f"{recall:.2f}", "", ""))
    covered = words.NONE if coverage is None else f"{100 * coverage:.3g}"
    tiles.append(("coverage", covered, "%", "" if is_whole else "bad"))
    told = summary["latency_s"]["capture_to_alert"]
    median = words.seconds(told["p50"]) if told["p50"] is not None else "∞" if told["n"] else words.NONE
    return [*tiles, ("capture → alert, median", median, "", "")]


def _bars(summary: dict[str, Any]) -> list[tuple[str, str, float, str]]:
    """Bytes as the sensor gave them, coded without loss, and spent: name, size, share of the width and a class."""
    held = summary["bytes"]
    told = [("raw", held["captured"], ""), ("lossless", held["lossless"], "")]
    sent = "sent, pending" if held["pending"] else "sent"
    told.append((sent, held["downlink"]["total"] + held["pending"], "result"))
    length = [log10(max(count / LEAST_BAR_BYTES, 1.0)) for _, count, _ in told]
    most = max(*length, 1.0)
    return [(name, words.size(count), at / most, kind) for (name, count, kind), at in zip(told, length, strict=True)]


def _nodes(run: RunRecord) -> list[tuple[str, str]]:
    names = dict.fromkeys(node for curves in run.curves.values() for node in curves.nodes)
    by_value = {value: name for name, value in palette.LIGHT.items()}
    return [(name, f"var(--{by_value[palette.node(name)]})") for name in names]


def _inputs(run: RunRecord) -> list[tuple[str, str]]:
    summary = run.summary
    orders = " --commands FILE" if run.traffic.orders else ""
    try:
        own = version("skysift")
    except PackageNotFoundError:  # a source tree that was never installed
        own = "not installed"
    return [
        ("scenario", run.scenario.name),
        ("strategy", str(summary["strategy"])),
        ("seed", str(summary["seed"])),
        *((f"imagery for {task}", kind or "nothing was exposed") for task, kind in summary["imagery"].items()),
        *(
            (f"model for {task}", f"{model['name']} {model['version']}, SHA-256 {model['sha256']}")
            for task, model in summary["models"].items()
        ),
        ("digest of the journal, SHA-256", summary["digest"]),
        ("repeat it", f"skysift run scenario.toml{orders} --out again"),
        ("processes", str(summary["processes"])),
        ("wall time", words.seconds(summary["wall_s"])),
        ("skysift that wrote this page", own),
        *((name, value) for name, value in run.fingerprint.items()),
    ]
