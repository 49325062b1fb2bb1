"""A disk whose power fails before a chosen write: a crash at any instruction that could matter."""

from sim.world.disk import SimulatedDisk


class PowerCut(Exception):
    """The flight software is gone; what was not synchronised is lost."""


class FailingDisk(SimulatedDisk):
    """Raises PowerCut instead of doing the operation after `operations_left` more of put, delete and sync."""

    def __init__(self) -> None:
        super().__init__()
        self.operations_left = 2**62

    def put(self, key: str, value: bytes) -> None:
        self._spend()
        super().put(key, value)

    def delete(self, key: str) -> None:
        self._spend()
        super().delete(key)

    def sync(self) -> None:
        self._spend()
        super().sync()

    def _spend(self) -> None:
        self.operations_left -= 1
        if self.operations_left < 0:
            self.operations_left = 2**62
            self.crash()
            raise PowerCut
