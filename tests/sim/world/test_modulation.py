"""Adaptive coding and modulation, Shannon's bound, error rates."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.world.modulation import (
    DECADES_PER_DB,
    DVB_S2,
    LADDER,
    NO_LINK,
    adaptive_choice,
    bits_per_symbol,
    frame_error_rate,
    needed_es_n0_db,
    shannon_rate_bps,
)

signals = hnp.arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 60)), elements=st.floats(-20.0, 30.0))
margins_db = st.floats(0.0, 6.0)
hystereses_db = st.floats(0.0, 2.0)


def test_the_table_is_the_standards() -> None:
    """EN 302 307-1, table 13 and clause 5: bits a symbol follow from BBFRAME and FECFRAME lengths."""
    assert len(DVB_S2) == 28
    assert (DVB_S2[0].name, DVB_S2[0].es_n0_db, DVB_S2[-1].name, DVB_S2[-1].es_n0_db) == (
        "QPSK 1/4",
        -2.35,
        "32APSK 9/10",
        16.05,
    )
    # (K_bch - 80) / symbols of a physical frame: 90 a slot, one slot of header. QPSK 1/2, 8PSK 3/4, 16APSK 9/10.
    by_name = {modcod.name: modcod.bits_per_symbol for modcod in DVB_S2}
    for name, k_bch, bits in (("QPSK 1/2", 32_208, 2), ("8PSK 3/4", 48_408, 3), ("16APSK 9/10", 58_192, 4)):
        assert by_name[name] == pytest.approx((k_bch - 80) / (64_800 / bits + 90), abs=1e-6)


def test_no_modcod_beats_shannon() -> None:
    for modcod in DVB_S2:
        assert modcod.bits_per_symbol < shannon_rate_bps(modcod.es_n0_db, 1.0)


def test_the_ladder_only_rises() -> None:
    steps = [(modcod.es_n0_db, modcod.bits_per_symbol) for modcod in LADDER]
    assert steps == sorted(steps)
    assert all(low[1] < high[1] for low, high in pairwise(steps))
    left_out = {modcod.name for modcod in DVB_S2} - {modcod.name for modcod in LADDER}
    assert left_out == {"QPSK 8/9", "8PSK 5/6", "8PSK 8/9", "8PSK 9/10", "16APSK 8/9", "16APSK 9/10"}


@given(signals, margins_db, hystereses_db)
def test_a_choice_never_needs_more_than_there_is(es_n0_db: np.ndarray, margin_db: float, hysteresis_db: float) -> None:
    choice = adaptive_choice(es_n0_db, margin_db, hysteresis_db)
    assert np.all(needed_es_n0_db(choice) <= es_n0_db - margin_db)


@given(signals, margins_db)
def test_without_hysteresis_the_choice_is_the_best(es_n0_db: np.ndarray, margin_db: float) -> None:
    chosen = bits_per_symbol(adaptive_choice(es_n0_db, margin_db, 0.0))
    best = [
        max((modcod.bits_per_symbol for modcod in DVB_S2 if modcod.es_n0_db <= value - margin_db), default=0.0)
        for value in es_n0_db.ravel()
    ]
    assert chosen.ravel().tolist() == best


@given(
    st.floats(-5.0, 20.0),
    st.floats(0.2, 2.0),
    hnp.arrays(np.float64, st.integers(2, 80), elements=st.floats(0.0, 1.0)),
)
def test_hysteresis_never_chatters_on_flat_noise(level_db: float, hysteresis_db: float, noise: np.ndarray) -> None:
    """Noise narrower than the hysteresis: what was once stepped up to is kept."""
    choice = adaptive_choice(level_db + 0.99 * hysteresis_db * noise, 0.0, hysteresis_db)
    assert np.all(np.diff(choice) >= 0)


@given(signals, margins_db, hystereses_db)
def test_satellites_choose_each_for_itself(es_n0_db: np.ndarray, margin_db: float, hysteresis_db: float) -> None:
    together = adaptive_choice(es_n0_db, margin_db, hysteresis_db)
    alone = [adaptive_choice(row, margin_db, hysteresis_db).tolist() for row in es_n0_db]
    assert together.tolist() == alone


def test_a_pass_steps_up_and_down_once_each() -> None:
    rising = np.linspace(-6.0, 12.0, 300)
    choice = adaptive_choice(np.concatenate([rising, rising[::-1]]), 1.0, 0.5)
    assert choice[0] == choice[-1] == NO_LINK
    assert np.all(np.diff(choice[:300]) >= 0)
    assert np.all(np.diff(choice[300:]) <= 0)
    # Down it goes at the threshold itself, so the way down is as good as the way up or better.
    assert np.all(choice[300:][::-1] >= choice[:300])


def test_shannon() -> None:
    # Shannon 1949: at C/N = 1 the capacity is the bandwidth; at 3, twice that.
    assert shannon_rate_bps(np.array([0.0, 4.771212547]), 20e6) == pytest.approx([20e6, 40e6])


@pytest.mark.parametrize("coding", DECADES_PER_DB)
def test_error_rate_falls_with_margin(coding: str) -> None:
    margin_db = np.linspace(-20.0, 20.0, 401)
    rate = frame_error_rate(margin_db, coding)
    assert np.all(np.diff(rate) <= 0.0)
    assert rate[0] == 1.0
    assert frame_error_rate(0.0, coding) == pytest.approx(1e-7)
    assert frame_error_rate(np.inf, coding) < 1e-200
