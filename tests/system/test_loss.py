"""A link that loses frames: every product arrives once, or the ledger says where it is."""

import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from groundstation.messages import ProductArchived
from sim.data import sample_path
from sim.journal import read_records
from sim.run import RunResult
from sim.run_directory import JOURNAL
from tests.system.small_mission import fly

LOSSY = ("strategy=raw", "link.frame_loss=0.3")


def archived(result: RunResult) -> tuple[int, int]:
    """Products of frames in the archive, and their bytes."""
    with closing(sqlite3.connect(result.directory / "archive.sqlite")) as archive:
        products, payload = archive.execute(
            "SELECT count(*), coalesce(sum(length(payload)), 0) FROM product WHERE kind != 'report'"
        ).fetchone()
        return products, payload


def arrivals(result: RunResult) -> Counter[tuple[str, int]]:
    """How often each product was archived, as the journal tells it."""
    return Counter(
        (answer.spacecraft, answer.product_id)
        for *_, answers in read_records(result.directory / JOURNAL)
        for answer in answers
        if isinstance(answer, ProductArchived)
    )


def check_exactly_once(result: RunResult) -> None:
    held, frames = result.summary["bytes"], result.summary["frames"]
    assert archived(result) == (frames["completed"], held["delivered"])
    assert set(arrivals(result).values()) == {1}
    assert sum(satellite.frames_lost for satellite in result.log.satellites.values()) > 50
    assert held["downlink"]["retransmit"] > 0


def test_lost_frames_are_sent_again(mission: Path, tmp_path: Path) -> None:
    result = fly(mission, tmp_path / "out", *LOSSY)
    check_exactly_once(result)
    assert result.summary["bytes"]["dropped"] == 0


def test_queue_drains_once_the_link_is_clean(mission: Path, tmp_path: Path) -> None:
    """Loss ends at 340 s: both satellites have their last pass until 400 s, and expose their last frames at 380 s."""
    result = fly(mission, tmp_path / "out", *LOSSY, "link.frame_loss_until_s=340")
    check_exactly_once(result)
    assert result.summary["bytes"]["pending"] == 0
    assert result.summary["frames"]["coverage"] == 1
    assert result.summary["status"] == "complete"


def test_cut_off_and_with_a_small_outbox_all_is_accounted_for(mission: Path, tmp_path: Path) -> None:
    """The run ends before the second pass, and the outbox holds five products of a frame every twenty seconds."""
    bus = tmp_path / "tight.toml"
    roomy = sample_path("buses", "6u-cubesat.toml").read_text("utf-8")
    bus.write_text(re.sub(r"outbox_bytes = \w+", "outbox_bytes = 32_000", roomy), "utf-8")
    buses = (f"satellite[{index}].bus={bus}" for index in range(2))
    result = fly(mission, tmp_path / "out", *LOSSY, *buses, "duration_s=285")
    check_exactly_once(result)
    held = result.summary["bytes"]
    assert held["dropped"] > 0
    assert held["pending"] > 0
    assert result.summary["status"] == "degraded"
