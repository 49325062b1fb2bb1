"""The fold over a run's records: the same live and replayed, from any checkpoint; at the end what the ledger says."""

import os
import shutil
from pathlib import Path

import msgpack
import pytest

from groundstation.web.view import Snapshot
from onboard.errors import InputError
from onboard.mission_time import NS_PER_S
from sim.mission_control import replay
from sim.mission_control.replay import Recording
from sim.run import RunResult
from tests.system.small_mission import fly, write_small_mission

END_NS = 400 * NS_PER_S
INSTANTS_NS = (END_NS, 0, 51 * NS_PER_S, 200 * NS_PER_S, 199 * NS_PER_S, 10, END_NS, 120 * NS_PER_S)


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    mission = write_small_mission(tmp_path_factory.mktemp("mission"))
    return fly(mission, mission.parent / "out", "strategy=chips", "link.frame_loss=0.1")


def seen(recording: Recording, now_ns: int) -> tuple[Snapshot, object]:
    alerts = recording.observer.changed_alerts(whole=True)
    return recording.observer.snapshot(now_ns, "paused", "max", whole=True), alerts


def test_any_instant_is_the_same_whichever_way_it_is_come_to(flown: RunResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "FIRST_SPACING", 100)
    jumping = Recording(flown.directory)
    for now_ns in INSTANTS_NS:
        jumping.seek(now_ns)
        straight = Recording(flown.directory)
        straight.play(now_ns)
        assert seen(jumping, now_ns) == seen(straight, now_ns)
        straight.close()
    jumping.close()


def test_checkpoints_are_thinned_when_they_take_too_much(flown: RunResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "FIRST_SPACING", 20)
    monkeypatch.setattr(replay, "MOST_CHECKPOINT_BYTES", 500_000)
    recording = Recording(flown.directory)
    recording.play(END_NS)
    whole = seen(recording, END_NS)
    assert sum(len(one.state) for one in recording._checkpoints) <= 500_000
    recording.seek(100 * NS_PER_S)
    recording.seek(END_NS)
    assert seen(recording, END_NS) == whole
    recording.close()


def test_the_end_is_the_ledgers(flown: RunResult) -> None:
    recording = Recording(flown.directory)
    recording.play(END_NS)
    snapshot, _ = seen(recording, END_NS)
    head, summary = snapshot["headline"], flown.summary
    assert head["frames_exposed"] == summary["frames"]["exposed"]
    assert head["frames_done"] == summary["frames"]["completed"]
    assert head["captured_bytes"] == summary["bytes"]["captured"]
    assert head["sent_bytes"] == summary["bytes"]["downlink"]["total"]
    assert head["ratio"] == pytest.approx(summary["savings"]["vs_captured"] or 0)
    score = summary["score"]["wildfire"]
    assert score is not None
    assert head["recall"] == score["recall"]
    assert head["alerts"] == summary["alerts"]
    assert sum(row["frames_lost"] for row in snapshot["link_counts"]) > 0
    assert sum(target["found"] for target in snapshot["targets"]) == score["delivered"]
    recording.close()


def test_the_ground_knows_what_it_was_told_and_no_more(flown: RunResult) -> None:
    recording = Recording(flown.directory)
    recording.play(NS_PER_S)
    before = recording.observer.snapshot(NS_PER_S, "running", 1.0)
    assert [one["known"]["activity"] for one in before["satellites"]] == ["not heard yet", "not heard yet"]
    assert all(one["known"]["state_of_charge"] is None for one in before["satellites"])
    assert all(one["true"]["state_of_charge"] for one in before["satellites"])
    recording.play(END_NS - 1)
    after = recording.observer.snapshot(END_NS - 1, "running", 1.0)
    for one in after["satellites"]:
        as_of_ns = one["known"]["as_of_ns"]
        assert as_of_ns is not None
        assert 0 < as_of_ns < END_NS
        assert one["known"]["activity"].startswith("in contact with ")
    assert {link["station"] for link in after["links"]} == {"Punta Arenas", "North/2"}
    recording.close()


def test_alerts_have_chips_latency_and_truth(flown: RunResult) -> None:
    recording = Recording(flown.directory)
    recording.play(END_NS)
    alerts = recording.observer.changed_alerts(whole=True)
    assert [row["id"] for row in alerts] == list(range(len(alerts)))
    assert all(row["has_chip"] and row["is_true"] and row["event_id"] for row in alerts)
    for row in alerts:
        assert row["latency"] is not None
        parts_s = sum(float(str(part)) for part in row["latency"].values())
        assert parts_s == pytest.approx((row["archived_ns"] - row["captured_ns"]) / NS_PER_S)
    recording.close()


