"""Watches a flight: what is held on board, since when, and how often each fault struck."""

from collections import Counter

from onboard import commands, events
from sim.checkers.plant import PlantCloses
from sim.facts import FaultInjected
from sim.world.world import World


class Witness:
    """An observer of a run (`sim.run.Observer`). Instants are in ns."""

    def __init__(self) -> None:
        self.records = 0
        self.struck: Counter[str] = Counter()
        self.products: dict[str, dict[int, int]] = {}
        """When products were made that the spacecraft has neither been told are archived, nor given up."""
        self.frames: dict[str, dict[int, int]] = {}
        """When frames were taken that have neither been worked on, nor set aside, nor given up."""
        self.worked_on: dict[str, list[int]] = {}
        """When frames had been taken whose work was done."""
        self._plant = PlantCloses()

    def record(
        self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...], world: World, /
    ) -> None:
        """Take one record."""
        self.records += 1
        for event in granted:
            if isinstance(event, events.FrameCaptured):
                self.frames.setdefault(node, {})[event.frame.frame_id] = now_ns
            elif isinstance(event, events.HousekeepingSampled) and world.index_of(node) == 0:
                self._plant.check(now_ns, world.plant)
        for answer in answers:
            if isinstance(answer, FaultInjected):
                self.struck[answer.fault] += 1
            else:
                self._take(now_ns, node, answer)

    def close(self) -> None:
        """Nothing is held open."""

    def _take(self, now_ns: int, node: str, answer: object) -> None:
        match answer:
            case commands.FrameProcessed(frame_id=frame_id, product_id=product_id):
                self._work(node, frame_id)
                if product_id >= 0:
                    self.products.setdefault(node, {})[product_id] = now_ns
            case commands.ProductMade(product_id=product_id):
                self.products.setdefault(node, {})[product_id] = now_ns
            case commands.ProductDropped(product_id=product_id) | commands.ProductAcknowledged(product_id):
                self.products.setdefault(node, {}).pop(product_id, None)
            case commands.FrameRefused(frame_id=frame_id) | commands.FrameSetAside(frame_id=frame_id):
                self.frames.setdefault(node, {}).pop(frame_id, None)
            case commands.ReleaseFrame(frame_id):
                self.frames.setdefault(node, {}).pop(frame_id, None)
            case commands.Booted(products=products, frames=frames):
                held = self.products.get(node, {})
                self.products[node] = {one.product_id: held.get(one.product_id, now_ns) for one in products}
                self.frames[node] = {key: at_ns for key, at_ns in self.frames.get(node, {}).items() if key in frames}

    def _work(self, node: str, frame_id: int) -> None:
        taken_ns = self.frames.setdefault(node, {}).pop(frame_id, None)
        if taken_ns is not None:
            self.worked_on.setdefault(node, []).append(taken_ns)
