"""From which ranges the seas are drawn on which the raft model learns and is examined. All of it is assumed where no
source is named: what is public about rafts at X band does not go further."""

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SeaLaw:
    """Ranges (uniform unless told otherwise) and shares (of scenes) of a study sea."""

    gsd_m: Range = (0.4, 1.2)
    wind_m_s: Range = (1.5, 16.0)
    incidence_deg: Range = (22.0, 50.0)
    backscatter_db: tuple[float, float, float] = (-27.0, 13.0, -0.28)
    """Sigma0 at 1 m/s and 35 degrees, per decade of wind, per degree: assumed, about what X band shows at VV, and less
    steep in incidence than the law of `sar_water`, which flies."""
    backscatter_spread_db: float = 2.0
    noise_db: Range = (-25.0, -16.0)
    texture_shape: Range = (0.8, 30.0)
    """Log-uniform."""
    texture_sharpness: Range = (0.8, 5.0)
    sea_depth: Range = (0.1, 0.5)
    swell_share: float = 0.7
    swell_length_m: Range = (60.0, 300.0)
    swell_depth: Range = (0.05, 0.45)
    streak_depth: Range = (0.0, 0.35)
    slick_share: float = 0.2
    slick_db: Range = (3.0, 12.0)
    rain_share: float = 0.12
    rain_radius_m: Range = (30.0, 160.0)
    rain_db: Range = (-3.0, 7.0)
    breakers_from_m_s: float = 4.0
    breakers_per_km2: Range = (50.0, 2500.0)
    """At 12 m/s; grows as the square of the wind above the least."""
    small_targets: float = 3.0
    """Mean number a scene, Poisson."""
    raft_share: float = 0.65
    raft_diameter_m: Range = (2.5, 6.0)
    raft_rcs_m2: Range = (3.5, 0.8)
    """Median and logarithmic spread, log-normal."""
    reflector_share: float = 0.3
    reflector_m2: Range = (2.0, 12.0)
    craft_length_m: Range = (5.0, 15.0)
    craft_rcs_m2: Range = (8.0, 0.9)
    ship_share: float = 0.3
    ship_length_m: Range = (20.0, 140.0)
    ship_rcs_decades: Range = (1.3, 3.8)
    ambiguity_share: float = 0.35
    ambiguity_db: Range = (20.0, 30.0)
    wake_share: float = 0.6
    ice_share: float = 0.12
    ice_radius_m: Range = (8.0, 40.0)
    ice_db: Range = (-12.0, -3.0)
    looks: tuple[int, ...] = (1, 1, 2, 3, 4, 6, 9)
    oversampling: Range = (1.0, 1.6)
    calibration_db: float = 2.0


STUDY_LAW = SeaLaw()
