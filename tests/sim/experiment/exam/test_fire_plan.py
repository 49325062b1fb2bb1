"""The fire exam is what was frozen: its plan by hash, its drawn truth by counts."""

import json

from sim.data import sample_path
from sim.experiment.exam.fire_plan import PLAN, fire_plan
from sim.experiment.exam.fire_scene import draw_exam_scene
from sim.experiment.exam.fire_sources import Wanted
from sim.experiment.exam.fire_truth import drawn_truth

FROZEN_SHA256 = "2a38140c801dea9ec7d92a589cee84e593554138c55d3e4da356f98fff405fe2"
FEW = 0.02


def test_plan_is_the_frozen_one() -> None:
    document = json.loads(sample_path(*PLAN).read_text("utf-8"))
    assert fire_plan().sha256 == document["sha256"] == FROZEN_SHA256


def test_drawn_truth_is_the_frozen_one() -> None:
    """Counts of the first scenes of every set; another processor may round a pixel at a threshold otherwise."""
    frozen = json.loads(sample_path(*PLAN).read_text("utf-8"))["first_scenes"]
    drawn = drawn_truth(fire_plan(), FEW)
    assert drawn.keys() == frozen.keys()
    for name, counts in drawn.items():
        for what, value in counts.items():
            assert abs(value - frozen[name][what]) <= 0.01 * frozen[name][what] + 0.001, (name, what)


def test_streams_of_seeds_are_apart() -> None:
    streams = list(fire_plan().streams.values())
    assert len(set(streams)) == len(streams)


def test_a_scene_is_drawn_again_alike_and_free_of_fire_where_asked() -> None:
    plan = fire_plan()
    first, again = (draw_exam_scene(plan.part_one, 1, 3) for _ in range(2))
    assert (first.reflectance == again.reflectance).all()
    assert draw_exam_scene(plan.part_one, 1, 3, Wanted("none")).fire_swir2.max() == 0.0


def test_isolated_fires_are_where_they_are_said_to_be() -> None:
    """A hundred square metres at 1200 K is far above what counts as fire, in the pixel itself or beside it."""
    plan, fires = fire_plan(), 0
    for index in range(6):
        scene = draw_exam_scene(plan.part_one, 2, index, Wanted("points", 100.0, 1200.0))
        for row, column in scene.points:
            around = scene.fire_swir2[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3]
            fires += 1
            assert around.max() > plan.fire_swir2
    assert fires > 6
