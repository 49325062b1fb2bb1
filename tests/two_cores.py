"""The real flight computer and the real mission centre on a wire that fails in every way, both dying at any time.

Only what surrounds the two cores is made up here: pixels, models, the radio and the ground network.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from groundstation.archive import Archive, LostProduct
from groundstation.centre import MissionCentre
from groundstation.command_log import LoggedCommand
from groundstation.command_queue import CommandChanged, State
from groundstation.messages import (
    CentreConfig,
    CommandsOrdered,
    FramesForwarded,
    OrderRefused,
    ProductArchived,
    SendTelecommands,
    SpacecraftLink,
)
from onboard import commands, events
from onboard.comms.keys import emulated_keys
from onboard.comms.outbox import Outbox
from onboard.comms.packets import ProductKind
from onboard.comms.runs import FrameRun, Part
from onboard.comms.telecommand_catalogue import encode
from onboard.comms.telecommands import Telecommand
from onboard.computer import Computer
from onboard.config import SpacecraftConfig
from onboard.mission_time import NS_PER_S
from onboard.modes import Limits
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelCard, load_card
from sim.world.disk import SimulatedDisk
from tests.lossy_wire import Wire
from tests.models_for_tests import write_model

SAT, FRAME_BYTES, UPLINK_BYTES = "ember-1", 256, 400
FOOTPRINT = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)
TASK = "wildfire"
SLOT_NS = NS_PER_S
_DOWN_SEQUENCE_AT, _UP_SEQUENCE_AT = 12, 11
"""Of the eight octets that a frame's IV ends with: behind a primary header of 6 or 5 octets, the SPI and the rest."""


class PowerCut(Exception):
    """The process is gone in the middle of a commit."""


@cache
def _card() -> ModelCard:
    with TemporaryDirectory() as folder:
        return replace(load_card(write_model(Path(folder) / "model")), macs_per_px=10.0)


class Library:
    """Whatever archive is asked for, the same model."""

    def card(self, _archive_sha256: bytes) -> ModelCard:
        return _card()

    def second(self) -> None:
        """None flies."""

    def trial_macs(self, _archive_sha256: bytes) -> int:
        return 1000


