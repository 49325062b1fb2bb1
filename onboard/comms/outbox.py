"""Products that await the ground's acknowledgement, bounded in bytes."""

import math
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass

from onboard.comms.packets import MAX_PRODUCT_ID, ProductKind


@dataclass(frozen=True, slots=True)
class Product:
    """What the payload made of a frame. `product_id` is never used twice in a mission."""

    product_id: int
    kind: ProductKind
    frame_id: int
    payload: bytes
    value: float
    created_ns: int


_Worth = tuple[float, int, int]


def _worth(product: Product) -> _Worth:
    return product.value, product.created_ns, product.product_id


class Outbox:
    """Holds each product until it is acknowledged or, in a full store, one not worse needs its place."""

    def __init__(self, capacity_bytes: int) -> None:
        self.capacity_bytes = capacity_bytes
        self.held_bytes = 0
        self._products: dict[int, Product] = {}
        self._by_worth: list[_Worth] = []

    def store(self, product: Product) -> tuple[Product, ...]:
        """Take a product in and return what was dropped for it: the least valuable first, then the oldest.

        Where only more valuable ones could make room nothing is dropped: the newcomer itself is returned.
        """
        assert product.product_id not in self._products
        assert 0 <= product.product_id <= MAX_PRODUCT_ID
        assert math.isfinite(product.value)
        victims = self._victims(product)
        if victims is None:
            return (product,)
        for victim in victims:
            self.remove(victim.product_id)
        self._products[product.product_id] = product
        insort(self._by_worth, _worth(product))
        self.held_bytes += len(product.payload)
        return victims

    def remove(self, product_id: int) -> Product:
        """Forget a held product, for instance because it was acknowledged."""
        product = self._products.pop(product_id)
        del self._by_worth[bisect_left(self._by_worth, _worth(product))]
        self.held_bytes -= len(product.payload)
        return product

    def __contains__(self, product_id: int) -> bool:
        return product_id in self._products

    def __len__(self) -> int:
        return len(self._products)

    def __iter__(self) -> Iterator[Product]:
        """The products held, in the order they were stored."""
        return iter(self._products.values())

    def _victims(self, newcomer: Product) -> tuple[Product, ...] | None:
        excess = self.held_bytes + len(newcomer.payload) - self.capacity_bytes
        victims: list[Product] = []
        for value, _, product_id in self._by_worth:
            if excess <= 0 or value > newcomer.value:
                break
            victims.append(self._products[product_id])
            excess -= len(victims[-1].payload)
        return tuple(victims) if excess <= 0 else None
