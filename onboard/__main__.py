"""A satellite's process: `python -m onboard --name ember-1 --endpoint ENDPOINT`. The executive starts it."""

import sys

from onboard import commands, config, events, modes, wire
from onboard.comms import runs
from onboard.payload import detections, imagery
from onboard.process import run_process
from onboard.shell import FlightUnit

CODEC = wire.Codec(
    *wire.LOCKSTEP,
    *wire.message_types(commands, config, events, modes, runs, detections, imagery),
)


def main() -> int:
    """Serve one spacecraft's flight software."""
    return run_process(__doc__, CODEC, FlightUnit)


if __name__ == "__main__":
    sys.exit(main())
