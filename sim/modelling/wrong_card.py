"""A card that is not its graph's: which key is wrong, and what to write there instead.

The engine finds that a card and its graph contradict each other. What the graph itself tells, and a card inferred from
it, say which of the two readings is right.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.detectors.registry import DETECTORS
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard
from sim.modelling.draft import CardDraft
from sim.modelling.graph import GraphFacts, read_graph
from sim.modelling.head_rules import match_head
from sim.modelling.infer import infer_card
from sim.modelling.signature import lies_in, signature
from sim.modelling.study import Study
from sim.modelling.trial import Trial, try_model

_ACTIVATIONS = ("Sigmoid", "HardSigmoid", "Softmax")
_ONE_OUTPUT_HEADS = ("segmentation", "heatmap", "classifier")
_LISTING_HEADS = ("end2end", "tensorflow")
"""Heads that take listed scores as they are, whatever the card's activation."""
_MAX_SHOWN = 6
_MAX_VALUE_LENGTH = 80
UNDERSTATED = 2.0
"""A cost that a card understates by more than this factor is a mistake: of a unit, or of another network."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A key of the card, what is wrong with its value, and what to do in its line."""

    key: str
    rule: str
    change: str


def _write(key: str, value: Any, rule: str, verb: str = "write") -> Remedy:
    """A remedy that is to write a value: JSON of texts, numbers and lists of them is TOML too."""
    name = key.partition(".")[2]
    return Remedy(key, rule, f"{verb} {name} = {json.dumps(value, ensure_ascii=False)}")


def open_engine(card: ModelCard) -> InferenceEngine:
    """The engine of a card. Raises InputError that names the key to change and what to write, where that is known."""
    try:
        return InferenceEngine(card)
    except InputError as error:
        raise _explained(card, error) from None


def check_activation_and_cost(card: ModelCard, studied: Study) -> None:
    """Raise InputError where a card that the engine takes would still fly wrong: scores misread, costs understated."""
    for remedy in (*_wrongly_activated(card, studied), *_understated(card, studied)):
        raise _error(card, remedy)


def _explained(card: ModelCard, error: InputError) -> InputError:
    """The engine's error with its remedy; as it is where the graph tells none."""
    try:
        facts = read_graph(card.path)
        trial = try_model(facts, preferred_px=card.tile_hw)
        draft = _drafted(card, facts, trial)
    except InputError:
        return error
    remedies = (*_of_input(card, facts, trial, draft), *_of_output(card, facts, draft))
    return _error(card, remedies[0]) if remedies else error


def _drafted(card: ModelCard, facts: GraphFacts, trial: Trial) -> CardDraft:
    try:
        return infer_card(facts, task=card.task, trial=trial)
    except InputError:  # no head reads the outputs: what is wrong of the input can still be told
        return infer_card(facts, task=card.task, trial=trial, custom=True)


def _error(card: ModelCard, remedy: Remedy) -> InputError:
    line = line_of(card.card_path, remedy.key)
    place = f"in line {line}" if line else f"below [{remedy.key.partition('.')[0]}]"
    said = _said(card, remedy.key)
    shown = said if len(repr(said)) <= _MAX_VALUE_LENGTH else None
    return InputError(card.card_path, f"{remedy.rule}; {place} {remedy.change}", key=remedy.key, value=shown)


def _said(card: ModelCard, key: str) -> Any:
    """The card's value as its author wrote it."""
    match key:
        case "input.tile_px":
            height, width = card.tile_hw
            return height if height == width else [height, width]
        case "input.name":
            return card.input_name
        case _:
            value = getattr(card, key.split(".")[1])
            return list(value) if isinstance(value, tuple) else value


def line_of(path: Path, key: str) -> int | None:
    """The line of a TOML file, from 1, in which a key such as `input.bands` stands; None where it does not."""
    section, name = key.split(".")
    current = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if title := re.match(r"\s*\[([^\[\]]+)\]", line):
            current = title[1].strip()
        elif current == section and re.match(rf"\s*{name}\s*=", line):
            return number
    return None


def _of_input(card: ModelCard, facts: GraphFacts, trial: Trial, draft: CardDraft) -> Iterator[Remedy]:
    if card.input_name != facts.image.name:
        yield _write("input.name", facts.image.name, f"the graph calls its input {facts.image.name!r}")
    axis = 1 if card.layout == "NCHW" else 3
    if card.layout != facts.layout and facts.image.shape[axis] != len(card.bands):
        yield _write("input.layout", facts.layout, f"the graph takes {facts.layout} ({facts.channel_reason})")
    elif len(card.bands) != facts.channels:
        rule = f"the graph takes {facts.channels} bands, and the card names {len(card.bands)}"
        bands = draft.value("input.bands")
        yield _write("input.bands", bands, rule, "name those it was trained on, in their order, as in")
    if card.tile_hw != trial.tile_px:
        height, width = trial.tile_px
        fits = all(own in (None, said) for own, said in zip(facts.fixed_px, card.tile_hw, strict=True))
        rule = f"the graph fails on this size, and runs on {height} x {width} px"
        rule = rule if fits else f"the graph takes tiles of {height} x {width} px"
        yield _write("input.tile_px", height if height == width else [height, width], rule)


