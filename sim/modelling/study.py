"""Everything there is to know of a bare graph before its card is written: facts, a run, its cost, a draft."""

from dataclasses import dataclass
from pathlib import Path

from sim.modelling.draft import CardDraft
from sim.modelling.graph import GraphFacts, read_graph
from sim.modelling.infer import infer_card
from sim.modelling.macs import Work, count_macs
from sim.modelling.trial import MEMORY_LIMIT_BYTES, Trial, try_model


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What was found, each part resting on those before it."""

    facts: GraphFacts
    trial: Trial
    work: Work
    draft: CardDraft


def study(path: Path, *, task: str, custom: bool = False, memory_bytes: int = MEMORY_LIMIT_BYTES) -> Study:
    """Read, run and count a graph, and draft its card. Three child processes, about a second and a half.

    `memory_bytes` bounds the trial run, for instance to what a device has. Raises InputError as the parts do.
    """
    facts = read_graph(path)
    trial = try_model(facts, memory_bytes=memory_bytes)
    work = count_macs(facts, trial.tile_px)
    return Study(facts, trial, work, infer_card(facts, task=task, trial=trial, work=work, custom=custom))
