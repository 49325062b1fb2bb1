"""One seed draws a short scenario: a link with losses, small stores, charge and heat, orders and faults."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from onboard.strategy import STRATEGIES
from sim.blame import validated
from sim.scenario import Scenario
from sim.scenes.spectra import BANDS
from sim.streams import Streams
from sim.swarm.case import Case, Table
from sim.swarm.load import Load, draw_load
from sim.swarm.orders import draw_orders
from sim.swarm.spacecraft import Payload, draw_satellite
from sim.swarm.troubles import draw_faults

EPOCH = datetime(2026, 6, 1, 10, tzinfo=UTC)
POLES = (("North", 78.2, 15.4), ("South", -72.0, 2.5), ("East", 70.4, 31.1))
LEAST_SIDE_PX, MOST_SIDE_PX = 32, 96
REAL_MODELS = {"wildfire-swir": 9320.0, "wildfire-swir-int8": 9320.0}
"""Networks that `--real-inference` flies, and their multiply-accumulates a pixel as their cards tell them."""


def draw_case(seed: int, *, real_inference: bool = False) -> Case:
    """The case of a seed: one or two satellites with tiny cameras, under an orbit to three of them."""
    source, streams = f"swarm seed {seed}", Streams(seed)
    table = draw_scenario(streams.get("swarm/scenario"), seed, real_inference=real_inference)
    faults = draw_faults(streams.get("swarm/faults"), validated(Scenario, table, source))
    return Case(source, table | {"fault": faults}, draw_orders(streams.get("swarm/orders"), table))


def draw_scenario(rng: np.random.Generator, seed: int, *, real_inference: bool = False) -> Table:
    """The table of a seed's scenario, without faults."""
    load = draw_load(rng)
    side_px = int(rng.integers(LEAST_SIDE_PX, MOST_SIDE_PX + 1))
    if real_inference:
        model = str(rng.choice(list(REAL_MODELS)))
        looks = {"models": {"wildfire": model}, "scene": {"source": "synthetic"}}
        payload = Payload(BANDS, side_px, REAL_MODELS[model])
    else:
        looks = {"models": {"beacon": "bright-target"}, "scene": {"source": "targets"}}
        payload = Payload(("pan",), side_px, 1.0)
    return {
        "name": f"swarm-{seed}",
        "start_utc": EPOCH,
        "duration_s": load.duration_s,
        "seed": seed,
        "strategy": str(rng.choice([one.name for one in STRATEGIES.values() if not one.applies_to(payload.bands)])),
        "world_tick_s": max(float(rng.choice([5.0, 10.0, 30.0])), round(load.least_tick_s, 1)),
        **looks,
        "satellite": [draw_satellite(rng, number, payload, load) for number in range(1, load.satellites + 1)],
        "station": [
            {"name": name, "latitude_deg": latitude, "longitude_deg": longitude, "min_elevation_deg": 5}
            for name, latitude, longitude in POLES[: load.stations]
        ],
        "link": _link(rng, load),
    }


def _link(rng: np.random.Generator, load: Load) -> dict[str, Any]:
    loss = {"frame_loss": float(rng.choice([0.0, 0.05, 0.2, 0.4]))}
    if rng.random() < 0.5:
        loss["frame_loss_until_s"] = round(load.duration_s * float(rng.uniform(0.1, 0.9)), 1)
    return loss
