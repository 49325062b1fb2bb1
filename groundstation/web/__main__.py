"""Mission control's server: `python -m groundstation.web --pipe FD --listening FD`. Whoever flies starts it."""

import argparse
import os
import signal
import socket
import sys
import threading
from multiprocessing.connection import Connection

from groundstation.web.piped import PipedSource
from groundstation.web.server import build, serve


def main() -> int:
    """Serve until the other end of the pipe says so, or is gone. The token comes in the environment: `ps` shows words
    of the command line to everybody."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pipe", type=int, required=True)
    parser.add_argument("--listening", type=int, required=True)
    parser.add_argument("--loopback", action="store_true")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which then ends its server
    pipe = Connection(arguments.pipe)
    source = PipedSource(pipe)
    app = build(
        source,
        token=os.environ.get("SKYSIFT_WEB_TOKEN", ""),
        is_loopback=arguments.loopback,
        is_ready=lambda: source.is_ready,
    )
    server = serve(app, listening := socket.socket(fileno=arguments.listening))

    def end() -> None:
        server.should_exit = True

    threading.Thread(target=source.read, args=(end,), daemon=True).start()
    server.run(sockets=[listening])
    return 0


if __name__ == "__main__":
    sys.exit(main())
