"""A checker that cannot fail is a defect: each is shown the fault it is for."""

from groundstation.messages import FramesReceived, ProductArchived
from onboard import commands, events
from sim.checkers.contact import WithinContact
from sim.checkers.delivery import ExactlyOnce
from sim.checkers.energy import EnergyCloses
from sim.checkers.jobs import JobsAnswered
from sim.executive import WORLD
from sim.facts import ContactPlanned, EnergyAccounted, HeatAccounted, SlotSent
from sim.resolve import resolve, scenario_path

SATELLITE, STATION = "ember-1", "Svalbard"


def account(**changes: float) -> EnergyAccounted:
    joules = {"generated_j": 100.0, "stored_j": 20.0, "lost_j": 10.0, "curtailed_j": 4.0, "unserved_j": 5.0, **changes}
    return EnergyAccounted(SATELLITE, spent_j=(("bus", 45.0), ("computer", 25.0)), **joules)


def heat(**changes: float) -> HeatAccounted:
    joules = {"warmed_j": 100.0, "stored_j": -20.0, "emitted_j": 120.0, **changes}
    return HeatAccounted(SATELLITE, temperature_min_k=(), temperature_max_k=(), **joules)


def energy_violations(told: EnergyAccounted | HeatAccounted) -> int:
    checker = EnergyCloses()
    checker.record(0, WORLD, (), (told,))
    return len(checker.violations)


def test_energy_that_closes_passes_and_a_leak_of_a_millijoule_does_not() -> None:
    assert energy_violations(account()) == 0
    assert energy_violations(account(lost_j=10.001)) == 1
    assert energy_violations(account(stored_j=19.0)) == 1


def test_heat_that_closes_passes_and_a_leak_of_a_millijoule_does_not() -> None:
    assert energy_violations(heat()) == 0
    assert energy_violations(heat(emitted_j=120.001)) == 1


def made(product_id: int, n_bytes: int) -> commands.FrameProcessed:
    return commands.FrameProcessed(1, product_id, n_bytes, ())


def delivery_violations(*answers: tuple[str, object]) -> list[str]:
    checker = ExactlyOnce()
    for now_ns, (node, answer) in enumerate(answers):
        checker.record(now_ns, node, (), (answer,))
    checker.finish()
    return checker.violations


def held(n_bytes: int) -> commands.OutboxSampled:
    return commands.OutboxSampled(0, 0, n_bytes)


def test_a_product_archived_once_and_then_acknowledged_passes() -> None:
    assert not delivery_violations(
        (SATELLITE, made(1, 70)),
        (SATELLITE, held(70)),
        ("centre", ProductArchived(SATELLITE, 1, 1, 70)),
        (SATELLITE, commands.ProductAcknowledged(1)),
        (SATELLITE, held(0)),
    )


def test_each_way_to_break_delivery_is_seen() -> None:
    archived = ("centre", ProductArchived(SATELLITE, 1, 1, 70))
    assert delivery_violations((SATELLITE, made(1, 70)), archived, archived)
    assert delivery_violations((SATELLITE, made(1, 70)), (SATELLITE, commands.ProductAcknowledged(1)))
    assert delivery_violations((SATELLITE, made(1, 71)), archived)
    assert delivery_violations(archived)
    assert delivery_violations((SATELLITE, made(1, 70)), (SATELLITE, held(69)))
    assert delivery_violations((SATELLITE, made(1, 70)), (SATELLITE, made(1, 70)))
    assert delivery_violations(
        (SATELLITE, made(1, 70)), (SATELLITE, commands.ProductDropped(1, 1, 70)), (SATELLITE, held(70))
    )


def transmit(n_bytes: int, accounted_bytes: int) -> commands.Transmit:
    return commands.Transmit(bytes(n_bytes), accounted_bytes, 0, 0, 0, 0)


def contact_violations(*records: tuple[int, str, tuple[object, ...], tuple[object, ...]]) -> list[str]:
    checker = WithinContact()
    checker.record(0, WORLD, (), (ContactPlanned(SATELLITE, STATION, 100, 200, 45.0),))
    for record in records:
        checker.record(*record)
    return checker.violations


def test_transmission_within_contact_grant_and_account_passes() -> None:
    granted = (events.TransmitGranted(500),)
    assert not contact_violations(
        (150, SATELLITE, granted, (transmit(400, 400),)),
        (150, WORLD, (), (SlotSent(SATELLITE, STATION, 500, 400, 0, 1),)),
        (160, STATION, (FramesReceived(SATELLITE, bytes(400)),), ()),
    )


def test_each_way_to_cheat_the_link_is_seen() -> None:
    granted = (events.TransmitGranted(500),)
    assert contact_violations((150, SATELLITE, granted, (transmit(501, 501),)))
    assert contact_violations((150, SATELLITE, granted, (transmit(400, 399),)))
    assert contact_violations((201, WORLD, (), (SlotSent(SATELLITE, STATION, 500, 400, 0, 1),)))
    assert contact_violations((99, WORLD, (), (SlotSent(SATELLITE, STATION, 500, 400, 0, 1),)))
    assert contact_violations((150, WORLD, (), (SlotSent(SATELLITE, "Troll", 500, 400, 0, 1),)))
    assert contact_violations((10**9, STATION, (FramesReceived(SATELLITE, bytes(400)),), ()))


def job_violations(*steps: tuple[tuple[object, ...], tuple[object, ...]]) -> list[str]:
    scenario = resolve(scenario_path("wildfire-watch"))
    checker = JobsAnswered(scenario)
    for now_ns, (granted, answers) in enumerate(steps):
        checker.record(now_ns, SATELLITE, granted, answers)
    checker.finish()
    return checker.violations


def test_a_job_is_answered_once() -> None:
    ordered = ((), (commands.StartJob(1, commands.JobKind.RAW, 1, 0, 1),))
    done = ((events.JobFinished(1),), ())
    assert not job_violations(ordered, done)
    assert not job_violations(ordered, ((events.JobLost(1),), (commands.StartJob(2, commands.JobKind.RAW, 1, 0, 1),)))
    assert job_violations(ordered, done, done)
    assert job_violations(done)
    assert job_violations(ordered, ((), (commands.StartJob(2, commands.JobKind.RAW, 2, 0, 1),)))
