"""Radios and laser terminals: plain ones of stated rates, and ones whose rates follow from a link budget."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.equipment.antenna import Antenna, Band, Decibels
from sim.equipment.records import NonNegative, Number, Positive, Record

Rate = Annotated[Number, Field(ge=100, le=1e12)]
Coding = Literal["ldpc", "concatenated", "convolutional", "uncoded"]


class _Carrier(Record):
    """What both directions of a link state of the satellite's end. `other_loss_db` is polarisation and the like."""

    band: Band
    frequency_ghz: Annotated[Number, Field(ge=0.03, le=1e6)]
    antenna_gain_dbi: Decibels
    line_loss_db: NonNegative = 0.0
    pointing_loss_db: NonNegative = 0.0
    other_loss_db: NonNegative = 0.0
    implementation_loss_db: NonNegative = 0.0
    required_eb_n0_db: Decibels | None = None
    coding: Coding = "concatenated"


class Downlink(_Carrier):
    """A downlink's budget and how its rate follows from it.

    `fixed` keeps the radio's `downlink_rate_bps` and loses frames where Eb/N0 falls short of what is required;
    `shannon` has the bound's rate over `bandwidth_hz`; `acm` chooses among the MODCODs of DVB-S2 at `symbol_rate_bd`.
    Both keep `margin_db` in hand, and `acm` steps up only with `hysteresis_db` more. `transmit_power_w` is what goes
    into the line to the antenna.
    """

    transmit_power_w: Positive
    rate: Literal["fixed", "shannon", "acm"]
    symbol_rate_bd: Rate | None = None
    bandwidth_hz: Rate | None = None
    margin_db: NonNegative = 0.0
    hysteresis_db: NonNegative = 0.0

    @model_validator(mode="after")
    def _has_what_its_rate_needs(self) -> "Downlink":
        for rate, key in (("fixed", "required_eb_n0_db"), ("shannon", "bandwidth_hz"), ("acm", "symbol_rate_bd")):
            if (self.rate == rate) != (getattr(self, key) is not None):
                raise ValueError(f'{key} goes with rate = "{rate}", and only with it')
        return self


class Uplink(_Carrier):
    """The budget of a telecommand uplink of the radio's `uplink_rate_bps`."""

    antenna_noise_k: NonNegative = 290.0
    noise_figure_db: NonNegative
    required_eb_n0_db: Decibels


class Radio(Record):
    """A transceiver. `transmit_w` is what it draws from the bus while it sends.

    Without a table `downlink` it has a fixed rate at any station; without a table `uplink` every telecommand gets
    through.
    """

    name: str
    downlink_rate_bps: Rate | None = None
    uplink_rate_bps: Rate
    transmit_w: NonNegative
    frame_length_bytes: Annotated[int, Field(ge=128, le=2048)]
    station_latency_s: NonNegative
    downlink: Downlink | None = None
    uplink: Uplink | None = None

    @model_validator(mode="after")
    def _has_one_rate(self) -> "Radio":
        varies = self.downlink is not None and self.downlink.rate != "fixed"
        if varies == (self.downlink_rate_bps is not None):
            raise ValueError("needs downlink_rate_bps, or a table downlink whose rate is shannon or acm")
        return self

    def is_heard_by(self, antenna: Antenna | None) -> bool:
        """Whether a station with this antenna can receive; a radio without a budget asks for nothing."""
        return self.downlink is None or (antenna is not None and self.downlink.band in antenna.feeds)

    def is_commanded_by(self, antenna: Antenna | None) -> bool:
        """Whether a station with this antenna can send telecommands."""
        if self.uplink is None:
            return antenna is None or antenna.transmits
        feed = antenna.feeds.get(self.uplink.band) if antenna is not None else None
        return feed is not None and feed.eirp_dbw is not None
