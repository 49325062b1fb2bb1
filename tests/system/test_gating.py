"""A model for the land is held to it in flight, one for the sea to the sea, and what was left out is told."""

from pathlib import Path

import pytest

from sim.run import RunResult
from sim.scene_settings import Scene
from tests.system.small_mission import fly, write_small_mission

SHORT = "duration_s=300"


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], RunResult]:
    """By strategy and by what the model's card says; the satellites fly from the Gulf of Guinea over West Africa."""
    results = {}
    for surface in ("any", "land", "sea"):
        folder = tmp_path_factory.mktemp(surface)
        path = write_small_mission(folder)
        card = folder / "threshold" / "card.toml"
        text = card.read_text("utf-8").replace("min_pixels = 1", f'min_pixels = 1\nsurface = "{surface}"')
        card.write_text(text, "utf-8")
        for strategy in ("detections", "lossless"):
            results[strategy, surface] = fly(path, folder / strategy, SHORT, f"strategy={strategy}")
    return results


def gated(result: RunResult) -> int:
    return sum(len(frame.gated) for frame in result.log.frames.values())


def found(result: RunResult) -> int:
    return sum(len(frame.detections) for frame in result.log.frames.values())


def test_what_is_found_is_kept_or_gated(flown: dict[tuple[str, str], RunResult]) -> None:
    every = found(flown["detections", "any"])
    assert gated(flown["detections", "any"]) == 0
    for surface in ("land", "sea"):
        result = flown["detections", surface]
        assert found(result) > 0
        assert gated(result) > 0
        assert found(result) + gated(result) == every
        score = result.summary["score"]["wildfire"]
        assert score is not None
        assert score["gated"] == {"detections": gated(result), "true": gated(result)}
    # Near the coast both or neither may be meant, and a margin decides for the land.
    assert found(flown["detections", "land"]) == gated(flown["detections", "sea"])


def test_pixels_are_held_to_it_on_the_ground(flown: dict[tuple[str, str], RunResult]) -> None:
    for surface in ("land", "sea"):
        here, there = flown["lossless", surface], flown["lossless", "any"]
        left_out = int(next(note for note in here.summary["notes"] if "left out" in note).split()[0])
        assert here.summary["alerts"] + left_out == there.summary["alerts"]


def test_one_process_or_many(flown: dict[tuple[str, str], RunResult], tmp_path: Path) -> None:
    alone = flown["detections", "sea"]
    many = fly(alone.directory.parent / "small.toml", tmp_path / "many", SHORT, processes=True)
    assert many.summary["digest"] == alone.summary["digest"]
    assert gated(many) == gated(alone)


def test_pictures_that_were_taken_elsewhere_are_held_to_no_map() -> None:
    pictures = Scene(source="images", images="pictures")
    assert not pictures.is_in_place
    assert pictures.model_copy(update={"placement": "overpass"}).is_in_place
    assert Scene().is_in_place
