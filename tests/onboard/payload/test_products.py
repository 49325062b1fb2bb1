"""How small products are: the bars of the downlink, on what the shipped model finds in drawn scenes."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import run

import numpy as np
import pytest

from onboard.payload.chip_cutting import chips_of
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from onboard.payload.products import DetectionList, decode, decode_chips, encode, encode_chips, list_in
from sim.scenes.sensor import REFLECTANCE_SCALE, digitise
from sim.scenes.wildfire import draw_flight_scene

MODEL = Path(__file__).resolve().parents[3] / "sample_data" / "models" / "wildfire-swir"
BANDS = ("red", "nir", "swir1", "swir2")
# 20 km near 78 degrees, six days into a mission: every delta about as long as they come.
FOOTPRINT_DEG = (78.91234, 178.98765, 78.81234, 179.93678, 78.63234, 179.46789, 78.73234, 178.52345)


@dataclass(frozen=True)
class Burning:
    """A frame of a camera over fires, its pixels, and what the model found in it."""

    frame: Frame
    planes: Planes
    found: DetectionList


@pytest.fixture(scope="module", params=range(3))
def burning(request: pytest.FixtureRequest) -> Burning:
    rng = np.random.default_rng(request.param)
    scene = draw_flight_scene(rng, side_px=1024, gsd_m=20.0, sun_zenith_deg=40.0, fires_per_1000_km2=75.0)
    planes = digitise(scene.reflectance)
    calibration = ((REFLECTANCE_SCALE,) * 4, (0.0,) * 4)
    frame = Frame(
        *(2_000_000, "", 1024, 1024, BANDS, 4, *calibration, 12, 6 * 86_400 * 10**9, FOOTPRINT_DEG), gsd_m=20.0
    )
    card = load_card(MODEL)
    detections = InferenceEngine(card).infer(frame, planes)
    found = DetectionList(
        model_sha256_prefix=bytes.fromhex(card.sha256[:8]),
        task="wildfire",
        frame_id=frame.frame_id,
        exposed_ns=frame.exposed_ns,
        width_px=1024,
        height_px=1024,
        footprint_deg=FOOTPRINT_DEG,
        position_error_m=150.0,
        detections=detections,
    )
    return Burning(frame, planes, found)


def test_a_hundred_clustered_detections_take_at_most_six_bytes_each(burning: Burning) -> None:
    detections = burning.found.detections
    assert len(detections) >= 100
    assert max(max(one.x1 - one.x0, one.y1 - one.y0) for one in detections) <= 16
    size = len(encode(burning.found))
    print(f"{len(detections)} detections in {size} bytes: {size / len(detections):.2f} bytes each, header included")
    assert size <= 6 * len(detections)


def test_clusters_of_any_place_take_at_most_six_bytes_a_detection(burning: Burning) -> None:
    """Boxes of random sizes in eight clusters, of two classes: less orderly than a grid's cells."""
    sizes = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        centre = rng.integers(100, 900, (8, 2))[rng.integers(0, 8, 120)]
        y0, x0 = np.clip(centre + np.rint(rng.normal(0, 25, (120, 2))).astype(int), 0, 1000).T.tolist()
        w, h = rng.integers(1, 17, (2, 120)).tolist()
        boxes = [(x0[i], y0[i], x0[i] + w[i], y0[i] + h[i]) for i in range(120)]
        detections = tuple(Detection(*box, i % 2, i / 120, i % 8) for i, box in enumerate(boxes))
        sizes.append(len(encode(replace(burning.found, detections=detections))))
    print(f"120 detections in {min(sizes)} to {max(sizes)} bytes: {max(sizes) / 120:.2f} bytes each at most")
    assert max(sizes) <= 6 * 120


def test_an_alert_of_one_detection_takes_at_most_64_bytes(burning: Burning) -> None:
    # 185 km, a Landsat scene, makes the corners' deltas a byte longer than a small satellite's frame.
    wide_deg = (78.91234, 178.98765, 78.61234, -173.45678, 77.01234, -174.56789, 77.31234, 178.12345)
    last = Detection(1000, 1000, 1016, 1016, 0, 0.7, 3)
    largest = 0
    for footprint_deg in (FOOTPRINT_DEG, wide_deg):
        for detection in (*burning.found.detections[:20], last):
            alert = replace(
                burning.found, footprint_deg=footprint_deg, position_error_m=9_999.0, detections=(detection,)
            )
            largest = max(largest, len(encode(alert)))
    print(f"an alert of one detection takes {largest} bytes at most")
    assert largest <= 64


def test_a_hundred_detections_with_ten_chips_take_at_most_five_kilobytes(burning: Burning) -> None:
    hundred = replace(burning.found, detections=burning.found.detections[:100])
    product = chips_of(burning.frame, burning.planes, hundred)
    data = encode_chips(product)
    cut = 12 - product.bit_depth
    print(
        f"100 detections and {len(product.chips)} chips of {product.bands}, {product.bit_depth} of 12 bits "
        f"(off by at most {2**cut / 2:g} digital numbers): {len(data)} bytes, {len(encode(hundred))} of them the list"
    )
    assert len(product.chips) == 10
    assert {chip.planes.shape for chip in product.chips} == {(3, 16, 16)}
    assert len(data) <= 5000
    # Flames cost most: their light is told to a 64th of the sensor's range or better all the same.
    assert product.bit_depth >= 6


def test_a_list_is_read_from_either_product(burning: Burning) -> None:
    product = chips_of(burning.frame, burning.planes, burning.found)
    data = encode_chips(product)
    assert list_in(data) == list_in(encode(burning.found)) == decode(encode(burning.found)) == decode_chips(data).found
    for damaged in (b"", data[:-1], data[1:]):
        with pytest.raises(ValueError):  # noqa: PT011 - each kind has its own text
            list_in(damaged)


def test_the_ground_reads_products_without_image_codecs() -> None:
    script = (
        "import sys, onboard.payload.products\n"
        "sys.exit(any(name in sys.modules for name in ('cv2', 'onnxruntime', 'imagecodecs')))"
    )
    assert run([sys.executable, "-c", script], check=False).returncode == 0
