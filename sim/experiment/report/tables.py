"""The report's tables of the spacecraft, the bytes, the link and the latency, as text cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onboard.mission_time import utc_text
from sim.experiment.latency import PARTS
from sim.experiment.pass_report import pass_report
from sim.experiment.report import words
from sim.experiment.report.findings import Findings
from sim.experiment.report.gather import RunRecord

MOST_ROWS = 60
PARTS_SAID = {
    "event_to_capture": "event to capture",
    "capture_to_alert": "capture to alert",
    "contact_wait": "waiting for a contact",
    "excess_over_oracle": "beyond the oracle",
    "oracle": "oracle bound",
}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, the first cell of each its header. The first `n_text` columns are words, the others figures."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    foot: Sequence[str] = ()
    n_text: int = 1
    note: str = ""


def energy_table(run: RunRecord) -> Table:
    """Energy by use, and what the arrays gave."""
    flown = run.summary["satellites"]
    uses = list(dict.fromkeys(use for one in flown.values() for use in one["energy_j"]))
    rows = [
        (
            name,
            *(words.energy(one["energy_j"].get(use, 0.0)) for use in uses),
            words.energy(sum(one["energy_j"].values())),
            words.energy(one["energy_generated_j"]),
            words.energy(one["energy_unserved_j"]),
        )
        for name, one in flown.items()
    ]
    return _cut(Table("Energy by use", ("satellite", *uses, "all uses", "generated", "unserved"), rows))


def spacecraft_table(run: RunRecord) -> Table:
    """Charge, heat and what became of frames."""
    rows = []
    for name, one in run.summary["satellites"].items():
        node, kelvin = max(one["temperature_max_k"].items(), key=lambda item: item[1])
        frames, modes = one["frames"], one["mode_s"]
        unusual = ", ".join(f"{mode} {words.seconds(t_s)}" for mode, t_s in modes.items() if mode != "nominal" and t_s)
        rows.append(
            (
                name,
                words.share(one["soc_min"]),
                words.share(one["soc_end"]),
                words.celsius(one["temperature_max_k"].get("computer")),
                f"{words.celsius(kelvin)} {node}",
                f"{frames['completed']:,} of {frames['exposed']:,}",
                words.number(one["exposures_missed"]),
                words.seconds(one["throttled_s"]),
                unusual or words.NONE,
                ", ".join(f"{monitor} {times}" for monitor, times in one["monitors"].items() if times) or words.NONE,
            )
        )
    head = (
        *("satellite", "lowest charge", "at the end", "computer at most", "hottest node"),
        *("frames completed", "exposures missed", "throttled", "modes but nominal", "monitors raised"),
    )
    return _cut(Table("Each satellite", head, rows))


def bytes_table(summary: Mapping[str, Any]) -> Table:
    """The account of bytes, as the summary keeps it."""
    held = summary["bytes"]
    down = held["downlink"]
    said = (
        ("captured by the sensor, completed frames", held["captured"]),
        ("the same frames, coded without loss (JPEG-LS)", held["lossless"]),
        ("products made on board", held["products"]),
        ("products archived on the ground", held["delivered"]),
        ("products still on board", held["pending"]),
        ("products given up", held["dropped"]),
        ("sent: payload", down["payload"]),
        ("sent: packet and frame headers", down["headers"]),
        ("sent: fill of transfer frames", down["fill"]),
        ("sent again", down["retransmit"]),
        ("sent for products, in all", down["total"]),
        ("housekeeping, under any strategy", down["housekeeping"]),
        ("idle capacity of the passes", down["idle"]),
        ("uplink: acknowledgements, commands, models", held["uplink"]),
    )
    rows = [(what, words.size(count), words.number(count)) for what, count in said]
    return Table("Where the bytes went", ("what", "size", "bytes"), rows)


def pass_table(run: RunRecord) -> Table:
    """Planned and used, in order of acquisition."""
    told = pass_report(run.scenario, run.passes)
    total = told["total"]
    channels = [name for name, count in total["channel_bytes"].items() if count and name != "idle"]
    shape = "%H:%M:%S" if run.scenario.duration_s <= 86_400.0 else "%d %b %H:%M"
    head = (
        *("satellite", "station", "rises, UTC", "highest", "planned", "on the air"),
        *("mean rate", "least margin", "could carry", "sent", *channels, "frames lost"),
    )
    rows = [
        (
            one["satellite"],
            one["station"],
            f"{datetime.fromisoformat(one['aos_utc']):{shape}}",
            f"{one['max_elevation_deg']:.0f}°",
            words.seconds(one["planned_s"]),
            words.seconds(one["used_s"]),
            words.rate(one["rate_bps"]["mean"]),
            f"{one['margin_db']['least']:.1f} dB" if one["margin_db"] else words.NONE,
            *_carried(one, channels),
        )
        for one in told["passes"]
    ]
    foot = (
        *("all passes", "", "", "", words.seconds(total["planned_s"]), words.seconds(total["used_s"]), "", ""),
        *_carried(total, channels),
    )
    note = "“Could carry” is the plan's volume. A margin is told where the radio states a link budget."
    return _cut(Table("Passes, as planned and as used", head, rows, foot if rows else (), n_text=3, note=note))


def _carried(one: Mapping[str, Any], channels: Sequence[str]) -> tuple[str, ...]:
    frames = one["frames"]
    return (
        words.size(one["planned_bytes"]),
        words.size(one["sent_bytes"]),
        *(words.size(one["channel_bytes"][name]) for name in channels),
        f"{frames['lost']:,} of {frames['sent']:,}",
    )


def latency_table(summary: Mapping[str, Any]) -> Table:
    """Percentiles of the whole, of its parts, and of what nobody could have beaten."""
    told = summary["latency_s"]
    order = ("event_to_capture", "capture_to_alert", *PARTS, "oracle", "excess_over_oracle")
    rows = [
        (
            PARTS_SAID.get(name, name),
            words.number(told[name]["n"]),
            words.number(told[name]["undelivered"]),
            *(_percentile(told[name], key) for key in ("p50", "p90", "p99")),
        )
        for name in order
        if name in told
    ]
    notes = [
        "Each line has its own percentiles: those of the parts need not sum to that of the whole, a result's parts do.",
        "What was never delivered counts as infinite (∞).",
    ]
    if reason := told.get("event_to_capture", {}).get("reason"):
        notes.append(f"Event to capture: {reason}.")
    if "oracle" in told:
        notes.append("The oracle delivers in the first instant of the first contact after the work, plus light time.")
    return Table("Latency", ("from … to", "results", "never came", "p50", "p90", "p99"), rows, note=" ".join(notes))


def _percentile(row: Mapping[str, Any], key: str) -> str:
    if row[key] is None:
        return "∞" if row["n"] else words.NONE
    return words.seconds(row[key])


def findings_table(run: RunRecord, findings: Findings) -> Table:
    """The best detections, numbered as on the map."""
    rows = []
    for number, one in enumerate(findings.shown, start=1):
        alert, box = one.alert, one.alert.detection
        wait_s = (alert.archived_ns - alert.found.exposed_ns) / 1e9
        rows.append(
            (
                str(number),
                one.class_name,
                alert.spacecraft,
                f"{utc_text(run.scenario.start_utc, alert.found.exposed_ns)[:19].replace('T', ' ')}",
                words.place(alert.latitude_deg, alert.longitude_deg),
                f"{box.confidence:.2f}",
                "ABCDEFGH"[box.size_class],
                f"{box.x0}, {box.y0} – {box.x1}, {box.y1}",
                words.seconds(wait_s),
                one.verdict or words.NONE,
            )
        )
    head = (
        *("no.", "class", "satellite", "exposed, UTC", "position", "confidence", "size", "box in the frame, px"),
        *("on the ground after", "by the truth"),
    )
    note = "Sizes are decades of area, from A, below 10 m², to H, from 10 km² up."
    return Table("The most confident detections, frames in turn", head, rows, n_text=5, note=note)


def _cut(table: Table) -> Table:
    if len(table.rows) <= MOST_ROWS:
        return table
    note = f"{table.note} The first {MOST_ROWS} of {len(table.rows):,} rows.".strip()
    return Table(table.caption, table.head, table.rows[:MOST_ROWS], table.foot, table.n_text, note)
