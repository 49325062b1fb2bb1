"""What a score is told by: the size of what is there, and the weather it is under."""

from bisect import bisect_right
from itertools import pairwise

from onboard.payload.detections import SIZE_CLASS_EDGES_M2, size_class
from sim.scenes.source import CLOUD_FRACTION, WIND_M_S

UNKNOWN = "unknown"

_AREAS = tuple(f"{edge:.0f} m2" if edge < 1e6 else f"{edge / 1e6:.0f} km2" for edge in SIZE_CLASS_EDGES_M2)
SIZES = (
    f"below {_AREAS[0]}",
    *(f"{low} to {high}" for low, high in pairwise(_AREAS)),
    f"from {_AREAS[-1]}",
)
"""The size classes that travel with detections, a decade each."""

SKIES = ("clear sky", "few clouds", "scattered clouds", "broken clouds", "overcast")
_SKY_EDGES = (1 / 16, 5 / 16, 9 / 16, 15 / 16)
"""Cloud cover in eighths, rounded: none, 1-2, 3-4, 5-7, 8 (WMO-No. 306, Manual on Codes, FM 15 METAR)."""

WINDS = ("Beaufort 0-3", "Beaufort 4-5", "Beaufort 6-7", "Beaufort 8 and more")
_WIND_EDGES_M_S = (5.5, 10.8, 17.2)
"""WMO-No. 306, Manual on Codes, table 1100, of the wind at 10 m."""

ORDER = (*SIZES, *SKIES, *WINDS, UNKNOWN)
"""In which tables list them."""


def size_of(area_m2: float) -> str:
    """A target's size; unknown where its source does not tell."""
    return SIZES[size_class(area_m2)] if area_m2 else UNKNOWN


def weather_of(weather: tuple[tuple[str, float], ...]) -> str:
    """A frame's weather, as far as its source tells."""
    told = dict(weather)
    if CLOUD_FRACTION in told:
        return SKIES[bisect_right(_SKY_EDGES, told[CLOUD_FRACTION])]
    if WIND_M_S in told:
        return WINDS[bisect_right(_WIND_EDGES_M_S, told[WIND_M_S])]
    return UNKNOWN
