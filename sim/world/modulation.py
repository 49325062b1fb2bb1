"""How many bits a carrier bears: DVB-S2 with adaptive coding and modulation, Shannon's bound, and what gets damaged."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.world.frames import Floats
from sim.world.link_budget import Values, from_decibels

Indices = NDArray[np.intp]


class Modcod(NamedTuple):
    """A modulation and code rate: information bits a symbol, and the ideal Es/N0 of quasi-error-free reception."""

    name: str
    bits_per_symbol: float
    es_n0_db: float


DVB_S2 = (
    Modcod("QPSK 1/4", 0.490243, -2.35),
    Modcod("QPSK 1/3", 0.656448, -1.24),
    Modcod("QPSK 2/5", 0.789412, -0.30),
    Modcod("QPSK 1/2", 0.988858, 1.00),
    Modcod("QPSK 3/5", 1.188304, 2.23),
    Modcod("QPSK 2/3", 1.322253, 3.10),
    Modcod("QPSK 3/4", 1.487473, 4.03),
    Modcod("QPSK 4/5", 1.587196, 4.68),
    Modcod("QPSK 5/6", 1.654663, 5.18),
    Modcod("QPSK 8/9", 1.766451, 6.20),
    Modcod("QPSK 9/10", 1.788612, 6.42),
    Modcod("8PSK 3/5", 1.779991, 5.50),
    Modcod("8PSK 2/3", 1.980636, 6.62),
    Modcod("8PSK 3/4", 2.228124, 7.91),
    Modcod("8PSK 5/6", 2.478562, 9.35),
    Modcod("8PSK 8/9", 2.646012, 10.69),
    Modcod("8PSK 9/10", 2.679207, 10.98),
    Modcod("16APSK 2/3", 2.637201, 8.97),
    Modcod("16APSK 3/4", 2.966728, 10.21),
    Modcod("16APSK 4/5", 3.165623, 11.03),
    Modcod("16APSK 5/6", 3.300184, 11.61),
    Modcod("16APSK 8/9", 3.523143, 12.89),
    Modcod("16APSK 9/10", 3.567342, 13.13),
    Modcod("32APSK 3/4", 3.703295, 12.73),
    Modcod("32APSK 4/5", 3.951571, 13.64),
    Modcod("32APSK 5/6", 4.119540, 14.28),
    Modcod("32APSK 8/9", 4.397854, 15.69),
    Modcod("32APSK 9/10", 4.453027, 16.05),
)
"""ETSI EN 302 307-1 V1.4.1, table 13: normal frames of 64,800 bits without pilots, packet error rate 1e-7."""


def _ladder() -> tuple[Modcod, ...]:
    rungs: list[Modcod] = []
    for modcod in sorted(DVB_S2, key=lambda modcod: (modcod.es_n0_db, -modcod.bits_per_symbol)):
        if not rungs or modcod.bits_per_symbol > rungs[-1].bits_per_symbol:
            rungs.append(modcod)
    return tuple(rungs)


LADDER = _ladder()
"""Those that no other beats with as little signal, from the most robust up. A choice is a place in it, or NO_LINK."""
NO_LINK = -1
_NEEDED_DB = np.array([modcod.es_n0_db for modcod in LADDER])
_BITS = np.array([*(modcod.bits_per_symbol for modcod in LADDER), 0.0])


def adaptive_choice(es_n0_db: Floats, margin_db: float, hysteresis_db: float) -> Indices:
    """The rung used in each slot, (..., n_slot), from the Es/N0 of the slots, (..., n_slot), in order of time.

    A rung may be kept while Es/N0 less the margin reaches what it needs, and is stepped up to only where it does so by
    the hysteresis more; below all rungs there is no link. The first slot comes from no link.
    """
    at_hand_db = es_n0_db - margin_db
    # A value on a threshold is at it: `right` counts the thresholds that are not above.
    bearable = np.searchsorted(_NEEDED_DB, at_hand_db, side="right") - 1
    reached = np.searchsorted(_NEEDED_DB, at_hand_db - hysteresis_db, side="right") - 1
    chosen = np.empty(at_hand_db.shape, dtype=np.intp)
    now = np.full(at_hand_db.shape[:-1], NO_LINK, dtype=np.intp)
    for slot in range(at_hand_db.shape[-1]):
        now = np.maximum(np.minimum(now, bearable[..., slot]), reached[..., slot])
        chosen[..., slot] = now
    return chosen


def bits_per_symbol(choice: Indices) -> Floats:
    """Information bits a symbol of chosen rungs (...); none where there is no link."""
    return _BITS[choice]


def needed_es_n0_db(choice: Indices) -> Floats:
    """What the chosen rungs (...) need; minus infinity where there is no link."""
    return np.array([*_NEEDED_DB, -np.inf])[choice]


def shannon_rate_bps(c_n_db: Values, bandwidth_hz: Values) -> Floats:
    """B log2(1 + C/N), Shannon 1949."""
    return np.asarray(np.asarray(bandwidth_hz, dtype=np.float64) * np.log2(1.0 + from_decibels(c_n_db)))


DECADES_PER_DB = {"ldpc": 14.0, "concatenated": 8.0, "convolutional": 2.0, "uncoded": 1.2}
"""How steeply the frame error rate falls with the signal, by coding. Assumed: the order of the waterfalls in CCSDS
130.1-G-2, whose figure 6-11 is the one for concatenated codes. A link with margin does not feel it."""
FRAME_ERROR_AT_THRESHOLD = 1e-7
"""At zero margin: what EN 302 307-1 calls quasi error free."""


def frame_error_rate(margin_db: Values, coding: str) -> Floats:
    """Chance that a frame is lost, by Eb/N0 or Es/N0 above what is needed: a straight waterfall of log10 over dB.

    Never more than one, and without the error floors of real decoders.
    """
    decades = np.asarray(margin_db, dtype=np.float64) * DECADES_PER_DB[coding]
    exponent = np.clip(np.log10(FRAME_ERROR_AT_THRESHOLD) - decades, -300.0, 0.0)
    return np.asarray(np.power(10.0, exponent))
