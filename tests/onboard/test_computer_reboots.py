"""The flight computer dies at any instant: every account closes all the same."""

from dataclasses import replace
from random import Random

import pytest

from onboard import commands, events
from onboard.comms import telecommands
from onboard.comms.event_reports import ProductExpired, ProductGivenUp
from onboard.comms.telecommands import Telecommand
from onboard.computer import Computer
from onboard.mission_time import NS_PER_S
from tests.flight_for_tests import (
    CONFIG,
    FOUND,
    FRAME_BYTES,
    KEYS,
    FakeLibrary,
    Ground,
    Operators,
    captured,
    of_kind,
    sampled,
    upload,
)
from tests.power_cut import FailingDisk, PowerCut

AREA = telecommands.Area(0.0, 0.0, 1.0, 1.0)
NEVER = 2**62


class Mission:
    """Flies by chance, and keeps the books by what is told outside."""

    def __init__(self, seed: int, *, sealed: bool) -> None:
        self.random = Random(seed)
        keys = KEYS if sealed else None
        self.config = replace(
            CONFIG,
            outbox_bytes=self.random.choice([400, 4_000]),
            retained_bytes=self.random.choice([0, 2 * FRAME_BYTES]),
            accelerators=self.random.choice([1, 2]),
            lifetime_ns=(("alert", 20 * NS_PER_S),),
            link_keys=tuple((keys or {}).items()),
            broadcasts=seed % 2 == 0,
        )
        self.disk, self.operators, self.ground = FailingDisk(), Operators(keys), Ground(keys)
        self.orders: list[Telecommand] = []
        self.packets: list[bytes] = []
        self.now_ns = self.deaths = self.resets = self.frame_id = self.upload_id = self.dropped = 0
        self.frames: set[int] = set()
        self.fatal: set[int] = set()
        self.made: dict[int, int] = {}
        self.reports: set[int] = set()
        self.held: set[int] = set()
        self.ended: set[int] = set()
        self.exposed: set[int] = set()
        self.threshold = -1.0
        self.order(telecommands.SetStrategy("detections"))
        self.boot()

    def boot(self) -> None:
        self.computer = Computer(self.config, FakeLibrary(), self.disk)
        self.jobs: dict[int, commands.StartJob] = {}

    def step(self) -> None:
        """An advance that may be cut off before any of its writes, or after its sync, its answers unheard."""
        self.now_ns += NS_PER_S // 2
        chance = self.random.random()
        inbox = tuple(self.event() for _ in range(self.random.randrange(4)))
        try:
            self.disk.operations_left = self.random.randrange(60) if chance < 0.2 else NEVER
            answers = self.advance(inbox)
            self.disk.operations_left = NEVER
        except PowerCut:
            self.die(inbox)
            return
        if chance > 0.93:
            self.die(inbox)
        else:
            self.hear(answers, inbox)

    def advance(self, inbox: tuple[object, ...]) -> tuple[object, ...]:
        before = self.disk.syncs
        answers = self.computer.advance(self.now_ns, inbox)
        counters = (1 + self.config.broadcasts) * bool(self.config.link_keys)
        assert self.disk.syncs - before <= counters, "only sequence numbers, before all else"
        self.disk.sync()
        return answers

    def die(self, inbox: tuple[object, ...]) -> None:
        self.deaths += 1
        self.disk.crash()
        self.fatal |= {event.frame.frame_id for event in of_kind(inbox, events.FrameCaptured)}
        self.boot()

    # Chance

    def event(self) -> object:
        random = self.random
        match random.randrange(10):
            case 0 | 1:
                self.frame_id += 1
                return captured(self.frame_id)
            case 2 | 3 | 4 if self.jobs:
                return self.outcome(self.jobs.pop(random.choice(sorted(self.jobs))))
            case 5:
                grant = random.choice([events.TransmitGranted, events.BroadcastGranted])
                return grant(random.choice([600, 2_000]))
            case 6:
                return self.operators.report(self.ground.report())
            case 7 | 8:
                if random.random() < 0.5:
                    self.order(*self.wish())
                return self.operators.send(random.choice(self.packets[-12:]))
            case _:
                return sampled(random.choice([0.9, 0.2, 0.5]))

    def order(self, *wishes: Telecommand) -> None:
        self.orders += wishes
        self.packets += [self.operators.number(one) for one in wishes]

    def outcome(self, job: commands.StartJob) -> object:
        if self.random.random() < 0.1:
            return events.JobLost(job.job_id)
        if self.random.random() < 0.1:
            return events.JobFailed(job.job_id, "NaN", by_model=True)
        if job.purpose is commands.Purpose.TRIAL:
            return events.ModelTried(job.job_id, self.random.choice(["", "answers in two ways"]))
        if job.kind is commands.JobKind.INFERENCE:
            return events.InferenceCompleted(job.job_id, self.random.choice([(), FOUND]))
        return events.EncodingCompleted(job.job_id, self.random.randbytes(self.random.randrange(1, 900)))

    def wish(self) -> tuple[Telecommand, ...]:
        random = self.random
        match random.randrange(9):
            case 0:
                return (telecommands.SetStrategy(random.choice(["raw", "lossless", "detections", "magic"])),)
            case 1:
                self.threshold = random.randrange(10_001) / 10_000
                return (telecommands.SetThreshold("wildfire", self.threshold),)
            case 2:
                return (telecommands.SetMode(random.choice(["nominal", "nominal", "safe", "power_saving"])),)
            case 3:
                instants = sorted(random.sample(range(1, 20), 3))
                return (telecommands.CaptureAt(tuple(self.now_ns + at * NS_PER_S // 2 for at in instants), AREA),)
            case 4:
                frame_id = random.randrange(self.frame_id + 2)
                return (telecommands.FetchFrame(frame_id, random.choice(["raw", "lossless"]), random.choice([1, 4])),)
            case 5:
                self.upload_id += 1
                activate = telecommands.ActivateModel(self.upload_id)
                return (*upload(self.upload_id.to_bytes(2, "big") * 700, self.upload_id), activate)
            case 6:
                return (telecommands.Reset(),)
            case 7:
                return (telecommands.RotateKey(random.choice(telecommands.DIRECTIONS), 2),)
            case _:
                return (telecommands.RollBackModel(),)

    # Books

    def hear(self, answers: tuple[object, ...], inbox: tuple[object, ...]) -> None:
        self.frames |= {event.frame.frame_id for event in of_kind(inbox, events.FrameCaptured)}
        for answer in answers:
            self.note(answer)
        self.ground.hear(self.now_ns, answers)
        for frame_id in self.frames:
            assert self.computer.frame(frame_id).frame_id == frame_id
        if commands.RestartComputer() in answers:
            assert answers[-1] == commands.RestartComputer()
            self.resets += 1
            self.boot()

    def note(self, answer: object) -> None:
        match answer:
            case commands.Booted():
                self.reconcile(answer)
            case commands.FrameProcessed(product_id=product_id, product_bytes=size) if product_id >= 0:
                self.make(product_id, size)
            case commands.ProductMade(product_id=product_id, kind=kind, product_bytes=size):
                self.make(product_id, size)
                self.reports |= {product_id} if kind == "report" else set()
            case commands.ProductDropped(product_id=product_id):
                self.held.remove(product_id)
                self.dropped += 1
            case commands.ProductAcknowledged(product_id):
                self.held.remove(product_id)
                assert product_id in self.ground.archive
            case commands.ReleaseFrame(frame_id):
                self.frames.remove(frame_id)
            case commands.StartJob():
                assert answer.frame_id in self.frames or answer.purpose is commands.Purpose.TRIAL
                self.jobs[answer.job_id] = answer
            case commands.CommandEnded(sequence, failed_because=failed_because):
                assert sequence not in self.ended
                self.ended.add(sequence)
                if self.orders[sequence - 1] == telecommands.RotateKey("uplink", 2) and not failed_because:
                    assert self.operators.sealer is not None
                    self.operators.sealer.rotate(2, 0)  # from now on it hears nothing else
            case commands.Expose():
                assert self.now_ns not in self.exposed
                self.exposed.add(self.now_ns)
            case commands.OutboxSampled(products_pending=pending):
                assert pending == len(self.held)

    def make(self, product_id: int, size: int) -> None:
        assert product_id not in self.made
        self.made[product_id] = size
        self.held.add(product_id)

    def reconcile(self, boot: commands.Booted) -> None:
        for one in boot.products:
            if one.product_id not in self.held:
                self.make(one.product_id, one.product_bytes)
                self.reports |= {one.product_id} if one.frame_id < 0 else set()
        gone = self.held - {one.product_id for one in boot.products}
        assert len(gone - self.ground.archive.keys()) <= boot.dropped - self.dropped
        self.held -= gone
        self.dropped = boot.dropped
        assert set(boot.frames) <= self.frames | self.fatal
        self.frames, self.fatal = set(boot.frames), set()

    def land(self) -> None:
        """No more deaths: everything is told, again and again, until nothing is left to tell."""
        for _ in range(300):
            self.now_ns += NS_PER_S
            accepted = self.ground.beacons[-1].commands_accepted if self.ground.beacons else 0
            told = (self.operators.send(one) for one in self.packets[accepted : accepted + 64])
            ended = tuple(self.outcome(job) for job in self.jobs.values())
            self.jobs.clear()
            inbox = (sampled(), *told, *ended, self.operators.report(self.ground.report()))
            self.hear(self.advance(inbox), inbox)
            granted = (events.TransmitGranted(100_000),)
            self.hear(self.advance(granted), granted)
            if accepted == len(self.packets) and not self.held and not self.jobs:
                return
        raise AssertionError("it never comes to rest")


@pytest.mark.parametrize("sealed", [False, True], ids=["clear", "sealed"])
@pytest.mark.parametrize("seed", range(25))
def test_every_product_is_held_acknowledged_or_given_up_whenever_the_computer_dies(seed: int, sealed: bool) -> None:
    mission = Mission(seed, sealed=sealed)
    for _ in range(250):
        mission.step()
    mission.land()
    archived = mission.ground.archive
    assert mission.deaths > 10
    lost = mission.made.keys() - archived.keys()
    assert len(lost) <= mission.dropped
    if not lost & mission.reports:
        told = mission.ground.event_reports
        assert lost <= {one.product_id for one in told if isinstance(one, ProductExpired | ProductGivenUp)}
    assert all(mission.made[product_id] == len(payload) for product_id, (_, payload) in archived.items())
    assert mission.computer.flying[1] == mission.threshold, "the last telecommand of its kind was executed last"
    beacon = mission.ground.beacons[-1]
    assert (beacon.outbox_products, beacon.commands_accepted) == (0, mission.operators.sequence)
    assert beacon.dropped_products + beacon.products_expired == mission.dropped
    if sealed:
        assert mission.ground.deframer.counts.refused == 0
