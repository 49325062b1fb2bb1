"""Heat of a satellite: one node that radiates to space. Arrays over satellites, (n_sat,)."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = Floats | float

STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # CODATA 2018
SPACE_K = 2.7255  # cosmic background, Fixsen 2009
EARTH_ALBEDO = 0.29  # global mean, Stephens and others 2015
EARTH_INFRARED_W_M2 = 240.0  # global mean outgoing longwave at the top of the atmosphere, Loeb and others 2018 (CERES)
EARTH_MEAN_RADIUS_KM = 6371.0  # IUGG


def node_step(
    temperature_k: Values,
    dt_s: Values,
    heat_capacity_j_k: Values,
    dissipated_w: Values,
    absorbed_w: Values,
    emissivity_area_m2: Values,
    sink_k: Values = SPACE_K,
) -> Floats:
    """Temperature (n_sat,) after a step of C dT/dt = heat in - emissivity area sigma (T^4 - sink^4).

    Exponential Rosenbrock-Euler (Hochbruck and Ostermann 2010, section 2.4): exact for the linearised node,
    second order in the step, at rest in the equilibrium T. It never overshoots from above, and from below not
    while the step is shorter than the time constant C / (4 emissivity area sigma T^3), minutes to hours here.
    """
    temperature = np.asarray(temperature_k, dtype=np.float64)
    radiance = STEFAN_BOLTZMANN_W_M2_K4 * np.asarray(emissivity_area_m2, dtype=np.float64)
    emitted_w = radiance * (temperature**4 - np.asarray(sink_k, dtype=np.float64) ** 4)
    rate_k_s = (dissipated_w + absorbed_w - emitted_w) / heat_capacity_j_k
    decay = 4.0 * radiance * temperature**3 * dt_s / heat_capacity_j_k
    still = decay == 0.0
    damping = np.where(still, 1.0, -np.expm1(-decay) / np.where(still, 1.0, decay))
    return np.asarray(temperature + dt_s * damping * rate_k_s)


def solar_heat_w(solar_flux_w_m2: Values, illuminated_fraction: Values, absorptance: Values, area_m2: Values) -> Floats:
    """Direct sunlight absorbed by a surface whose area is projected towards the Sun."""
    return np.asarray(solar_flux_w_m2 * illuminated_fraction * absorptance * area_m2)


def earth_view_factor(altitude_km: Values) -> Floats:
    """View factor of the Earth from a plate facing the nadir: (R / (R + h))^2 (Gilmore 2002, chapter 2)."""
    return np.asarray((EARTH_MEAN_RADIUS_KM / (EARTH_MEAN_RADIUS_KM + altitude_km)) ** 2)


def albedo_heat_w(
    solar_flux_w_m2: Values,
    sun_zenith_deg: Values,
    altitude_km: Values,
    absorptance: Values,
    area_m2: Values,
) -> Floats:
    """Sunlight reflected by the Earth and absorbed by the nadir side.

    The ground under the satellite stands for all that it sees, lit by the cosine of the Sun's zenith angle
    there.
    """
    lit = np.maximum(np.cos(np.radians(sun_zenith_deg)), 0.0)
    reflected_w_m2 = EARTH_ALBEDO * solar_flux_w_m2 * lit * earth_view_factor(altitude_km)
    return np.asarray(reflected_w_m2 * absorptance * area_m2)


def earth_infrared_heat_w(altitude_km: Values, emissivity: Values, area_m2: Values) -> Floats:
    """Earth's own infrared absorbed by the nadir side; a surface absorbs infrared as well as it emits it."""
    return np.asarray(EARTH_INFRARED_W_M2 * earth_view_factor(altitude_km) * emissivity * area_m2)
