"""Counting of pixels, objects and false alarms, and the thresholds for a rate of them."""

import numpy as np
import pytest

from sim.experiment.exam.scoring import Tally, lowest_within, tally, total

CERTAIN, FAINT = 0.05, 0.012


def blank() -> np.ndarray:
    return np.zeros((20, 20), np.float32)


def test_a_detection_beside_an_object_finds_it_and_is_not_false() -> None:
    signal, detected = blank(), blank() > 0
    signal[5, 5], detected[6, 6] = 1.0, True
    counted = tally(detected, signal, CERTAIN, FAINT, 1.0)
    assert counted == Tally(false_pixels=1, missed_pixels=1, objects=1, found=1, detections=1, area_km2=1.0)


def test_faint_fire_is_neither_asked_for_nor_punished() -> None:
    signal, detected = blank(), blank() > 0
    signal[5, 5], detected[5, 5] = 0.03, True
    assert tally(detected, signal, CERTAIN, FAINT, 1.0) == Tally(detections=1, area_km2=1.0)


def test_far_from_fire_is_false() -> None:
    signal, detected = blank(), blank() > 0
    signal[5, 5], detected[12, 12], detected[12, 13] = 1.0, True, True
    counted = tally(detected, signal, CERTAIN, FAINT, 2.0)
    assert (counted.objects, counted.found, counted.detections, counted.false_detections) == (1, 0, 1, 1)
    assert counted.figures()["false_per_1000_km2"] == 500.0


def test_figures_of_a_sum() -> None:
    halves = [
        Tally(true_pixels=3, missed_pixels=1, objects=2, found=1, detections=1, area_km2=1.0),
        Tally(true_pixels=3, false_pixels=1, objects=2, found=2, detections=3, false_detections=2, area_km2=1.0),
    ]
    figures = total(halves).figures()
    assert figures["pixel_f1"] == pytest.approx(12 / 14, abs=1e-4)
    assert (figures["object_recall"], figures["object_precision"]) == (0.75, 0.5)
    assert figures["object_f1"] == pytest.approx(0.6, abs=1e-4)


def test_lowest_threshold_within_a_rate() -> None:
    thresholds = (0.1, 0.3, 0.5, 0.7)
    assert lowest_within(thresholds, (90, 40, 20, 5), 40) == 0.3
    assert lowest_within(thresholds, (90, 40, 20, 5), 1) == 0.7
    assert lowest_within(thresholds, (3, 40, 2, 1), 10) == 0.5  # a dip below a worse one does not count
