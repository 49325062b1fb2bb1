"""Payload computers without work: asleep, or in the mode that the light asks for, starting up as in a flight."""

from collections.abc import Sequence

import numpy as np

from onboard.mission_time import NEVER_NS
from sim.scenario import Satellite
from sim.world.loads import COMPUTER, UNITS
from sim.world.plant import Plant
from sim.world.processor import PayloadComputer


class IdleComputers:
    """What a plant's computers draw; those that stay in the mode that the scenario names cost no time."""

    def __init__(self, satellites: Sequence[Satellite], plant: Plant) -> None:
        devices = [satellite.device for satellite in satellites]
        self._plant = plant
        self._computers = [PayloadComputer(device) for device in devices]
        self._modes = [(device.eclipse_power_mode, device.power_mode) for device in devices]
        self._follows_light = np.array([device.eclipse_power_mode is not None for device in devices])
        # Flight software takes sunlight for granted before its first sample.
        self._sunlit = np.ones(len(devices), dtype=bool)
        self._is_fed = np.ones(len(devices), dtype=bool)
        self._stirs = np.ones(len(devices), dtype=bool)
        self._follow(0)

    def step(self) -> None:
        """Move the plant on by a tick, charged with what the computers draw in it."""
        now_ns = self._plant.next_tick_ns
        assert now_ns is not None
        self._charge(now_ns)
        self._plant.step()
        self._follow(now_ns)

    def _charge(self, now_ns: int) -> None:
        for index in np.flatnonzero(self._stirs).tolist():
            computer = self._computers[index]
            while computer.deadline_ns <= now_ns:
                computer.advance(computer.deadline_ns)
            draws = computer.take_draws(now_ns)
            for draw in draws:
                self._plant.draw(index, UNITS[COMPUTER], draw.start_ns, draw.end_ns, draw.power_w)
            self._stirs[index] = bool(draws) or computer.deadline_ns != NEVER_NS

    def _follow(self, now_ns: int) -> None:
        """Heed which computers the plant feeds, and where the light has changed."""
        is_fed, sunlit = self._plant.is_on[COMPUTER], self._plant.sunlit
        feed_changes, light_changes = is_fed != self._is_fed, (sunlit != self._sunlit) & self._follows_light
        for index in np.flatnonzero(feed_changes | light_changes).tolist():
            computer = self._computers[index]
            if feed_changes[index]:
                computer.set_feed(now_ns, bool(is_fed[index]))
            if light_changes[index]:
                mode = self._modes[index][int(sunlit[index])]
                assert mode is not None
                computer.set_mode(now_ns, mode)
            computer.advance(now_ns)
        self._stirs |= feed_changes | light_changes
        self._is_fed, self._sunlit = is_fed, sunlit
