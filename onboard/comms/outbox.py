"""Products that await the ground's acknowledgement: durable, bounded in bytes, given up by value and by deadline."""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from struct import Struct

from onboard.comms.packets import FIRST_PRODUCT_ID, MAX_PRODUCT_ID, PRODUCT_CHECK_BYTES, ProductKind, product_check
from onboard.mission_time import NEVER_NS
from onboard.storage import MemoryStore, Store


@dataclass(frozen=True, slots=True)
class Product:
    """What the payload made of a frame. `product_id` is never used twice in a mission.

    From `expires_ns` on nobody wants it any more. `check` is the payload's CRC-32 as it was when the product was made.
    """

    product_id: int
    kind: ProductKind
    frame_id: int
    payload: bytes
    value: float
    created_ns: int
    expires_ns: int = NEVER_NS
    check: bytes = b""

    def __post_init__(self) -> None:
        if not self.check:
            object.__setattr__(self, "check", product_check(self.payload))

    @property
    def is_sound(self) -> bool:
        """Whether the payload is as it was made."""
        return product_check(self.payload) == self.check


_Worth = tuple[float, int, int]

_DESCRIPTION = Struct(f">QBqdqq{PRODUCT_CHECK_BYTES}s")
"""Place in the order of storing, kind, frame, value, times of creation and expiry, check."""
_DESCRIPTIONS = "outbox/description/"
_PAYLOADS = "outbox/payload/"
_NEXT_ID = "outbox/next_product_id"


def _worth(product: Product) -> _Worth:
    return product.value, product.created_ns, product.product_id


def _key(prefix: str, product_id: int) -> str:
    return f"{prefix}{product_id:08x}"


