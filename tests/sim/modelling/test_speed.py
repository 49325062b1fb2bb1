"""`model bench`: what is timed is what flies, beside the same tiles alone, and what devices state follows by hand."""

from pathlib import Path

import numpy as np
import pytest

from onboard.payload.grid import grid_over
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard, load_card
from sim.modelling import speed as module
from sim.modelling.memory import sample_devices
from sim.modelling.speed import Speed, measure, on_devices, usual_frame_px
from tests.models_for_tests import write_model
from tests.sim.modelling.synthetic_graphs import segmentation
from tests.sim.modelling.told import Skysift

COST = "[cost]\nmacs_per_px = 1000.0\nmemory_mb = 20\n"


def card_of(folder: Path, **changes: str) -> ModelCard:
    """The threshold model's card with tiles of 64 px that share 16, its lines changed by key."""
    file = write_model(folder) / "card.toml"
    text = file.read_text("utf-8") + COST
    for key, line in changes.items():
        old = next(found for found in text.splitlines() if found.startswith(f"{key} ="))
        text = text.replace(old, line, 1)
    file.write_text(text, "utf-8")
    return load_card(folder)


def test_stated_speed_by_hand(tmp_path: Path) -> None:
    """4 x 4 tiles of 64 px at 1000 MAC a pixel are 65.5 MMAC for a frame of 208 px: 120 GMAC/s do 1,831 a second."""
    card = card_of(tmp_path)
    speed = measure(card, InferenceEngine(card), 64 + 3 * 48, repeats=1)
    assert (speed.tiles, speed.frame_macs) == (16, 65_536_000.0)
    assert speed.stated_mpx_s(120.0) == pytest.approx(208 * 208 * 120e9 / 65_536_000 / 1e6)
    rows = on_devices(speed, sample_devices())
    assert [row["stated_gmac_s"] for row in rows if row["device"] == "jetson-orin-nx"] == [80.0, 120.0, 180.0]
    assert all(row["stated_frame_mpx_s"] == speed.stated_mpx_s(row["stated_gmac_s"]) for row in rows)


def test_without_a_count_nothing_is_stated() -> None:
    speed = Speed(1000, 10, (100, 100), None, 3, flown_s=0.5, bare_s=0.4, overhead=0.25)
    table = speed.as_table()
    assert table["gmac_s"] is None
    assert speed.stated_mpx_s(100.0) is None
    assert (table["frame_mpx_s"], table["tile_ms"], table["overhead_percent"]) == (2.0, 50.0, 25.0)
    assert (table["bare_frame_mpx_s"], table["bare_tile_ms"]) == (2.5, 40.0)


def test_times_are_paired_and_their_median_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn in which the host was three times as slow changes neither the medians nor the overhead."""
    card = card_of(tmp_path)
    turns = [(9.0, 9.0), (1.1, 1.0), (3.3, 3.0), (1.1, 1.0)]
    given = iter([(*turn, index % 2 == 0) for index, turn in enumerate(turns)])

    def turn(_fly: object, _run: object, *, flies_first: bool) -> tuple[float, float]:
        flown_s, bare_s, expected = next(given)
        assert flies_first is expected
        return flown_s, bare_s

    monkeypatch.setattr(module, "_turn", turn)
    speed = measure(card, InferenceEngine(card), 64, repeats=3)
    assert (speed.flown_s, speed.bare_s, speed.overhead) == (1.1, 1.0, pytest.approx(0.1))


@pytest.mark.parametrize(
    "tile",
    [
        "tile_px = 64",
        "tile_px = 256",
        "tile_px = [48, 64]\nstride_px = 32",
        'tile_px = 64\nfit = "letterbox"',
    ],
)
def test_the_bare_graph_is_given_what_the_engine_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tile: str
) -> None:
    """Also where tiles reach past the frame."""
    given: list[np.ndarray] = []

    class Recorder:
        def __init__(self, _card: ModelCard) -> None:
            self.session = self

        def run(self, _outputs: list[str] | None, feed: dict[str, np.ndarray]) -> None:
            given.extend(feed.values())

    card = card_of(tmp_path, head='head = "heatmap"', tile_px=tile)
    engine = InferenceEngine(card)
    flown: list[np.ndarray] = []
    run = engine._run
    monkeypatch.setattr(engine, "_run", lambda: (flown.append(engine._input.array.copy()), run())[1])
    monkeypatch.setattr(module, "GraphSession", Recorder)
    speed = measure(card, engine, 100, repeats=1)
    assert len(given) == len(flown) == 2 * speed.tiles
    assert all(np.array_equal(one, other) for one, other in zip(given, flown, strict=True))


@pytest.mark.parametrize(
    ("tile_px", "overlap_px", "stride_px"), [(20, 0, 1), (64, 16, 1), (256, 100, 32), (640, 128, 32)]
)
def test_the_usual_frame_is_whole_tiles(tmp_path: Path, tile_px: int, overlap_px: int, stride_px: int) -> None:
    layout = f"overlap_px = {overlap_px}\nstride_px = {stride_px}"
    card = card_of(tmp_path, tile_px=f"tile_px = {tile_px}", overlap_px=layout)
    frame_px = usual_frame_px(card)
    grid = grid_over(card, frame_px, frame_px)
    assert frame_px >= 1024
    assert len(grid) >= 4
    assert max(tile.row + tile.height_px for tile in grid) == frame_px


def test_bench_for_people(skysift: Skysift, tmp_path: Path) -> None:
    card_of(tmp_path / "model")
    printed = skysift("model", "bench", str(tmp_path / "model"), "--repeats", "1")
    assert printed.code == 0
    assert "1024 x 1024" in " ".join(printed.out.split())
    assert "onnxruntime alone" in printed.out
    assert "By what device files state, not measured" in printed.out


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("bare", [True, False])
def test_bench(skysift: Skysift, tmp_path: Path, bare: bool) -> None:
    file = segmentation((1, 3, 64, 64)).save(tmp_path / "planes.onnx")
    path = file
    if not bare:
        skysift("model", "init", str(file), "--json").json()
        path = file.with_suffix("")
    told = skysift("model", "bench", str(path), "--frame-px", "200", "--repeats", "2", "--json").json()
    assert (told["model"], told["frame_px"], told["tile_px"], told["repeats"]) == ("planes", 200, [64, 64], 2)
    assert told["tiles"] * told["tile_ms"] / 1e3 == pytest.approx(0.04 / told["frame_mpx_s"])
    assert told["bare_tile_ms"] > 0
    assert told["gmac_s"] == pytest.approx(told["tiles"] * 64 * 64 * 3 / (0.04 / told["frame_mpx_s"]) / 1e9)
    assert bool(told["advice"]) is bare


def test_a_letterboxed_model_is_one_tile(tmp_path: Path) -> None:
    card = card_of(tmp_path, head='head = "heatmap"', tile_px='tile_px = 64\nfit = "letterbox"')
    assert usual_frame_px(card) == 1024
    assert measure(card, InferenceEngine(card), 1024, repeats=1).tiles == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--repeats", "0"), "command line: --repeats = 0: must lie in 1 to 1000"),
        (("--frame-px", "5"), "command line: --frame-px = 5: must lie in 16 to 16384"),
    ],
)
def test_bad_options(skysift: Skysift, tmp_path: Path, options: tuple[str, str], told: str) -> None:
    card_of(tmp_path / "model")
    assert skysift("model", "bench", str(tmp_path / "model"), *options, "--json").refusal() == told
