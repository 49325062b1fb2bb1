"""The flight computer: events in, commands out, time an argument. It sees housekeeping, never truth.

All that a reboot must not forget is in its store, which the caller synchronises after every advance, before the
answers leave. Nothing synchronises it in between: what an advance does is done as a whole, or not at all.
"""

from onboard import events
from onboard.answers import Answers, Outcome, Progress
from onboard.captures import Captures
from onboard.commanding import Commanding
from onboard.commands import Booted, OutboxSampled, Purpose, RestartComputer
from onboard.comms import housekeeping, telecommands
from onboard.comms.event_reports import Reason, Rebooted
from onboard.config import SpacecraftConfig
from onboard.frame_desk import FrameDesk
from onboard.job_watch import JobWatch
from onboard.link_security import LinkSecurity
from onboard.mode_keeper import ModeKeeper
from onboard.model_desk import ModelDesk
from onboard.modes import Mode
from onboard.pass_plan import plan_passes
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelLibrary
from onboard.processing import Processing
from onboard.product_desk import ProductDesk
from onboard.results import Results
from onboard.scrubbing import Scrubbing
from onboard.settings import DurableSettings, Settings
from onboard.storage import MemoryStore, Store
from onboard.strategy import STRATEGIES

_BOOTS, _IS_RESET = "boots", "is_reset"
_BY_COMMAND, _BY_WATCHDOG = b"\1", b"\2"
_WHY_RESET = {_BY_COMMAND: Reason.COMMANDED, _BY_WATCHDOG: Reason.WATCHDOG}


