"""The event search against signals whose zeros are known in closed form."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.world.event_search import Bracket, Samples, intervals_above, sample_instants, zeros_s

GRID_S = np.arange(0.0, 7201.0, 60.0)


def _sampled(signal, n_item: int, t_s: np.ndarray = GRID_S) -> Samples:
    item = np.repeat(np.arange(n_item), len(t_s))
    times = np.tile(t_s, n_item)
    return Samples(item, times, signal(item, times))


@given(
    st.lists(
        st.tuples(st.floats(200.0, 7000.0), st.floats(0.01, 900.0), st.booleans(), st.floats(0.3, 3.0)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_every_parabola_is_found(bumps: list[tuple[float, float, bool, float]]) -> None:
    # scale (half^2 - (t - middle)^2): above zero for twice the half, however short; or below, as a gap.
    middle_s, half_s, is_gap, scale = (np.array(column) for column in zip(*bumps, strict=True))
    half_s = np.minimum(half_s, np.minimum(middle_s, 7200.0 - middle_s) - 60.0)
    sign = np.where(is_gap, -scale, scale)

    def signal(item: np.ndarray, t_s: np.ndarray) -> np.ndarray:
        return sign[item] * (half_s[item] ** 2 - (t_s - middle_s[item]) ** 2)

    samples = _sampled(signal, len(bumps))
    assume((samples.value != 0.0).all())
    found = intervals_above(signal, samples, 1e-6)
    for item in range(len(bumps)):
        edges_s = np.stack([found.begin_s, found.end_s], axis=1)[found.item == item]
        first, last = middle_s[item] - half_s[item], middle_s[item] + half_s[item]
        expected = [(0.0, first), (last, 7200.0)] if is_gap[item] else [(first, last)]
        # A shallow extremum is placed within 0.01 s, and what is shorter than that may go unseen.
        if half_s[item] > 0.02 or len(edges_s) == len(expected):
            np.testing.assert_allclose(edges_s, expected, atol=2e-3 if half_s[item] < 0.02 else 1e-5)
        else:
            assert len(edges_s) == (1 if is_gap[item] else 0)


@given(st.lists(st.tuples(st.floats(3.0, 12.0), st.floats(-3.0, 3.0), st.floats(-0.95, 0.95)), min_size=1, max_size=5))
@settings(max_examples=80, deadline=None)
def test_sines(waves: list[tuple[float, float, float]]) -> None:
    # cos(2 pi t / period - phase) - level is above zero within period arccos(level) / 2 pi of its crests.
    minutes, phase, level = (np.array(column) for column in zip(*waves, strict=True))
    period_s = minutes * 600.0

    def signal(item: np.ndarray, t_s: np.ndarray) -> np.ndarray:
        return np.cos(2.0 * np.pi * t_s / period_s[item] - phase[item]) - level[item]

    found = intervals_above(signal, _sampled(signal, len(waves)))
    for item in range(len(waves)):
        crest_s = (phase[item] / (2.0 * np.pi) + np.arange(-2, 7)) * period_s[item]
        half_s = np.arccos(level[item]) / (2.0 * np.pi) * period_s[item]
        expected = np.clip(np.stack([crest_s - half_s, crest_s + half_s], axis=1), 0.0, 7200.0)
        expected = expected[expected[:, 1] > expected[:, 0]]
        edges_s = np.stack([found.begin_s, found.end_s], axis=1)[found.item == item]
        np.testing.assert_allclose(edges_s[edges_s[:, 1] > edges_s[:, 0]], expected, atol=2e-4)


def test_an_item_alone_gives_the_same_bits() -> None:
    middle_s, half_s = np.array([1000.0, 1015.0, 3333.0]), np.array([400.0, 7.0, 0.5])

    def signal(item: np.ndarray, t_s: np.ndarray) -> np.ndarray:
        return np.sin(half_s[item] / 1000.0) - np.abs(np.sin((t_s - middle_s[item]) / 1000.0)) ** 1.5

    together = intervals_above(signal, _sampled(signal, 3))
    for one in range(3):
        alone = intervals_above(
            lambda item, t_s, one=one: signal(item + one, t_s), _sampled(lambda i, t, o=one: signal(i + o, t), 1)
        )
        assert alone.begin_s.tolist() == together.begin_s[together.item == one].tolist()
        assert alone.end_s.tolist() == together.end_s[together.item == one].tolist()


def test_hard_zeros() -> None:
    # Steep, flat and distant: bisection takes over where interpolation cannot be trusted.
    powers = np.array([1.0, 3.0, 9.0, 1.0 / 3.0])

    def signal(item: np.ndarray, t_s: np.ndarray) -> np.ndarray:
        return np.sign(t_s - 7.0) * np.abs(t_s - 7.0) ** powers[item]

    item = np.arange(4)
    early, late = np.full(4, -1000.0), np.full(4, 50.0)
    ends = (early, signal(item, early)), (late, signal(item, late))
    found = zeros_s(signal, item, Bracket(*ends[0], *ends[1], *ends[0]), 1e-6)
    np.testing.assert_allclose(found, 7.0, atol=3e-6)


def test_samples_of_short_spans() -> None:
    assert sample_instants(np.array([60.0]), 30.0, 90.0).tolist() == [30.0, 31.0, 60.0, 89.0, 90.0]
    assert sample_instants(np.empty(0), 5.0, 5.5).tolist() == [5.0, 5.5]


def test_nothing_to_search() -> None:
    empty = Samples(np.empty(0, dtype=np.intp), np.empty(0), np.empty(0))
    found = intervals_above(lambda _, t_s: t_s, empty)
    assert [len(column) for column in found] == [0, 0, 0]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_is_never_crossed(sign: float) -> None:
    found = intervals_above(
        lambda _, t_s: np.full(t_s.shape, sign), _sampled(lambda _, t_s: np.full(t_s.shape, sign), 2)
    )
    assert found.begin_s.tolist() == ([0.0, 0.0] if sign > 0 else [])
    assert found.end_s.tolist() == ([7200.0, 7200.0] if sign > 0 else [])
