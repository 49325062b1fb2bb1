"""How fast bits upset along an orbit: trapped protons of the South Atlantic Anomaly, and cosmic rays above the cutoff.

A shape and an anchor. The shape says how much faster bits upset here than elsewhere; the anchor is the rate that one
memory was seen to have in one orbit. Good to a factor of a few in quiet times; a solar particle event is not in it.
Arrays over instants or satellites in, arrays of the same shape out.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SRAM_UPSETS_PER_BIT_DAY = 4.04e-7
"""Commercial SRAM on Alsat-1, over eight years (Bentoutou 2011, a review of in-orbit observations of radiation-induced
effects in commercial memories onboard Alsat-1). Of these 98.6 % struck one bit."""
MULTIPLE_BIT_SHARE = 0.014
"""Same source: what is left. Here all of them are two bits of one word."""
ANCHOR_ALTITUDE_KM, ANCHOR_INCLINATION_DEG = 686.0, 98.2
"""Alsat-1's orbit at launch, sun-synchronous."""

POLE_LATITUDE_DEG, POLE_LONGITUDE_DEG = 80.65, -72.68
"""Of the centred dipole, epoch 2020: from the first three coefficients of IGRF-13 (Alken et al. 2021, Earth, Planets
and Space 73:49)."""
MEAN_RADIUS_KM = 6371.2
"""Of the IGRF."""

SAA_LATITUDE_DEG, SAA_HALF_WIDTH_LATITUDE_DEG = -30.0, 8.0
"""Fitted, as a normal curve, to the dose of trapped protons behind 10 mm of aluminium at 550 km and inclinations of 0
to 100 degrees, by AP-8 MIN in SPENVIS (Pfandzelter, leo-edge-failure-models, compute-failure/cleaned): within 5 % of it
at each of seven inclinations where there is any."""
SAA_LONGITUDE_DEG, SAA_DRIFT_DEG_PER_YEAR, SAA_YEAR = -50.0, -0.36, 2016.0
"""Where the DMSP satellites saw it, over southern Brazil, and how fast it drifts west (Schaefer et al. 2016, Space
Weather). Daily means do not depend on the longitude."""
SAA_HALF_WIDTH_LONGITUDE_DEG = 20.0
"""Assumed: maps of protons above 30 MeV at 500 to 800 km are two to three times as wide as high."""
SAA_ALTITUDE_POWER = 4.0
"""Assumed: the flux rises with about this power of the altitude where the atmosphere limits it, from 300 to 1,000
km."""

SAA_SHARE = 0.5
"""Of all events at the anchor: latch-ups in low orbit fell 3:2:1 on the anomaly, the polar regions and the rest
(Spacecraft Environment Engineering 2019, doi 10.12126/see.2019.02.002). Where an upset takes less than a latch-up,
protons do more, and the anomaly's share is larger."""
COSMIC_RIGIDITY_GV = 4.5
"""Cosmic rays' events fall as exp(-cutoff/this): fitted so that beyond the anomaly the polar regions, above 55 degrees
of geomagnetic latitude, have two thirds, as in the same source."""


def geomagnetic_latitude_deg(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> Floats:
    """Latitude about the centred dipole; the geographic latitude is taken as geocentric, 0.2 degrees at most apart."""
    latitude, pole = np.radians(latitude_deg), np.radians(POLE_LATITUDE_DEG)
    turn = np.radians(np.asarray(longitude_deg) - POLE_LONGITUDE_DEG)
    sine = np.sin(latitude) * np.sin(pole) + np.cos(latitude) * np.cos(pole) * np.cos(turn)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))


def cutoff_rigidity_gv(geomagnetic_deg: ArrayLike, altitude_km: ArrayLike) -> Floats:
    """What a cosmic ray needs to come down vertically: 15.062 cos^4(invariant latitude) - 0.363 GV, not below 0.

    Ogliore et al. 2001 (27th ICRC), from SAMPEX, at 0 to 64 degrees; the invariant latitude is of the dipole's shell.
    """
    shell = (1.0 + np.asarray(altitude_km) / MEAN_RADIUS_KM) / np.cos(np.radians(geomagnetic_deg)) ** 2
    return np.asarray(np.maximum(15.062 / shell**2 - 0.363, 0.0))


def saa_longitude_deg(year: float) -> float:
    """The anomaly's middle in a year, as a fraction of a year too."""
    return SAA_LONGITUDE_DEG + SAA_DRIFT_DEG_PER_YEAR * (year - SAA_YEAR)


def proton_shape(latitude_deg: ArrayLike, longitude_deg: ArrayLike, altitude_km: ArrayLike, year: float) -> Floats:
    """The anomaly's protons, 1 in its middle at 550 km."""
    east = (np.asarray(longitude_deg) - saa_longitude_deg(year) + 180.0) % 360.0 - 180.0
    north = np.asarray(latitude_deg) - SAA_LATITUDE_DEG
    away = (north / SAA_HALF_WIDTH_LATITUDE_DEG) ** 2 + (east / SAA_HALF_WIDTH_LONGITUDE_DEG) ** 2
    height = (np.clip(altitude_km, 0.0, 1000.0) / 550.0) ** SAA_ALTITUDE_POWER
    return np.asarray(np.exp(-away / 2.0) * height)


def is_in_saa(latitude_deg: ArrayLike, longitude_deg: ArrayLike, year: float) -> NDArray[np.bool_]:
    """Where the anomaly's protons are more than a tenth of what they are in its middle."""
    return np.asarray(proton_shape(latitude_deg, longitude_deg, 550.0, year) > 0.1)


def cosmic_shape(latitude_deg: ArrayLike, longitude_deg: ArrayLike, altitude_km: ArrayLike) -> Floats:
    """Cosmic rays, 1 over the poles."""
    geomagnetic = geomagnetic_latitude_deg(latitude_deg, longitude_deg)
    return np.asarray(np.exp(-cutoff_rigidity_gv(geomagnetic, altitude_km) / COSMIC_RIGIDITY_GV))


def relative_rate(latitude_deg: ArrayLike, longitude_deg: ArrayLike, altitude_km: ArrayLike, year: float) -> Floats:
    """Upsets in a time, in those that the anchor's orbit has in it on the mean."""
    protons, cosmic = _anchor_means()
    of_protons = proton_shape(latitude_deg, longitude_deg, altitude_km, year) / protons
    of_cosmic = cosmic_shape(latitude_deg, longitude_deg, altitude_km) / cosmic
    return np.asarray(SAA_SHARE * of_protons + (1.0 - SAA_SHARE) * of_cosmic)


def circular_track(inclination_deg: float, n: int = 360) -> tuple[Floats, Floats]:
    """Latitudes (n, 1) and longitudes (1, n) of which every pair is equally likely on a circular orbit, over many
    days."""
    along = np.linspace(0.0, 2.0 * np.pi, n, endpoint=False)
    latitude = np.degrees(np.arcsin(np.sin(np.radians(inclination_deg)) * np.sin(along)))
    return latitude[:, None], np.linspace(-180.0, 180.0, n, endpoint=False)[None, :]


@cache
def _anchor_means() -> tuple[float, float]:
    track = circular_track(ANCHOR_INCLINATION_DEG)
    protons = proton_shape(*track, ANCHOR_ALTITUDE_KM, SAA_YEAR)
    return float(protons.mean()), float(cosmic_shape(*track, ANCHOR_ALTITUDE_KM).mean())
