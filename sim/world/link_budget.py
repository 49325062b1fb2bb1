"""The link equation, in decibels: what leaves an antenna, what is lost on the way, and what noise it meets.

Terms as in Roddy, Satellite Communications, 4th edition (McGraw-Hill 2006), chapter 12. Every function takes and
returns arrays (...) that broadcast: over satellites, over the slots of a pass, or both.
"""

import numpy as np

from sim.world.frames import Floats

Values = float | Floats
"""One number for all, or an array (...)."""

BOLTZMANN_J_K = 1.380649e-23
PLANCK_J_S = 6.62607015e-34
SPEED_OF_LIGHT_M_S = 299_792_458.0
"""All three exact: SI Brochure, 9th edition, section 2.2."""
REFERENCE_TEMPERATURE_K = 290.0
"""Noise figures and lossy lines are stated for it (Roddy section 12.5)."""


def decibels(ratio: Values) -> Floats:
    """10 log10 of power ratios."""
    return 10.0 * np.log10(np.asarray(ratio, dtype=np.float64))


def from_decibels(value_db: Values) -> Floats:
    """The power ratios that decibels stand for."""
    return 10.0 ** (np.asarray(value_db, dtype=np.float64) / 10.0)


def wavelength_m(frequency_ghz: Values) -> Floats:
    """Wavelength in vacuum."""
    return SPEED_OF_LIGHT_M_S / (np.asarray(frequency_ghz, dtype=np.float64) * 1e9)


def free_space_loss_db(range_km: Values, frequency_ghz: Values) -> Floats:
    """(4 pi R / wavelength)^2: ITU-R P.525-4, section 2.2."""
    return 2.0 * decibels(4e3 * np.pi * np.asarray(range_km, dtype=np.float64) / wavelength_m(frequency_ghz))


def aperture_gain_dbi(diameter_m: Values, frequency_ghz: Values, efficiency: Values) -> Floats:
    """On-axis gain of a round aperture, efficiency x (pi D / wavelength)^2: Roddy section 12.2."""
    electrical_size = np.pi * np.asarray(diameter_m, dtype=np.float64) / wavelength_m(frequency_ghz)
    return decibels(efficiency) + 2.0 * decibels(electrical_size)


def eirp_dbw(
    transmit_power_w: Values, line_loss_db: Values, antenna_gain_dbi: Values, pointing_loss_db: Values = 0.0
) -> Floats:
    """Power that an isotropic antenna would need to be as strong: Roddy equation 12.2, less line and pointing."""
    return decibels(transmit_power_w) - line_loss_db + antenna_gain_dbi - pointing_loss_db


def system_noise_temperature_k(antenna_noise_k: Values, line_loss_db: Values, noise_figure_db: Values) -> Floats:
    """Noise of antenna, lossy line and receiver, before the line: T_a + T_0 (l - 1) + T_0 (F - 1) l.

    As in Roddy's example 12.8 with one amplifier, and as cote computes it, whose L is 1 / l. Stated before the line, so
    that the line's loss is not taken from the carrier a second time.
    """
    line_loss = from_decibels(line_loss_db)
    line_k = REFERENCE_TEMPERATURE_K * (line_loss - 1.0)
    receiver_k = REFERENCE_TEMPERATURE_K * (from_decibels(noise_figure_db) - 1.0)
    return np.asarray(antenna_noise_k, dtype=np.float64) + line_k + receiver_k * line_loss


def thermal_noise_dbw_hz(temperature_k: Values) -> Floats:
    """Noise power density k T: Roddy equation 12.15."""
    return decibels(BOLTZMANN_J_K * np.asarray(temperature_k, dtype=np.float64))


def photon_noise_dbw_hz(frequency_ghz: Values) -> Floats:
    """One photon's energy h f, in the place that k T has for radio.

    So C/N0 of an optical link is photons a second, and its Eb/N0 photons a bit, the unit of optical receivers'
    sensitivity.
    """
    return decibels(PLANCK_J_S * np.asarray(frequency_ghz, dtype=np.float64) * 1e9)


def c_n0_db_hz(eirp_dbw: Values, losses_db: Values, receive_gain_dbi: Values, noise_dbw_hz: Values) -> Floats:
    """Carrier over noise density, [EIRP] + [G] - [losses] - [N0]: Roddy equation 12.38 with G/T and k as one N0."""
    return np.asarray(eirp_dbw, dtype=np.float64) - losses_db + receive_gain_dbi - noise_dbw_hz


def over_rate_db(c_n0_db_hz: Values, rate_hz: Values) -> Floats:
    """C/N0 spread over a rate: Eb/N0 for bits a second, Es/N0 for symbols a second, C/N for a bandwidth."""
    return np.asarray(c_n0_db_hz, dtype=np.float64) - decibels(rate_hz)
