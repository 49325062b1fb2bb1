"""The link equation against worked examples of a textbook, and cote's formula."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.access import Sites, Station
from sim.world.elements import TwoLineElements
from sim.world.link_budget import (
    BOLTZMANN_J_K,
    aperture_gain_dbi,
    c_n0_db_hz,
    decibels,
    eirp_dbw,
    free_space_loss_db,
    from_decibels,
    over_rate_db,
    photon_noise_dbw_hz,
    system_noise_temperature_k,
    thermal_noise_dbw_hz,
)
from sim.world.modulation import shannon_rate_bps
from sim.world.orbit import Orbits

ranges_km = st.floats(160.0, 50_000.0)
losses_db = st.floats(0.0, 60.0)


def test_the_link_budget_of_roddy_example_12_9() -> None:
    """Roddy, Satellite Communications, 4th edition, example 12.9, page 367: 12 GHz, answer 86.1 dBHz."""
    free_space_db, pointing_db, air_db, feeder_db, g_over_t_db_k = 206.0, 1.0, 2.0, 1.0, 19.5
    c_n0 = c_n0_db_hz(48.0, free_space_db + pointing_db + air_db + feeder_db, g_over_t_db_k, decibels(BOLTZMANN_J_K))
    assert c_n0 == pytest.approx(86.1, abs=0.05)


def test_the_noise_of_roddy_example_12_8() -> None:
    """Roddy, 4th edition, example 12.8, page 366: 35 K, cable of 5 dB, then an amplifier of 150 K (and a receiver of
    12 dB behind 50 dB of gain, which adds 0.1 K): 1136 K before the cable."""
    noise_figure_db = decibels(1.0 + 150.0 / 290.0)
    assert system_noise_temperature_k(35.0, 5.0, noise_figure_db) == pytest.approx(1136.0, abs=1.0)


def test_the_received_power_of_pratt_and_allnutt_example_4_2() -> None:
    """Pratt and Allnutt, Satellite Communications, 3rd edition, examples 4.1 and 4.2: 10 W behind 17 dB at 40,000 km
    and 11 GHz: path loss 205.3 dB; 10 m2, which are 52.3 dB, receive -126.0 dBW."""
    loss_db = free_space_loss_db(40_000.0, 11.0)
    diameter_m = np.sqrt(4.0 * 10.0 / np.pi)
    gain_dbi = aperture_gain_dbi(diameter_m, 11.0, 1.0)
    assert loss_db == pytest.approx(205.3, abs=0.05)
    assert gain_dbi == pytest.approx(52.3, abs=0.05)
    assert eirp_dbw(10.0, 0.0, 17.0) - loss_db + gain_dbi == pytest.approx(-126.0, abs=0.05)


FLOCK_4X_22 = (
    "1 51003U 22002V   22198.54713525  .00004982  00000+0  26567-3 0  9990",
    "2 51003  97.4850 265.3130 0010686 337.4668  22.6094 15.15576724 27984",
)


def test_cotes_pass() -> None:
    """Denby and Lucia, ASPLOS 2020, the example built and run: 8.15 GHz, 20 MHz, 2 W, line 1 dB, antennas 6 and
    44.1 dB, 25 K, L = 0.89, F = 1 dB, no air; above 10 degrees 71.80 to 119.50 Mb/s, mean
    97.78, the peak at 2,723 s."""
    orbits = Orbits([TwoLineElements(*FLOCK_4X_22)], datetime(2022, 7, 17, 22, 10, tzinfo=UTC))
    t_s = np.arange(2400.0, 3000.0)
    sites = Sites.of([Station("Iceland", 64.9631, -19.0208)])
    look = sites.look(np.array(0), orbits.positions_ecef(t_s)[0])
    temperature_k = system_noise_temperature_k(25.0, -decibels(0.89), 1.0)
    assert temperature_k == pytest.approx(25.0 + 290.0 * (1.0 - 0.89) / 0.89 + 290.0 * (10.0**0.1 - 1.0) / 0.89)
    noise = thermal_noise_dbw_hz(temperature_k)
    c_n0 = c_n0_db_hz(eirp_dbw(2.0, 1.0, 6.0), free_space_loss_db(look.range_km, 8.15), 44.1, noise)
    rate_bps = shannon_rate_bps(over_rate_db(c_n0, 20e6), 20e6)
    seen = look.elevation_deg >= 10.0
    assert rate_bps[seen].min() == pytest.approx(71.80e6, rel=0.01)
    assert rate_bps[seen].max() == pytest.approx(119.50e6, rel=0.01)
    assert rate_bps[seen].mean() == pytest.approx(97.78e6, rel=0.01)
    assert t_s[rate_bps.argmax()] == pytest.approx(2723.0, abs=3.0)


def test_a_photon_of_1550_nm() -> None:
    # h c / wavelength = 1.2816e-19 J (CODATA 2018 values).
    energy_dbw_hz = photon_noise_dbw_hz(299_792_458.0 / 1550.0)
    assert from_decibels(energy_dbw_hz) == pytest.approx(1.2816e-19, rel=1e-4)


@given(ranges_km, ranges_km)
def test_farther_is_weaker_and_twice_as_far_is_6_db(near_km: float, more_km: float) -> None:
    assert free_space_loss_db(near_km + more_km, 8.2) > free_space_loss_db(near_km, 8.2)
    assert free_space_loss_db(2.0 * near_km, 8.2) - free_space_loss_db(near_km, 8.2) == pytest.approx(6.0206, abs=1e-4)


@given(losses_db, losses_db, ranges_km)
def test_losses_and_margins_add(first_db: float, second_db: float, range_km: float) -> None:
    loss_db = free_space_loss_db(range_km, 2.2)
    noise = thermal_noise_dbw_hz(150.0)
    lossless = c_n0_db_hz(10.0, loss_db, 30.0, noise)
    assert c_n0_db_hz(10.0, loss_db + first_db + second_db, 30.0, noise) == pytest.approx(
        lossless - first_db - second_db, abs=1e-9
    )
    assert over_rate_db(lossless, 2e6) - over_rate_db(lossless, 4e6) == pytest.approx(3.0103, abs=1e-4)


@given(st.floats(1.0, 300.0), losses_db, st.floats(0.0, 20.0))
def test_a_line_can_only_add_noise(antenna_k: float, line_db: float, noise_figure_db: float) -> None:
    without_line = system_noise_temperature_k(antenna_k, 0.0, noise_figure_db)
    assert without_line >= antenna_k
    assert system_noise_temperature_k(antenna_k, line_db, noise_figure_db) >= without_line


def test_a_satellite_asked_for_alone_has_the_same_budget() -> None:
    many_km = np.linspace(500.0, 2_500.0, 257)
    together = free_space_loss_db(many_km, 8.2)
    assert [float(free_space_loss_db(one, 8.2)) for one in many_km.tolist()] == together.tolist()
