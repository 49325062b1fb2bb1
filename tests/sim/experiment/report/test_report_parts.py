"""The parts of the report: colours that can be told, words, curves that keep their peaks, names that do not collide."""

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from sim.experiment.report import words
from sim.experiment.report.clock import mark_clock
from sim.experiment.report.label_places import MARK_DEG, LabelPlaces
from sim.experiment.report.palette import LIGHT_DARK
from sim.experiment.report.svg import canvas, inline
from sim.experiment.report.thinning import steps, thinned


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_and_marks_stand_out(theme: int) -> None:
    panel = LIGHT_DARK["panel"][theme]
    for name, pair in LIGHT_DARK.items():
        kind = name.split("-")[0]
        if kind in ("ink", "faint", "result", "good", "bad", "satellite"):
            assert contrast(pair[theme], panel) >= 4.5, name
        elif kind in ("node", "part", "bar"):
            assert contrast(pair[theme], panel) >= 3.0, name


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (words.size(0), "0 B"),
        (words.size(999), "999 B"),
        (words.size(18_955), "19.0 kB"),
        (words.size(999_960), "1.0 MB"),
        (words.size(2.5e15), "2,500.0 TB"),
        (words.times(11_617.04), "11,617 ×"),
        (words.times(0.944), "0.94 ×"),
        (words.times(None), "–"),
        (words.seconds(0.1349), "135 ms"),
        (words.seconds(532), "8 min 52 s"),
        (words.seconds(3599.7), "1 h 00 min"),
        (words.seconds(200_000), "2 d 08 h"),
        (words.rate(25e6), "25 Mb/s"),
        (words.place(-29.9331, 1.098), "29.933° S  1.098° E"),
        (words.count(1, "pass", "passes"), "1 pass"),
        (words.count(1200, "pass", "passes"), "1,200 passes"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.energy(3500), "0.97 Wh"),
        (words.celsius(273.15), "0.0 °C"),
    ],
)
def test_figures_are_said(told: str, expected: str) -> None:
    assert told == expected


def a_summary(**changes: Any) -> dict[str, Any]:
    return {
        "virtual_s": 600.0,
        "bytes": {"captured": 10_000, "downlink": {"total": 1000}, "pending": 0},
        "savings": {"vs_captured": 10.0, "vs_lossless": 0.5},
        "frames": {"completed": 1, "exposed": 2, "coverage": 0.5},
        "score": {"fire": None},
        **changes,
    }


def test_the_headline_says_what_was_not_saved_too() -> None:
    told = " ".join(words.headline(a_summary(), 1))
    assert "10 times fewer bytes than the sensor gave" in told
    assert "2.00 times as many bytes as the same frames take, coded without loss" in told
    assert told.startswith("In 10 min 00 s, 1 satellite completed 1 of 2 exposed frames (coverage 50.0 %): 10.0 kB")
    assert "Nobody knows the truth" in told


def test_the_headline_has_no_ratio_where_there_is_none() -> None:
    savings = {"vs_captured": None, "vs_lossless": None, "reason": "no product bytes were sent"}
    frames = {"completed": 0, "exposed": 0, "coverage": None}
    (first, second, *_) = words.headline(a_summary(savings=savings, frames=frames), 3)
    assert first.startswith("In 10 min 00 s, 3 satellites completed 0 of 0 exposed frames: 10.0 kB")
    assert second.endswith("there is no ratio to tell: no product bytes were sent.")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(4, 50))
def test_thinned_curves_keep_their_ends_and_peaks(values: list[float], most: int) -> None:
    t, curve = np.arange(len(values), dtype=float), np.array(values)
    t_kept, kept = thinned(t, curve, most)
    assert t_kept.size <= max(most, 4)
    assert (t_kept[0], t_kept[-1]) == (t[0], t[-1])
    assert (kept.min(), kept.max()) == (curve.min(), curve.max())
    assert (np.diff(t_kept) > 0).all()
    assert steps(t, curve, most)[1][-1] == curve[-1]


@given(st.lists(st.tuples(st.floats(-170, 170), st.floats(-80, 80)), min_size=1, max_size=12))
def test_numbers_on_the_map_do_not_cover_one_another(marked: list[tuple[float, float]]) -> None:
    places = LabelPlaces(marked)
    spots = [places.mark(one) for one in marked]
    for one, other in combinations(spots, 2):
        assert max(abs(one[0] - other[0]), abs(one[1] - other[1])) >= 2 * MARK_DEG - 1e-9


def test_a_name_goes_left_where_the_map_ends() -> None:
    places = LabelPlaces([(175.0, 0.0)])
    (x, _), is_left = places.name("Awarua", (175.0, 0.0))
    assert is_left
    assert x < 175.0


@pytest.mark.parametrize(("duration_s", "first", "n"), [(5700, "10:00", 10), (90, "10:00:00", 10), (5e6, "08 Jun", 8)])
def test_time_is_marked_at_round_instants(duration_s: float, first: str, n: int) -> None:
    axes = Figure().add_subplot()
    mark_clock(axes, datetime(2026, 6, 1, 10, tzinfo=UTC), duration_s, 10)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels[0] == first
    assert len(labels) == n


def test_text_in_a_plot_is_text_and_no_formula() -> None:
    figure = canvas(100, 100)
    figure.text(0.5, 0.5, "$x$ <b> #0b6fa4")
    told = inline(figure, "a/b c", "T<", "D&")
    assert "$x$ &lt;b&gt; #0b6fa4" in told
    assert '<title id="a-b-c-t">T&lt;</title><desc id="a-b-c-d">D&amp;</desc>' in told