class Computer:
    """One spacecraft's flight core. What may not be done now is deferred.

    Until its first sample of charge and temperature it neither works nor speaks.
    """

    def __init__(self, config: SpacecraftConfig, library: ModelLibrary, store: Store | None = None) -> None:
        self._config = config
        self._store: Store = MemoryStore() if store is None else store
        self._boot_count = int.from_bytes(self._store.get(_BOOTS) or b"", "big") + 1
        self._store.put(_BOOTS, self._boot_count.to_bytes(4, "big"))
        self._owes_boot = self._boot_count > 1
        self._answers = Answers()
        self._settings = DurableSettings(self._store, Settings(config.strategy, threshold=config.threshold))
        self._keeper = ModeKeeper(config, self._settings, self._store, self._answers)
        self._job_watch = JobWatch(config)
        self._frames = FrameDesk(config, self._store, self._settings, self._answers)
        self._captures = Captures(self._settings, self._answers)
        self._models = ModelDesk(config, self._store, library, self._answers)
        self._security = LinkSecurity(config, self._store)
        self._products = ProductDesk(config, self._store, self._security, self._answers, self._settings)
        self._commanding = Commanding(config.spacecraft_id, self._store, self._security.opener, self._answers)
        cloud_mask = library.cloud_mask() if config.cloud_mask_path else None
        self._processing = Processing(config, self._frames.catalogue, self._boot_count, cloud_mask, library.second())
        self._scrubbing = Scrubbing(config)
        self._results = Results(
            config, self._settings, self._frames, self._models, self._products, self._processing, self._answers
        )

    @property
    def deadline_ns(self) -> int:
        """When it next wants to be called: at once after a reboot, else for an exposure, an expiry or a check."""
        due_ns = min(self._products.next_expiry_ns, self._captures.next_ns, self._scrubbing.next_ns)
        return 0 if self._owes_boot else due_ns

    @property
    def flying(self) -> tuple[bytes, float]:
        """The archive of the model that flies, and the threshold that was commanded, below 0 for the card's."""
        return self._models.flying, self._settings.now.threshold

    @property
    def on_trial(self) -> bytes:
        """The archive of the model whose trial runs."""
        return self._models.on_trial

    def archive(self, archive_sha256: bytes) -> bytes:
        """An archive by its hash."""
        return self._models.archive(archive_sha256)

    def frame(self, frame_id: int) -> Frame:
        """A frame in mass memory."""
        stored = self._frames.catalogue.get(frame_id)
        assert stored is not None
        return stored.frame

    @property
    def stored_frames(self) -> tuple[int, ...]:
        """The numbers of the frames in mass memory."""
        return tuple(self._frames.catalogue)

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """Take what happened, do what follows. Returns commands and reports in the order they arose.

        `RestartComputer` is the last of them: the caller builds the flight computer anew.
        """
        self._security.refill()
        if self._owes_boot:
            self._tell_of_boot(now_ns, inbox)
        for event in inbox:
            self._take(now_ns, event)
        self._products.expire(now_ns)
        if not self._is_restarting:
            self._captures.expose(now_ns)
            self._start_jobs(now_ns)
        self._products.store_reports(now_ns)
        self._security.keep()
        if self._is_restarting:
            self._answers.say(RestartComputer())
        return self._answers.take()

    @property
    def _is_restarting(self) -> bool:
        return self._commanding.is_restarting or self._keeper.wants_reset

    def _tell_of_boot(self, now_ns: int, inbox: tuple[object, ...]) -> None:
        self._owes_boot = False
        arrived = (event.frame.frame_id for event in inbox if isinstance(event, events.FrameCaptured))
        dropped = self._products.given_up + self._products.expired
        frames = (*self._frames.catalogue, *arrived)
        self._answers.say(Booted(self._boot_count, dropped, self._products.held(), frames))
        reason = _WHY_RESET.get(self._store.get(_IS_RESET) or b"", Reason.PROCESS_DIED)
        self._store.delete(_IS_RESET)
        self._answers.report(Rebooted(now_ns, self._boot_count, reason))
        self._keeper.booted(now_ns)
        self._models.tell()
        self._commanding.execute(now_ns, self._effect)

    # Events

    def _take(self, now_ns: int, event: object) -> None:
        match event:
            case events.FrameCaptured(frame):
                self._frames.admit(now_ns, frame)
            case events.HousekeepingSampled():
                self._judge(now_ns, event)
                self._answers.say(self._outbox_sample())
            case events.InferenceCompleted():
                self._keeper.signs.model_ended(is_fault=False)
                self._watch_camera(now_ns, event)
                self._results.found(now_ns, event)
            case events.EncodingCompleted():
                self._watch_camera(now_ns, event)
                self._results.encoded(now_ns, event)
            case events.ScreeningCompleted():
                self._watch_camera(now_ns, event)
                self._results.screened(now_ns, event)
            case events.ResultDoubted() | events.WeightsChecked():
                self._results.guarded(event)
            case events.OutboxStruck(draw):
                self._products.strike(draw)  # unnoticed
            case events.JobFailed():
                if event.by_model:
                    self._keeper.signs.model_ended(is_fault=True)
                self._results.failed(now_ns, event)
            case events.ModelTried(job_id, rejected_because):
                self._processing.end(job_id)
                self._models.end_trial(now_ns, rejected_because)
            case events.JobLost(job_id):
                self._processing.lose(job_id)
            case events.TransmitGranted(granted_bytes, is_rest):
                if self._keeper.sample is not None:
                    beacon = None if is_rest else self._beacon(now_ns, self._keeper.sample)
                    self._products.transmit(now_ns, granted_bytes, beacon)
            case events.BroadcastGranted(granted_bytes):
                if self._keeper.sample is not None:
                    self._products.broadcast(now_ns, granted_bytes)
            case events.StorageSampled(mass_memory_bytes, is_full):
                self._frames.resize(now_ns, mass_memory_bytes, is_full=is_full)
                self._products.resize(self._config.outbox_bytes, is_full=is_full)
            case events.TelecommandReceived(data):
                for report in self._commanding.take(now_ns, data):
                    self._products.take_report(now_ns, report)
                if self._commanding.has_heard:
                    self._keeper.signs.heard(now_ns)
                self._commanding.execute(now_ns, self._effect)
            case _:
                raise AssertionError(f"unknown event {event!r}")

    def _effect(self, now_ns: int, sequence: int, command: telecommands.Telecommand) -> Outcome:
        match command:
            case telecommands.SetPassPlan(passes):
                return plan_passes(now_ns, self._settings, passes)
            case telecommands.SetStrategy(name):
                return self._set_strategy(name)
            case telecommands.SetThreshold(task, threshold):
                if task != self._config.task:
                    return Reason.UNKNOWN_TASK
                self._settings.change(threshold=threshold)
            case telecommands.SetMode(mode):
                self._keeper.command(now_ns, mode)
            case telecommands.CaptureAt():
                return self._captures.order(now_ns, sequence, command)
            case telecommands.FetchFrame():
                return self._frames.order_fetch(sequence, command)
            case telecommands.BeginModelUpload():
                return self._models.begin_upload(command)
            case telecommands.LoadModelPart():
                return self._models.load(command)
            case telecommands.ActivateModel():
                return self._models.activate(sequence, command)
            case telecommands.RollBackModel():
                return self._models.roll_back(now_ns)
            case telecommands.RotateKey(direction, key_id):
                return Progress.DONE if self._security.rotate(direction, key_id) else Reason.UNKNOWN_KEY
            case telecommands.Reset():
                self._store.put(_IS_RESET, _BY_COMMAND)
        return Progress.DONE

    def _set_strategy(self, name: str) -> Outcome:
        if name not in STRATEGIES:
            return Reason.UNKNOWN_STRATEGY
        if STRATEGIES[name].screens and not self._config.cloud_mask_path:
            return Reason.NOT_APPLICABLE
        self._settings.change(strategy=name)
        return Progress.DONE

    # Health

    def _judge(self, now_ns: int, sample: events.HousekeepingSampled) -> None:
        memory_share = self._frames.catalogue.waiting_share
        outbox_share = self._products.pending_bytes / self._config.outbox_bytes
        # A job that waits for a computer which is off cannot be late.
        overdue_s = 0.0
        if self._keeper.has_computer:
            overdue_s = self._job_watch.overdue_s(now_ns, self._processing.running)
        self._keeper.take(now_ns, sample, overdue_s=overdue_s, fullest_share=max(memory_share, outbox_share))
        if self._keeper.wants_reset:
            self._store.put(_IS_RESET, _BY_WATCHDOG)

    def _watch_camera(
        self, now_ns: int, event: events.InferenceCompleted | events.EncodingCompleted | events.ScreeningCompleted
    ) -> None:
        """Judge the camera by a new frame; one that is fetched was seen before."""
        job = self._processing.running[event.job_id]
        if job.frame is not None and event.statistics is not None and job.order.purpose is Purpose.PROCESS:
            self._keeper.see(now_ns, job.frame, event.statistics)

    # Housekeeping

    def _outbox_sample(self) -> OutboxSampled:
        catalogue = self._frames.catalogue
        return OutboxSampled(
            catalogue.n_waiting,
            self._products.pending_products,
            self._products.pending_bytes,
            catalogue.retained_bytes,
            catalogue.evicted_bytes,
        )

    def _beacon(self, now_ns: int, sample: events.HousekeepingSampled) -> bytes:
        return housekeeping.encode(
            housekeeping.Housekeeping(
                met_ns=now_ns,
                state_of_charge=sample.state_of_charge,
                computer_temperature_k=sample.computer_temperature_k,
                mode=list(Mode).index(self._keeper.mode),
                sunlit=sample.sunlit,
                frames_waiting=self._frames.catalogue.n_waiting,
                jobs_done=self._processing.jobs_done,
                outbox_products=self._products.pending_products,
                outbox_bytes=self._products.pending_bytes,
                dropped_products=self._products.given_up,
                boot_count=self._boot_count,
                commands_accepted=self._commanding.accepted,
                commands_window=self._commanding.window,
                strategy=housekeeping.strategy_number(self._settings.now.strategy),
                model_sha256_prefix=bytes.fromhex(self._models.card.sha256[:8]),
                frames_retained=self._frames.catalogue.n_retained,
                products_expired=self._products.expired,
                key_id=self._security.key_id,
                computer_off="computer" in self._keeper.units_off,
                instrument_off="instrument" in self._keeper.units_off,
                radio_off="radio" in self._keeper.units_off,
                monitors=self._keeper.monitors_mask,
            )
        )

    # Jobs

    def _start_jobs(self, now_ns: int) -> None:
        sample, scrub = self._keeper.sample, self._scrubbing.due(now_ns)
        if sample is None or not self._keeper.has_computer:
            return
        trial_macs = None if self._processing.runs_trial else self._models.trial_macs(now_ns)
        settings, card, mode = self._settings.now, self._models.card, self._keeper.mode
        while order := self._processing.start(settings, card, trial_macs, mode, sample.state_of_charge, scrub):
            if order.purpose is Purpose.TRIAL:
                self._models.begin_trial()
                trial_macs = None
            scrub = self._scrubbing.due_after(order)
            self._job_watch.started(now_ns, order)
            self._answers.say(order)
