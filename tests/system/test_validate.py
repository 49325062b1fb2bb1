"""`scenario validate` refuses what a run would refuse before its start."""

from pathlib import Path

from tests.models_for_tests import write_model
from tests.system.small_mission import SCENARIO, Refused


def validated(refused: Refused, desk: Path, text: str) -> str:
    (desk / "edited.toml").write_text(text, "utf-8")
    return refused("scenario", "validate", "edited.toml")


def test_a_bad_list_of_sites(refused: Refused, desk: Path) -> None:
    (desk / "hot.csv").write_text("lat,lon\n1,2\n", "utf-8")
    line = validated(refused, desk, SCENARIO + '\n[ground]\nstatic_sites = "hot.csv"\n')
    assert "hot.csv: ground.static_sites" in line
    assert "must have a column latitude" in line


def test_a_ground_model_that_cannot_judge(refused: Refused, desk: Path) -> None:
    write_model(desk / "heavy", classes=("smoke",))
    edited = SCENARIO.replace("seed = 1", 'seed = 1\nstrategy = "cascade"\nground_model = "heavy"')
    line = validated(refused, desk, edited)
    assert line.endswith("output.classes = ['smoke']: must be those of the model that flies: fire")


def test_a_ground_model_of_no_graph(refused: Refused, desk: Path) -> None:
    write_model(desk / "empty", graph=b"")
    line = validated(refused, desk, SCENARIO.replace("seed = 1", 'seed = 1\nground_model = "empty"'))
    assert "empty/model.onnx" in line