def test_bars_come_once_and_again_only_when_they_grow(flown: RunResult) -> None:
    recording = Recording(flown.directory)
    kept: dict[tuple[str, str, int], int] = {}
    for now_ns in range(0, END_NS + 1, 10 * NS_PER_S):
        recording.play(now_ns)
        for bar in recording.observer.snapshot(now_ns, "running", 1.0)["bars"]:
            key = bar["satellite"], bar["kind"], bar["start_ns"]
            assert bar["end_ns"] >= kept.get(key, 0)
            kept[key] = bar["end_ns"]
    whole = recording.observer.snapshot(END_NS, "ended", 1.0, whole=True)["bars"]
    assert kept == {(bar["satellite"], bar["kind"], bar["start_ns"]): bar["end_ns"] for bar in whole}
    recording.close()


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no run: there is no journal\.msgpack"):
        Recording(tmp_path)


@pytest.mark.parametrize(("left_out", "is_published"), [("[]", True), ('["fire"]', False)])
def test_what_is_shown_as_published_is_what_the_centre_published(
    left_out: str, is_published: bool, tmp_path: Path
) -> None:
    settings = ("ground.confidence=0.5", f"ground.unpublished_classes={left_out}")
    flown = fly(write_small_mission(tmp_path), tmp_path / "out", *settings)
    recording = Recording(flown.directory)
    recording.play(END_NS)
    rows = recording.observer.changed_alerts(whole=True)
    assert {row["class"] for row in rows} == {"fire"}
    assert len({row["event_id"] for row in rows if row["published"]}) == flown.summary["events_published"]
    assert bool(flown.summary["events_published"]) is is_published
    recording.close()


@pytest.fixture
def copied(flown: RunResult, tmp_path: Path) -> Path:
    """A run's folder that may be spoilt."""
    return Path(shutil.copytree(flown.directory, tmp_path / "copied"))


def test_a_run_that_was_broken_off_ends_where_its_journal_does(copied: Path) -> None:
    journal = copied / "journal.msgpack"
    journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])
    (copied / "summary.json").unlink()
    recording = Recording(copied)
    assert not recording.is_whole
    assert 0 < recording.end_ns < END_NS
    recording.play(recording.end_ns)
    assert recording.next_ns is None
    whole = seen(recording, recording.end_ns)
    recording.seek(recording.end_ns // 2)
    recording.seek(recording.end_ns)
    assert seen(recording, recording.end_ns) == whole
    recording.close()


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_journal_that_is_damaged_is_told_in_one_line(copied: Path, share: float) -> None:
    journal = copied / "journal.msgpack"
    data = journal.read_bytes()
    place = int(share * len(data))
    journal.write_bytes(data[:place] + bytes(200) + data[place + 200 :])
    with pytest.raises(InputError, match="is no journal, or a broken one"):
        Recording(copied).play(END_NS)


def test_a_run_that_never_began_and_one_of_others(copied: Path) -> None:
    path = copied / "scenario.toml"
    path.write_text(path.read_text("utf-8").replace("lark-2", "lark-9"), "utf-8")
    with pytest.raises(InputError, match=r"holds a scenario\.toml of other satellites than its journal's"):
        Recording(copied)
    path.write_text(path.read_text("utf-8").replace("lark-9", "lark-2"), "utf-8")
    (copied / "summary.json").unlink()
    with (copied / "journal.msgpack").open("rb") as file:
        unpacker = msgpack.Unpacker(file)
        unpacker.skip()
        header_bytes = unpacker.tell()
    os.truncate(copied / "journal.msgpack", header_bytes)
    with pytest.raises(InputError, match="broken off before it began"):
        Recording(copied)


def test_what_was_found_in_pixels_is_known_when_they_arrive(tmp_path: Path) -> None:
    flown = fly(write_small_mission(tmp_path), tmp_path / "out", "strategy=lossless")
    recording = Recording(flown.directory)
    recording.play(END_NS)
    snapshot, _ = seen(recording, END_NS)
    score = flown.summary["score"]["wildfire"]
    assert score is not None
    assert snapshot["headline"]["alerts"] == flown.summary["alerts"] > 0
    assert snapshot["headline"]["recall"] == score["recall"]
    recording.seek(200 * NS_PER_S)
    alerts = recording.observer.changed_alerts(whole=True)
    assert 0 < len(alerts) < flown.summary["alerts"]
    assert all(row["archived_ns"] <= 200 * NS_PER_S and row["latency"] for row in alerts)
    recording.close()
