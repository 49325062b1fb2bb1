"""A camera that takes every scene twice asks for twice the frames."""

import pytest

from sim import api
from sim.experiment.fit.relief import Constraint, without
from sim.experiment.fit.timeline import Variant
from sim.scenario import Satellite


def ember(looks: int) -> Satellite:
    return api.load("wildfire-watch", settings=(f"satellite.0.instrument.looks_per_scene={looks}",)).satellite[0]


def test_every_look_is_a_frame() -> None:
    once, twice = ember(1).instrument, ember(2).instrument
    assert once.frame_interval_s == once.interval_s
    assert twice.frame_interval_s == once.interval_s / 2


def test_a_computer_that_is_fast_enough_is_so_for_every_look() -> None:
    def speed(looks: int) -> float:
        satellite = ember(looks)
        freed = without([Constraint.COMPUTE], Variant(0, satellite), work_s=100.0).satellite.device
        own = satellite.device
        return freed.power_modes[own.power_mode].throughput_gmac_s / own.power_modes[own.power_mode].throughput_gmac_s

    assert speed(2) == pytest.approx(2 * speed(1))
    assert speed(1) > 1.0
