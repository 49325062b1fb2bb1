"""Frames are drawn once for all runs that see them."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onboard.payload.imagery import MassMemory
from sim.cache import drawing_modules, frame_key, source_key
from sim.planning import FlightPlan, plan
from sim.resolve import resolve
from sim.scenes import source as sources
from sim.scenes.image_folder import Picture
from sim.scenes.renderer import Easel
from sim.scenes.source import PictureFolder, PlantedTargets, Scene
from sim.world.camera import Exposure
from tests.system.small_mission import write_small_mission


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> FlightPlan:
    return plan(resolve(write_small_mission(tmp_path_factory.mktemp("mission"))))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The frames that were really drawn, by number."""
    taken: list[int] = []
    draw = PlantedTargets.draw

    def counted(self: PlantedTargets, exposure: Exposure) -> Scene:
        taken.append(exposure.frame_id)
        return draw(self, exposure)

    monkeypatch.setattr(PlantedTargets, "draw", counted)
    return taken


def easel(planned: FlightPlan, tmp_path: Path, name: str) -> Easel:
    root = tmp_path / name
    root.mkdir()
    return Easel.of(planned.source, root, tmp_path / "cache")


def test_a_second_run_finds_what_the_first_drew(planned: FlightPlan, tmp_path: Path, drawn: list[int]) -> None:
    exposure = planned.exposures[0]
    plain = Easel(planned.source, MassMemory(tmp_path)).draw(exposure)
    runs = [easel(planned, tmp_path, name) for name in ("a", "b")]
    assert [run.draw(exposure) for run in runs] == [plain, plain]
    pixels = {(run.memory.root / plain.memory_ref).read_bytes() for run in runs}
    assert pixels == {(tmp_path / plain.memory_ref).read_bytes()}
    assert drawn == [exposure.frame_id] * 2


def test_what_a_run_releases_the_next_still_finds(planned: FlightPlan, tmp_path: Path, drawn: list[int]) -> None:
    exposure = planned.exposures[0]
    for name in ("a", "b", "c"):
        run = easel(planned, tmp_path, name)
        assert run.has_drawn([exposure]) == bool(drawn)
        run.memory.release(run.draw(exposure).memory_ref)
    assert len(drawn) == 1


@pytest.mark.parametrize(("suffix", "left"), [("dn", b"short"), ("facts", b""), ("facts", b"\x81\xa1x\x90")])
def test_what_a_crash_left_is_drawn_anew(
    planned: FlightPlan, tmp_path: Path, drawn: list[int], suffix: str, left: bytes
) -> None:
    exposure = planned.exposures[0]
    first = easel(planned, tmp_path, "a")
    whole = first.draw(exposure)
    pixels = (first.memory.root / whole.memory_ref).read_bytes()
    (kept,) = (tmp_path / "cache").rglob(f"*.{suffix}")
    kept.unlink()
    kept.write_bytes(left)
    for name in ("b", "c"):
        run = easel(planned, tmp_path, name)
        assert run.draw(exposure) == whole
        assert (run.memory.root / whole.memory_ref).read_bytes() == pixels
    assert len(drawn) == 2


def test_a_key_tells_seed_instrument_and_exposure(planned: FlightPlan) -> None:
    source, exposure = planned.source, planned.exposures[0]
    assert isinstance(source, PlantedTargets)
    other_camera = source.instruments[0].model_copy(update={"width_px": 32})
    others = (
        (source, planned.exposures[1]),
        (source, replace(exposure, sun_zenith_deg=1.0)),
        (replace(source, seed=2), exposure),
        (replace(source, instruments=(other_camera, *source.instruments[1:])), exposure),
    )
    keys = [frame_key(one, source_key(one), at) for one, at in ((source, exposure), *others)]
    assert len(set(keys)) == len(keys)


def test_a_key_tells_of_all_code_that_a_source_draws_with() -> None:
    root = Path(sources.__file__).parents[2]
    tree = ast.parse(Path(sources.__file__).read_text("utf-8"))
    used = {each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom) and each.module}
    own = {name for name in used if name.startswith(("sim.", "onboard.payload."))}
    told = {".".join(path.relative_to(root).with_suffix("").parts) for path in drawing_modules()}
    assert own - told == {"sim.equipment.instrument"}, "of which the key has every number"


def test_a_picture_is_known_by_what_it_shows(planned: FlightPlan) -> None:
    def picture(value: int) -> PictureFolder:
        planes = np.full((1, 300, 300), 7, np.uint16)
        planes[0, 150, 150] = value  # where numpy would not print it
        shown = Picture("a.png", planes, ("swir2",), (1.0,), (0.0,), 12, 20.0, (), "real", None, None, ())
        return PictureFolder((shown,), ((0,), ()))

    exposure = replace(planned.exposures[0], frame_id=1)
    keys = {frame_key(source, source_key(source), exposure) for source in (picture(1), picture(2), picture(1))}
    assert len(keys) == 2
