"""What a scenario says of radiation: how often it strikes what, and what the spacecraft does against it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.equipment.records import NonNegative, Number, Positive, Record
from sim.radiation.environment import SRAM_UPSETS_PER_BIT_DAY

Rate = Annotated[Number, Field(ge=0, le=10_000)]
"""Of events a satellite-day: each is a message."""


class Radiation(Record):
    """Upsets and latch-ups of every satellite, and countermeasures.

    With `environment` they follow the orbit: rates that are not given come of `upsets_per_bit_day`, a memory's in
    Alsat-1's orbit (686 km, sun-synchronous), and of the bits that are held; rates that are given are the orbit's mean.
    Without it, rates that are not given are 0, and strikes fall evenly in time. Rates are of one copy of the weights.

    `scrubbing_s` is how often weights in memory are held against their hash, and loaded anew where it differs. `voting`
    runs three copies of the model ("tmr"), or the model and `second_model` ("diverse"). `plausibility` refuses results
    with more than `most_detections`, or that mean nothing, and works again from weights loaded anew. `ecc` corrects one
    bit in a word of mass memory and finds two, for an eighth of its room.

    Another `draw` strikes elsewhere and at other times, in the same scenes.

    `total_dose_years` in orbit before the start have worn cells and computer.
    """

    environment: bool = False
    upsets_per_bit_day: Annotated[Number, Field(ge=0, le=1e-3)] = SRAM_UPSETS_PER_BIT_DAY
    weight_upsets_per_day: Rate | None = None
    work_upsets_per_day: Rate | None = None
    memory_upsets_per_day: Rate | None = None
    outbox_upsets_per_day: Rate | None = None
    transmit_upsets_per_day: Rate | None = None
    latch_ups_per_day: Rate | None = None
    draw: Annotated[int, Field(ge=0, lt=2**31)] = 0
    total_dose_years: Annotated[NonNegative, Field(le=30)] = 0.0
    scrubbing_s: Annotated[Positive, Field(ge=1)] | None = None
    voting: Literal["none", "tmr", "diverse"] = "none"
    second_model: str = ""
    plausibility: bool = False
    most_detections: Annotated[int, Field(ge=1, le=100_000)] = 300
    ecc: bool = False

    @model_validator(mode="after")
    def _has_a_second_model(self) -> "Radiation":
        if (self.voting == "diverse") != bool(self.second_model):
            raise ValueError('second_model is for voting = "diverse", which needs it')
        return self
