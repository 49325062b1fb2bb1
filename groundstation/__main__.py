"""A ground process: `python -m groundstation --name Svalbard --endpoint ENDPOINT`. The executive starts it."""

import sys

from groundstation import messages
from groundstation.centre import MissionCentre
from groundstation.messages import CentreConfig, StationConfig
from groundstation.station import Station
from onboard import wire
from onboard.process import run_process

CODEC = wire.Codec(*wire.LOCKSTEP, *wire.message_types(messages))


def build(config: StationConfig | CentreConfig) -> Station | MissionCentre:
    """The participant that a configuration is for."""
    return MissionCentre(config) if isinstance(config, CentreConfig) else Station(config)


def main() -> int:
    """Serve one station or the mission centre."""
    return run_process(__doc__, CODEC, build)


if __name__ == "__main__":
    sys.exit(main())
