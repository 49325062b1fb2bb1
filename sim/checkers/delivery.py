"""Every product is archived once, as it was made, and acknowledged only then; its bytes are always accounted for."""

from groundstation.messages import ProductArchived
from onboard import commands

ProductKey = tuple[str, int]


class ExactlyOnce:
    """Follows each product from the flight computer's report to the archive's and back.

    Bytes made - dropped - acknowledged must equal what the spacecraft says it holds.
    """

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._made: dict[ProductKey, int] = {}
        self._archived: set[ProductKey] = set()
        self._held_bytes: dict[str, int] = {}

    def record(self, now_ns: int, node: str, _granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        for answer in answers:
            if wrong := self._take(node, answer):
                self.violations.append(f"{now_ns} ns: {wrong}")

    def finish(self) -> None:
        """Nothing is left open: what was not archived is pending on board, and was counted there."""

    def _take(self, node: str, answer: object) -> str:
        match answer:
            case commands.FrameProcessed(product_id=product_id, product_bytes=product_bytes) if product_id >= 0:
                return self._make((node, product_id), product_bytes)
            case commands.ProductDropped(product_id=product_id):
                self._held_bytes[node] -= self._made[node, product_id]
            case commands.ProductAcknowledged(product_id):
                self._held_bytes[node] -= self._made[node, product_id]
                if (node, product_id) not in self._archived:
                    return f"{node}'s product {product_id} was acknowledged before it was archived"
            case ProductArchived():
                return self._archive(answer)
            case commands.OutboxSampled(pending_bytes=pending_bytes):
                held_bytes = self._held_bytes.get(node, 0)
                if pending_bytes != held_bytes:
                    return f"{node} says it holds {pending_bytes} bytes, its account says {held_bytes}"
        return ""

    def _make(self, key: ProductKey, product_bytes: int) -> str:
        again = key in self._made
        self._made[key] = product_bytes
        self._held_bytes[key[0]] = self._held_bytes.get(key[0], 0) + product_bytes
        return f"{key[0]} made product {key[1]} twice" if again else ""

    def _archive(self, archived: ProductArchived) -> str:
        key = (archived.spacecraft, archived.product_id)
        again = key in self._archived
        self._archived.add(key)
        if again:
            return f"{key[0]}'s product {key[1]} was archived twice"
        made_bytes = self._made.get(key)
        if made_bytes != archived.product_bytes:
            return f"{key[0]}'s product {key[1]} has {archived.product_bytes} bytes in the archive, had {made_bytes}"
        return ""
