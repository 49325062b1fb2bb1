"""Everything there is to know of a bare graph before its card is written: facts, a run, its cost, a draft."""

from dataclasses import dataclass, replace
from pathlib import Path

from sim.modelling.draft import CardDraft, Entry
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


def study(
    path: Path,
    *,
    task: str,
    custom: bool = False,
    tile_px: tuple[int, int] | None = None,
    memory_bytes: int = MEMORY_LIMIT_BYTES,
) -> Study:
    """Read, run and count a graph, and draft its card. Three child processes, about a second and a half.

    A graph of any size is tried at `tile_px` (height, width) first; `memory_bytes` bounds the run. Raises InputError
    as the parts do.
    """
    facts = read_graph(path)
    trial = try_model(facts, preferred_px=tile_px, memory_bytes=memory_bytes)
    work = count_macs(facts, trial.tile_px)
    draft = infer_card(facts, task=task, trial=trial, work=work, custom=custom)
    return Study(facts, trial, work, _with_memory(draft, trial))


def _with_memory(draft: CardDraft, trial: Trial) -> CardDraft:
    height_px, width_px = trial.tile_px
    told = f"taken by a trial run at {height_px} x {width_px} px"
    entry = Entry(trial.memory_mb, told)
    return replace(draft, entries={**draft.entries, "cost.memory_mb": entry})
