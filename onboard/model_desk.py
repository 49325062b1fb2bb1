"""Models that fly, come by uplink, are tried and rolled back: what is done about them, and what is told of it."""

from onboard.answers import Answers, Outcome, Progress
from onboard.budget import most_macs
from onboard.commands import ModelSwapped
from onboard.comms.event_reports import ModelActivated, ModelRolledBack, Reason
from onboard.comms.telecommands import ActivateModel, BeginModelUpload, LoadModelPart
from onboard.config import SpacecraftConfig
from onboard.model_slots import MAX_TRIALS, ORIGINAL, ModelSlots
from onboard.payload.models import ModelCard, ModelLibrary
from onboard.storage import Store


class ModelDesk:
    """The slots of models, with the cards of those in them."""

    def __init__(self, config: SpacecraftConfig, store: Store, library: ModelLibrary, answers: Answers) -> None:
        self._config = config
        self._library = library
        self._answers = answers
        self._slots = ModelSlots(store)

    @property
    def flying(self) -> bytes:
        """The archive of the model that flies."""
        return self._slots.state.flying

    @property
    def card(self) -> ModelCard:
        """Its card."""
        return self._library.card(self.flying)

    @property
    def on_trial(self) -> bytes:
        """The archive of the model whose trial is due or runs."""
        upload = self._slots.on_trial
        assert upload is not None
        return upload.sha256

    def tell(self) -> None:
        """Say, after a reboot, if another model flies than was loaded before launch: the word of it may be lost."""
        if self.flying != ORIGINAL:
            self._swapped(Reason.PROCESS_DIED)

    def archive(self, archive_sha256: bytes) -> bytes:
        """An archive by its hash."""
        return self._slots.archive(archive_sha256)

    # Telecommands

    def begin_upload(self, command: BeginModelUpload) -> Outcome:
        """Make ready for a model."""
        if command.task != self._config.task:
            return Reason.UNKNOWN_TASK
        return self._slots.begin(command) or Progress.DONE

    def load(self, command: LoadModelPart) -> Outcome:
        """Take a part of it."""
        return self._slots.load(command) or Progress.DONE

    def activate(self, sequence: int, command: ActivateModel) -> Outcome:
        """Order its trial."""
        return self._slots.activate(command.upload_id, sequence) or Progress.UNDER_WAY

    def roll_back(self, now_ns: int) -> Outcome:
        """Fly the model before the present one."""
        if reason := self._slots.roll_back():
            return reason
        self._tell_rolled_back(now_ns, Reason.COMMANDED)
        return Progress.DONE

    # The trial

    def trial_macs(self, now_ns: int) -> int | None:
        """The work of the trial that is due; None where there is none, or one that can never be."""
        upload = self._slots.on_trial
        if upload is None:
            return None
        work_macs = self._library.trial_macs(upload.sha256)
        if self._slots.state.trials >= MAX_TRIALS:
            self.end_trial(now_ns, "took the computer down before")
            return None
        if work_macs > most_macs(self._config):
            self.end_trial(now_ns, "asks for more charge than the battery may give")
            return None
        return work_macs

    def begin_trial(self) -> None:
        """The trial starts as soon as the store is synchronised."""
        self._slots.begin_trial()

    def end_trial(self, now_ns: int, rejected_because: str) -> None:
        """The trial is over: the model flies, or the one before goes on flying."""
        sequence, upload = self._slots.state.activated_by, self._slots.on_trial
        assert upload is not None
        self._slots.tried(passed=not rejected_because)
        reason = Reason.TRIAL_FAILED if rejected_because else None
        if reason is None:
            self._answers.report(ModelActivated(now_ns, upload.upload_id, self._swapped(Reason.COMMANDED)))
        self._answers.end_command(now_ns, sequence, "activate_model", reason, rejected_because)

    # In flight

    def answered(self, card: ModelCard) -> None:
        """A model gave a sound answer for a frame. One that flew before, when the job began, no longer counts."""
        if card.sha256 == self.card.sha256:
            self._slots.answered()

    def faulted(self, now_ns: int, card: ModelCard) -> None:
        """A model gave none: after too many the one before it flies again."""
        if card.sha256 == self.card.sha256 and self._slots.faulted():
            self._tell_rolled_back(now_ns, Reason.MODEL_FAULTS)

    def _tell_rolled_back(self, now_ns: int, reason: Reason) -> None:
        self._answers.report(ModelRolledBack(now_ns, self._swapped(reason), reason))

    def _swapped(self, reason: Reason) -> bytes:
        """Say which model flies now; the first bytes of its hash."""
        self._answers.say(ModelSwapped(self.card.name, self.card.sha256, reason.value, self.card.classes))
        return bytes.fromhex(self.card.sha256[:8])
