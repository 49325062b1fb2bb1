"""Orders drawn by chance, as an operator's lines: what they change for long is changed back while there is time."""

from collections.abc import Callable

import numpy as np

from onboard.strategy import STRATEGIES
from sim.swarm.case import Table

MOST_ORDERS = 4
LAST_SHARE = 0.6
"""Of a flight: what is ordered later might leave no contact to carry it out."""
LIFTED_SHARE = 0.7
UPLOAD_SHARE = 0.1


def draw_orders(rng: np.random.Generator, scenario: Table) -> tuple[Table, ...]:
    """Up to `MOST_ORDERS` orders of a flight, in order of time. A mode that is commanded is lifted afterwards."""
    orders: list[Table] = []
    for _ in range(int(rng.integers(0, MOST_ORDERS + 1))):
        at_s = round(float(rng.uniform(0, LAST_SHARE)) * scenario["duration_s"], 1)
        satellite = str(rng.choice([one["name"] for one in scenario["satellite"]]))
        draw = _DRAWS[int(rng.integers(0, len(_DRAWS)))]
        orders += [{"at_s": at_s, "satellite": satellite} | order for order in draw(rng, scenario)]
    return tuple(sorted(orders, key=lambda order: float(order["at_s"])))


def _strategy(rng: np.random.Generator, scenario: Table) -> list[Table]:
    bands = tuple(scenario["satellite"][0]["instrument"]["bands"])
    names = [one.name for one in STRATEGIES.values() if not one.applies_to(bands) and not one.screens]
    return [{"command": "set_strategy", "name": str(rng.choice(names))}]


def _threshold(rng: np.random.Generator, scenario: Table) -> list[Table]:
    (task,) = scenario["models"]
    return [{"command": "set_threshold", "task": task, "threshold": round(float(rng.uniform(0.1, 0.9)), 3)}]


def _mode(rng: np.random.Generator, scenario: Table) -> list[Table]:
    """A mode is held until nominal is commanded."""
    lifted_s = round(float(rng.uniform(LAST_SHARE, LIFTED_SHARE)) * scenario["duration_s"], 1)
    return [
        {"command": "set_mode", "mode": str(rng.choice(["power_saving", "safe"]))},
        {"command": "set_mode", "mode": "nominal", "at_s": lifted_s},
    ]


def _fetch(rng: np.random.Generator, _scenario: Table) -> list[Table]:
    return [{"command": "fetch_frame", "frame_id": int(rng.integers(1, 60)), "codec": "lossless"}]


def _capture(rng: np.random.Generator, _scenario: Table) -> list[Table]:
    south_deg = round(float(rng.uniform(-80, 60)), 2)
    area = {"south_deg": south_deg, "west_deg": -180.0, "north_deg": south_deg + 20.0, "east_deg": 180.0}
    return [{"command": "capture_over"} | area]


def _reset(_rng: np.random.Generator, _scenario: Table) -> list[Table]:
    return [{"command": "reset"}]


def _key(rng: np.random.Generator, _scenario: Table) -> list[Table]:
    return [{"command": "rotate_key", "direction": str(rng.choice(["downlink", "uplink"])), "key_id": 2}]


def _model(rng: np.random.Generator, scenario: Table) -> list[Table]:
    """The model that flies already, from the ground: a megabyte would not go up in these contacts."""
    (model,) = scenario["models"].values()
    if model != "bright-target" or rng.random() > UPLOAD_SHARE:
        return _reset(rng, scenario)
    return [{"command": "upload_model", "model": model}]


_DRAWS: tuple[Callable[[np.random.Generator, Table], list[Table]], ...] = (
    *(_strategy, _threshold, _mode, _fetch, _capture, _reset, _key, _model),
)
