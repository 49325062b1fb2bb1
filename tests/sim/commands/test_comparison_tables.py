"""Comparisons as people read them."""

from rich.console import Console

from sim.commands.tables import comparison_tables
from sim.experiment.compare import comparison_of
from tests.sim.experiment.test_comparison import flown


def test_the_spread_of_a_temperature_is_a_difference() -> None:
    runs = [{"detections": flown("detections", total)} for total in (100, 300)]
    for run, kelvin in zip(runs, (310.0, 312.0), strict=True):
        run["detections"].summary["satellites"]["lark-2"]["temperature_max_k"]["array"] = kelvin
    console = Console(width=200, record=True)
    for table in comparison_tables(comparison_of(runs)):
        console.print(table)
    assert "37.9 °C ± 12.7 K" in console.export_text()
