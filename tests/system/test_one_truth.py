"""One truth: summary, report and comparison are what the journal says, made again from what a run left behind.

What nobody recorded as an event is taken from where it lies: alerts, telecommands' ends and deliveries from the
archive; the host's time, the number of processes and notes on the user's files from the summary.
"""

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from groundstation.alerts import archived_alerts, ground_alerts
from groundstation.archive import Archive
from groundstation.publishing import reported_events, rule_of
from onboard.payload.models import load_card
from sim import api
from sim.experiment.alerts import Findings, command_states, delivery_counts
from sim.experiment.compare import comparison_of
from sim.experiment.comparison import Flown
from sim.experiment.flight_log import FlightLog
from sim.experiment.report.gather import read_run
from sim.experiment.report.page import render
from sim.experiment.results import Summary
from sim.experiment.summary import RunFacts, summarise
from sim.journal import read_records
from sim.resolve import model_folder, resolve
from sim.run_directory import ARCHIVE, JOURNAL

STRATEGIES = ("lossless", "chips", "detections")


@pytest.fixture(scope="module")
def compared(mission: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one-truth")
    api.compare(api.load(str(mission), settings=("link.frame_loss=0.1",)), folder, STRATEGIES)
    return folder


@dataclass(frozen=True)
class Replayed:
    """A run made again from its folder."""

    summary: Summary
    log: FlightLog
    findings: Findings


def replayed(folder: Path) -> Replayed:
    scenario, kept = resolve(folder / "scenario.toml"), as_json(folder / "summary.json")
    log = FlightLog(tuple(satellite.name for satellite in scenario.satellite))
    for record in read_records(folder / JOURNAL):
        log.record(*record)
    with closing(Archive(folder / ARCHIVE, read_only=True)) as archive:
        events = tuple(reported_events(archive, rule_of(archive)))
        findings = Findings((*archived_alerts(archive), *ground_alerts(archive)), events=events)
    facts = RunFacts(
        digest=hashlib.sha256((folder / JOURNAL).read_bytes()).hexdigest(),
        processes=kept["processes"],
        wall_s=kept["wall_s"],
        unexposed_pictures=0,
        notes=tuple(kept["notes"]),
        deliveries=delivery_counts(folder / ARCHIVE),
        commands=command_states(folder / ARCHIVE),
        ground_model=kept["ground_model"],
    )
    card = load_card(model_folder(scenario))
    return Replayed(summarise(scenario, card, log, findings.detections, facts, findings.events), log, findings)


def as_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_summary_is_what_the_journal_says(compared: Path, strategy: str) -> None:
    assert json.loads(json.dumps(replayed(compared / strategy).summary)) == as_json(
        compared / strategy / "summary.json"
    )


@pytest.mark.parametrize("strategy", ["chips", "detections"])
def test_alerts_are_the_detections_of_archived_frames(compared: Path, strategy: str) -> None:
    run = replayed(compared / strategy)
    arrived = {key: frame.detections for key, frame in run.log.frames.items() if frame.archived_ns is not None}
    found = run.findings.detections
    assert arrived.keys() == found.keys()
    for key, detections in arrived.items():
        boxes, told = (sorted((one.x0, one.y0, one.x1, one.y1) for one in some) for some in (detections, found[key]))
        assert boxes == told


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_report_is_what_the_journal_says(compared: Path, strategy: str) -> None:
    folder = compared / strategy
    again = replace(read_run(folder), summary=dict(replayed(folder).summary))
    assert render(again) == (folder / "report.html").read_text("utf-8")


def test_a_comparison_is_what_the_journals_say(compared: Path) -> None:
    runs = {name: replayed(compared / name) for name in STRATEGIES}
    again = comparison_of([{name: Flown.of(run.summary, run.log) for name, run in runs.items()}])
    assert json.loads(json.dumps(again.as_table())) == as_json(compared / "comparison.json")
