"""Kodan's satellite that sends what is worth it: Denby and others, ASPLOS 2023.

Tiles are taken along Landsat 8's orbit and wait for its passes, far more of them than the link carries. The density of
value is the share of clear tiles' bytes in all that the link carried. It is measured twice on the same orbit and the
same passes: with every tile sent, and with those left out that a filter holds for cloudy. What stands for the captured
tiles is a pool of which as many are clear as published; the link, its frames and the ground are ours.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from groundstation.deframer import Deframer
from groundstation.reassembly import Reassembly
from groundstation.stretches import ImageStretch
from onboard.comms.downlink import Downlink
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind, parse_segment
from onboard.mission_time import NS_PER_S, to_ns
from sim.experiment.anchors.cloudy_tiles import Tile, pool
from sim.experiment.anchors.row import Row
from sim.world.access import Station, contact_windows
from sim.world.camera import frame_times_s
from sim.world.elements import TwoLineElements
from sim.world.ephemeris import Ephemeris
from sim.world.orbit import Orbits

SOURCE = "Kodan (Denby and others, ASPLOS 2023), on Landsat 8's orbit with a saturated link"
LANDSAT_8 = TwoLineElements(
    "1 39084U 13008A   26282.90944219  .00000228  00000+0  60785-4 0  9995",
    "2 39084  98.2190 351.6114 0001302  94.7208 265.4139 14.57110728714606",
)
CLEAR_SHARE = 0.48
LEAST_RISE, MOST_RISE = 0.89, 0.97
CEILING = 1.0 / CLEAR_SHARE - 1.0
"""Of the rise: nothing but clear tiles."""

START_UTC = datetime(2026, 10, 10, tzinfo=UTC)
DURATION_S, FILLING_S = 5.0 * 3600.0, 3600.0
"""In the first hour memory fills and nothing is sent."""
GROUND = (
    Station("Sioux Falls", 43.74, -96.62),
    Station("Gilmore Creek", 64.97, -147.51),
    Station("Svalbard", 78.23, 15.41),
)
MIN_ELEVATION_DEG = 5.0
SIDE_PX, PIXEL_RAD = 6167, 30.0 / 705e3
"""185 km of 30 m from 705 km."""
SCALE = 1000
"""Captures and link are both so many times thinner: shares move by less than a hundredth."""
LINK_BPS = 384e6 / SCALE
FRAME_BYTES = round(6.3e9 / 8) // SCALE
"""The imager's 260 Mb/s for the 24 s of a frame."""
TILES_A_FRAME = 9
TILE_BYTES = FRAME_BYTES // TILES_A_FRAME
GRANT_S = 10
POOL_TILES, SEED = 100, 8
ASSUMED = (
    "three stations from 5 degrees up, 384 Mb/s, 6.3 Gbit a frame of 9 tiles, day and night; bits of captures and "
    f"link thinned {SCALE:,} times; 4 h with {POOL_TILES} tiles in turn"
)
DRAWN = "tiles are drawn, simpler than pictures, and cloudy where clouds cover more than the cloudfilter lets pass"
REPORT_BYTES = 1000


class _Sent(NamedTuple):
    """Bytes: of clear tiles that arrived, and of all frames that carried tiles."""

    clear_bytes: int
    link_bytes: int

    @property
    def density(self) -> float:
        """Of value."""
        return self.clear_bytes / self.link_bytes


