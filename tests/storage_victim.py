"""A process that keeps an outbox in a real store, tells after each sync, and waits to be killed."""

import os
import sys
from pathlib import Path
from random import Random

from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind
from onboard.mission_time import NEVER_NS
from onboard.sqlite_store import SqliteStore

CAPACITY_BYTES = 60_000


def step(outbox: Outbox, seed: int, number: int) -> None:
    """One advance of a busy spacecraft: the same for the same seed and number."""
    random = Random(f"{seed} {number}")
    for _ in range(random.randrange(3)):
        product_id = outbox.next_product_id
        payload = random.randbytes(random.choice([30, 300, 20_000]))
        expires_ns = number + random.randrange(1, 9) if random.random() < 0.3 else NEVER_NS
        outbox.store(Product(product_id, ProductKind.CHIP, number, payload, random.random(), number, expires_ns))
    outbox.expire(number)
    for held in list(outbox):
        if random.random() < 0.1:
            outbox.remove(held.product_id)


def live(path: Path, seed: int, number: int) -> None:
    """Advance for ever, telling each step's number after its sync."""
    os.write(1, b"0\n")
    store = SqliteStore(path)
    outbox = Outbox(CAPACITY_BYTES, store)
    while True:
        step(outbox, seed, number)
        store.put("step", str(number).encode())
        store.sync()
        os.write(1, f"{number}\n".encode())
        number += 1


if __name__ == "__main__":
    live(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
