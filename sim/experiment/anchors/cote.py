"""cote's satellite that takes frames and sends them: Denby and Lucia, ASPLOS 2020.

Inputs and figures are those of its example capture-and-downlink (github.com/CMUAbstract/cote), built and run. Its SGP4
is in single precision and takes the mean argument of latitude for the true one, so that its pass is 1.3 s later.
"""

from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from onboard.mission_time import to_s
from sim.experiment.anchors.row import Row, within
from sim.world.access import Sites, Station, contact_windows
from sim.world.camera import frame_times_s
from sim.world.elements import TwoLineElements
from sim.world.ephemeris import Ephemeris
from sim.world.frames import Floats, geodetic
from sim.world.link_budget import (
    c_n0_db_hz,
    decibels,
    eirp_dbw,
    free_space_loss_db,
    over_rate_db,
    system_noise_temperature_k,
    thermal_noise_dbw_hz,
)
from sim.world.modulation import shannon_rate_bps
from sim.world.orbit import Orbits
from sim.world.view import sample_distance_m

SOURCE = "cote, example capture-and-downlink (Denby and Lucia, ASPLOS 2020)"
FLOCK_4X_22 = TwoLineElements(
    "1 51003U 22002V   22198.54713525  .00004982  00000+0  26567-3 0  9990",
    "2 51003  97.4850 265.3130 0010686 337.4668  22.6094 15.15576724 27984",
)
START_UTC = datetime(2022, 7, 17, 22, 10, tzinfo=UTC)
DURATION_S = 3000.0
ICELAND = Station("Iceland", 64.9631, -19.0208)
MIN_ELEVATION_DEG = 10.0
FREQUENCY_GHZ, BANDWIDTH_HZ = 8.15, 20e6
TRANSMIT_W, LINE_LOSS_DB, SATELLITE_ANTENNA_DBI, STATION_ANTENNA_DBI = 2.0, 1.0, 6.0, 44.1
ANTENNA_NOISE_K, NOISE_FIGURE_DB = 25.0, 1.0
STATION_LINE_SHARE = 0.89
"""Of the carrier that the station's line leaves."""
SIDE_PX, PIXEL_RAD, FRAME_BITS = 4096, 1.1e-6 / 0.2, 24_319_041
STEP_S = 0.01
LAST_S = 2998.8


class _Pass(NamedTuple):
    aos_s: float
    los_s: float
    t_s: Floats
    rate_bps: Floats


def rows() -> list[Row]:
    """Frames, the pass, its rates, and what waits on board."""
    ephemeris = Ephemeris(Orbits([FLOCK_4X_22], START_UTC, source=SOURCE), 0.0, DURATION_S)
    taken_s = frame_times_s(ephemeris, 0, SIDE_PX, PIXEL_RAD, DURATION_S, STEP_S)
    altitude_km = geodetic(ephemeris.positions_ecef(0.0))[2][0, 0]
    gsd_m, _ = sample_distance_m(PIXEL_RAD, altitude_km, np.zeros(()))
    seen = _pass(ephemeris)
    captured_bits = FRAME_BITS * np.searchsorted(taken_s, seen.t_s, side="right").astype(np.float64)
    at_acquisition = FRAME_BITS * float((taken_s <= seen.aos_s).sum())
    waiting_bits = buffered(captured_bits, np.cumsum(seen.rate_bps) * STEP_S)
    last_bits = float(waiting_bits[np.searchsorted(seen.t_s, LAST_S)])
    in_view_bps = seen.rate_bps[seen.rate_bps > 0.0]
    peak_s = float(seen.t_s[seen.rate_bps.argmax()])
    volume_bytes = float(seen.rate_bps.sum()) * STEP_S / 8.0
    return [
        _one_percent("frames", 1785.0, float(len(taken_s)), "frames"),
        _one_percent("mean spacing of frames", 1.680, float(np.diff(taken_s).mean()), "s"),
        _one_percent("ground sample distance at the start", 2.997, float(gsd_m), "m"),
        _instant("acquisition", 2506.0, seen.aos_s),
        _instant("loss", 2944.0, seen.los_s),
        _one_percent("lowest rate", 71.80, float(in_view_bps.min()) / 1e6, "Mb/s"),
        _one_percent("highest rate", 119.50, float(in_view_bps.max()) / 1e6, "Mb/s"),
        _instant("highest rate at", 2723.0, peak_s),
        _one_percent("mean rate", 97.78, float(in_view_bps.mean()) / 1e6, "Mb/s"),
        _one_percent("volume of the pass", 5.37, volume_bytes / 1e9, "GB"),
        _one_percent("buffer at acquisition", 36.309, at_acquisition / 1e9, "Gbit"),
        Row("cote: last buffer", 793_124_834.0, last_bits, 4.0 * FRAME_BITS, "bit", SOURCE),
    ]


def buffered(captured_bits: Floats, drainable_bits: Floats) -> Floats:
    """What waits on board, (n_t,), of what was captured so far and of what the link could have carried so far.

    The link finds the buffer empty for a while at the end of the pass: what it could have carried then is lost.
    """
    surplus = captured_bits - drainable_bits
    return np.asarray(surplus - np.minimum(np.minimum.accumulate(surplus), 0.0))


def _pass(ephemeris: Ephemeris) -> _Pass:
    """The one pass, and rates at every step of the run, 0 out of sight: Shannon's bound with no air in the way."""
    (window,) = contact_windows(ephemeris, [ICELAND], MIN_ELEVATION_DEG)
    t_s = STEP_S * np.arange(round(DURATION_S / STEP_S) + 1, dtype=np.float64)
    aos_s, los_s = to_s(window.aos_ns), to_s(window.los_ns)
    in_view = (t_s >= aos_s) & (t_s <= los_s)
    look = Sites.of([ICELAND]).look(np.array(0), ephemeris.positions_ecef(t_s[in_view])[0])
    line_loss_db = -decibels(STATION_LINE_SHARE)
    noise_dbw_hz = thermal_noise_dbw_hz(system_noise_temperature_k(ANTENNA_NOISE_K, line_loss_db, NOISE_FIGURE_DB))
    c_n0 = c_n0_db_hz(
        eirp_dbw(TRANSMIT_W, LINE_LOSS_DB, SATELLITE_ANTENNA_DBI),
        free_space_loss_db(look.range_km, FREQUENCY_GHZ),
        STATION_ANTENNA_DBI,
        noise_dbw_hz,
    )
    rate_bps = np.zeros(t_s.shape)
    rate_bps[in_view] = shannon_rate_bps(over_rate_db(c_n0, BANDWIDTH_HZ), BANDWIDTH_HZ)
    return _Pass(aos_s, los_s, t_s, rate_bps)


def _one_percent(name: str, reference: float, ours: float, unit: str) -> Row:
    return Row(f"cote: {name}", reference, ours, within(0.01, reference), unit, SOURCE)


def _instant(name: str, reference_s: float, ours_s: float) -> Row:
    return Row(f"cote: {name}", reference_s, ours_s, 3.0, "s", SOURCE)
