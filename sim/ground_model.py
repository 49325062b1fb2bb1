"""The model that judges candidates on the ground, strategy `cascade`: which it is, and whether it can."""

from pathlib import Path

from onboard.errors import InputError
from onboard.payload.chip_cutting import CONTEXT_SIDE_PX
from onboard.payload.models import ModelCard, load_card
from onboard.strategy import STRATEGIES
from sim.modelling.flyable import card_for
from sim.modelling.prepare import prepare
from sim.modelling.wrong_card import open_engine
from sim.planning import smallest_device
from sim.resolve import ground_model_folder, model_folder
from sim.scenario import Scenario


def ground_card(scenario: Scenario, card: ModelCard) -> ModelCard:
    """The card of the model that judges candidates: that of the one that flies, `card`, where none is named for it.

    A model of one's own, of another task, flies in a scenario that names a ground model for `cascade`; under that it is
    refused. Raises InputError.
    """
    awaits_verdict = STRATEGIES[scenario.strategy].awaits_verdict
    named = load_card(ground_model_folder(scenario)) if scenario.ground_model else card
    wrong = _wrong(scenario, named, card)
    if wrong is None:
        if named is not card:
            open_engine(named)
        return named
    if awaits_verdict:
        raise wrong
    return card


def check_ground_model(scenario: Scenario, scratch: Path) -> None:
    """Raise InputError where a run of the scenario would, of the model that judges candidates; `scratch` is a folder.

    Nothing is looked at where nothing is to be judged, and no ground model is named.
    """
    if not scenario.ground_model and not STRATEGIES[scenario.strategy].awaits_verdict:
        return
    model = prepare(model_folder(scenario), scenario.task, scratch, smallest_device(scenario))
    with model.named_as_given():
        card = card_for(scenario, model)
        ground_card(scenario, card)


def _wrong(scenario: Scenario, named: ModelCard, card: ModelCard) -> InputError | None:
    """Why a model cannot judge candidates of the one that flies; None where it can."""
    unseen = [band for band in named.source_bands(card.bands) if band not in card.bands]
    rules = (
        (
            "model.task",
            named.task == scenario.task,
            named.task,
            f"the scenario looks for {scenario.task}; name another with ground_model",
        ),
        (
            "output.classes",
            named.classes == card.classes,
            list(named.classes),
            f"must be those of the model that flies: {', '.join(card.classes)}",
        ),
        ("input.bands", not unseen, unseen, f"are not in the chips, which have those of {card.name}"),
        (
            "input.least_side_px",
            named.least_side_px <= CONTEXT_SIDE_PX,
            named.least_side_px,
            f"is more than the {CONTEXT_SIDE_PX} pixels of a candidate's chip",
        ),
    )
    broken = ((key, value, rule) for key, holds, value, rule in rules if not holds)
    return next((InputError(named.card_path, rule, key=key, value=value) for key, value, rule in broken), None)
