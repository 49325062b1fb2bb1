"""When satellites are in the Earth's shadow: penumbra and umbra, entry and exit, and the share of a circular orbit.

The shadow's cones are those of `environment.discs`. The atmosphere, whose refraction and dimming blur the umbra's edge
by some seconds in a low orbit, is left out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.mission_time import NS_PER_S
from sim.world.environment import EARTH_FLATTENING, Discs, discs, sun_position_au
from sim.world.ephemeris import Ephemeris
from sim.world.event_search import Intervals, Samples, intervals_above, sample_instants
from sim.world.frames import EARTH_RADIUS_KM, Floats

Indices = NDArray[np.intp]

BYTES_A_SAMPLE = 250  # of the search, while a group of satellites is sampled


class Eclipse(NamedTuple):
    """A satellite's passage through the penumbra, and the umbra within it where it reaches that.

    In ns after the epoch; a passage that the span cuts begins or ends with the span.
    """

    satellite_index: int
    begin_ns: int
    end_ns: int
    umbra_begin_ns: int | None
    umbra_end_ns: int | None


def eclipses(ephemeris: Ephemeris, flattening: float = EARTH_FLATTENING) -> list[Eclipse]:
    """Eclipses in the ephemeris's span, by satellite and time."""
    found: list[Eclipse] = []
    for satellites in ephemeris.groups(BYTES_A_SAMPLE):
        found += _told(*_shadows(ephemeris, satellites, flattening))
    return found


def _shadows(ephemeris: Ephemeris, satellites: Indices, flattening: float) -> tuple[Intervals, Intervals]:
    """Intervals of some satellites in the penumbra, and in the umbra."""
    arcs = ephemeris.teme_of(satellites)

    def seen(satellite: Indices, at_s: Floats) -> Discs:
        return discs(arcs.positions(satellite, at_s), sun_position_au(ephemeris.epoch, at_s), flattening)

    def umbra_rad(satellite: Indices, at_s: Floats) -> Floats:
        return _depth_rad(seen(satellite, at_s), is_umbra=True)

    def penumbra_rad(satellite: Indices, at_s: Floats) -> Floats:
        return _depth_rad(seen(satellite, at_s), is_umbra=False)

    t_s = sample_instants(ephemeris.grid_s, ephemeris.start_s, ephemeris.end_s)
    sampled = seen(satellites[:, None], t_s)
    item, at_s = np.repeat(satellites, len(t_s)), np.tile(t_s, len(satellites))
    return (
        intervals_above(penumbra_rad, Samples(item, at_s, _depth_rad(sampled, is_umbra=False).ravel())),
        intervals_above(umbra_rad, Samples(item, at_s, _depth_rad(sampled, is_umbra=True).ravel())),
    )


def _depth_rad(seen: Discs, *, is_umbra: bool) -> Floats:
    """How far a satellite is inside a shadow's edge."""
    return (seen.earth - seen.sun if is_umbra else seen.earth + seen.sun) - seen.apart


def _told(penumbra: Intervals, umbra: Intervals) -> list[Eclipse]:
    """Passages through the penumbra, each with its umbra."""
    # Each umbra lies in a penumbra of its satellite: the last that began before it.
    around = np.lexsort((np.append(penumbra.begin_s, umbra.begin_s), np.append(penumbra.item, umbra.item)))
    core: dict[int, tuple[int, int]] = {}
    last = -1
    umbra_begin_ns, umbra_end_ns = _ns(umbra.begin_s), _ns(umbra.end_s)
    for place in around.tolist():
        if place < len(penumbra.item):
            last = place
        else:
            core[last] = umbra_begin_ns[place - len(penumbra.item)], umbra_end_ns[place - len(penumbra.item)]
    rows = zip(penumbra.item.tolist(), _ns(penumbra.begin_s), _ns(penumbra.end_s), strict=True)
    return [Eclipse(*row, *core.get(place, (None, None))) for place, row in enumerate(rows)]


def _ns(instants_s: Floats) -> list[int]:
    whole: list[int] = np.rint(instants_s * NS_PER_S).astype(np.int64).tolist()
    return whole


def circular_eclipse_fraction(altitude_km: ArrayLike, beta_deg: ArrayLike) -> Floats:
    """Share of a circular orbit in the shadow, (...): a cylinder behind a sphere of the equatorial radius.

    At an angle u from the orbit's midnight the Sun's opposite is arccos(cos(beta) cos(u)) away, in the cylinder where
    the sine of that is under R / (R + h): half of the shadow is arccos(sqrt(h^2 + 2 R h) / ((R + h) cos(beta))). The
    real umbra is 0.3 % of the orbit shorter, the penumbra as much longer.
    """
    radius_km = EARTH_RADIUS_KM + np.asarray(altitude_km, dtype=np.float64)
    limb_km = np.sqrt(radius_km**2 - EARTH_RADIUS_KM**2)
    reach_km = radius_km * np.abs(np.cos(np.radians(beta_deg)))
    return np.asarray(np.arccos(np.minimum(limb_km / np.maximum(reach_km, 1e-9), 1.0)) / np.pi)