class Mission:
    """One spacecraft and one mission centre. What `made`, `executed` and `archived` hold was durable when noted."""

    def __init__(
        self,
        root: Path,
        seed: int,
        down: Wire,
        up: Wire,
        *,
        is_sealed: bool,
        lane: str = "frames",
        strategy: str = "detections",
        outbox_bytes: int = 10**6,
        lifetime_s: int = 0,
    ) -> None:
        self.random = Random(f"mission {seed}")
        self.down, self.up = down, up
        self.disk = SimulatedDisk()
        self.now_ns = 0
        keys = tuple(emulated_keys(seed, SAT).items()) if is_sealed else ()
        self.is_sealed = is_sealed
        self._config = SpacecraftConfig(
            name=SAT,
            spacecraft_id=3,
            strategy=strategy,
            task=TASK,
            model_path="",
            memory_root="",
            mass_memory_bytes=40 * 12_288,
            outbox_bytes=outbox_bytes,
            frame_length_bytes=FRAME_BYTES,
            limits=Limits(0.3, 0.4, 330.0, 320.0),
            battery_capacity_j=100_000.0,
            job_power_w=10.0,
            macs_per_s=1e9,
            coded_bytes_per_s=1e6,
            position_error_m=100.0,
            link_keys=keys,
            retained_bytes=20 * 12_288,
            lifetime_ns=tuple((kind, lifetime_s * NS_PER_S) for kind in ("alert", "image") if lifetime_s),
            lane=lane,
        )
        link = SpacecraftLink(SAT, 3, FRAME_BYTES, UPLINK_BYTES, keys)
        self.archive_path = root / "archive.sqlite"
        self._centre_config = CentreConfig(str(self.archive_path), (link,), task=TASK, model_sha256=_card().sha256)
        self.made: dict[int, tuple[ProductKind, bytes]] = {}
        self.dropped: set[int] = set()
        self.executed: Counter[tuple[int, str]] = Counter()
        self.archived: dict[int, int] = {}
        self.ordered: dict[int, str] = {}
        self.refused: list[str] = []
        self.used: dict[str, set[int]] = {"down": set(), "up": set()}
        self.sent_frames = 0
        self._jobs: list[commands.StartJob] = []
        self._pending: list[object] = []
        self._last_frame_id = 0
        self.boot_spacecraft()
        self.boot_centre()

    # The spacecraft

    def boot_spacecraft(self) -> None:
        self.disk.crash()
        self._jobs = []
        self.computer = Computer(self._config, Library(), self.disk)
        self.disk.sync()

    def capture(self) -> None:
        """A frame is exposed."""
        self._last_frame_id += 1
        frame = Frame(
            *(self._last_frame_id, f"{self._last_frame_id}.dn", 64, 64, ("swir2", "red"), 2, (1.0, 1.0), (0.0, 0.0)),
            *(12, self.now_ns, FOOTPRINT, 20.0),
        )
        self._pending.append(events.FrameCaptured(frame))

    def fly(self, inbox: list[object], fate: str = "") -> tuple[object, ...]:
        """The flight computer's advance at this instant. It dies before (`b`) or after (`a`) its store is synchronised,
        its answers unsaid either way."""
        answers = self.computer.advance(self.now_ns, tuple(inbox))
        for answer in answers:
            if isinstance(answer, commands.Transmit):
                self._note_sent(answer.parts)
        if fate == "b":
            self.boot_spacecraft()
            return ()
        self.disk.sync()
        self._note(answers)
        if fate == "a" or any(isinstance(answer, commands.RestartComputer) for answer in answers):
            self.boot_spacecraft()
        else:
            self._jobs += [answer for answer in answers if isinstance(answer, commands.StartJob)]
            for _ in (answer for answer in answers if isinstance(answer, commands.Expose)):
                self.capture()
        return () if fate == "a" else answers

    def _note(self, answers: tuple[object, ...]) -> None:
        for product in Outbox(10**12, self.disk):
            known = self.made.setdefault(product.product_id, (product.kind, product.payload))
            assert known == (product.kind, product.payload), "a product never changes"
        for answer in answers:
            match answer:
                case commands.CommandEnded(sequence, word, _):
                    self.executed[sequence, word] += 1
                case commands.ProductDropped(product_id=product_id):
                    self.dropped.add(product_id)
                case commands.ProductAcknowledged(product_id):
                    assert product_id in self.archived, "acknowledged before the archive's commit"

    def _note_sent(self, parts: tuple[Part, ...]) -> None:
        """Every sequence number that leaves is new: with any key, no IV comes twice."""
        for part in parts:
            if isinstance(part, FrameRun):
                numbers = set(range(part.security_sequence, part.security_sequence + part.frames))
                self.sent_frames += part.frames
            else:
                frames = cut(part)
                at = _DOWN_SEQUENCE_AT
                numbers = {int.from_bytes(frame[at : at + 8], "big") for frame in frames}
                self.sent_frames += len(frames)
                assert not self.is_sealed or len(numbers) == len(frames)
            self._use("down", numbers)

    def _use(self, way: str, numbers: set[int]) -> None:
        if self.is_sealed:
            assert not self.used[way] & numbers, "a (key, IV) pair is used twice"
            self.used[way] |= numbers

    def _results(self) -> Iterator[object]:
        """What jobs that began before this second gave."""
        jobs, self._jobs = self._jobs, []
        for job in jobs:
            if job.purpose is commands.Purpose.TRIAL:
                yield events.ModelTried(job.job_id, self.random.choice(["", "no"]))
            elif job.kind not in (commands.JobKind.INFERENCE, commands.JobKind.CHIPS):
                size = self.random.choice([300, 3_000, 9_000])
                yield events.EncodingCompleted(job.job_id, self.random.randbytes(size))
            elif self.random.random() < 0.1:
                yield events.JobFailed(job.job_id, "nonsense", by_model=True)
            else:
                n_found = self.random.randint(0, 5)
                found = (Detection(n, n, n + 2, n + 2, 0, 0.9 - n / 10, 1) for n in range(n_found))
                chips = self.random.randbytes(500) if job.kind is commands.JobKind.CHIPS else b""
                yield events.InferenceCompleted(job.job_id, tuple(found), chips)

    # The mission centre

    def boot_centre(self) -> None:
        self.centre = MissionCentre(self._centre_config)
        self._hear_answers(self.centre.advance(self.now_ns, ()))

    def kill_centre(self) -> None:
        """What was not committed is lost."""
        self.centre._archive.database.close()

    def ground(self, inbox: list[object], fate: str = "") -> tuple[bytes, ...]:
        """The mission centre's advance; frames that go up. It dies in its commit (`c`) or when it has committed (`d`),
        its answers unsaid either way."""
        if fate == "c":
            self.centre._archive.database.commit = _cut  # type: ignore[method-assign]
        try:
            answers = self.centre.advance(self.now_ns, tuple(inbox))
        except PowerCut:
            answers = ()
        else:
            self._hear_answers(answers)
        if fate:
            self.kill_centre()
            self.boot_centre()
            return ()
        return tuple(frame for one in answers if isinstance(one, SendTelecommands) for frame in one.frames)

    def order(self, *wanted: Telecommand, fate: str = "") -> None:
        """An operator orders something."""
        self.ground([CommandsOrdered(SAT, tuple(map(encode, wanted)))], fate)

    def _hear_answers(self, answers: tuple[object, ...]) -> None:
        for answer in answers:
            match answer:
                case ProductArchived(product_id=product_id, product_bytes=product_bytes):
                    assert product_id not in self.archived, "archived twice"
                    self.archived[product_id] = product_bytes
                case CommandChanged(order=order, word=word, state=State.QUEUED):
                    self.ordered[order] = word
                case OrderRefused(reason=reason):
                    self.refused.append(reason)
                case SendTelecommands(frames=frames):
                    at = _UP_SEQUENCE_AT
                    numbers = [int.from_bytes(frame[at : at + 8], "big") for frame in frames]
                    assert not self.is_sealed or len(numbers) == len(set(numbers))
                    self._use("up", set(numbers))

    # Time

    def second(
        self, granted_bytes: int = 0, *, cut_share: float = 1.0, flight_fate: str = "", ground_fate: str = ""
    ) -> int:
        """A second: of a pass, where bytes are granted. Of what is sent, either way, only that before `cut_share` of it
        is heard. Returns how many frames went down, or up, besides the beacon."""
        self._wait(SLOT_NS)
        before = self.sent_frames
        sample = events.HousekeepingSampled(1.0, 290.0, sunlit=True)
        inbox, self._pending = [sample, *self._pending, *self._results()], []
        if granted_bytes:
            inbox.append(events.TransmitGranted(granted_bytes))
        answers = self.fly(inbox, flight_fate if granted_bytes or self.random.random() < 0.5 else "")
        sent = [part for one in answers if isinstance(one, commands.Transmit) for part in one.parts]
        heard = self.down.carry(_first(_pieces(sent), cut_share)) if granted_bytes else []
        up: tuple[bytes, ...] = ()
        if heard or ground_fate:
            up = self.ground([FramesForwarded("Troll", SAT, tuple(heard))], ground_fate)
        arrived = self.up.carry(_first(list(up), cut_share)) if granted_bytes else []
        if arrived:
            self._wait(SLOT_NS // 10)
            self.fly([events.TelecommandReceived(frame) for frame in arrived if isinstance(frame, bytes)])
        return self.sent_frames - before - bool(granted_bytes) + len(up)

    def pause(self, seconds: int) -> None:
        """Nobody is in sight."""
        self._wait(seconds * NS_PER_S)

    def _wait(self, duration_ns: int) -> None:
        until_ns = self.now_ns + duration_ns
        calls = 0
        while (due_ns := max(self.now_ns, self.computer.deadline_ns)) <= until_ns:
            calls = calls + 1 if due_ns == self.now_ns else 0
            assert calls < 99, "it restarts for ever"
            self.now_ns = due_ns
            self.fly([])
        self.now_ns = until_ns

    # What is known in the end

    def pending(self) -> set[int]:
        """Products on board."""
        return {product.product_id for product in Outbox(10**12, self.disk)}

    def durable(self) -> tuple[dict[int, bytes], list[LostProduct], list[LoggedCommand]]:
        """What another process finds in the archive: products, those given up, telecommands."""
        archive = Archive(self.archive_path, read_only=True)
        found = {one.product_id: one.payload for one in archive.products()}
        lost, logged = list(archive.lost_products()), list(archive.commands.all())
        archive.database.close()
        return found, lost, logged

    def close(self) -> None:
        self.centre.close()


def cut(stream: bytes) -> list[bytes]:
    return [stream[at : at + FRAME_BYTES] for at in range(0, len(stream), FRAME_BYTES)]


def _pieces(parts: list[Part]) -> list[Part]:
    """Each frame by itself, and runs as they are."""
    return [piece for part in parts for piece in ([part] if isinstance(part, FrameRun) else cut(part))]


def _first(pieces: list[Part] | list[bytes], share: float) -> list[Part]:
    return list(pieces[: round(share * len(pieces))])


def _cut() -> None:
    raise PowerCut
