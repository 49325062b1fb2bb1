"""`skysift export` reads any finished run's folder and leaves it as it was."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pystac
import pytest
import shapely
import tomli_w
import typer
from typer.testing import CliRunner

from groundstation.archive import Archive, ArchivedProduct
from groundstation.migrations import MIGRATIONS, migrate
from onboard.comms.packets import ProductKind
from onboard.errors import InputError
from onboard.payload.products import encode
from sim.commands import exporting
from sim.resolve import resolve
from tests.groundstation.lists_for_tests import a_list, add_lists, chips_bytes
from tests.system.small_mission import write_small_mission

LISTS = (
    ("lark-1", a_list(1, 100.0, (500, 500, 502, 501), (503, 500, 505, 501), confidence=1.0)),
    ("lark-2", a_list(4, 130.0, (100, 100, 102, 101))),
)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """What a run leaves, as far as exports read it."""
    scenario = resolve(write_small_mission(tmp_path)).model_dump(mode="json", exclude_none=True)
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "scenario.toml").write_text(tomli_w.dumps(scenario), encoding="utf-8")
    with closing(Archive(folder / "archive.sqlite")) as archive:
        add_lists(archive, LISTS)
    return folder


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def export(run_dir: Path, name: str, out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    before = contents(run_dir)
    assert exporting.export(run_dir, name, out, as_json=True) == 0
    assert contents(run_dir) == before
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["format"] == name
    assert sorted(told["files"]) == sorted(contents(out))
    return told


@pytest.mark.parametrize("name", list(exporting.FORMATS))
def test_every_format_is_written_and_told(
    run_dir: Path, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(run_dir, name, tmp_path / "out", capsys)["files"]


def test_alerts_and_events_have_the_models_class_names(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    export(run_dir, "geojson", out, capsys)
    alerts, events = (json.loads((out / f"{name}.geojson").read_text())["features"] for name in ("alerts", "events"))
    assert (len(alerts), len(events)) == (3, 2)
    assert alerts[0]["properties"]["class"] == "class-0", "a model that is neither archived nor in the scenario"
    assert events[0]["properties"]["published"]
    assert all(shapely.geometry.shape(feature["geometry"]).is_valid for feature in (*alerts, *events))


def test_what_the_run_wrote_of_its_alerts_is_handed_on(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / "exports").mkdir()
    own = run_dir / "exports" / "alerts.geojson"
    own.write_text('{"type": "FeatureCollection", "features": []}')
    export(run_dir, "geojson", tmp_path / "out", capsys)
    assert (tmp_path / "out" / "alerts.geojson").read_bytes() == own.read_bytes()


@pytest.mark.parametrize("is_written", [True, False], ids=["as the run wrote them", "from the archive"])
def test_alerts_name_the_pictures_of_their_chips(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], is_written: bool
) -> None:
    found, out = a_list(9, 140.0, (500, 500, 502, 501)), tmp_path / "out"
    with closing(Archive(run_dir / "archive.sqlite")) as archive:
        archive.add_product(ArchivedProduct("lark-2", 50, ProductKind.CHIP, 9, 10**12, chips_bytes(found)))
    if is_written:
        exporting.export(run_dir, "geojson")
        capsys.readouterr()
        own = run_dir / "exports" / "alerts.geojson"
        own.write_text(
            own.read_text().replace('"time_utc"', '"frame": "own", "time_utc"').replace('"chip"', '"former"')
        )
    told = export(run_dir, "geojson", out, capsys)
    alerts = [one["properties"] for one in json.loads((out / "alerts.geojson").read_text())["features"]]
    assert [one.get("chip") for one in alerts] == [None, None, None, "chips/lark-2-000009-1.png"]
    assert all(("frame" in one) == is_written for one in alerts)
    assert "chips/lark-2-000009-1.png" in told["files"]
    listed = export(run_dir, "chips", tmp_path / "chips", capsys)["files"]
    assert listed == ["chips/lark-2-000009-1.png", "chips/index.geojson"]
    if is_written:
        own.write_text("[]")
        with pytest.raises(InputError, match="holds no alerts as a run writes them"):
            exporting.export(run_dir, "geojson", out)


@pytest.mark.parametrize("name", list(exporting.FORMATS))
def test_a_run_of_the_first_version_is_exported_with_what_it_has(
    run_dir: Path, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_dir / "archive.sqlite").unlink()
    with closing(sqlite3.connect(run_dir / "archive.sqlite")) as db:
        migrate(db, MIGRATIONS[:1])
        for product_id, (spacecraft, found) in enumerate(LISTS):
            db.execute(
                "INSERT INTO product VALUES (?, ?, 'alert', ?, ?, ?)",
                (spacecraft, product_id, found.frame_id, 10**12, encode(found)),
            )
        db.commit()
    assert export(run_dir, name, tmp_path / "out", capsys)["files"]


def test_without_a_folder_the_files_go_beside_the_run(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exporting.export(run_dir, "stac") == 0
    assert "files" in capsys.readouterr().out
    assert pystac.Catalog.from_file(run_dir / "exports" / "stac" / "catalog.json").validate_all() == 2


def test_as_a_command(run_dir: Path, tmp_path: Path) -> None:
    app = typer.Typer()
    exporting.register(app)
    result = CliRunner().invoke(app, [str(run_dir), "--format", "cap", "--out", str(tmp_path / "out"), "--json"])
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["files"]) == 1


def test_mistakes_are_told_in_one_line(run_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--format = 'geojsn': did you mean geojson\?"):
        exporting.export(run_dir, "geojsn")
    with pytest.raises(InputError, match=r"holds no finished run: archive\.sqlite is not there"):
        exporting.export(tmp_path, "csv")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        exporting.export(run_dir, "csv", tmp_path / "file")
    (tmp_path / "out" / "xtce.xml").mkdir(parents=True)
    with pytest.raises(InputError, match=r"xtce\.xml: --out: cannot be written: Is a directory"):
        exporting.export(run_dir, "xtce", tmp_path / "out")