def rows() -> list[Row]:
    """Density with every tile sent; its rise with a filter that never errs, and with the shipped cloud mask."""
    tiles = pool(POOL_TILES, CLEAR_SHARE, SEED)
    is_clear, is_held_clear = [tile.is_clear for tile in tiles], [tile.is_held_clear for tile in tiles]
    grants_ns, tiles_s = _flight()
    every = _fly(grants_ns, tiles_s, is_clear, [True] * POOL_TILES)
    clear = _fly(grants_ns, tiles_s, is_clear, is_clear)
    screened = _fly(grants_ns, tiles_s, is_clear, is_held_clear)
    carried = f"the link carried {every.link_bytes / (len(tiles_s) * TILE_BYTES):.0%} of what was captured"
    return [
        Row(
            "Kodan: value density, all tiles sent",
            CLEAR_SHARE,
            every.density,
            0.03,
            "",
            SOURCE,
            assumed=ASSUMED,
            beside=f"{carried}; headers count as bytes without value",
        ),
        Row(
            "Kodan: rise with a filter that never errs",
            CEILING,
            clear.density / every.density - 1.0,
            0.05,
            "",
            SOURCE,
            assumed=ASSUMED,
            beside="the ceiling: 1 / 0.48 - 1",
        ),
        Row(
            "Kodan: rise with our cloud mask, at least",
            LEAST_RISE,
            screened.density / every.density - 1.0,
            CEILING - LEAST_RISE + 0.05,
            "",
            SOURCE,
            is_floor=True,
            assumed=f"{ASSUMED}; {DRAWN}",
            beside=f"published: {LEAST_RISE:.0%} to {MOST_RISE:.0%}; {_judged(tiles)}",
        ),
    ]


def _judged(tiles: Sequence[Tile]) -> str:
    kept = [tile for tile in tiles if tile.is_held_clear]
    good = sum(tile.is_clear for tile in kept)
    return f"of {len(kept)} tiles kept {good} are clear, of {sum(tile.is_clear for tile in tiles)} in {len(tiles)}"


def _flight() -> tuple[Sequence[int], Sequence[float]]:
    """When the link grants, and when tiles are taken."""
    ephemeris = Ephemeris(Orbits([LANDSAT_8], START_UTC, source=SOURCE), 0.0, DURATION_S)
    taken_s = frame_times_s(ephemeris, 0, SIDE_PX, PIXEL_RAD, DURATION_S, 1.0)
    step_ns = GRANT_S * NS_PER_S
    grants_ns = {
        at_ns
        for window in contact_windows(ephemeris, list(GROUND), MIN_ELEVATION_DEG)
        for at_ns in range(-(-window.aos_ns // step_ns) * step_ns, window.los_ns - step_ns, step_ns)
        if at_ns >= to_ns(FILLING_S)
    }
    return sorted(grants_ns), np.repeat(taken_s, TILES_A_FRAME).tolist()


def _fly(
    grants_ns: Sequence[int], tiles_s: Sequence[float], is_clear: Sequence[bool], is_kept: Sequence[bool]
) -> _Sent:
    """Tiles come from the pool in turn; those that are kept go down in the order in which they were taken."""
    downlink = Downlink(1, Outbox(len(tiles_s) * TILE_BYTES))
    deframer, reassembly = Deframer(1), Reassembly()
    payload = bytes(TILE_BYTES)
    taken = clear_bytes = link_bytes = 0
    for now_ns in grants_ns:
        while taken < len(tiles_s) and to_ns(tiles_s[taken]) <= now_ns:
            if is_kept[taken % POOL_TILES]:
                downlink.store(Product(taken, ProductKind.IMAGE, taken, payload, 0.0, to_ns(tiles_s[taken])))
            taken += 1
        sent = downlink.transmit(now_ns, int(LINK_BPS * GRANT_S / 8), b"housekeeping")
        link_bytes += sent.account.products
        for heard in deframer.receive(sent.parts):
            reassembly.hear(heard.time_ns, now_ns)
            segment = heard.segment if isinstance(heard, ImageStretch) else parse_segment(heard)
            if segment and (whole := reassembly.push(segment)):
                clear_bytes += len(whole.payload) * is_clear[whole.product_id % POOL_TILES]
                reassembly.archived(whole.product_id)
        downlink.apply_report(now_ns, reassembly.report(REPORT_BYTES))
        assert downlink.pending_products, "the link is saturated"
    return _Sent(clear_bytes, link_bytes)
