"""A satellite's process: `python -m onboard --name ember-1 --endpoint ENDPOINT`. The executive starts it."""

import argparse
import sys

from onboard import commands, config, events, modes, wire
from onboard.payload import detections, imagery
from onboard.process import run_process
from onboard.shell import FlightUnit

CODEC = wire.Codec(
    *wire.LOCKSTEP,
    *wire.message_types(commands, config, events, modes, detections, imagery),
)


def main() -> int:
    """Serve one spacecraft's flight software."""
    parser = argparse.ArgumentParser(prog="python -m onboard", description=__doc__)
    parser.add_argument("--name", required=True, help="the satellite, as the process list shows it")
    parser.add_argument("--endpoint", required=True, help="the ZeroMQ endpoint to meet the executive at")
    return run_process(parser.parse_args().endpoint, CODEC, FlightUnit)


if __name__ == "__main__":
    sys.exit(main())
