"""Throttling with hysteresis: a table walk, and what must hold for any limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.equipment.device import Device, PowerMode, Throttle
from sim.world.throttling import Throttling, chip_temperature_k, engaged_steps

STEPS = (
    Throttle(above_k=350.0, below_k=340.0, throughput_share=0.7),
    Throttle(above_k=360.0, below_k=355.0, throughput_share=0.4),
)
MODE = PowerMode(idle_w=1.0, active_w=5.0, throughput_gmac_s=10.0, encode_mb_s=10.0)

KELVINS = (339, 340, 345, 350, 351, 355, 356, 360, 361)
AFTER = {0: (0, 0, 0, 0, 1, 1, 1, 1, 2), 1: (0, 0, 1, 1, 1, 1, 1, 1, 2), 2: (0, 0, 1, 1, 1, 1, 2, 2, 2)}
WALK = [(before, kelvin, after) for before, row in AFTER.items() for kelvin, after in zip(KELVINS, row, strict=True)]
"""Engaged before, chip temperature, engaged after: every state at, below and above every limit."""


def device(steps: tuple[Throttle, ...] = STEPS, rise_k_per_w: float = 0.0) -> Device:
    return Device(
        name="d",
        memory_mb=100,
        chip_rise_k_per_w=rise_k_per_w,
        throttling=steps,
        default_power_mode="on",
        power_modes={"on": MODE},
    )


@pytest.mark.parametrize(("before", "kelvin", "after"), WALK)
def test_every_cell(before: int, kelvin: float, after: int) -> None:
    limits = [np.array([[getattr(step, key) for step in STEPS]]) for key in ("above_k", "below_k")]
    assert engaged_steps(np.array([before]), np.array([float(kelvin)]), *limits).tolist() == [after]


def test_a_chip_is_warmer_than_its_node_by_its_power() -> None:
    np.testing.assert_allclose(chip_temperature_k(np.array([300.0, 310.0]), 6.4, np.array([8.0, 0.0])), [351.2, 310.0])


def test_heating_and_cooling_differ() -> None:
    fleet = Throttling([device()])
    shares = [float(fleet.update(np.array([kelvin]), np.zeros(1))[0]) for kelvin in (349, 352, 345, 362, 357, 350, 340)]
    assert shares == [1.0, 0.7, 0.7, 0.4, 0.4, 0.7, 1.0]


def test_power_alone_can_throttle() -> None:
    fleet = Throttling([device(rise_k_per_w=10.0)])
    assert fleet.update(np.array([300.0]), np.array([5.5])).tolist() == [0.7]
    assert fleet.update(np.array([300.0]), np.array([4.0])).tolist() == [1.0]


kelvins = st.floats(250, 450)
histories = st.lists(kelvins, min_size=1, max_size=30)


@given(st.lists(histories, min_size=2, max_size=5).filter(lambda runs: len({len(run) for run in runs}) == 1))
def test_a_satellite_does_not_feel_the_others(runs: list[list[float]]) -> None:
    devices = [device(STEPS[: number % 3]) for number in range(len(runs))]
    together = Throttling(devices)
    alone = [Throttling([one]) for one in devices]
    for node_k in zip(*runs, strict=True):
        shares = together.update(np.array(node_k), np.zeros(len(runs)))
        assert shares.tolist() == [
            float(one.update(np.array([kelvin]), np.zeros(1))[0]) for one, kelvin in zip(alone, node_k, strict=True)
        ]


@given(histories)
def test_it_never_flickers_inside_the_gap(run: list[float]) -> None:
    fleet = Throttling([device(STEPS[:1])])
    engaged = 0
    for kelvin in run:
        fleet.update(np.array([kelvin]), np.zeros(1))
        changed = int(fleet.engaged[0]) != engaged
        engaged = int(fleet.engaged[0])
        assert not (changed and STEPS[0].below_k < kelvin <= STEPS[0].above_k)
        assert not (engaged and kelvin <= STEPS[0].below_k)
        assert engaged or kelvin <= STEPS[0].above_k
