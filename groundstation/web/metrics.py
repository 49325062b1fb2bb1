"""Figures of a mission in Prometheus' text format (version 0.0.4).

A figure that two worlds know differently has the label `world`: `ground` for what housekeeping told, `true` for what
only the emulator knows. What nobody knows yet has no sample.
"""

from collections.abc import Iterable, Iterator, Mapping

from groundstation.web.view import MissionTable, SatelliteState, Snapshot
from onboard.mission_time import to_s

Sample = tuple[Mapping[str, str], float | None]


def exposition(mission: MissionTable, snapshot: Snapshot) -> str:
    """All families, each with its help and its type."""
    lines: list[str] = []
    for name, kind, about, samples in _families(mission, snapshot):
        told = [(labels, value) for labels, value in samples if value is not None]
        if told:
            lines += [f"# HELP skysift_{name} {about}", f"# TYPE skysift_{name} {kind}"]
            lines += [f"skysift_{name}{_labels(labels)} {_number(value)}" for labels, value in told]
    return "\n".join(lines) + "\n"


def _families(mission: MissionTable, snapshot: Snapshot) -> Iterator[tuple[str, str, str, Iterable[Sample]]]:
    head = snapshot["headline"]
    run = {"scenario": mission["name"], "strategy": mission["strategy"], "seed": str(mission["seed"])}
    pace = None if snapshot["pace"] == "max" else float(snapshot["pace"])
    single: tuple[tuple[str, str, str, float | None], ...] = (
        ("virtual_time_seconds", "gauge", "Mission elapsed time.", to_s(snapshot["now_ns"])),
        ("pace_ratio", "gauge", "Virtual seconds a wall-clock second; absent at full speed.", pace),
        ("captured_bytes", "gauge", "Sensor bytes of completed frames.", head["captured_bytes"]),
        ("lossless_bytes", "gauge", "The same frames as JPEG-LS.", head["lossless_bytes"]),
        ("sent_bytes", "gauge", "Downlink bytes for products.", head["sent_bytes"]),
        ("savings_ratio", "gauge", "Captured bytes over sent and pending ones.", head["ratio"]),
        ("recall_ratio", "gauge", "Share of targets told to the ground (true world).", head["recall"]),
        ("coverage_ratio", "gauge", "Completed frames over exposed ones.", head["coverage"]),
        ("latency_p50_seconds", "gauge", "Median from exposure to archive.", head["latency_p50_s"]),
        ("alerts", "gauge", "Detections that have arrived.", head["alerts"]),
        ("events_published", "gauge", "Events confirmed and published.", head["events_published"]),
        ("frames_exposed", "gauge", "Frames exposed.", head["frames_exposed"]),
        ("frames_completed", "gauge", "Frames completed.", head["frames_done"]),
    )
    yield "run_info", "gauge", "What runs.", [({**run, "status": snapshot["status"]}, 1)]
    for name, kind, about, value in single:
        yield name, kind, about, [({}, value)]
    yield from _satellites(snapshot)
    yield from _links(snapshot)


def _satellites(snapshot: Snapshot) -> Iterator[tuple[str, str, str, Iterable[Sample]]]:
    worlds = [
        ({"satellite": one["name"], "world": world}, state)
        for one in snapshot["satellites"]
        for world, state in (("ground", one["known"]), ("true", one["true"]))
    ]

    def each(key: str) -> list[Sample]:
        return [(labels, _value(state, key)) for labels, state in worlds]

    yield "satellite_state_of_charge_ratio", "gauge", "Of the battery.", each("state_of_charge")
    yield "satellite_computer_celsius", "gauge", "Of the payload computer.", each("computer_c")
    yield "satellite_sunlit", "gauge", "1 in sunlight.", each("sunlit")
    yield "satellite_outbox_bytes", "gauge", "Products not acknowledged.", each("outbox_bytes")
    yield "satellite_frames_deferred", "gauge", "Frames that wait to be worked on.", each("frames_deferred")
    modes = [({**labels, "mode": str(state["mode"])}, 1.0) for labels, state in worlds if state["mode"] is not None]
    yield "satellite_mode", "gauge", "1 for the mode it is in.", modes
    raised = [
        ({**labels, "monitor": name, "severity": severity}, 1.0)
        for labels, state in worlds
        for name, severity in (state["monitors"] or {}).items()
    ]
    yield "satellite_monitor_raised", "gauge", "1 for each monitor that is raised.", raised


def _links(snapshot: Snapshot) -> Iterator[tuple[str, str, str, Iterable[Sample]]]:
    counts = [({"satellite": one["satellite"]}, one) for one in snapshot["link_counts"]]
    for key, about in (
        ("frames_accepted", "Transfer frames that the mission centre accepted."),
        ("frames_damaged", "Transfer frames that arrived damaged."),
        ("gaps", "Breaks in the counts of virtual channels."),
    ):
        yield f"link_{key}", "gauge", about, [(labels, _count(row, key)) for labels, row in counts]
    rates: list[Sample] = [
        ({"satellite": one["satellite"], "station": one["station"]}, one["rate_bps"]) for one in snapshot["links"]
    ]
    yield "link_rate_bits_per_second", "gauge", "Of the contacts that go on.", rates


def _value(state: SatelliteState, key: str) -> float | None:
    value = dict(state)[key]
    return float(value) if isinstance(value, int | float) else None


def _count(row: Mapping[str, object], key: str) -> float:
    value = row[key]
    assert isinstance(value, int)
    return value


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