def _of_output(card: ModelCard, facts: GraphFacts, draft: CardDraft) -> Iterator[Remedy]:
    head, outputs = draft.value("output.head"), draft.value("output.outputs")
    known = [output.name for output in facts.outputs]
    if unknown := [name for name in card.outputs if name not in known]:
        rule = f"the graph has no output {unknown[0]!r}, but {', '.join(map(repr, known[:_MAX_SHOWN]))}"
        yield _write("output.outputs", outputs, rule)
    if "custom" in (head, card.head):  # nobody knows what the author's function reads
        return
    reason = draft.entries["output.head"].reason
    if head != card.head:
        yield _write("output.head", head, f"the graph's outputs fit {head}: {reason}")
        return
    if list(card.outputs or known) != outputs:
        yield _write("output.outputs", outputs, f"the head {head} reads these of the graph's outputs, in this order")
    yield from _of_classes(card, draft)
    if card.activation != (activation := draft.value("output.activation")):
        yield _write("output.activation", activation, draft.entries["output.activation"].reason)


def _of_classes(card: ModelCard, draft: CardDraft) -> Iterator[Remedy]:
    names = draft.value("output.classes")
    if len(names) == len(card.classes) or not _has_shape_by_classes(card):
        return
    rule = f"the graph's outputs have {len(names)} classes, and the card names {len(card.classes)}"
    if len(names) > _MAX_SHOWN:
        yield Remedy("output.classes", rule, f"name all {len(names)}, in the order of its training")
    else:
        yield _write("output.classes", names, rule, "name them in the order of its training, as in")


def _has_shape_by_classes(card: ModelCard) -> bool:
    """Whether the outputs' shapes tell how many classes there are; lists of labelled boxes do not."""
    detector = DETECTORS.get(card.head)
    return detector is None or detector.layouts(card.tile_hw, 1) != detector.layouts(card.tile_hw, 2)


def _wrongly_activated(card: ModelCard, studied: Study) -> Iterator[Remedy]:
    scores, activates = _scores_read(card, studied)
    if card.activation != "none" and activates:
        yield _write("output.activation", "none", activates)
    elif card.activation == "none" and lies_in(scores, 0.0, 1.0) is False:
        activation = _drafted(card, studied.facts, studied.trial).value("output.activation")
        if activation not in (None, "none"):
            yield _write(
                "output.activation", activation, "scores of a trial run leave 0..1, so they are no probabilities"
            )


def _scores_read(card: ModelCard, studied: Study) -> tuple[NDArray[Any] | None, str]:
    """Scores of the trial run as the card's head reads them, and what shows that the graph activates them itself.

    None and an empty text where that cannot be told with certainty.
    """
    facts, outputs = studied.facts, studied.trial.outputs
    if card.head in _ONE_OUTPUT_HEADS:
        used = next(out for out in facts.outputs if not card.outputs or out.name in card.outputs)
        return outputs[used.name], f"the graph itself ends with {used.maker}" if used.maker in _ACTIVATIONS else ""
    match = match_head(signature(facts, studied.trial))
    read = card.outputs or tuple(out.name for out in facts.outputs)
    if match is None or (match.head, match.outputs) != (card.head, read) or card.head in _LISTING_HEADS:
        return None, ""
    # Nearly all of a detector's candidates are background: raw scores of them are far below 0, not all in 0..1.
    probable = match.logits is False or lies_in(match.scores, 0.0, 1.0)
    return match.scores, "scores of a trial run lie in 0..1, so the graph activates them" if probable else ""


def _understated(card: ModelCard, studied: Study) -> Iterator[Remedy]:
    counted = round(studied.work.macs_per_px, 3)
    if card.macs_per_px is not None and not studied.work.is_pointwise and card.macs_per_px * UNDERSTATED < counted:
        yield _write("cost.macs_per_px", counted, f"the graph multiplies {counted:,g} times a pixel")
    if card.memory_mb is not None and card.memory_mb * UNDERSTATED < studied.trial.memory_mb:
        yield _write("cost.memory_mb", studied.trial.memory_mb, f"a trial run took {studied.trial.memory_mb:,} MB")
