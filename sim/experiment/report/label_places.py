"""Where names and numbers go on the map, so that none covers another. All in degrees of longitude and latitude."""

from collections.abc import Iterable

import numpy as np

from sim.experiment.comparison_plot import Box, overlap

DEGREES_A_LETTER, LETTER_HEIGHT_DEG = 2.5, 4.6
"""Of the map's names, at its width."""
CLEAR_DEG = 2.6
"""From a symbol to its name."""
MARK_DEG = 2.9
"""From the middle of a numbered mark to its edge."""
RINGS_DEG = (6.5, 9.0, 13.0, 19.0, 27.0)
EDGE_LONGITUDE_DEG, EDGE_LATITUDE_DEG = 179.0, 88.0

Place = tuple[float, float]
"""Longitude and latitude."""


class LabelPlaces:
    """Keeps what is taken. The first spot that is free is chosen; where none is, the first of all."""

    def __init__(self, symbols: Iterable[Place]) -> None:
        self._taken: list[Box] = [_round(place, CLEAR_DEG / 2.0) for place in symbols]

    def name(self, text: str, place: Place) -> tuple[Place, bool]:
        """Where a name's middle line begins, or ends where it is on the left of its place."""
        long_deg = DEGREES_A_LETTER * len(text)
        spots = []
        for rise in (0.0, LETTER_HEIGHT_DEG, -LETTER_HEIGHT_DEG):
            for is_left in (False, True):
                edge = place[0] + (-CLEAR_DEG if is_left else CLEAR_DEG)
                low, high = place[1] + rise - LETTER_HEIGHT_DEG / 2.0, place[1] + rise + LETTER_HEIGHT_DEG / 2.0
                box = (edge - long_deg, low, edge, high) if is_left else (edge, low, edge + long_deg, high)
                spots.append(((edge, place[1] + rise), is_left, box))
        chosen = next((spot for spot in spots if self._is_free(spot[2])), spots[0])
        self._taken.append(chosen[2])
        return chosen[0], chosen[1]

    def mark(self, place: Place) -> Place:
        """The middle of a numbered mark, on rings about its place."""
        spots = [
            (place[0] + ring * float(np.cos(angle)), place[1] + ring * float(np.sin(angle)))
            for ring in RINGS_DEG
            for angle in np.radians(np.arange(20.0, 380.0, 30.0))
        ]
        chosen = next((spot for spot in spots if self._is_free(_round(spot, MARK_DEG))), spots[0])
        self._taken.append(_round(chosen, MARK_DEG))
        return chosen

    def _is_free(self, box: Box) -> bool:
        west, south, east, north = box
        inside = west > -EDGE_LONGITUDE_DEG and east < EDGE_LONGITUDE_DEG
        return (
            inside
            and south > -EDGE_LATITUDE_DEG
            and north < EDGE_LATITUDE_DEG
            and not any(overlap(box, other) for other in self._taken)
        )


def _round(place: Place, reach_deg: float) -> Box:
    longitude, latitude = place
    return longitude - reach_deg, latitude - reach_deg, longitude + reach_deg, latitude + reach_deg
