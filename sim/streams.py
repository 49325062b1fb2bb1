"""Named random streams: one generator per cause, so that a new cause shifts no other draw."""

import hashlib

import numpy as np


def seed_of(run_seed: int, name: str) -> int:
    """A 128-bit seed from the run's seed and a cause's name."""
    return int.from_bytes(hashlib.sha256(f"{run_seed}/{name}".encode()).digest()[:16], "big")


class Streams:
    """The generators of one run, made when first asked for."""

    def __init__(self, run_seed: int) -> None:
        self._run_seed = run_seed
        self._generators: dict[str, np.random.Generator] = {}

    def get(self, name: str) -> np.random.Generator:
        """The generator of one cause, such as `link/ember-1`."""
        if name not in self._generators:
            self._generators[name] = np.random.default_rng(seed_of(self._run_seed, name))
        return self._generators[name]
