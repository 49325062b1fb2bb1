"""Carriers between a satellite's radio and a station's antenna: C/N0 from their files, the geometry and the weather."""

from dataclasses import dataclass

import numpy as np

from sim.equipment.antenna import OPTICAL, Antenna, Feed
from sim.equipment.radio import Downlink, Uplink
from sim.world import link_budget as budget
from sim.world.frames import Floats
from sim.world.link_budget import Values
from sim.world.propagation import air_mass, gas_loss_db, noise_behind_rain_k, rain_loss_db

CLEAR_AIR_OPTICAL_ZENITH_DB = 0.6
"""At 1550 nm over a good site. Assumed: haze and thin cirrus vary it more than any model knows."""
_HAZE_LAYER_KM = 2.0


@dataclass(frozen=True, slots=True)
class Air:
    """Where a station lies and the rain on it: arrays (...) that broadcast with elevations."""

    latitude_deg: Values = 0.0
    altitude_km: Values = 0.0
    rain_mm_h: Values = 0.0

    def rain_db(self, elevation_deg: Values, frequency_ghz: float) -> Floats:
        """What rain takes of a radio signal."""
        return rain_loss_db(self.rain_mm_h, frequency_ghz, elevation_deg, self.latitude_deg, self.altitude_km)


def downlink_c_n0_db_hz(
    downlink: Downlink, antenna: Antenna, range_km: Values, elevation_deg: Values, air: Air
) -> Floats:
    """C/N0 at the station's receiver, arrays (...) over ranges and elevations."""
    feed = _feed(antenna, downlink)
    eirp_dbw = budget.eirp_dbw(
        downlink.transmit_power_w, downlink.line_loss_db, downlink.antenna_gain_dbi, downlink.pointing_loss_db
    )
    losses_db = _path_loss_db(downlink, range_km, elevation_deg, air) + feed.pointing_loss_db
    gain_dbi = _gain_dbi(antenna, feed, downlink.frequency_ghz)
    if downlink.band == OPTICAL:
        noise_dbw_hz = budget.photon_noise_dbw_hz(downlink.frequency_ghz) + feed.noise_figure_db
        return budget.c_n0_db_hz(eirp_dbw, losses_db + feed.line_loss_db, gain_dbi, noise_dbw_hz)
    rain_db = air.rain_db(elevation_deg, downlink.frequency_ghz)
    antenna_k = noise_behind_rain_k(feed.antenna_noise_k, rain_db)
    system_k = budget.system_noise_temperature_k(antenna_k, feed.line_loss_db, feed.noise_figure_db)
    return budget.c_n0_db_hz(eirp_dbw, losses_db, gain_dbi, budget.thermal_noise_dbw_hz(system_k))


def uplink_c_n0_db_hz(uplink: Uplink, antenna: Antenna, range_km: Values, elevation_deg: Values, air: Air) -> Floats:
    """C/N0 at the satellite's receiver, arrays (...). Its antenna hears the warm Earth whether it rains or not."""
    feed = _feed(antenna, uplink)
    assert feed.eirp_dbw is not None
    losses_db = _path_loss_db(uplink, range_km, elevation_deg, air) + feed.pointing_loss_db + uplink.pointing_loss_db
    system_k = budget.system_noise_temperature_k(uplink.antenna_noise_k, uplink.line_loss_db, uplink.noise_figure_db)
    noise_dbw_hz = budget.thermal_noise_dbw_hz(system_k)
    return budget.c_n0_db_hz(feed.eirp_dbw, losses_db, uplink.antenna_gain_dbi, noise_dbw_hz)


def _feed(antenna: Antenna, carrier: Downlink | Uplink) -> Feed:
    return antenna.feeds[carrier.band]


def _gain_dbi(antenna: Antenna, feed: Feed, frequency_ghz: float) -> Floats:
    if feed.gain_dbi is not None:
        return np.asarray(feed.gain_dbi, dtype=np.float64)
    assert antenna.diameter_m is not None
    assert feed.efficiency is not None
    return budget.aperture_gain_dbi(antenna.diameter_m, frequency_ghz, feed.efficiency)


def _path_loss_db(carrier: Downlink | Uplink, range_km: Values, elevation_deg: Values, air: Air) -> Floats:
    space_db = budget.free_space_loss_db(range_km, carrier.frequency_ghz) + carrier.other_loss_db
    if carrier.band == OPTICAL:
        return space_db + CLEAR_AIR_OPTICAL_ZENITH_DB * air_mass(elevation_deg, _HAZE_LAYER_KM)
    gas_db = gas_loss_db(elevation_deg, carrier.frequency_ghz, air.altitude_km)
    return space_db + gas_db + air.rain_db(elevation_deg, carrier.frequency_ghz)
