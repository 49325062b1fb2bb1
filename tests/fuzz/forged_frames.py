"""Forged, altered and replayed transfer frames against both ends of a secured link: none may be accepted.

`python -m tests.fuzz.forged_frames --count 1000000` prints its figures as JSON and ends with 1 where a forgery was
accepted, a genuine frame refused, an exception raised, or memory grew. Every genuine frame arrives after all the
attacks that were made of it: what an attack was made of must stay valid.
"""

import argparse
import json
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.fuzz.attacks import ATTACKS, KEY_IDS, Scene, Target, damaged, downlink, uplink

ATTACKS_PER_FRAME = 16
ROTATION_PERIOD = 200
"""Genuine frames under each key. The first key is stolen once it was replaced."""
MEMORY_SLACK_BYTES = 2 * 2**20


@dataclass
class Outcome:
    """What happened; `is_sound` is the verdict."""

    forgeries: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    genuine: int = 0
    genuine_refused: int = 0
    memory_growth_bytes: int = 0

    @property
    def is_sound(self) -> bool:
        failures = len(self.accepted) + len(self.exceptions) + self.genuine_refused
        return not failures and self.memory_growth_bytes <= MEMORY_SLACK_BYTES


def _deliver(target: Target, frame: bytes, outcome: Outcome) -> bool:
    try:
        return target.accepts(frame)
    except Exception as error:
        outcome.exceptions.append(f"{target.name} {error!r} {frame.hex()}")
        return False


def _attack(rng: Random, target: Target, outcome: Outcome, n_attacks: int) -> None:
    """Make and hold back a genuine frame, attack with it, and let it arrive."""
    held = target.build(target.sealer, rng.randint(1, 300))
    scene = Scene(rng, target, held)
    for attack in rng.choices(ATTACKS, k=n_attacks):
        forged = attack(scene)
        if forged == held:
            forged = damaged(scene)
        outcome.forgeries[f"{target.name} {attack.__name__}"] += 1
        if _deliver(target, forged, outcome):
            outcome.accepted.append(f"{target.name} {attack.__name__} {forged.hex()}")
    outcome.genuine += 1
    outcome.genuine_refused += not _deliver(target, held, outcome)
    target.hear(held)


def _rotate(target: Target, n_frames: int) -> None:
    key_id = n_frames // ROTATION_PERIOD + 1
    if n_frames % ROTATION_PERIOD == 0 and key_id in KEY_IDS and target.sealer.rotate(key_id, 0):
        target.opener.expect(key_id)


def run(count: int, seed: int) -> tuple[Outcome, dict[str, object]]:
    """`count` forgeries, half of them on each link; the outcome, and figures to print."""
    rng = Random(seed)
    keys = {key_id: rng.randbytes(32) for key_id in KEY_IDS}
    targets = (downlink(rng, keys), uplink(rng, keys))
    outcome = Outcome()
    warm_bytes = 0
    started_s = time.perf_counter()
    for n_frames, forged in enumerate(range(0, count, 2 * ATTACKS_PER_FRAME)):
        if n_frames == max(1, count // (20 * ATTACKS_PER_FRAME)):
            warm_bytes = _resident_bytes()
        left = min(2 * ATTACKS_PER_FRAME, count - forged)
        for target, n_attacks in zip(targets, (left // 2, left - left // 2), strict=True):
            _rotate(target, n_frames)
            _attack(rng, target, outcome, n_attacks)
    outcome.memory_growth_bytes = _resident_bytes() - warm_bytes
    wall_s = time.perf_counter() - started_s
    figures = {
        "forgeries": outcome.forgeries.total(),
        "accepted": len(outcome.accepted),
        "exceptions": len(outcome.exceptions),
        "genuine": outcome.genuine,
        "genuine_refused": outcome.genuine_refused,
        "memory_growth_bytes": outcome.memory_growth_bytes,
        "seed": seed,
        "wall_s": round(wall_s, 1),
        "by_attack": dict(sorted(outcome.forgeries.items())),
        "refused_by_opener": {
            target.name: {name: getattr(target.opener.counts, name) for name in target.opener.counts.__slots__}
            for target in targets
        },
    }
    return outcome, figures


def _resident_bytes() -> int:
    """The process's peak of resident memory: what grew and shrank between two readings counts too."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="how many forgeries")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcome, figures = run(options.count, options.seed)
    print(json.dumps({"ok": outcome.is_sound, **figures}, indent=2))
    for failure in [*outcome.accepted, *outcome.exceptions][:10]:
        print(failure, file=sys.stderr)
    return 0 if outcome.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
