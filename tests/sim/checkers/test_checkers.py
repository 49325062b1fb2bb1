"""A checker that cannot fail is a defect: each is shown the fault it is for."""

from groundstation.messages import CentreBooted, FramesReceived, ProductArchived
from onboard import commands, events
from onboard.payload.imagery import Frame
from sim.checkers.bounds import Bounded
from sim.checkers.contact import WithinContact
from sim.checkers.delivery import ExactlyOnce
from sim.checkers.energy import EnergyCloses
from sim.checkers.jobs import JobsAnswered
from sim.executive import WORLD
from sim.facts import ContactPlanned, EnergyAccounted, HeatAccounted, ProcessRestarted, SlotSent
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
    return commands.OutboxSampled(0, 0, n_bytes, 0, 0)


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
        (SATELLITE, made(1, 70)), (SATELLITE, commands.ProductDropped(1, 1, 70, "outbox full")), (SATELLITE, held(70))
    )
    assert delivery_violations((SATELLITE, commands.ProductDropped(1, 1, 70, "outbox full")))
    acknowledged = (SATELLITE, commands.ProductAcknowledged(1))
    assert delivery_violations((SATELLITE, made(1, 70)), archived, acknowledged, acknowledged)


def booted(dropped: int, *product_ids: int) -> tuple[str, commands.Booted]:
    held_products = tuple(commands.HeldProduct(product_id, 1, 70) for product_id in product_ids)
    return SATELLITE, commands.Booted(2, dropped, held_products, ())


def test_what_last_words_did_not_say_is_told_after_the_restart() -> None:
    made_two = ((SATELLITE, made(1, 70)), (SATELLITE, made(2, 70)))
    centre_booted = ("centre", CentreBooted((ProductArchived(SATELLITE, 1, 1, 70),)))
    assert not delivery_violations(*made_two, booted(0, 1, 2, 3), (SATELLITE, held(210))), "a third was made unsaid"
    assert not delivery_violations(*made_two, booted(1, 2), (SATELLITE, held(70))), "one was given up unsaid"
    assert not delivery_violations(*made_two, centre_booted, centre_booted, booted(0, 2)), "one was archived unsaid"


def test_each_way_to_lose_something_in_a_restart_is_seen() -> None:
    made_two = ((SATELLITE, made(1, 70)), (SATELLITE, made(2, 70)))
    archived = ("centre", ProductArchived(SATELLITE, 1, 1, 70))
    assert delivery_violations(*made_two, booted(0, 2))
    assert delivery_violations(*made_two, booted(1))
    assert delivery_violations(*made_two, ("centre", CentreBooted((ProductArchived(SATELLITE, 1, 1, 71),))))
    assert delivery_violations(*made_two, ("centre", CentreBooted((ProductArchived(SATELLITE, 1, 1, 70),))), archived)


def transmit(n_bytes: int, accounted_bytes: int) -> commands.Transmit:
    return commands.Transmit((bytes(n_bytes),), accounted_bytes, 0, 0, 0, 0)


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
        (150, WORLD, (), (SlotSent(SATELLITE, STATION, 500, 400, 0, 1, (400,)),)),
        (160, STATION, (FramesReceived(SATELLITE, (bytes(400),)),), ()),
    )


def test_each_way_to_cheat_the_link_is_seen() -> None:
    granted = (events.TransmitGranted(500),)
    assert contact_violations((150, SATELLITE, granted, (transmit(501, 501),)))
    assert contact_violations((150, SATELLITE, granted, (transmit(400, 399),)))
    assert contact_violations((201, WORLD, (), (SlotSent(SATELLITE, STATION, 500, 400, 0, 1, (400,)),)))
    assert contact_violations((99, WORLD, (), (SlotSent(SATELLITE, STATION, 500, 400, 0, 1, (400,)),)))
    assert contact_violations((150, WORLD, (), (SlotSent(SATELLITE, "Troll", 500, 400, 0, 1, (400,)),)))
    assert contact_violations((10**9, STATION, (FramesReceived(SATELLITE, (bytes(400),)),), ()))


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


def test_jobs_of_a_computer_that_started_again_are_nobodys() -> None:
    ordered = ((), (commands.StartJob(1, commands.JobKind.RAW, 1, 0, 1),))
    again = ((), (commands.StartJob(2, commands.JobKind.RAW, 1, 0, 1),))
    for restart in (commands.RestartComputer(), ProcessRestarted(SATELLITE, "killed"), booted(0)[1]):
        assert not job_violations(ordered, ((), (restart,)), again, ((events.JobLost(1),), ()))
    assert job_violations(ordered, again)


def captured(frame_id: int) -> tuple[object, ...]:
    corners = (0.0,) * 8
    frame = Frame(frame_id, f"{frame_id}.dn", 64, 64, ("red",), 1, (1.0,), (0.0,), 12, 0, corners, 20.0)
    return (events.FrameCaptured(frame),)


def bounds_violations(*steps: tuple[tuple[object, ...], tuple[object, ...]]) -> list[str]:
    scenario = resolve(scenario_path("wildfire-watch"))
    limits = scenario.satellite[0].bus.limits.model_copy(update={"mass_memory_bytes": 2 * 6144, "outbox_bytes": 99})
    bus = scenario.satellite[0].bus.model_copy(update={"limits": limits})
    small = scenario.satellite[0].model_copy(update={"bus": bus})
    checker = Bounded(scenario.model_copy(update={"satellite": [small]}))
    for now_ns, (granted, answers) in enumerate(steps):
        checker.record(now_ns, SATELLITE, granted, answers)
    checker.finish()
    return checker.violations


RELEASED = (commands.FrameProcessed(1, -1, 0, ()), commands.ReleaseFrame(1))


def test_stores_stay_within_what_they_were_built_for() -> None:
    two = ((captured(1), ()), (captured(2), ()))
    assert not bounds_violations(*two, ((), RELEASED), (captured(3), ()))
    assert bounds_violations(*two, (captured(3), ()))
    assert bounds_violations((captured(1), ()), ((), (commands.ReleaseFrame(1),))), "forgotten, and not said so"
    assert not bounds_violations(((), (held(99),)))
    assert bounds_violations(((), (held(100),)))


def test_mass_memory_is_counted_anew_after_a_death() -> None:
    died = (ProcessRestarted(SATELLITE, "killed"),)
    two = ((captured(1), ()), (captured(2), ()))
    one_left = ((), (commands.Booted(2, 0, (), (2,)),))
    assert not bounds_violations(*two, (captured(3), died), one_left, (captured(4), ()))
    assert bounds_violations(*two, (captured(3), died), one_left, (captured(4), ()), (captured(5), ()))
    both_left = ((), (commands.Booted(2, 0, (), (2, 3)),))
    assert bounds_violations(*two, (captured(3), died), both_left, (captured(4), ()))
