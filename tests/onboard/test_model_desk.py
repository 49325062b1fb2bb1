"""What is done about models, and what is told of it."""

from dataclasses import replace

from onboard.answers import Answers, Progress
from onboard.budget import most_macs
from onboard.commands import CommandEnded, ModelSwapped
from onboard.comms.event_reports import (
    CommandCompleted,
    CommandFailed,
    ModelActivated,
    ModelRolledBack,
    Reason,
)
from onboard.comms.telecommands import ActivateModel, BeginModelUpload, LoadModelPart
from onboard.model_desk import ModelDesk
from onboard.model_slots import MAX_FAULTS, MAX_TRIALS
from onboard.storage import MemoryStore
from tests.flight_for_tests import CONFIG, FakeLibrary, told, upload

ARCHIVE = bytes(range(200)) * 9


def desk(trial_macs: int = 1000, store: MemoryStore | None = None) -> tuple[ModelDesk, Answers]:
    answers = Answers()
    return ModelDesk(CONFIG, store or MemoryStore(), FakeLibrary(trial_macs=trial_macs), answers), answers


def loaded(models: ModelDesk, archive: bytes = ARCHIVE) -> None:
    for one in upload(archive):
        match one:
            case BeginModelUpload():
                assert models.begin_upload(one) is Progress.DONE
            case LoadModelPart():
                assert models.load(one) is Progress.DONE
    assert models.activate(7, ActivateModel(1)) is Progress.UNDER_WAY


def flown(models: ModelDesk) -> None:
    loaded(models)
    models.begin_trial()
    models.end_trial(5, "")


def test_a_model_that_passes_its_trial_flies() -> None:
    models, answers = desk()
    loaded(models)
    assert models.trial_macs(4) == 1000
    models.begin_trial()
    models.end_trial(5, "")
    said, reports = told(answers)
    name, sha256 = models.card.name, models.flying.hex()
    assert said == (ModelSwapped(name, sha256, "commanded", ("fire",)), CommandEnded(7, "activate_model", ""))
    assert reports == [ModelActivated(5, 1, models.flying[:4]), CommandCompleted(5, 7)]
    assert models.archive(models.flying) == ARCHIVE
    assert models.trial_macs(6) is None


def test_after_a_reboot_it_is_told_which_model_flies_where_that_is_another() -> None:
    """A flight computer that died of the swap never said so."""
    store = MemoryStore()
    models, answers = desk(store=store)
    models.tell()
    assert told(answers) == ((), [])
    flown(models)
    models, answers = desk(store=store)
    models.tell()
    said, reports = told(answers)
    assert said == (ModelSwapped(models.card.name, models.flying.hex(), "process died", ("fire",)),)
    assert not reports


def test_a_model_that_fails_its_trial_leaves_the_old_one_flying() -> None:
    models, answers = desk()
    loaded(models)
    models.begin_trial()
    models.end_trial(5, "gives nan \u00e9")
    assert told(answers) == (
        (CommandEnded(7, "activate_model", "gives nan \u00e9"),),
        [CommandFailed(5, 7, Reason.TRIAL_FAILED, "gives nan ?")],
    )
    assert models.flying == b""


def test_a_trial_beyond_what_the_battery_gives_is_refused_at_once() -> None:
    models, answers = desk(trial_macs=round(most_macs(CONFIG)) + 1)
    loaded(models)
    assert models.trial_macs(5) is None
    (ended,), _ = told(answers)
    assert ended == CommandEnded(7, "activate_model", "asks for more charge than the battery may give")
    assert models.begin_upload(upload(ARCHIVE)[0]) is Progress.DONE  # type: ignore[arg-type]


def test_a_trial_that_takes_the_computer_down_is_not_repeated_for_ever() -> None:
    store = MemoryStore()
    models, _ = desk(store=store)
    loaded(models)
    for _ in range(MAX_TRIALS):
        assert models.trial_macs(5) == 1000
        models.begin_trial()
        models, answers = desk(store=store)
    assert models.trial_macs(6) is None
    (ended,), _ = told(answers)
    assert ended == CommandEnded(7, "activate_model", "took the computer down before")


def test_faults_of_the_model_that_flies_roll_it_back() -> None:
    models, answers = desk()
    original = models.card
    flown(models)
    told(answers)
    for _ in range(MAX_FAULTS):
        models.faulted(8, original)  # of jobs that began before the swap
    for _ in range(MAX_FAULTS - 1):
        models.faulted(8, models.card)
    assert models.flying != b""
    models.answered(original)
    models.faulted(9, models.card)
    assert models.flying == b""
    said, reports = told(answers)
    assert said == (ModelSwapped(original.name, original.sha256, Reason.MODEL_FAULTS.value, original.classes),)
    assert reports == [ModelRolledBack(9, bytes.fromhex(original.sha256[:8]), Reason.MODEL_FAULTS)]
    for _ in range(MAX_FAULTS):
        models.faulted(10, original)
    assert models.flying == b"", "there is none before the first"


def test_rolled_back_by_command() -> None:
    models, answers = desk()
    assert models.roll_back(1) is Reason.NO_PREVIOUS_MODEL
    flown(models)
    told(answers)
    assert models.roll_back(9) is Progress.DONE
    assert models.flying == b""
    assert [type(report) for report in told(answers)[1]] == [ModelRolledBack]


def test_uploads_that_do_not_fit_this_spacecraft() -> None:
    models, _ = desk()
    begin = upload(ARCHIVE)[0]
    assert isinstance(begin, BeginModelUpload)
    assert models.begin_upload(replace(begin, task="rafts")) is Reason.UNKNOWN_TASK
    assert models.load(LoadModelPart(1, 0, b"x")) is Reason.UNKNOWN_UPLOAD
    assert models.activate(1, ActivateModel(1)) is Reason.UNKNOWN_UPLOAD
