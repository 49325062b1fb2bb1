"""The child process of `sim.modelling.sandbox`: one task on one file, then the end.

Standard input holds `{task, request, limits}` and standard output `{result}`, `{refused}` or, where memory was not
enough, `{exceeded}`, in MessagePack.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgpack

from onboard.errors import InputError
from sim.modelling.metadata import printable
from sim.modelling.sandbox import limit_process

MESSAGE_LENGTH = 400


def _worker(task: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The function that does a task. Its libraries are loaded here, before memory is limited."""
    match task:
        case "inspect":
            from sim.modelling.inspection import inspect

            return inspect
        case "count":
            from sim.modelling.counting import count

            return count
        case "run":
            from sim.modelling.running import run

            return run
        case "merge":
            from sim.modelling.external import merge

            return merge
        case "measure":
            from sim.modelling.running import measure

            return measure
    raise AssertionError(task)


def answer(work: Callable[[], dict[str, Any]], path: str) -> dict[str, Any]:
    """The result, or why the file is refused. Whatever else a file makes its readers raise refuses it too."""
    try:
        return {"result": work()}
    except InputError as error:
        return {"refused": str(error).removeprefix(f"{Path(path)}: ")}
    except MemoryError:
        return {"exceeded": True}
    except AssertionError:
        raise
    except Exception as error:
        told = printable(str(error), MESSAGE_LENGTH) or type(error).__name__
        if "bad_alloc" in told or "llocate memory" in told:
            return {"exceeded": True}
        return {"refused": f"cannot be read as an ONNX model, it may be damaged: {told}"}


def main() -> None:
    """Do one task."""
    # Libraries that print would spoil the answer: they print where nobody listens.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        message = msgpack.unpackb(sys.stdin.buffer.read())
        work, request, limits = _worker(message["task"]), message["request"], message["limits"]
        limit_process(**limits)
        out.write(msgpack.packb(answer(lambda: work(request), request["path"])))


if __name__ == "__main__":
    main()
