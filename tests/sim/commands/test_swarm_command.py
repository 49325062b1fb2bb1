"""The command: seeds that fly well, a bug that is found, made smaller and kept, and options that mean nothing."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from onboard.comms.outbox import Outbox
from onboard.errors import InputError
from sim.cli import app
from sim.swarm import shrinking
from sim.swarm.case import read_case

runner = CliRunner()


def answer_of(*arguments: str) -> tuple[int, dict[str, object]]:
    done = runner.invoke(app, ["swarm", *arguments, "--json", "--workers", "1"], standalone_mode=False)
    return done.return_value, json.loads(done.stdout)


def test_seeds_that_fly_well_are_told_with_what_struck() -> None:
    code, answer = answer_of("--seeds", "2", "--first-seed", "5")
    assert code == 0
    assert (answer["seeds"], answer["failed"], answer["replay"]) == (2, [], "")
    assert answer["struck"]


def test_a_failing_seed_is_kept_as_a_case_that_fails_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(outbox: Outbox, product_id: int) -> object:
        outbox.held_bytes += 1
        return remove(outbox, product_id)

    remove = Outbox.remove
    kept = tmp_path / "case.toml"
    with monkeypatch.context() as planted:
        planted.setattr(Outbox, "remove", leaking)
        planted.setattr(shrinking.shrunk, "__defaults__", (6,))
        code, answer = answer_of("--seeds", "3", "--keep", str(kept))
        assert code == 1
        failed = answer["failed"]
        assert isinstance(failed, list)
        assert answer["replay"] == f"skysift swarm --seeds 1 --first-seed {failed[0]['seed']}"
        assert "its account says" in read_case(kept).found
        assert answer_of("--case", str(kept))[0] == 1
    assert answer_of("--case", str(kept))[0] == 0


def test_counts_out_of_range_and_files_that_are_no_case_are_refused(tmp_path: Path) -> None:
    for wrong in (["--seeds", "0"], ["--first-seed", "-1"], ["--workers", "0"]):
        with pytest.raises(InputError):
            runner.invoke(app, ["swarm", *wrong], standalone_mode=False, catch_exceptions=False)
    bad = tmp_path / "bad.toml"
    for text in ("found = 'x'", "scenario = 3", "[scenario]\nname = 'x'", "wrong = 1", "order = [1]\n[scenario]\n"):
        bad.write_text(text, "utf-8")
        with pytest.raises(InputError):
            read_case(bad)
