"""A satellite's process: `python -m onboard --name ember-1 --endpoint ENDPOINT`. The executive starts it, or meets it.

Its camera puts pixels into mass memory, a folder that the executive and this process share.
"""

import sys
from pathlib import Path

from onboard import commands, config, events, modes, wire
from onboard.comms import runs
from onboard.config import SpacecraftConfig
from onboard.errors import InputError
from onboard.payload import detections, imagery
from onboard.process import run_process
from onboard.shell import FlightUnit

CODEC = wire.Codec(
    *wire.LOCKSTEP,
    *wire.message_types(commands, config, events, modes, runs, detections, imagery),
)


def main() -> int:
    """Serve one spacecraft's flight software."""
    return run_process(__doc__, CODEC, _unit)


def _unit(config: SpacecraftConfig) -> FlightUnit:
    if not Path(config.memory_root).is_dir():
        rule = f"mass memory is not in reach: share {config.memory_root} with the executive, whose TMPDIR it lies in"
        raise InputError(config.name, rule)
    return FlightUnit(config)


if __name__ == "__main__":
    sys.exit(main())
