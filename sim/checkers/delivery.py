"""Every product is archived once, as it was made, and acknowledged only then; its bytes are always accounted for."""

from groundstation.messages import CentreBooted, ProductArchived
from onboard import commands
from sim.facts import FaultInjected, SlotSent

ProductKey = tuple[str, int]


class ExactlyOnce:
    """Follows each product from the flight computer's report to the archive's and back.

    Bytes made = acknowledged + dropped + held, at every sample of the outbox, each product with the bytes that it was
    made with. A process that dies takes its last words with it: what it had stored, given up or archived by then is
    told when it has started again.

    What a spacecraft sent to a station whose front end acknowledges falsely may be acknowledged and never archived.
    """

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._made: dict[ProductKey, int] = {}
        self._archived: set[ProductKey] = set()
        self._held: dict[str, dict[int, int]] = {}
        self._dropped: dict[str, int] = {}
        self._false_stations: set[str] = set()
        self._deceived: set[str] = set()

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
            case commands.ProductMade(product_id=product_id, product_bytes=product_bytes):
                return self._make((node, product_id), product_bytes)
            case commands.ProductDropped(product_id=product_id, product_bytes=product_bytes):
                self._dropped[node] = self._dropped.get(node, 0) + 1
                if product_bytes != self._made.get((node, product_id)):
                    return f"{node} gave up product {product_id} of other bytes than it was made with"
                return self._let_go(node, product_id)
            case commands.ProductAcknowledged(product_id):
                if (node, product_id) not in self._archived and node not in self._deceived:
                    return f"{node}'s product {product_id} was acknowledged before it was archived"
                return self._let_go(node, product_id)
            case commands.Booted():
                return self._reconcile(node, answer)
            case ProductArchived():
                return self._archive(answer)
            case FaultInjected(satellite=station, fault="false_acknowledgement"):
                self._false_stations.add(station)
            case SlotSent(satellite=satellite, station=station) if station in self._false_stations:
                self._deceived.add(satellite)
            case CentreBooted(held=held):
                news = [one for one in held if (one.spacecraft, one.product_id) not in self._archived]
                return "; ".join(filter(None, map(self._archive, news)))
            case commands.OutboxSampled(pending_bytes=pending_bytes):
                held_bytes = sum(self._held.get(node, {}).values())
                if pending_bytes != held_bytes:
                    return f"{node} says it holds {pending_bytes} bytes, its account says {held_bytes}"
        return ""

    def _make(self, key: ProductKey, product_bytes: int) -> str:
        again = key in self._made
        self._made[key] = product_bytes
        self._held.setdefault(key[0], {})[key[1]] = product_bytes
        return f"{key[0]} made product {key[1]} twice" if again else ""

    def _let_go(self, node: str, product_id: int) -> str:
        held_bytes = self._held.get(node, {}).pop(product_id, None)
        return f"{node} let go of product {product_id}, which it did not hold" if held_bytes is None else ""

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

    def _reconcile(self, node: str, boot: commands.Booted) -> str:
        """What is no longer held must be in the archive or have been given up, in words that were lost."""
        mine = self._held.setdefault(node, {})
        now = {one.product_id: one.product_bytes for one in boot.products}
        for product_id in now.keys() - mine.keys():
            self._make((node, product_id), now[product_id])
        gone = sorted(mine.keys() - now.keys())
        for product_id in gone:
            del mine[product_id]
        unsaid = boot.dropped - self._dropped.get(node, 0)
        self._dropped[node] = boot.dropped
        lost = [product_id for product_id in gone if (node, product_id) not in self._archived]
        is_lost = len(lost) > unsaid and node not in self._deceived
        return f"{node} lost products {lost} in a restart" if is_lost else ""
