"""The socket of a participant's own process: one ZeroMQ pair to the executive, over which it runs in lock step."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

import zmq

from onboard.wire import Codec, Participant, serve

_ORPHAN_CHECK_MS = 500


def run_process(description: str, codec: Codec, build: Callable[[Any], Participant]) -> int:
    """Serve until shut down; returns the exit code.

    A process that was started with its executive's identifier ends by itself when that has died.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--name", required=True, help="whose process this is, as the process list shows it")
    parser.add_argument("--endpoint", required=True, help="the ZeroMQ endpoint to meet the executive at")
    parser.add_argument("--parent", type=int, help="the executive's process identifier, where it runs on this machine")
    options = parser.parse_args()
    return _serve_at(options.endpoint, options.parent, codec, build)


def _serve_at(endpoint: str, parent: int | None, codec: Codec, build: Callable[[Any], Participant]) -> int:
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PAIR)
    socket.setsockopt(zmq.LINGER, 200)
    socket.setsockopt(zmq.RCVTIMEO, _ORPHAN_CHECK_MS)
    socket.bind(endpoint)

    def receive() -> bytes:
        while True:
            try:
                return socket.recv()
            except zmq.Again:
                if parent is not None and os.getppid() != parent:
                    sys.exit(1)

    try:
        serve(codec, build, receive, socket.send)
    except KeyboardInterrupt:
        return 130
    finally:
        socket.close()
        zmq.Context.instance().term()
    return 0
