"""Where the page and the API get what they show, and bring what people want."""

from collections.abc import Callable
from typing import Protocol

from groundstation.web.view import AlertRow, Control, MissionTable, Snapshot

Listener = Callable[[str], None]
"""Takes one message of the live channel, a JSON text, in whatever thread it arrives."""


class Source(Protocol):
    """A run that goes on, or one that is replayed. All methods may be called from any thread."""

    @property
    def controls(self) -> frozenset[str]:
        """The words that `do` may have."""

    def mission(self) -> MissionTable:
        """What does not change."""

    def snapshot(self) -> Snapshot:
        """The latest, with `reset` and all of its bars and targets: whoever looks for the first time needs no other."""

    def alerts(self, after: int) -> list[AlertRow]:
        """Alerts whose id is greater, in order; all of them after -1."""

    def chip(self, alert_id: int) -> bytes | None:
        """A picture of an alert, a PNG file; None where no pixels came."""

    def cap(self, alert_id: int) -> bytes | None:
        """The CAP message of the event that an alert belongs to; None where it is not published."""

    def send(self, control: Control) -> str | None:
        """Bring a control to the run, and wait for its answer: None, or one line that says why it is refused."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell every later message of the live channel; the answer ends that.

        Messages are {"snapshot": Snapshot}, {"alerts": [AlertRow]} of new or changed alerts, and, after a seek,
        {"alerts": [...], "reset": true} with all of them.
        """
