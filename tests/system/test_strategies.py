"""Every strategy flies, with the same digest in one process and in many, and takes over in mid-run by telecommand."""

import json
from pathlib import Path

import pytest

from groundstation.archive import Archive
from onboard.commands import JobKind, StartJob
from onboard.comms.packets import ProductKind
from onboard.errors import InputError
from onboard.payload.products import CODECS, decode_chips, decode_image
from onboard.strategy import STRATEGIES
from sim.operator_file import read_operator_file
from sim.resolve import resolve
from sim.run import RunResult
from sim.run_directory import ARCHIVE
from tests.system.small_mission import fly, write_small_mission

CODEC_OF = {"raw": "raw", "lossless": "jpegls", "ccsds121": "ccsds121", "lossy": "jpeg2000", "cloudfilter": "jpegls"}


class Jobs:
    """The kinds of the jobs that lark-1 ordered."""

    def __init__(self) -> None:
        self.kinds: list[JobKind] = []

    def record(self, _now_ns: int, node: str, _granted: object, answers: tuple[object, ...], _world: object) -> None:
        self.kinds += [answer.kind for answer in answers if isinstance(answer, StartJob) and node == "lark-1"]

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def meadow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small mission over drawn land with many fires, seen in four bands."""
    folder = tmp_path_factory.mktemp("meadow")
    path = write_small_mission(folder)
    camera = (folder / "camera.toml").read_text("utf-8")
    camera = camera.replace('["swir2"]', '["red", "nir", "swir1", "swir2"]')
    camera = camera.replace("[4.884e-4]", "[4.884e-4, 4.884e-4, 4.884e-4, 4.884e-4]").replace("[0.0]", "[0, 0, 0, 0]")
    (folder / "camera.toml").write_text(camera, "utf-8")
    scenario = path.read_text("utf-8").replace('"targets"', '"synthetic"\nland_fires_per_1000_km2 = 150.0')
    path.write_text(scenario + "\n[compression]\ncloud_fraction_limit = 0.1\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def flown(meadow: Path) -> dict[str, RunResult]:
    """One run a strategy, in this process."""
    return {name: fly(meadow, meadow.parent / name, f"strategy={name}", cache=cache_of(meadow)) for name in STRATEGIES}


def cache_of(meadow: Path) -> Path:
    """All runs see the same frames, drawn once."""
    return meadow.parent / "cache"


def products(result: RunResult, kind: ProductKind) -> list[bytes]:
    archive = Archive(result.directory / ARCHIVE, read_only=True)
    try:
        return [product.payload for product in archive.products(kind)]
    finally:
        archive.close()


@pytest.mark.parametrize("name", STRATEGIES)
def test_one_process_or_many(name: str, meadow: Path, flown: dict[str, RunResult], tmp_path: Path) -> None:
    many = fly(meadow, tmp_path / "many", f"strategy={name}", cache=cache_of(meadow), processes=True)
    assert many.summary["digest"] == flown[name].summary["digest"]
    assert many.summary["frames"] == flown[name].summary["frames"]


def test_each_strategy_is_another_flight(flown: dict[str, RunResult]) -> None:
    assert len({result.summary["digest"] for result in flown.values()}) == len(STRATEGIES) == 10


@pytest.mark.parametrize("name", CODEC_OF)
def test_images_arrive_by_their_codec(name: str, flown: dict[str, RunResult]) -> None:
    images = [decode_image(payload) for payload in products(flown[name], ProductKind.IMAGE)]
    assert {image.codec for image in images} == {CODEC_OF[name]}
    assert {(image.width_px, image.height_px, len(image.bands)) for image in images} == {(64, 64, 4)}
    assert set(CODEC_OF.values()) == set(CODECS)


def test_thumbnails_are_small(flown: dict[str, RunResult]) -> None:
    thumbnails = [decode_image(payload) for payload in products(flown["thumbnails"], ProductKind.THUMBNAIL)]
    assert {(image.width_px, image.height_px) for image in thumbnails} == {(8, 8)}
    assert not products(flown["thumbnails"], ProductKind.IMAGE)


def test_chips_bring_what_detections_bring(flown: dict[str, RunResult]) -> None:
    chips = [decode_chips(payload) for payload in products(flown["chips"], ProductKind.CHIP)]
    assert chips
    assert all(product.chips for product in chips)
    onboard = {
        name: {key: frame.detections for key, frame in flown[name].log.frames.items() if frame.is_processed}
        for name in ("chips", "detections", "adaptive")
    }
    shared = onboard["chips"].keys() & onboard["detections"].keys() & onboard["adaptive"].keys()
    assert shared
    for key in shared:
        assert onboard["chips"][key] == onboard["detections"][key] == onboard["adaptive"][key]


def test_candidates_become_alerts_on_the_ground(flown: dict[str, RunResult]) -> None:
    """By the model that flew: a threshold, which sees in each chip what it saw in the frame. Its one band is sent."""
    result = flown["cascade"]
    chips = [decode_chips(payload) for payload in products(result, ProductKind.CHIP)]
    assert chips
    assert all(product.awaits_verdict and product.bands == ("swir2",) for product in chips)
    candidates = sum(len(product.found.detections) for product in chips)
    assert result.summary["alerts"] == candidates > 0
    assert any("on the ground made alerts" in note for note in result.summary["notes"])
    assert result.summary["ground_model"] == result.summary["models"]["wildfire"]
    assert flown["chips"].summary["ground_model"] is None


def test_a_cloudy_frame_is_done_with_and_not_sent(flown: dict[str, RunResult]) -> None:
    frames = flown["cloudfilter"].log.frames.values()
    dropped = [frame for frame in frames if frame.product_id == -1]
    sent = [frame for frame in frames if frame.product_id not in (None, -1)]
    assert dropped
    assert sent
    assert flown["cloudfilter"].summary["bytes"]["products"] < flown["lossless"].summary["bytes"]["products"]


def test_adaptive_sends_pixels_where_passes_have_room(flown: dict[str, RunResult]) -> None:
    result = flown["adaptive"]
    made = [product.kind for product in result.log.products.values()]
    assert {"chip", "image"} <= set(made)
    lists = [frame for frame in result.log.frames.values() if frame.product_id not in (None, -1)]
    assert made.count("result") == len(lists)
    assert products(result, ProductKind.ALERT)
    assert products(result, ProductKind.CHIP)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_telecommand_changes_the_strategy_in_mid_run(name: str, meadow: Path, tmp_path: Path) -> None:
    before = "detections" if name != "detections" else "raw"
    orders = tmp_path / "orders.jsonl"
    wish = {"at_s": 0, "satellite": "lark-1", "command": "set_strategy", "name": name}
    orders.write_text(json.dumps(wish) + "\n", "utf-8")
    scenario = resolve(meadow, settings=[f"strategy={before}"])
    jobs = Jobs()
    orders_read = read_operator_file(orders, scenario)
    options = {"orders": orders_read, "observers": [jobs], "cache": cache_of(meadow)}
    result = fly(meadow, tmp_path / "run", "duration_s=260", f"strategy={before}", **options)
    assert result.summary["commands"]["completed"] >= 1
    first = JobKind.SCREENING if STRATEGIES[name].screens else STRATEGIES[name].job
    assert jobs.kinds[0] is STRATEGIES[before].job
    assert first in jobs.kinds[1:]


def test_a_radar_has_no_clouds_to_screen(mission: Path) -> None:
    with pytest.raises(InputError, match="cloud mask needs red, nir, swir1, swir2"):
        resolve(mission, settings=["strategy=cloudfilter"])
    assert "lark-1" in resolve(mission).cannot_fly("cloudfilter")
    assert not resolve(mission).cannot_fly("chips")


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("compression.lossy_psnr_db=5", "compression.lossy_psnr_db"),
        ("compression.thumbnail_shrink=1", "compression.thumbnail_shrink"),
        ("compression.cloud_fraction_limit=1.5", "compression.cloud_fraction_limit"),
        ("compression.cloud_mask='nowhere'", "compression.cloud_mask"),
    ],
)
def test_bad_settings_are_told(setting: str, key: str, mission: Path) -> None:
    with pytest.raises(InputError, match=key):
        resolve(mission, settings=[setting])


def test_a_model_that_is_no_cloud_mask_is_told(meadow: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"log-cfar.*input\.bands"):
        fly(meadow, tmp_path / "run", "compression.cloud_mask='log-cfar'", "strategy=cloudfilter")
