"""A failing case is made smaller while it fails, within a count of flights."""

from sim.swarm.case import Case
from sim.swarm.drawing import draw_case
from sim.swarm.shrinking import SHORTEST_S, shrunk


def big_case() -> Case:
    cases = map(draw_case, range(1000))
    return next(
        one
        for one in cases
        if len(one.faults) > 2 and len(one.orders) > 1 and len(one.scenario["satellite"]) == 2 and one.scenario["link"]
    )


def fails_with_a_fault(case: Case) -> str:
    case.validated()
    return "it breaks" if case.faults else ""


def test_only_what_makes_it_fail_is_left() -> None:
    small = shrunk(big_case(), fails_with_a_fault, most_flights=500)
    assert small.found == "it breaks"
    assert len(small.faults) == 1
    assert small.orders == ()
    assert [len(small.scenario[kind]) for kind in ("satellite", "station")] == [1, 1]
    assert small.scenario["link"] == {}
    assert SHORTEST_S <= small.scenario["duration_s"] < big_case().scenario["duration_s"]


def test_shrinking_stops_when_its_flights_are_spent() -> None:
    flights = 0

    def fails(case: Case) -> str:
        nonlocal flights
        flights += 1
        return fails_with_a_fault(case)

    shrunk(big_case(), fails, most_flights=5)
    assert flights == 5


def test_a_case_that_fails_no_smaller_stays_as_it_is() -> None:
    case = big_case()
    assert shrunk(case, lambda _case: "", most_flights=500) == case