class Outbox:
    """Holds each product until it is acknowledged, expires or, in a full store, one not worse needs its place.

    It begins with what the store holds. Its writes become durable with the store's next `sync`, description and
    payload together; a payload is written once and never again.
    """

    def __init__(self, capacity_bytes: int, store: Store | None = None) -> None:
        self.capacity_bytes = capacity_bytes
        self.held_bytes = 0
        self._store: Store = MemoryStore() if store is None else store
        self._products: dict[int, Product] = {}
        self._by_worth: list[_Worth] = []
        self._by_expiry: list[tuple[int, int]] = []
        self._next_place = 0
        self._next_product_id = int.from_bytes(self._store.get(_NEXT_ID) or bytes([FIRST_PRODUCT_ID]), "big")
        self._load()

    @property
    def next_product_id(self) -> int:
        """Above every id ever stored, across reboots; the same until a product of this id is stored."""
        return self._next_product_id

    @property
    def next_expiry_ns(self) -> int:
        """When the next product held expires, NEVER_NS if none does."""
        return self._by_expiry[0][0] if self._by_expiry else NEVER_NS

    def store(self, product: Product, next_contact_ns: int = 0) -> tuple[Product, ...]:
        """Take a product in and return what was dropped for it: the least valuable first, then the oldest.

        Before those go products that expire by the next contact, whatever their value: they will be lost in any case,
        and keeping one would lose another that can be sent. In a store with room they stay, for a forecast may err.

        Where only more valuable ones could make room nothing is dropped: the newcomer itself is returned.
        """
        assert product.product_id not in self._products
        assert 0 <= product.product_id <= MAX_PRODUCT_ID
        assert math.isfinite(product.value)
        self._use_up(product.product_id)
        victims = self._victims(product, next_contact_ns)
        if victims is None:
            return (product,)
        for victim in victims:
            self.remove(victim.product_id)
        self._hold(product)
        self._write(product)
        return victims

    def remove(self, product_id: int) -> Product:
        """Forget a held product, for instance because it was acknowledged."""
        product = self._products.pop(product_id)
        del self._by_worth[bisect_left(self._by_worth, _worth(product))]
        if product.expires_ns < NEVER_NS:
            del self._by_expiry[bisect_left(self._by_expiry, (product.expires_ns, product_id))]
        self.held_bytes -= len(product.payload)
        self._store.delete(_key(_DESCRIPTIONS, product_id))
        self._store.delete(_key(_PAYLOADS, product_id))
        return product

    def expire(self, now_ns: int) -> tuple[Product, ...]:
        """Give up what nobody wants any more, in the order of deadlines."""
        expired = []
        while self.next_expiry_ns <= now_ns and self._by_expiry:
            expired.append(self.remove(self._by_expiry[0][1]))
        return tuple(expired)

    def strike(self, product_id: int, bit: int) -> Product:
        """Radiation flips a bit of a payload, here and in the store; returns the product as it now is."""
        product = self._products[product_id]
        payload = bytearray(product.payload)
        payload[bit // 8] ^= 1 << bit % 8
        struck = self._products[product_id] = replace(product, payload=bytes(payload))
        self._store.put(_key(_PAYLOADS, product_id), struck.payload)
        return struck

    def __contains__(self, product_id: int) -> bool:
        return product_id in self._products

    def __len__(self) -> int:
        return len(self._products)

    def __iter__(self) -> Iterator[Product]:
        """The products held, in the order they were stored."""
        return iter(self._products.values())

    def _victims(self, newcomer: Product, next_contact_ns: int) -> tuple[Product, ...] | None:
        excess = self.held_bytes + len(newcomer.payload) - self.capacity_bytes
        victims: list[Product] = []
        for candidate in self._candidates(newcomer, next_contact_ns) if excess > 0 else ():
            victims.append(candidate)
            excess -= len(candidate.payload)
            if excess <= 0:
                break
        return tuple(victims) if excess <= 0 else None

    def _candidates(self, newcomer: Product, next_contact_ns: int) -> Iterator[Product]:
        """Products that may lose their place to another, in that order."""
        n_late = bisect_right(self._by_expiry, (next_contact_ns, MAX_PRODUCT_ID))
        late = [product_id for _, product_id in self._by_expiry[:n_late]]
        yield from map(self._products.__getitem__, late)
        if newcomer.expires_ns <= next_contact_ns:
            return
        passed = frozenset(late)
        for value, _, product_id in self._by_worth:
            if value > newcomer.value:
                return
            if product_id not in passed:
                yield self._products[product_id]

    def _hold(self, product: Product) -> None:
        self._products[product.product_id] = product
        insort(self._by_worth, _worth(product))
        if product.expires_ns < NEVER_NS:
            insort(self._by_expiry, (product.expires_ns, product.product_id))
        self.held_bytes += len(product.payload)

    def _use_up(self, product_id: int) -> None:
        # Kept apart from the products: an id stays used when its product was acknowledged, or never held.
        if product_id >= self._next_product_id:
            self._next_product_id = product_id + 1
            self._store.put(_NEXT_ID, self._next_product_id.to_bytes(5, "big"))

    def _write(self, product: Product) -> None:
        description = _DESCRIPTION.pack(
            self._next_place,
            product.kind,
            product.frame_id,
            product.value,
            product.created_ns,
            product.expires_ns,
            product.check,
        )
        self._next_place += 1
        self._store.put(_key(_DESCRIPTIONS, product.product_id), description)
        self._store.put(_key(_PAYLOADS, product.product_id), product.payload)

    def _load(self) -> None:
        found = []
        for key, description in self._store.items(_DESCRIPTIONS):
            found.append((*_DESCRIPTION.unpack(description), int(key.removeprefix(_DESCRIPTIONS), 16)))
        for place, kind, frame_id, value, created_ns, expires_ns, check, product_id in sorted(found):
            payload = self._store.get(_key(_PAYLOADS, product_id))
            assert payload is not None
            described = (ProductKind(kind), frame_id, payload, value, created_ns, expires_ns, check)
            self._hold(Product(product_id, *described))
            self._next_place = place + 1
