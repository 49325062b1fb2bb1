"""A ground process: `python -m groundstation --name Svalbard --endpoint ENDPOINT`. The executive starts it."""

import sys

from groundstation import messages
from groundstation.archive import FlownModel
from groundstation.centre import MissionCentre
from groundstation.command_queue import CommandChanged
from groundstation.events import EventRule
from groundstation.host import Host
from groundstation.messages import CentreConfig, StationConfig, TerminalConfig
from groundstation.screening import KnownSite
from groundstation.sinks import SinkConfig
from groundstation.station import Station
from groundstation.terminal import Terminal
from onboard import wire
from onboard.comms import runs
from onboard.comms.housekeeping import Housekeeping
from onboard.process import run_process

CODEC = wire.Codec(
    *wire.LOCKSTEP,
    *wire.message_types(messages, runs),
    *(CommandChanged, EventRule, FlownModel, Housekeeping, KnownSite, SinkConfig),
)


GroundConfig = StationConfig | CentreConfig | TerminalConfig


def build(config: GroundConfig) -> Host:
    """The participant that a configuration is for, on its computer."""
    return Host(lambda: _participant(config))


def _participant(config: GroundConfig) -> Station | MissionCentre | Terminal:
    match config:
        case CentreConfig():
            return MissionCentre(config)
        case TerminalConfig():
            return Terminal(config)
    return Station(config)


def main() -> int:
    """Serve one station or the mission centre."""
    return run_process(__doc__, CODEC, build)


if __name__ == "__main__":
    sys.exit(main())
