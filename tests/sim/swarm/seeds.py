"""The seeds of the tests, in chunks that share two workers well."""

from sim.swarm.campaign import fly_seeds

SEEDS = 300
CHUNK = 25


def fly_chunk(first: int) -> dict[int, str]:
    """What was found, by seed."""
    return fly_seeds(range(first, first + CHUNK)).failed
