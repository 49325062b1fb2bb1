"""The state diagrams: the tables are the code's own, and only where a state stands is said here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from docs.generate.svg import BOX_W, Drawing, Point
from groundstation import command_queue
from onboard import model_slots, modes

Edges = dict[tuple[str, str], list[str]]


@dataclass(frozen=True, slots=True)
class StateDiagram:
    """A table of states, drawn. `bows` bend an edge aside by pixels where a straight one would meet another state."""

    source: str
    about: str
    size: tuple[int, int]
    places: Mapping[str, Point]
    edges: Edges
    initial: str
    notes: Mapping[str, str] = field(default_factory=dict)
    bows: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def svg(self) -> str:
        """The diagram as a picture of its own."""
        states = {state for pair in self.edges for state in pair}
        assert states == self.places.keys(), f"{self.source}: no place for {sorted(states ^ self.places.keys())}"
        drawing = Drawing(*self.size, title=self.about)
        for (start, end), labels in self.edges.items():
            if start == end:
                drawing.loop(self.places[start], labels)
                continue
            reverse = 30.0 if (end, start) in self.edges else 0.0
            bow = self.bows.get((start, end), reverse)
            drawing.arrow(self.places[start], self.places[end], labels, bow)
        x, y = self.places[self.initial]
        drawing.start((x - BOX_W / 2, y))
        for state, place in self.places.items():
            is_end = all(start != state for start, _ in self.edges)
            drawing.box(place, _words(state), self.notes.get(state, ""), is_end=is_end)
        return drawing.text()


def _note(shed: tuple[str, ...], *, works: bool) -> str:
    return f"{', '.join(shed)} off" if shed else "frames are worked on" if works else "frames wait"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _signalled(table: Mapping[Any, StrEnum]) -> Edges:
    """Edges of a table of (state, signal)."""
    edges: Edges = {}
    for (state, signal), following in table.items():
        edges.setdefault((str(state), str(following)), []).append(_words(str(signal)))
    return edges


def _followed(table: Mapping[Any, Iterable[StrEnum]]) -> Edges:
    """Edges of a table of what may follow a state."""
    return {(str(state), str(one)): [] for state, following in table.items() for one in sorted(following)}


DIAGRAMS: dict[str, StateDiagram] = {
    "spacecraft-modes": StateDiagram(
        source="onboard.modes",
        about="Modes of the spacecraft, and what moves it from one to another",
        size=(1180, 720),
        places={
            "power_saving": (150.0, 70.0),
            "safe": (840.0, 520.0),
            "nominal": (620.0, 190.0),
            "recovery": (1050.0, 70.0),
            "hot": (350.0, 660.0),
        },
        edges=_signalled(modes.TRANSITIONS),
        initial="nominal",
        notes={str(mode): _note(modes.SHEDS[mode], works=works) for mode, works in modes.PROCESSES_FRAMES.items()},
        bows={("safe", "power_saving"): 70.0, ("power_saving", "safe"): 0.0},
    ),
    "model-upload": StateDiagram(
        source="onboard.model_slots",
        about="Phases of a model that comes by uplink",
        size=(1050, 320),
        places={
            "empty": (120.0, 150.0),
            "loading": (380.0, 150.0),
            "loaded": (640.0, 150.0),
            "on trial": (940.0, 150.0),
        },
        edges=_signalled(model_slots.TRANSITIONS),
        initial="empty",
        bows={("on trial", "empty"): 130.0},
    ),
    "telecommand": StateDiagram(
        source="groundstation.command_queue",
        about="How far a telecommand has come, as the mission centre knows it",
        size=(930, 400),
        places={
            "queued": (120.0, 160.0),
            "radiated": (340.0, 160.0),
            "accepted": (580.0, 160.0),
            "completed": (820.0, 60.0),
            "failed": (580.0, 290.0),
            "refused": (820.0, 290.0),
        },
        edges=_followed(command_queue.TRANSITIONS),
        initial="queued",
        bows={("radiated", "completed"): 45.0, ("radiated", "refused"): -135.0},
    ),
}
"""By the name of the picture."""
