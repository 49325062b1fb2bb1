"""The thermal network against analytic solutions, and its promises for any step and coupling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.world.thermal_network import STEFAN_BOLTZMANN_W_M2_K4, Coupling, Floats, network_step

CAPACITY_J_K, RADIATOR_M2 = 9000.0, 0.2


def column(*values: float) -> Floats:
    """Nodes of one satellite."""
    return np.array(values)[:, None]


def single(temperature_k: float, dt_s: float, heat_w: float, capacity_j_k: float = CAPACITY_J_K) -> float:
    step = network_step(column(temperature_k), dt_s, column(heat_w), column(capacity_j_k), column(RADIATOR_M2), ())
    return float(step.temperature_k[0, 0])


@pytest.mark.parametrize(("dt_s", "tolerance_k"), [(1.0, 1e-5), (10.0, 1e-3), (60.0, 0.03)])
def test_cooling_is_the_analytic_cube(dt_s: float, tolerance_k: float) -> None:
    # C dT/dt = -k T^4 has T = (T0^-3 + 3 k t / C)^(-1/3).
    temperature_k = 330.0
    for _ in range(round(6000.0 / dt_s)):
        temperature_k = single(temperature_k, dt_s, 0.0)
    slope = 3.0 * STEFAN_BOLTZMANN_W_M2_K4 * RADIATOR_M2 / CAPACITY_J_K
    assert temperature_k == pytest.approx((330.0**-3 + slope * 6000.0) ** (-1.0 / 3.0), abs=tolerance_k)


@pytest.mark.parametrize(("dt_s", "tolerance_s"), [(1.0, 0.05), (10.0, 0.5), (60.0, 12.0)])
def test_warming_takes_the_analytic_time(dt_s: float, tolerance_s: float) -> None:
    # With constant heat and x = T / T_equilibrium: t = C T_e / (4 Q) [2 atan x + ln((1 + x) / (1 - x))].
    heat_w = 60.0
    level_k = (heat_w / (STEFAN_BOLTZMANN_W_M2_K4 * RADIATOR_M2)) ** 0.25

    def age_s(temperature_k: float) -> float:
        x = temperature_k / level_k
        return float(CAPACITY_J_K * level_k / (4.0 * heat_w) * (2.0 * np.arctan(x) + np.log((1.0 + x) / (1.0 - x))))

    temperature_k = 200.0
    for _ in range(round(3600.0 / dt_s)):
        temperature_k = single(temperature_k, dt_s, heat_w)
    assert age_s(temperature_k) - age_s(200.0) == pytest.approx(3600.0, abs=tolerance_s)


@pytest.mark.parametrize(("dt_s", "tolerance_k"), [(1.0, 1e-4), (10.0, 0.01), (60.0, 0.3)])
def test_two_nodes_meet_as_an_rc_circuit(dt_s: float, tolerance_k: float) -> None:
    # Their difference decays with tau = 1 / (G (1/C1 + 1/C2)); the mean weighted by capacity stays.
    capacity_j_k, conductance_w_k = column(800.0, 2400.0), 2.0
    temperature_k = column(340.0, 280.0)
    joined = (Coupling(0, 1, np.array([conductance_w_k])),)
    for _ in range(round(600.0 / dt_s)):
        temperature_k = network_step(
            temperature_k, dt_s, column(0.0, 0.0), capacity_j_k, column(0.0, 0.0), joined
        ).temperature_k
    tau_s = 1.0 / (conductance_w_k * (1.0 / 800.0 + 1.0 / 2400.0))
    difference_k = 60.0 * np.exp(-600.0 / tau_s)
    expected_k = 295.0 + difference_k * column(0.75, -0.25)
    np.testing.assert_allclose(temperature_k, expected_k, atol=tolerance_k)


def test_radiation_between_nodes_ends_where_they_are_alike() -> None:
    # Two grey plates: q = R sigma (T1^4 - T2^4); at once after the start, by hand 0.1 x 5.670374e-8 x (400^4 - 300^4).
    joined = (Coupling(0, 1, np.zeros(1), np.array([0.1])),)
    step = network_step(column(400.0, 300.0), 1e-3, column(0, 0), column(1e3, 1e3), column(0, 0), joined)
    assert (400.0 - step.temperature_k[0, 0]) * 1e6 == pytest.approx(99.2315, rel=1e-5)
    temperature_k = column(400.0, 300.0)
    for _ in range(4000):
        temperature_k = network_step(
            temperature_k, 60.0, column(0, 0), column(1e3, 1e3), column(0, 0), joined
        ).temperature_k
    np.testing.assert_allclose(temperature_k, 350.0, atol=1e-6)


@st.composite
def networks(draw: st.DrawFn) -> tuple[Floats, Floats, Floats, Floats, tuple[Coupling, ...]]:
    """Temperatures, heat, capacities, emissive areas of up to eight nodes, and any couplings between them."""
    n_node = draw(st.integers(1, 8))

    def nodes(low: float, high: float) -> Floats:
        return column(*draw(st.lists(st.floats(low, high), min_size=n_node, max_size=n_node)))

    decades = 10.0 ** nodes(-3.0, 6.0)
    pairs = [(i, j) for i in range(n_node) for j in range(n_node) if i != j]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=12)) if pairs else []
    couplings = tuple(
        Coupling(i, j, np.array([draw(st.floats(0.0, 1e6))]), np.array([draw(st.floats(0.0, 10.0))])) for i, j in chosen
    )
    return nodes(3.0, 1000.0), nodes(0.0, 1e4), decades, nodes(0.0, 10.0), couplings


@settings(deadline=None, max_examples=200)
@given(networks(), st.floats(1e-3, 60.0))
def test_any_network_stays_finite_and_warm_and_its_balance_closes(
    network: tuple[Floats, Floats, Floats, Floats, tuple[Coupling, ...]], dt_s: float
) -> None:
    temperature_k, heat_w, capacity_j_k, emissive_m2, couplings = network
    for _ in range(20):
        step = network_step(temperature_k, dt_s, heat_w, capacity_j_k, emissive_m2, couplings)
        assert np.isfinite(step.temperature_k).all()
        # Proven above zero; what cancels leaves a rounding of the warmest node.
        assert (step.temperature_k >= -1e-9 * step.temperature_k.max()).all()
        stored_w = (capacity_j_k * (step.temperature_k - temperature_k)).sum() / dt_s
        # To 1e-9 of what is in play: heat kept and radiated at either end, and conducted to and fro.
        hottest_k = np.maximum(temperature_k, step.temperature_k).max()
        radiating_m2 = emissive_m2.sum() + sum(float(one.radiative_m2[0]) for one in couplings)
        conducting_w_k = capacity_j_k.sum() / dt_s + sum(float(one.conductance_w_k[0]) for one in couplings)
        scale_w = STEFAN_BOLTZMANN_W_M2_K4 * radiating_m2 * hottest_k**4 + conducting_w_k * hottest_k + heat_w.sum()
        assert abs(heat_w.sum() - stored_w - step.emitted_w.sum()) <= 1e-9 * scale_w
        temperature_k = np.maximum(step.temperature_k, 0.0)


@settings(deadline=None, max_examples=50)
@given(networks(), st.integers(2, 7))
def test_a_satellite_does_not_depend_on_its_neighbours(
    network: tuple[Floats, Floats, Floats, Floats, tuple[Coupling, ...]], n_sat: int
) -> None:
    temperature_k, heat_w, capacity_j_k, emissive_m2, couplings = network

    def beside_others(values: Floats) -> Floats:
        return np.concatenate([values * (1.0 + 0.1 * k) for k in range(n_sat)], axis=1)

    alone = network_step(temperature_k, 10.0, heat_w, capacity_j_k, emissive_m2, couplings)
    many = network_step(
        *(beside_others(temperature_k), 10.0, beside_others(heat_w)),
        *(beside_others(capacity_j_k), beside_others(emissive_m2)),
        [
            Coupling(one.first, one.second, np.repeat(one.conductance_w_k, n_sat), np.repeat(one.radiative_m2, n_sat))
            for one in couplings
            if one.radiative_m2 is not None
        ],
    )
    assert many.temperature_k[:, 0].tolist() == alone.temperature_k[:, 0].tolist()


def test_halving_the_step_quarters_the_error() -> None:
    """Second order: what the docstring promises, on five nodes as a 6U satellite's."""
    capacity_j_k = column(500.0, 1200.0, 700.0, 1100.0, 5200.0)
    joined = [Coupling(k, 4, np.array([g])) for k, g in enumerate((0.3, 0.5, 0.2, 0.1))]
    joined.append(Coupling(1, 2, np.array([1.2])))

    def after(dt_s: float) -> Floats:
        temperature_k = column(*[288.15] * 5)
        for _ in range(round(1200.0 / dt_s)):
            temperature_k = network_step(
                temperature_k, dt_s, column(0, 15, 2, 40, 10), capacity_j_k, column(0, 0, 0.05, 0.3, 0.1), joined
            ).temperature_k
        return temperature_k

    exact = after(0.25)
    coarse, fine = np.abs(after(20.0) - exact).max(), np.abs(after(10.0) - exact).max()
    assert coarse < 0.02
    assert fine < coarse / 3.5
