"""What a person sees while a run goes on: a progress bar, or a live table of the satellites."""

import time

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from groundstation.messages import ProductArchived
from onboard import commands, events
from onboard.comms.runs import sent_bytes
from onboard.mission_time import to_ns, utc_text
from onboard.modes import Mode
from sim.executive import WORLD
from sim.facts import ContactPlanned, FrameExposed
from sim.scenario import Scenario
from sim.world.world import World

REFRESH_S = 0.2
"""Wall-clock time between two pictures: drawing a table costs more than many grants."""


class Progress:
    """A bar of virtual time."""

    def __init__(self, scenario: Scenario, console: Console) -> None:
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:.0f} %"),
            console=console,
        )
        self._task = self._bar.add_task(f"{scenario.name} {scenario.strategy}", total=to_ns(scenario.duration_s))
        self._shown_s = 0.0
        self._bar.start()

    def record(
        self,
        now_ns: int,
        _node: str,
        _granted: tuple[object, ...],
        _answers: tuple[object, ...],
        _world: World,
    ) -> None:
        """Move the bar."""
        if time.monotonic() - self._shown_s > REFRESH_S:
            self._shown_s = time.monotonic()
            self._bar.update(self._task, completed=now_ns)

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._bar.stop()


class _Row:
    """What the table shows of one satellite."""

    def __init__(self) -> None:
        self.state_of_charge = 0.0
        self.temperature_k = 0.0
        self.sunlit = False
        self.mode: str = Mode.NOMINAL
        self.contact = ""
        self.contact_until_ns = 0
        self.exposed = 0
        self.processed = 0
        self.detections = 0
        self.captured_bytes = 0
        self.sent_bytes = 0


class LiveTable:
    """Satellites, charge, temperature, sunlight, contact, frames, alerts, bytes captured against bytes sent."""

    def __init__(self, scenario: Scenario, console: Console) -> None:
        self._scenario = scenario
        self._rows = {satellite.name: _Row() for satellite in scenario.satellite}
        self._contacts: list[ContactPlanned] = []
        self._products_archived = 0
        self._now_ns = 0
        self._shown_s = 0.0
        self._is_terminal = console.is_terminal
        self._live = Live(console=console, auto_refresh=False, transient=True)
        if self._is_terminal:
            self._live.start()

    def record(
        self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...], _world: World
    ) -> None:
        """Take one record, and draw now and then."""
        self._now_ns = now_ns
        for message in (*granted, *answers):
            self._take(node, message)
        if self._is_terminal and time.monotonic() - self._shown_s > REFRESH_S:
            self._shown_s = time.monotonic()
            self._live.update(self._picture(), refresh=True)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._is_terminal:
            self._live.stop()

    def _take(self, node: str, message: object) -> None:
        match message:
            case FrameExposed(satellite=satellite, captured_bytes=captured_bytes):
                self._rows[satellite].exposed += 1
                self._rows[satellite].captured_bytes += captured_bytes
            case ContactPlanned():
                self._contacts.append(message)
            case ProductArchived():
                self._products_archived += 1
        if node in self._rows and node != WORLD:
            self._take_satellite(self._rows[node], message)

    def _take_satellite(self, row: _Row, message: object) -> None:
        match message:
            case events.HousekeepingSampled(state_of_charge, temperature_k, sunlit):
                row.state_of_charge, row.temperature_k, row.sunlit = state_of_charge, temperature_k, sunlit
            case commands.ModeEntered(mode):
                row.mode = mode
            case commands.FrameProcessed(detections=detections):
                row.processed += 1
                row.detections += len(detections)
            case commands.Transmit():
                row.sent_bytes += sent_bytes(message.parts) - message.housekeeping_bytes

    def _picture(self) -> Group:
        now = utc_text(self._scenario.start_utc, self._now_ns)[:19].replace("T", " ")
        share = self._now_ns / to_ns(self._scenario.duration_s)
        captured = sum(row.captured_bytes for row in self._rows.values())
        sent = sum(row.sent_bytes for row in self._rows.values())
        head = Text(f"{self._scenario.name}  {now} Z  {share:4.0%}", style="bold")
        foot = Text(
            f"captured {_bytes(captured)}   sent {_bytes(sent)}   products on the ground {self._products_archived}"
        )
        return Group(head, self._table(), foot)

    def _table(self) -> Table:
        table = Table()
        for title in (
            "satellite",
            "charge",
            "computer",
            "light",
            "mode",
            "contact",
            "frames",
            "found",
            "captured",
            "sent",
        ):
            table.add_column(title, justify="left" if title in ("satellite", "light", "mode", "contact") else "right")
        for name, row in self._rows.items():
            table.add_row(
                name,
                f"{row.state_of_charge:.0%}",
                f"{row.temperature_k - 273.15:.0f} °C",
                "sun" if row.sunlit else "eclipse",
                row.mode,
                self._contact(name),
                f"{row.processed} of {row.exposed}",
                str(row.detections),
                _bytes(row.captured_bytes),
                _bytes(row.sent_bytes),
            )
        return table

    def _contact(self, satellite: str) -> str:
        return next(
            (
                contact.station
                for contact in self._contacts
                if contact.satellite == satellite and contact.aos_ns <= self._now_ns < contact.los_ns
            ),
            "-",
        )


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{count / 1e3:.1f} kB"
