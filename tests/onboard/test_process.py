"""The socket of a participant's own process."""

import os
import tempfile
import time
from contextlib import closing
from pathlib import Path
from threading import Thread

import zmq

from onboard.process import _Door

LONGEST_S = 10.0


def test_who_answers_an_executive_that_has_died_ends() -> None:
    """It died while the answer was made: nobody will ever take that."""
    ended: list[BaseException] = []
    with tempfile.TemporaryDirectory() as folder:
        endpoint = f"ipc://{Path(folder) / 'door'}"

        def grant() -> None:
            context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
            socket = context.socket(zmq.PAIR)
            socket.connect(endpoint)
            socket.send(b"grant")
            context.destroy(linger=1000)

        def answer() -> None:
            with closing(_Door(endpoint, os.getppid() + 1, None)) as door:
                assert door.receive() == b"grant"
                executive.join()
                time.sleep(0.2)  # until it hears that the other end is gone
                try:
                    door.send(b"answer")
                except SystemExit as end:
                    ended.append(end)

        executive, process = Thread(target=grant), Thread(target=answer, daemon=True)
        executive.start()
        process.start()
        process.join(LONGEST_S)
    assert ended
