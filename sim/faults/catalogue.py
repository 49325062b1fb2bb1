"""The fault catalogue: what can break, as a table. One row a kind: whom it strikes, for how long, with which keys, how
it shows. What each does lies where its physics does; `sim.faults.strikes` hands it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

CENTRE = "centre"
"""The mission centre, where a fault's `station` names it."""
Target = Literal["satellite", "station", "centre"]
Family = Literal["payload", "power and heat", "link", "clock", "computers", "commanding"]
UNITS = ("computer", "instrument", "radio")
"""What a latch-up may strike."""


@dataclass(frozen=True, slots=True)
class Key:
    """A number of a kind's own: its range, what holds where it is not given, and from where to where it is drawn."""

    name: str
    low: float
    high: float
    default: float
    drawn: tuple[float, float]
    words: str
    is_whole: bool = False

    @property
    def rule(self) -> str:
        """What it may be."""
        return f"must be {'a whole number ' if self.is_whole else ''}from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Kind:
    """A row. `lasts`: it is a state, until `until_s` where that is given; otherwise it happens once, for good.

    `takes_unit`: it strikes one of `UNITS`, named by `unit`.
    """

    name: str
    family: Family
    strikes: tuple[Target, ...]
    lasts: bool
    words: str
    noticed: str
    keys: tuple[Key, ...] = ()
    takes_unit: bool = False

    def key(self, name: str) -> Key | None:
        """One of its keys."""
        return next((key for key in self.keys if key.name == name), None)


def _share(default: float, of: str, high: float = 1.0) -> Key:
    return Key("lost_share", 0.01, high, default, (0.1, min(0.6, high)), f"the share of {of} that is gone")


_FRAME_LOSS = "the chance of each frame to be lost"

