"""Whether a scenario's model can fly: its card's cost and task, its memory, and its graph."""

from onboard.errors import InputError
from onboard.payload.models import ModelCard, load_card
from sim.modelling.memory import check_memory
from sim.modelling.prepare import PreparedModel
from sim.modelling.wrong_card import open_engine
from sim.planning import smallest_device
from sim.scenario import Scenario


def card_for(scenario: Scenario, model: PreparedModel) -> ModelCard:
    """The card of a scenario's model. Raises InputError where it states no cost, or another task."""
    card = load_card(model.folder)
    if card.macs_per_px is None:
        rule = "is missing: the payload computer's time is charged by it"
        raise InputError(card.card_path, rule, key="cost.macs_per_px")
    if card.task != scenario.task:
        rule = f"the scenario flies it for {scenario.task}"
        raise InputError(card.card_path, rule, key="model.task", value=card.task)
    return card


def flyable_card(scenario: Scenario, model: PreparedModel) -> ModelCard:
    """The card of a model, its graph opened and tried once. Raises InputError where it cannot fly."""
    card = card_for(scenario, model)
    check_memory(card, smallest_device(scenario), tried_mb=model.tried_mb)
    open_engine(card)
    return card
