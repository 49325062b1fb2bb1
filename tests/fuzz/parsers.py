"""Spoiled bytes for every parser of what comes from outside: none may raise, hang or reserve much memory.

`python -m tests.fuzz.parsers --seconds 300` prints its figures as JSON, and what made a parser fail as hexadecimal
digits. It ends with 1 where there was any. The parsers run in a child process with a limit of memory, so that bytes
that crash a library are known too.
"""

import argparse
import json
import mmap
import os
import resource
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from groundstation.deframer import Deframer
from groundstation.reassembly import Reassembly
from onboard.comms import event_reports, housekeeping, reports, telecommand_catalogue
from onboard.comms.frames import with_check
from onboard.comms.packets import is_idle, packet_bytes, parse_packet, parse_segment
from onboard.comms.security import Direction, Opener
from onboard.comms.tc_frames import parse_tc_frame
from onboard.comms.telecommand_packets import parse_packets
from onboard.payload import model_archive, products
from tests.fuzz import samples
from tests.tm_link import parse_frame

KEYS = {1: bytes(32)}
MEMORY_LIMIT_BYTES = 6 * 2**30
"""Of addresses: an image may declare 2**29 samples of two bytes, and is decoded once beside itself."""
MAX_CALL_S = 2.0
"""Of processor time."""
MAX_FAILURES = 20
_BATCH = 50
_INTERESTING = (b"\0", b"\x7f", b"\x80", b"\xff", b"\xff" * 4, b"\xff" * 8 + b"\x7f", b"\x80" * 8 + b"\x01", b"\0" * 4)
"""Ends of ranges, and varints that say a lot."""


@dataclass(frozen=True)
class Parser:
    """Something that reads bytes from outside. `refusals` are the exceptions that it documents."""

    name: str
    parse: Callable[[bytes], object]
    samples: tuple[bytes, ...]
    refusals: tuple[type[Exception], ...] = ()


def _deframer(opener: Opener | None = None) -> Callable[[bytes], object]:
    """Deframing and reassembly with their memory of what came before; reassembly's is small, to fill up."""
    deframer, reassembly = Deframer(samples.SPACECRAFT, opener=opener), Reassembly(capacity_bytes=10_000)
    lately: deque[bytes] = deque(maxlen=5)

    def parse(frame: bytes) -> object:
        accepted = [reassembly.push(segment) for packet in deframer.push(frame) if (segment := parse_segment(packet))]
        lately.append(frame)
        deframer.receive((b"".join(lately), frame))
        assert reassembly.held_bytes <= 10_000
        return accepted

    return parse


def _packet(data: bytes) -> object:
    packet_bytes(data, 0)
    if len(data) >= 2:
        is_idle(data)
    packet = parse_packet(data)
    return packet and (parse_segment(packet) or packet)


def _tc(opener: Opener | None) -> Callable[[bytes], object]:
    def parse(frame: bytes) -> object:
        data = parse_tc_frame(frame, samples.SPACECRAFT, opener)
        return data and parse_packets(data)

    return parse


def _opener(direction: Direction) -> Opener:
    return Opener(KEYS, samples.SPACECRAFT, direction, window=64)


def parsers() -> tuple[Parser, ...]:
    """Every parser, those that remember in their first state."""
    sealed = _opener(Direction.DOWN)
    return (
        Parser("TM frame", parse_frame, samples.TM_FRAMES),
        Parser("TM deframer", _deframer(), samples.TM_FRAMES),
        Parser("TM deframer, secured", _deframer(_opener(Direction.DOWN)), samples.TM_FRAMES),
        Parser("sealed data", lambda data: sealed.open(b"header", data), samples.TM_FRAMES),
        Parser("space packet", _packet, samples.PACKETS),
        Parser("TC frame", _tc(None), samples.TC_FRAMES),
        Parser("TC frame, secured", _tc(_opener(Direction.UP)), samples.TC_FRAMES),
        Parser("telecommand packets", parse_packets, samples.TC_DATA),
        Parser("telecommand", telecommand_catalogue.decode, samples.TELECOMMANDS),
        Parser("report", reports.decode, samples.REPORTS),
        Parser("housekeeping", housekeeping.decode, samples.HOUSEKEEPING),
        Parser("event reports", event_reports.decode, samples.EVENT_REPORTS),
        Parser("detection list", products.decode, samples.DETECTION_LISTS, (ValueError,)),
        Parser("chips", products.decode_chips, samples.CHIPS, (ValueError,)),
        Parser("image", products.decode_image, samples.IMAGES, (ValueError,)),
        Parser("image's frame", products.image_frame_id, samples.IMAGES, (ValueError,)),
        Parser("model archive", model_archive.unpack, samples.MODEL_ARCHIVES),
    )