_ROWS = (
    Kind(
        *("camera_stuck", "payload", ("satellite",), True),
        words="the camera gives one picture, the first, again and again, until it is switched off and on",
        noticed="frames are equal to the last bit: the same boxes come from everywhere",
    ),
    Kind(
        *("camera_blind", "payload", ("satellite",), True),
        words="the camera gives dark frames",
        noticed="models find nothing any more, over any ground",
    ),
    Kind(
        *("model_corrupt", "payload", ("satellite",), False),
        words="bytes of the flying model's file are altered on board",
        noticed="its hash is not the card's: the next job fails, is reported, and the file is loaded anew",
        keys=(Key("n_bytes", 1, 65536, 64, (1, 64), "how many bytes are altered", is_whole=True),),
    ),
    Kind(
        *("accelerator_failed", "payload", ("satellite",), False),
        words="an accelerator of the payload computer works no more",
        noticed="jobs begin anew on another, or fail where none is left",
        keys=(Key("accelerator", 1, 64, 1, (1, 1), "which, counted from 1", is_whole=True),),
    ),
    Kind(
        *("software_hung", "payload", ("satellite",), True),
        words="jobs of the payload computer never end, until it is switched off and on",
        noticed="a watchdog waits in vain for the end of a job",
    ),
    Kind(
        *("heater_stuck_on", "power and heat", ("satellite",), True),
        words="every heater stays on",
        noticed="heater power and battery temperature in housekeeping",
    ),
    Kind(
        *("heater_stuck_off", "power and heat", ("satellite",), True),
        words="no heater goes on",
        noticed="the battery grows cold, and takes no charge below its limit",
    ),
    Kind(
        *("array_string_lost", "power and heat", ("satellite",), True),
        words="strings of the solar array give no current",
        noticed="array power in sunlight is less than it was",
        keys=(_share(0.25, "the array's power"),),
    ),
    Kind(
        *("cell_lost", "power and heat", ("satellite",), False),
        words="battery cells open, and what is in them is lost",
        noticed="the state of charge falls deeper in every eclipse",
        keys=(_share(0.25, "the battery's capacity", high=0.9),),
    ),
    Kind(
        *("latch_up", "power and heat", ("satellite",), True),
        words="a particle makes a unit draw over-current: its limiter trips, it is off until it is cycled",
        noticed="the limiter's flag in housekeeping",
        keys=(Key("overcurrent_w", 0, 1000, 5, (1, 10), "what it draws meanwhile, in W"),),
        takes_unit=True,
    ),
    Kind(
        *("radio_out", "link", ("satellite",), True),
        words="the radio neither sends nor hears",
        noticed="a planned pass begins without housekeeping",
    ),
    Kind(
        *("station_out", "link", ("station",), True),
        words="a station neither hears nor sends",
        noticed="no spacecraft is heard there",
    ),
    Kind(
        *("pass_cut_short", "link", ("satellite",), False),
        words="the pass that goes on, or the next, loses its end",
        noticed="a pass ends before its time",
        keys=(Key("lost_s", 1, 3600, 120, (30, 300), "how much of it, in s"),),
    ),
    Kind(
        *("rain_fade", "link", ("station",), True),
        words="heavy rain over a station",
        noticed="frames lost, or lower rates on radios that adapt",
        keys=(
            Key("fade_db", 0, 60, 10, (3, 20), "attenuation in dB, on radios with a link budget"),
            Key("frame_loss", 0, 1, 0.3, (0.1, 0.6), f"{_FRAME_LOSS}, on radios without one"),
        ),
    ),
    Kind(
        *("loss_burst", "link", ("satellite",), True),
        words="interference on a satellite's link, both ways",
        noticed="gaps in the counts of frames, repeated telecommands",
        keys=(Key("frame_loss", 0, 1, 0.5, (0.1, 0.9), _FRAME_LOSS),),
    ),
    Kind(
        *("clock_drift", "clock", ("satellite",), True),
        words="the on-board clock runs fast, or slow where negative; what it has gained stays",
        noticed="time stamps of housekeeping against their arrival",
        keys=(Key("drift_ppm", -10000, 10000, 100, (-5000, 5000), "drift, in millionths"),),
    ),
    Kind(
        *("clock_jump", "clock", ("satellite",), False),
        words="the on-board clock jumps",
        noticed="time stamps of housekeeping against their arrival",
        keys=(Key("offset_s", -3600, 3600, 10, (-60, 60), "by how much, in s"),),
    ),
    Kind(
        *("process_killed", "computers", ("satellite", "station", "centre"), False),
        words="a computer dies, and boots: what it had in memory is lost",
        noticed="the boot count in housekeeping; the ground repeats what nobody acknowledged",
        keys=(Key("boot_s", 0, 3600, 30, (1, 120), "until it is up again, in s"),),
    ),
    Kind(
        *("disk_full", "computers", ("satellite", "centre"), True),
        words="a store takes nothing more",
        noticed="frames are refused and products given up, with reports; a full archive acknowledges nothing",
    ),
    Kind(
        *("memory_short", "computers", ("satellite",), True),
        words="part of mass memory is gone",
        noticed="frames are evicted, with reports",
        keys=(_share(0.5, "mass memory"),),
    ),
    Kind(
        *("command_late", "commanding", ("satellite",), True),
        words="telecommands and reports arrive late",
        noticed="they are acknowledged later than they were sent, or repeated",
        keys=(Key("delay_s", 0.1, 3600, 30, (1, 60), "how late, in s"),),
    ),
    Kind(
        *("command_duplicated", "commanding", ("satellite",), True),
        words="telecommands and reports arrive twice",
        noticed="the second is a replay on a sealed link, and a repetition on a clear one",
        keys=(Key("delay_s", 0.1, 3600, 1, (0.5, 60), "after which time, in s"),),
    ),
    Kind(
        *("false_acknowledgement", "commanding", ("station",), True),
        words="a station's front end has products acknowledged that it then loses",
        noticed="gaps in the products' numbers, when the spacecraft holds none any more",
    ),
)
CATALOGUE: Mapping[str, Kind] = MappingProxyType({row.name: row for row in _ROWS})
"""Every kind by its name."""
OWN_KEYS = tuple(dict.fromkeys(key.name for row in _ROWS for key in row.keys))
"""Names of numbers that kinds take."""
