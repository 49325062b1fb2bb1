"""Heat between the nodes of spacecraft: conduction, radiation, and what leaves to space. Arrays (n_node, n_sat).

Each node keeps C dT/dt = heat + sum of flows from its neighbours - emissive area x sigma T^4. A flow is conductance x
(T_j - T_i), where radiation between nodes counts as the conductance R sigma (T_i^2 + T_j^2)(T_i + T_j). Space itself is
taken as black and cold: its 2.7 K return 3 microwatts a square metre.

The step is a linearly implicit theta method, (C / (dt theta) + K) x = rates, T' = T + x / theta, with K the
derivative of the flows and a theta for each node, (1 + z) / (2 + z), where z = dt K_ii / C. So a lone node decays by
1 / (1 + z + z^2/2), the (0, 2) Pade approximation of exp(-z): second order, L-stable (Hairer and Wanner 1996, section
IV.3), and positive. K is an M-matrix and theta >= 1 - 1/z, from which follows T' >= 0 for any step and coupling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # CODATA 2018


@dataclass(frozen=True, slots=True)
class Coupling:
    """What joins two nodes, given by their rows: conductance, and exchange area F A eps of radiation; each (n_sat,).

    `radiative_m2` is None where no satellite radiates between them.
    """

    first: int
    second: int
    conductance_w_k: Floats
    radiative_m2: Floats | None = None


@dataclass(frozen=True, slots=True)
class HeatStep:
    """Temperatures after a step, and the mean power that left to space during it; each (n_node, n_sat).

    The balance closes: sum of heat x dt = sum of C (T' - T) + sum of emitted x dt.
    """

    temperature_k: Floats
    emitted_w: Floats


def network_step(
    temperature_k: Floats,
    dt_s: float,
    heat_w: Floats,
    heat_capacity_j_k: Floats,
    emissive_m2: Floats,
    couplings: Sequence[Coupling],
) -> HeatStep:
    """One step of every network under constant heat; arrays (n_node, n_sat).

    `emissive_m2` is emissivity x area with a view of space. No result depends on other satellites.
    """
    slope = STEFAN_BOLTZMANN_W_M2_K4 * emissive_m2
    slope *= temperature_k
    slope *= temperature_k
    slope *= temperature_k
    emitted_w = slope * temperature_k
    slope *= 4.0
    rates = heat_w - emitted_w
    diagonal = slope.copy()
    beside: dict[tuple[int, int], Floats] = {}
    for coupling in couplings:
        _join(coupling, temperature_k, rates, diagonal, beside)
    # 1 / theta = (2 C/dt + K_ii) / (C/dt + K_ii), written with one division.
    share = heat_capacity_j_k * (1.0 / dt_s)
    stiff = diagonal + share
    inverse_theta = stiff + share
    inverse_theta /= stiff
    share *= inverse_theta
    share += slope
    x = _solve(share, beside, rates)
    slope *= x
    emitted_w += slope
    x *= inverse_theta
    x += temperature_k
    return HeatStep(x, emitted_w)


def _join(
    coupling: Coupling,
    temperature_k: Floats,
    rates: Floats,
    diagonal: Floats,
    beside: dict[tuple[int, int], Floats],
) -> None:
    """Add a coupling's flow to the rates, and its conductance to the matrix: `beside` is minus its upper triangle."""
    first, second = sorted((coupling.first, coupling.second))
    warm, cold = temperature_k[first], temperature_k[second]
    conductance = coupling.conductance_w_k
    if coupling.radiative_m2 is not None:
        conductance = conductance + STEFAN_BOLTZMANN_W_M2_K4 * coupling.radiative_m2 * (warm * warm + cold * cold) * (
            warm + cold
        )
    flow_w = conductance * (warm - cold)
    rates[first] -= flow_w
    rates[second] += flow_w
    diagonal[first] += conductance
    diagonal[second] += conductance
    known = beside.get((first, second))
    beside[first, second] = conductance if known is None else known + conductance


def _solve(excess: Floats, beside: Mapping[tuple[int, int], Floats], rates: Floats) -> Floats:
    """Solve symmetric M-matrices given by minus their upper triangle and by the sums of their rows; overwrites arrays.

    Rows (n_node, n_sat). Elimination keeps the sums of rows instead of the diagonal, so that nothing but what is not
    negative is ever added: no coupling, however strong, makes a pivot vanish (Grassmann, Taksar and Heyman 1985; Alfa,
    Xue and Ye 2002). Zeros that every satellite shares cost nothing.
    """
    n_node = len(excess)
    upper = dict(beside)
    ahead = [[row for row in range(pivot + 1, n_node) if (pivot, row) in upper] for pivot in range(n_node)]
    inverse = []
    for pivot in range(n_node):
        diagonal = excess[pivot]
        for row in ahead[pivot]:
            diagonal = diagonal + upper[pivot, row]
        inverse.append(1.0 / diagonal)
        for place, row in enumerate(ahead[pivot]):
            factor = upper[pivot, row] * inverse[pivot]
            rates[row] += factor * rates[pivot]
            excess[row] += factor * excess[pivot]
            for other in ahead[pivot][place + 1 :]:
                filled = factor * upper[pivot, other]
                if (row, other) in upper:
                    upper[row, other] = upper[row, other] + filled
                else:
                    upper[row, other] = filled
                    ahead[row] = sorted([*ahead[row], other])
    for pivot in reversed(range(n_node)):
        for row in ahead[pivot]:
            rates[pivot] += upper[pivot, row] * rates[row]
        rates[pivot] *= inverse[pivot]
    return rates