def spoiled(rng: Random, sound: tuple[bytes, ...]) -> bytes:
    """Noise, or a sample with up to eight changes; half of the time with a valid CRC-16 at its end."""
    if rng.random() < 0.05:
        data = bytearray(rng.randbytes(rng.choice((rng.randrange(64), rng.randrange(2000)))))
    else:
        data = bytearray(rng.choice(sound))
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
            _change(rng, data, sound)
    return with_check(bytes(data[:-2])) if rng.random() < 0.5 else bytes(data)


def _change(rng: Random, data: bytearray, sound: tuple[bytes, ...]) -> None:
    # Headers are short and decide most: half of the changes are near the beginning.
    at = rng.randrange(len(data) + 1) if rng.random() < 0.5 else rng.randrange(min(len(data), 24) + 1)
    kind = rng.randrange(7)
    if kind == 0 and at < len(data):
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1 and at < len(data):
        data[at] = rng.randrange(256)
    elif kind == 2:
        extreme = rng.choice(_INTERESTING)
        data[at : at + len(extreme)] = extreme
    elif kind == 3:
        data[at:at] = rng.choice(_INTERESTING) if rng.random() < 0.5 else rng.randbytes(rng.randint(1, 9))
    elif kind == 4:
        del data[at : at + rng.choice((1, 2, rng.randint(1, 200)))]
    elif kind == 5:
        data[at:at] = data[at : at + rng.randint(1, 100)]
    else:
        other = rng.choice(sound)
        data[at:] = other[rng.randrange(len(other)) :]


@dataclass
class Outcome:
    """Inputs tried and understood by parser, and failures: parser, what went wrong, and the bytes."""

    tried: Counter[str] = field(default_factory=Counter)
    understood: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, str]] = field(default_factory=list)


def fuzz(seed: int, goes_on: Callable[[], bool], announce: Callable[[str, bytes], None] = lambda *_: None) -> Outcome:
    """Rounds over all parsers while it `goes_on` and few have failed; `announce` hears what comes next."""
    rng = Random(seed)
    outcome = Outcome()
    subjects = parsers()
    for subject in subjects:
        subject.parse(subject.samples[0])
        subject.parse(subject.samples[-1])
    while goes_on() and len(outcome.failures) < MAX_FAILURES:
        for subject in subjects:
            for _ in range(_BATCH):
                data = spoiled(rng, subject.samples)
                announce(subject.name, data)
                _try(subject, data, outcome)
    return outcome


def _try(subject: Parser, data: bytes, outcome: Outcome) -> None:
    started_s = time.process_time()
    error = ""
    try:
        outcome.understood[subject.name] += subject.parse(data) is not None
    except subject.refusals:
        pass
    except (Exception, RecursionError) as failure:
        error = repr(failure)
    if not error and time.process_time() - started_s > MAX_CALL_S:
        error = f"took more than {MAX_CALL_S} s"
    outcome.tried[subject.name] += 1
    if error:
        outcome.failures.append({"parser": subject.name, "error": error, "hex": data.hex()})


class LastInput:
    """What is being parsed, in memory that outlives a child process that crashes."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 2**16)

    def announce(self, name: str, data: bytes) -> None:
        text = f"{name}\n{data.hex()}".encode()[: len(self._memory) - 4]
        self._memory[: 4 + len(text)] = len(text).to_bytes(4, "big") + text

    def failure(self, error: str) -> dict[str, str]:
        size = int.from_bytes(self._memory[:4], "big")
        name, _, digits = self._memory[4 : 4 + size].decode().partition("\n")
        return {"parser": name, "error": error, "hex": digits}


def _in_child(seconds: float, seed: int, last: LastInput) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    end_s = time.monotonic() + seconds
    outcome = fuzz(seed, lambda: time.monotonic() < end_s, last.announce)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {
        "ok": not outcome.failures,
        "inputs": outcome.tried.total(),
        "seed": seed,
        "peak_memory_mib": peak // 1024,
        "understood": {name: f"{outcome.understood[name]} of {n}" for name, n in outcome.tried.items()},
        "failures": outcome.failures,
    }
    print(json.dumps(figures, indent=2), flush=True)
    return 1 if outcome.failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    last = LastInput()
    child = os.fork()
    if child == 0:
        code = 2
        try:
            code = _in_child(options.seconds, options.seed, last)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        print(json.dumps({"ok": False, "failures": [last.failure(f"died of signal {-code}")]}, indent=2))
    return code and 1


if __name__ == "__main__":
    sys.exit(main())
