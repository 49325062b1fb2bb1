"""Faults as an operator orders them: a line of an operator's file that names one, or ends one."""

from collections.abc import Mapping
from typing import Any

from onboard.comms.records import Field, Text, Whole
from onboard.errors import InputError
from sim.blame import validated
from sim.faults.active import FaultDue
from sim.faults.settings import Fault, unfit_because
from sim.scenario import Scenario

FAULT, CLEAR_FAULT, FAIL_ACCELERATOR = "fault", "clear_fault", "fail_accelerator"
FAULT_WORDS = (FAULT, CLEAR_FAULT, FAIL_ACCELERATOR)
_KIND = Field("kind", Text(64), "a kind of the fault catalogue; until_s and the kind's own keys as in a scenario")
_ENDED = Field("kind", Text(64), "a kind of the fault catalogue: all of it that the satellite or station suffers")
_ACCELERATOR = Field("accelerator", Whole(64, low=1), "which accelerator, counted from 1")
FAULT_FIELDS: dict[str, tuple[Field, ...]] = {
    FAULT: (_KIND,),
    CLEAR_FAULT: (_ENDED,),
    FAIL_ACCELERATOR: (_ACCELERATOR,),
}
"""What each takes, as the documents tell it."""
_CLEARED_BY = ("at_s", "satellite", "station", "kind")


def fault_due(word: str, table: Mapping[str, Any], scenario: Scenario, source: str) -> FaultDue:
    """What a line orders. Raises InputError that names the source, the key and the rule."""
    told = {key: value for key, value in table.items() if key != "command"}
    if word == FAIL_ACCELERATOR:
        told = {"kind": "accelerator_failed", **told}
    if word == CLEAR_FAULT and (strange := told.keys() - set(_CLEARED_BY)):
        raise InputError(source, f"{word} takes {', '.join(_CLEARED_BY)}", key=min(strange))
    if word == FAIL_ACCELERATOR and "accelerator" not in told:
        raise InputError(source, "is missing; it must be a whole number from 1 to 64", key="accelerator")
    fault = validated(Fault, told, source)
    stations = [station.name for station in scenario.station if station.kind == "station"]
    crafts = {satellite.name: satellite for satellite in scenario.satellite}
    if unfit := unfit_because(fault, crafts, stations, scenario.duration_s):
        raise InputError(source, unfit[1], key=unfit[0], value=getattr(fault, unfit[0]))
    if word == CLEAR_FAULT and not fault.row.lasts:
        raise InputError(source, "happens once, and has no end", key="kind", value=fault.kind)
    return FaultDue(fault, is_over=word == CLEAR_FAULT)
