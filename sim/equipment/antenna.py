"""Antennas of ground stations, by band, and telescopes that serve as such."""

from typing import Annotated

from pydantic import Field, model_validator

from sim.equipment.records import Fraction, NonNegative, Number, Positive, Record

Decibels = Annotated[Number, Field(ge=-300, le=300)]
Band = Annotated[str, Field(pattern=r"^(VHF|UHF|L|S|C|X|Ku|Ka|optical)$")]
OPTICAL: Band = "optical"


class Feed(Record):
    """One band of an antenna. Its gain is stated, or follows from the antenna's diameter and `efficiency`.

    `antenna_noise_k` is what it hears of a clear sky and of the ground at low elevation; `eirp_dbw` is missing where
    the feed only receives. In the band `optical` noise is that of photons, and `line_loss_db` is of the telescope.
    """

    gain_dbi: Decibels | None = None
    efficiency: Fraction | None = None
    antenna_noise_k: NonNegative = 0.0
    noise_figure_db: NonNegative = 0.0
    line_loss_db: NonNegative = 0.0
    pointing_loss_db: NonNegative = 0.0
    eirp_dbw: Decibels | None = None


class Antenna(Record):
    """A station's antenna: bands and what it does in them."""

    name: str
    diameter_m: Positive | None = None
    feeds: Annotated[dict[Band, Feed], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_gain(self) -> "Antenna":
        for band, feed in self.feeds.items():
            if (feed.gain_dbi is None) == (feed.efficiency is None):
                raise ValueError(f"feed {band} needs one of gain_dbi and efficiency")
            if feed.efficiency is not None and (self.diameter_m is None or feed.efficiency == 0.0):
                raise ValueError(f"feed {band} needs a diameter_m and an efficiency above 0")
            if band != OPTICAL and feed.antenna_noise_k == 0.0 and feed.noise_figure_db == 0.0:
                raise ValueError(f"feed {band} needs antenna_noise_k or noise_figure_db: nothing is without noise")
        return self

    @property
    def transmits(self) -> bool:
        """Whether it can send anything up."""
        return any(feed.eirp_dbw is not None for feed in self.feeds.values())
