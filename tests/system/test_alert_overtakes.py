"""An alert that is found while an image is going out overtakes it at the next frame, not at the next grant."""

import json
from pathlib import Path

from onboard import commands, events
from onboard.mission_time import NS_PER_S
from sim.operator_file import read_operator_file
from sim.resolve import resolve
from sim.world.link import transmission_ns
from sim.world.world import World
from tests.system.small_mission import RADIO, fly, write_small_mission

FRAME_BYTES, RATE_BPS = 160, 20_000
FRAME_NS = transmission_ns(FRAME_BYTES, RATE_BPS)


class Overtaking:
    """Observes, of one satellite, when jobs end, what alerts they make, and when those begin to go out."""

    def __init__(self, satellite: str) -> None:
        self._satellite = satellite
        self.made_ns: dict[int, int] = {}
        self.overtaken_ns: dict[int, int] = {}

    def record(
        self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...], _world: World
    ) -> None:
        if node != self._satellite:
            return
        is_cut = any(isinstance(event, events.TransmitGranted) and event.is_rest for event in granted)
        for answer in answers:
            if isinstance(answer, commands.FrameProcessed) and answer.detections:
                self.made_ns[answer.product_id] = now_ns
            elif isinstance(answer, commands.ProductSent) and is_cut and answer.product_id in self.made_ns:
                self.overtaken_ns[answer.product_id] = now_ns - self.made_ns[answer.product_id]

    def close(self) -> None:
        pass


def test_an_alert_overtakes_a_half_sent_image_at_the_next_frame(tmp_path: Path) -> None:
    scenario = write_small_mission(tmp_path)
    radio = RADIO.replace("downlink_rate_bps = 100_000", f"downlink_rate_bps = {RATE_BPS}")
    (tmp_path / "slow.toml").write_text(radio.replace("= 512", f"= {FRAME_BYTES}"), "utf-8")
    orders = tmp_path / "orders.jsonl"
    order = {"at_s": 0, "satellite": "lark-1", "command": "set_strategy", "name": "detections"}
    orders.write_text(json.dumps(order) + "\n", "utf-8")
    told = read_operator_file(orders, resolve(scenario))
    seen = Overtaking("lark-1")
    fly(scenario, tmp_path / "run", 'strategy="raw"', orders=told, observers=[seen])
    assert len(seen.overtaken_ns) > 5
    assert max(seen.overtaken_ns.values()) <= FRAME_NS < NS_PER_S / 10
