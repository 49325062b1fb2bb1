"""A seed is a case: the same one every time, of any kind of fault, over while there is time to recover."""

from collections import Counter
from pathlib import Path

from sim.faults.catalogue import CATALOGUE
from sim.swarm.campaign import fly_seeds
from sim.swarm.case import read_case, write_case
from sim.swarm.drawing import draw_case
from sim.swarm.flight import fly_case
from sim.swarm.load import LONGEST_S
from sim.swarm.troubles import MOST_FAULTS, OVER_SHARE
from sim.swarm.verdicts import over_ns

SEEDS = 100


def test_seeds_differ_and_each_is_drawn_the_same_again() -> None:
    assert draw_case(3) == draw_case(3)
    assert draw_case(3) != draw_case(4)


def test_every_kind_of_fault_is_drawn_and_over_by_half_of_the_flight() -> None:
    drawn: Counter[str] = Counter()
    for seed in range(SEEDS):
        scenario, orders = draw_case(seed).validated()
        assert scenario.duration_s <= LONGEST_S
        assert len(scenario.fault) <= MOST_FAULTS
        assert over_ns(scenario) <= OVER_SHARE * scenario.duration_s * 1e9 + 1
        assert [one.at_ns for one in orders] == sorted(one.at_ns for one in orders)
        drawn.update(fault.kind for fault in scenario.fault)
    assert drawn.keys() == CATALOGUE.keys()


def test_a_drawn_case_flies_again_from_its_file(tmp_path: Path) -> None:
    case = next(one for one in map(draw_case, range(SEEDS)) if one.faults and one.orders)
    write_case(case, tmp_path / "case.toml")
    read = read_case(tmp_path / "case.toml")
    assert (read.scenario, read.orders) == (case.scenario, case.orders)
    outcome = fly_case(read)
    assert outcome.is_sound
    assert outcome.digest == fly_case(case).digest


def test_workers_change_no_result() -> None:
    alone, together = (fly_seeds(range(3), workers=workers) for workers in (1, 2))
    assert alone == together
    assert len(set(alone.digests.values())) == 3
